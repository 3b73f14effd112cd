"""What a resolver of the schema finds in `info.context`: the house, the caller, the loaders."""

from dataclasses import dataclass, field
from typing import TypeAlias

import strawberry

from resolvers.errors import ChatError, Unauthenticated
from resolvers.house import Caller, House
from resolvers.sessions import Doorkeeper
from schema.loaders import Loaders


@dataclass(slots=True)
class Context:
    """One for each operation; a request or socket holds the one that they are made from."""

    house: House
    doorkeeper: Doorkeeper
    token: str | None = None
    """The access token that came, if one did."""
    identity: Caller | ChatError | None = None
    """Who calls; or why the token is no good; or None where none came."""
    user_agent: str | None = None
    connection_params: dict[str, object] = field(default_factory=dict[str, object])
    """What a socket's client sent to begin with."""
    head: int = 0
    """The end of the feed, as of before the operation began."""
    _loaders: Loaders | None = None

    async def for_operation(self) -> "Context":
        """A context of its own for one operation, with the caller as they are now."""
        head = self.house.feed.head
        identity = await self.doorkeeper.identity(self.token)
        return Context(
            self.house, self.doorkeeper, self.token, identity, self.user_agent, head=head
        )

    async def renew(self) -> None:
        """For the next event of a stream: the caller as they are now, and nothing loaded."""
        self.identity = await self.doorkeeper.identity(self.token)
        self.forget()

    def forget(self) -> None:
        """Forgets what was loaded, because it may have changed."""
        self._loaders = None

    @property
    def caller(self) -> Caller:
        """Who calls. Raises Unauthenticated, or whatever else keeps them out."""
        if isinstance(self.identity, Caller):
            return self.identity
        raise self.identity or Unauthenticated

    @property
    def loaders(self) -> Loaders:
        """The loaders of this operation, or of this event of a stream."""
        if self._loaders is None:
            self._loaders = Loaders(self.caller)
        return self._loaders


Info: TypeAlias = strawberry.Info[Context, None]
