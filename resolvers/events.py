"""Events: read page by page, followed live, and forgotten when they are old."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import timedelta

from models import channels, events
from models.connection import Connection
from models.events import EventKind, EventRow
from models.writer import Transaction
from resolvers import paging
from resolvers.bells import PEOPLE, Bell
from resolvers.errors import CursorExpired
from resolvers.following import Carrier, Course, Delivery, Stretch, following
from resolvers.house import Caller, House

_AT_ONCE = 100
_WINDOW = 10_000
"""How many positions are looked at in one go, for one who may see few of the events there."""
_FORGOTTEN_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class EventPage:
    """A stretch of the feed as somebody sees it."""

    rows: list[EventRow]
    next: str
    more: bool


async def page(caller: Caller, after: str | None, first: int | None) -> EventPage:
    """What the caller may see behind a cursor, or from the oldest event that is kept.

    Raises BadUserInput, CursorExpired, Unauthenticated, Banned.
    """
    wanted = paging.size("first", first)
    if after is None:
        stretch = await _read_oldest(caller, wanted)
    else:
        position = await caller.house.feed.position("after", after)
        stretch = await _read(caller.db, caller, position, caller.house.feed.head, wanted)
    # Only now: all that was read stands before whatever takes the right to it away.
    await caller.still_admitted(caller.db)
    rows = [row for _, row in stretch.items]
    return EventPage(rows, caller.house.feed.cursor(stretch.upto), stretch.more)


async def follow(
    caller: Caller, after: str | None, carrier: Carrier | None = None
) -> AsyncGenerator[Delivery[EventRow], None]:
    """The events behind a cursor that the caller may see, then each new one.

    With a carrier, live ones do not come from here. Without a cursor it begins now. Raises
    BadUserInput and CursorExpired at once; Unauthenticated or Banned from the stream when the
    right to it ends, and CursorExpired should the log be forgotten faster than it is read.
    """
    feed = caller.house.feed
    position = feed.head if after is None else await feed.position("after", after)
    if position < await events.forgotten(caller.db):
        raise CursorExpired
    return _following(caller, position, carrier)


async def _following(
    caller: Caller, position: int, carrier: Carrier | None
) -> AsyncGenerator[Delivery[EventRow], None]:
    with caller.house.feed.bells.bell() as bell:
        places = await _listen(caller, bell)

        async def read(db: Connection, position: int, head: int) -> Stretch[EventRow]:
            return await _read(db, caller, position, head, _AT_ONCE)

        async def arrived(stretch: Stretch[EventRow]) -> Stretch[EventRow]:
            nonlocal places
            if not any(_moves(caller, row) for _, row in stretch.items):
                return stretch
            places = await _listen(caller, bell)
            # Meanwhile something may have happened in a channel that had no bell yet.
            return stretch._replace(more=True)

        course = Course(read, lambda: places, arrived, carrier)
        async with aclosing(following(caller, bell, position, course)) as deliveries:
            async for delivery in deliveries:
                yield delivery


async def _listen(caller: Caller, bell: Bell) -> dict[str, int]:
    """Lets the bell ring for all that may concern the caller: who they are and where they are.

    Returns their channels, and the positions from which on these are theirs.
    """
    places = await channels.places_of_user(caller.db, caller.user_id)
    bell.about([caller.user_id, caller.session_id, PEOPLE, *places])
    return places


def _moves(caller: Caller, row: EventRow) -> bool:
    """Whether it tells of the caller's own coming or going."""
    membership = row.kind in (EventKind.MEMBER_ADDED, EventKind.MEMBER_REMOVED)
    return membership and row.subject_id == caller.user_id


async def _read(
    db: Connection, caller: Caller, position: int, head: int, most: int
) -> Stretch[EventRow]:
    """Raises CursorExpired if the log does not go back as far as that any more."""
    upto = max(position, min(head, position + _WINDOW))
    rows = await events.visible(
        db, caller.user_id, position, upto, most, by_role=caller.role == caller.user.role
    )
    # Only now: nothing that was there when we read can have been forgotten before.
    if position < await events.forgotten(db):
        raise CursorExpired
    reached = rows[-1].position if len(rows) == most else upto
    return Stretch([(row.position, row) for row in rows], reached, reached < head)


async def _read_oldest(caller: Caller, most: int) -> Stretch[EventRow]:
    while True:
        # It may be forgotten before it is read.
        with suppress(CursorExpired):
            beginning = await events.forgotten(caller.db)
            return await _read(caller.db, caller, beginning, caller.house.feed.head, most)


async def forget(house: House, age: timedelta) -> int:
    """Forgets the events that are older than this; returns how many there were."""
    before, total = house.clock.after(-age), 0

    async def unit(transaction: Transaction) -> int:
        return await events.forget(transaction.db, before, _FORGOTTEN_AT_ONCE)

    while gone := await house.write(unit):
        total += gone
    return total
