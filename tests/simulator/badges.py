"""A device's sign-in: how it gets one, shows it, renews it, and finds out that it is over."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from models.writer import Transaction
from resolvers import access, sessions
from resolvers.errors import Banned, Unauthenticated
from resolvers.house import Caller, House
from resolvers.sessions import SignIn
from tests.simulator.nodes import Lost, Node
from tests.simulator.oracle import Model, Violation

T = TypeVar("T")


class Badge:
    """Who a device is, as far as the nodes can tell."""

    def __init__(self, model: Model, user_id: str) -> None:
        self.user_id = user_id
        self.session_id = ""
        self.token: str | None = None
        """The access token, if the device is signed in."""
        self._model = model
        self._refresh_token = ""
        # Two renewals with one token would look like a theft.
        self._renewing = asyncio.Lock()

    async def present(self, node: Node) -> str:
        """The access token; signs in if need be. Raises Banned, Lost."""
        async with self._renewing:
            if self.token is None:
                self._take(await node.ask(_sign_in(node.house, self.user_id)))
            assert self.token
            return self.token

    async def renew(self, node: Node, refused: str) -> None:
        """Gets another token for one that was refused. Raises Banned, Lost."""
        async with self._renewing:
            if self.token != refused:
                return
            try:
                self._take(await node.ask(sessions.refresh(node.house, self._refresh_token)))
            except Unauthenticated as error:
                self.token = None
                if self.session_id in self._model.state.sessions:
                    raise Violation("SIGNED OUT: the session goes on") from error

    async def ask(
        self,
        node: Node,
        work: Callable[[Caller], Awaitable[T]],
        patience: float | None = None,
    ) -> T:
        """What the node answers to a request. Raises what the request does, and Lost."""
        token = await self.present(node)
        session_id, began = self.session_id, self._model.now

        async def request() -> T:
            return await work(await node.admit(token))

        try:
            answer = await node.ask(request(), patience)
        except Unauthenticated as error:
            await self.renew(node, token)
            raise Lost from error
        latest, states = node.clock.latest, self._model.states[began:]
        if not any(state.admits(self.user_id, session_id, latest) for state in states):
            raise Violation("ADMITTED: they had been shut out before they asked")
        return answer

    async def insist(
        self, any_node: Callable[[], Node], work: Callable[[Caller], Awaitable[T]]
    ) -> T:
        """The same, tried until there is an answer."""
        while True:
            try:
                return await self.ask(any_node(), work)
            except Lost:
                await asyncio.sleep(0.1)

    def shut_out(self, error: Banned) -> None:
        """A node says that the user is banned. Raises Violation if they never were."""
        bans = (fact.subject_id for fact in self._model.log if fact.kind == "UserBanned")
        if self.user_id not in bans:
            raise Violation("BANNED: nobody banned them") from error

    def _take(self, given: SignIn) -> None:
        self.session_id = given.caller.session_id
        self.token, self._refresh_token = given.access_token, given.refresh_token


async def _sign_in(house: House, user_id: str) -> SignIn:
    """What `login` does once it has seen the right password."""

    async def unit(transaction: Transaction) -> SignIn:
        user = await access.user_for(transaction.db, user_id)
        return await sessions.begin(transaction, house, user, None)

    return await house.write(unit)
