"""What a resolver of the schema finds in `info.context`: the house, the caller, the loaders."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import strawberry

from resolvers import limits
from resolvers.errors import BadUserInput, ChatError, Unauthenticated
from resolvers.following import Carrier, Delivery
from resolvers.house import Caller, House
from resolvers.limits import Kind
from resolvers.sessions import Doorkeeper, SignIn
from schema.loaders import Loaders


@dataclass(slots=True)
class Jar:
    """The cookies of a request: the refresh token that came in one, and what to answer with."""

    refresh_token: str | None = None
    device_token: str | None = None
    """By which the device is known to an account that was signed in to on it."""
    signs_in: bool = False
    """Whether the caller is who they are by their cookies."""
    sign_in: SignIn | None = None
    """Its tokens go into the cookies of the answer."""
    empty: bool = False
    """Whether the answer takes the cookies back."""

    def put(self, sign_in: SignIn) -> None:
        """Lets the answer carry these tokens."""
        self.sign_in, self.empty = sign_in, False

    def clear(self) -> None:
        """Lets the answer take the cookies back."""
        self.sign_in, self.empty = None, True


@dataclass(slots=True)
class Context:
    """One for each operation; a request or socket holds the one that they are made from."""

    house: House
    doorkeeper: Doorkeeper
    token: str | None = None
    """The access token that came, if one did."""
    jar: Jar | None = None
    """None where cookies cannot be set, or where another site could be behind the request."""
    user_agent: str | None = None
    address: str | None = None
    """Where the request comes from."""
    identity: Caller | ChatError | None = None
    """Who calls; or why the token is no good; or None where none came."""
    resume_after: str | None = None
    """Where a subscription goes on, whatever its arguments say; None: where they say."""
    head: int = 0
    """The end of the feed, as of before the operation began."""
    delivery: Delivery[Any] | None = None
    """Of a subscription to what has an order: what is being answered with."""
    carrier: Carrier | None = None
    """Of a subscription: who may hand out live events in its place."""
    loaded: Loaders | None = None
    """The loaders, once there are any."""

    async def for_operation(self) -> "Context":
        """A context of its own for one operation, with the caller as they are now."""
        await self.house.feed.as_of_now()
        head = self.house.feed.head
        identity = await self.doorkeeper.identity(self.token, self.address)
        # Field by field, because `replace` costs as much as a small query's field.
        return Context(
            self.house,
            self.doorkeeper,
            self.token,
            self.jar,
            self.user_agent,
            self.address,
            identity,
            self.resume_after,
            head,
        )

    def of_nobody(self) -> "Context":
        """A context in which nobody asks."""
        return Context(self.house, self.doorkeeper)

    async def renew(self, delivery: Delivery[Any] | None) -> None:
        """For the next event of a stream: the caller as they are now, and nothing loaded.

        Without a delivery it is of something that has no order.

        Raises Unauthenticated or Banned: nothing is delivered to who may not have it.
        """
        await self.house.feed.as_of_now()
        self.head = self.house.feed.head
        self.identity = await self.doorkeeper.identity(self.token, self.address)
        if isinstance(self.identity, ChatError):
            raise self.identity
        self.delivery = delivery
        self.forget()

    async def outdated(self) -> bool:
        """Whether the caller may have lost a right since the operation, or the event, began.

        What was read may then stand behind that loss.
        """
        if not isinstance(self.identity, Caller):
            return False
        await self.house.feed.as_of_now()
        own = (self.identity.user_id, self.identity.session_id)
        return self.house.revocations.behind(self.head, *own)

    async def charge(self, price: int) -> None:
        """Counts what an operation costs. Raises RateLimited where it is too much."""
        if isinstance(self.identity, Caller):
            await limits.spend_own(self.identity, Kind.COST, price)
        else:
            address = self.address or "somewhere"
            await limits.spend(self.house, Kind.ANONYMOUS, address)
            await limits.spend(self.house, Kind.ANONYMOUS_COST, address, price)

    def forget(self) -> None:
        """Forgets what was loaded, because it may have changed."""
        self.loaded = None

    @property
    def caller(self) -> Caller:
        """Who calls. Raises Unauthenticated, or whatever else keeps them out."""
        if isinstance(self.identity, Caller):
            return self.identity
        raise self.identity or Unauthenticated

    @property
    def cookies(self) -> Jar:
        """Where tokens can be put instead of into the answer. Raises BadUserInput."""
        if self.jar is None:
            raise BadUserInput("useCookies", "needs a request over HTTP, in JSON")
        return self.jar

    @property
    def loaders(self) -> Loaders:
        """The loaders of this operation, or of this event of a stream."""
        if self.loaded is None:
            self.loaded = Loaders(self.caller)
        return self.loaded


Info: TypeAlias = strawberry.Info[Context, None]
