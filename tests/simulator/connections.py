"""A device's connection, from the node's side: what server/socket.py does, without the socket."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from resolvers import events, messages
from resolvers.following import Carrier, Delivery
from resolvers.house import Caller
from tests.simulator.carried import Wire, Words
from tests.simulator.courses import Course, check_sent
from tests.simulator.nodes import Lost, Node
from tests.simulator.oracle import Violation
from tests.simulator.surroundings import Surroundings

Sent = Delivery[Any] | BaseException


class Connection:
    """Follows one course for one session, until either side has enough."""

    def __init__(self, around: Surroundings, node: Node, course: Course) -> None:
        self.node = node
        self.wire: asyncio.Queue[Sent] = asyncio.Queue()
        """What the node has sent; an exception is the end."""
        self.closed: str | None = None
        """Why the node has closed it."""
        self.registered: int | None = None
        """The state in which the node began to know whose connection it is."""
        self.follows = False
        """Whether anything is followed on it; a connection can be there for nothing."""
        self._number = next(around.numbers)
        self._around = around
        self._course = course
        one = course.channel_id is not None
        carried = around.chance.happens(0.7)
        self._words = Words(around, of_one_channel=one) if carried else None
        self._carried: Wire | None = None

    def begin(self, user_id: str, session_id: str, token: str) -> None:
        """The device goes there, and says who it is."""
        self._session_id, self._user_id, self._token = session_id, user_id, token
        self._task = self.node.spawn(self._serve())
        self._task.add_done_callback(self._end)

    def __hash__(self) -> int:
        # Nodes keep connections in sets, whose order must not depend on where things lie in memory.
        return self._number

    def __eq__(self, other: object) -> bool:
        return self is other

    def __call__(self, code: int, reason: str) -> None:
        """The node closes it: nothing more is sent."""
        if self.closed is None:
            self.closed = f"{code} {reason}"
            asyncio.get_running_loop().call_soon(self._task.cancel)

    @property
    def open(self) -> bool:
        """Whether the node still serves it."""
        return self.closed is None and not self._task.done()

    def check(self) -> None:
        """Raises Violation if it ought to have been closed by now."""
        model, user_id = self._around.model, self._user_id
        if self.registered is None:
            return
        before = model.states[self.registered].upto
        for fact in model.log[before:]:
            if (fact.kind, fact.subject_id) in (
                ("UserBanned", user_id),
                ("SessionEnded", self._session_id),
            ):
                raise Violation(f"NOT CLOSED: {self._course} after {fact}")

    def cut(self) -> None:
        """The device goes away."""
        self._task.cancel()

    async def _serve(self) -> None:
        house, doorkeeper = self.node.house, self.node.doorkeeper
        caller, expires = await doorkeeper.caller(self._token)
        own = (caller.user_id, caller.session_id)
        house.devices.arrive(*own, close=self)
        try:
            self.registered = self._around.model.now
            await doorkeeper.caller(self._token)
            left = max(expires - house.clock.seconds(), 0)
            expiry = asyncio.get_running_loop().call_later(left, self, 4403, "expired")
            try:
                await self._operate()
            finally:
                expiry.cancel()
        finally:
            house.devices.leave(*own, close=self)

    async def _operate(self) -> None:
        if not self._around.settling and self._around.chance.happens(0.1):
            await self._around.reopened.wait()
        before = self._around.model.state.upto
        caller = await self.node.admit(self._token)
        async with aclosing(await self._begin(caller, before)) as stream:
            self.follows = True
            async for delivery in stream:
                # The context of an event is made anew, which may take a while.
                await self.node.doorkeeper.identity(self._token)
                if self.closed is not None:
                    return
                check_sent(self._around.model, caller, delivery.item)
                self.wire.put_nowait(delivery)
                # What is sent to somebody slow has to wait, and so has what comes after it.
                await self._around.dawdle()

    async def _begin(self, caller: Caller, before: int) -> AsyncGenerator[Delivery[Any], None]:
        course, head = self._course, caller.house.feed.head
        assert head >= before, f"the head is {head}, but {before} was there before the request"
        if course.cursor is None:
            course.begin(head)
        carrier = self._carrier(caller)
        if course.channel_id is None:
            return await events.follow(caller, course.cursor, carrier)
        return await messages.follow(caller, course.channel_id, course.cursor, carrier)

    def _carrier(self, caller: Caller) -> Carrier | None:
        """Who hands out to it what is new; None: it is told of everything by itself."""
        if self._words is None:
            return None
        self._carried = wire = Wire(
            self._around, caller, self._words, lambda: self.open, self.wire.put_nowait
        )
        return self.node.fanout.carrier(wire, self._words)

    def _end(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        self.wire.put_nowait(error or Lost())
        seats = self.node.fanout._owners.get(self._user_id, ())
        if self._carried and any(seat.outlet is self._carried for seat in seats):
            self._around.fail(Violation(f"LEFT BEHIND: the seat of {self._course}"))
