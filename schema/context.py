"""What a resolver of the schema finds in `info.context`: the house, the caller, the loaders."""

from dataclasses import dataclass, field
from typing import TypeAlias

import strawberry

from resolvers.errors import ChatError, Unauthenticated
from resolvers.house import Caller, House
from schema.loaders import Loaders


@dataclass(slots=True)
class Context:
    """One for each operation; a request or socket holds the one that they are made from."""

    house: House
    identity: Caller | ChatError | None = None
    """Who calls; or why the token that came is no good; or None where none came."""
    user_agent: str | None = None
    connection_params: dict[str, object] = field(default_factory=dict[str, object])
    """What a socket's client sent to begin with."""
    expires: float | None = None
    """When the access token does, in seconds since 1970."""
    head: int = 0
    """The end of the feed, as of before the operation began."""
    _loaders: Loaders | None = None

    def for_operation(self) -> "Context":
        """A context of its own for one operation of this request or socket."""
        return Context(self.house, self.identity, self.user_agent, head=self.house.feed.head)

    def renew(self) -> None:
        """Forgets what was loaded: a stream calls it before each event."""
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
