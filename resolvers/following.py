"""How anything is followed: what stands behind a position, then each new thing as it comes.

This is the law of the feed, in one place for all subscriptions. Whoever follows

1. hushes their bell, and only then reads: what is committed from here on rings it again;
2. reads what they may see behind their position, as of one moment;
3. asks only then whether they may still follow at all: so all that was read stands
   before whatever takes that right away;
4. hands out what was read, in order, and waits for the bell once there is no more.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Generic, NamedTuple, TypeVar

from resolvers.bells import Bell
from resolvers.house import Caller

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


Read = Callable[[int], Awaitable[Stretch[T]]]


async def following(
    caller: Caller, bell: Bell, position: int, read: Read[T]
) -> AsyncGenerator[Delivery[T], None]:
    """What stands behind a position, then each new thing, without a gap or a repeat.

    `read` gives what the caller may see behind a position, and raises what ends their right to
    it. Raises that, Unauthenticated or Banned.
    """
    live = False
    while True:
        bell.hush()
        stretch = await read(position)
        await caller.still_admitted(caller.db)
        for place, item in stretch.items:
            yield Delivery(item, caller.house.feed.cursor(place), live)
        position = stretch.upto
        if not stretch.more:
            live = True
            await bell.rung()
