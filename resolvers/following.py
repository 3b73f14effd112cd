"""How anything is followed: what stands behind a position, then each new thing as it comes.

This is the law of the feed, in one place for all subscriptions. Whoever follows

1. hushes their bell, and only then reads: what is committed from here on rings it again;
2. reads what they may see behind their position, as of one moment;
3. asks only then whether they may still follow at all: so all that was read stands
   before whatever takes that right away;
4. hands out what was read, in order;
5. waits for the bell once there is no more, or is carried: then somebody else reads the log for
   many at once, and puts them down again where they have to go on by themselves.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Generic, NamedTuple, Protocol, TypeVar

from models.connection import Connection
from models.sessions import SessionState
from resolvers.bells import Bell
from resolvers.house import Caller
from resolvers.rights import Role

T = TypeVar("T")


class Stretch(NamedTuple, Generic[T]):
    """A piece of an order."""

    items: list[tuple[int, T]]
    """Each with its position."""
    upto: int
    """All up to here, inclusive, has been looked at."""
    more: bool
    """Whether there was more behind it when it was read."""


class Delivery(NamedTuple, Generic[T]):
    """One thing on its way to one who follows."""

    item: T
    cursor: str
    """Where to go on from, once it has arrived."""
    live: bool
    """Whether the follower had caught up before it happened."""


class Follower(NamedTuple):
    """One who has caught up."""

    caller: Caller
    position: int
    """All up to here, inclusive, has been handed out."""
    since: int
    """The end of the feed, as of before it was last looked at whether they may follow."""
    until: str
    """When their session ends, unless it is renewed."""
    staff: bool
    """Whether they are a moderator or an admin of the server."""
    seen: Mapping[str, int]
    """Of which channels they see what happens, and from which position on."""


class Carrier(Protocol):
    """Somebody who reads the log for many at once."""

    async def carry(self, follower: Follower) -> int:
        """Hands out in the follower's place what they may see from now on.

        Returns up to which position that was done, at the latest when they may have lost a right
        to it, and at once where it cannot be done.
        """
        ...


class Course(NamedTuple, Generic[T]):
    """What is followed."""

    read: Callable[[Connection, int, int], Awaitable[Stretch[T]]]
    """What the caller may see behind a position, given where the feed ended before that was asked.

    Raises what ends their right to it."""
    seen: Callable[[], Mapping[str, int]]
    """As a Follower tells it."""
    arrived: Callable[[Stretch[T]], Awaitable[Stretch[T]]] | None = None
    """Looks at a stretch before it is handed out, and may say that there is more."""
    carrier: Carrier | None = None


async def following(
    caller: Caller, bell: Bell, position: int, course: Course[T]
) -> AsyncGenerator[Delivery[T], None]:
    """What stands behind a position, then each new thing, without a gap or a repeat.

    Raises what ends the right to it, Unauthenticated or Banned.
    """
    feed, live = caller.house.feed, False
    while True:
        bell.hush()
        stretch, follower = await _look(caller, position, course)
        if course.arrived is not None:
            stretch = await course.arrived(stretch)
        for place, item in stretch.items:
            yield Delivery(item, feed.cursor(place), live)
        position, more = stretch.upto, stretch.more
        del stretch  # whoever waits for long keeps nothing of it
        if more:
            continue
        live = True
        if course.carrier is None:
            await bell.rung()
        else:
            position = await course.carrier.carry(follower)


async def _look(caller: Caller, position: int, course: Course[T]) -> tuple[Stretch[T], Follower]:
    head = caller.house.feed.head

    async def look(db: Connection) -> tuple[Stretch[T], SessionState]:
        stretch = await course.read(db, position, head)
        return stretch, await caller.still_admitted(db)

    stretch, state = await caller.db.visit(look)
    staff = state.user.role != Role.MEMBER
    return stretch, Follower(caller, stretch.upto, head, state.expires_at, staff, course.seen())
