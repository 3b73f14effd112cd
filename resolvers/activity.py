"""Activity: what goes on on the server, for those who run it."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from adapters.clock import Instant, instant, moment
from models import activity, audit, channels, events, reports, search
from models.channels import ChannelRow
from resolvers.audit import Action
from resolvers.errors import Forbidden
from resolvers.house import Caller, House

HOURS, DAYS, BUSIEST = 24, 30, 10
EVERY = 5.0
"""In seconds: how often those who follow are told."""
_FRESH, _LONG_FRESH = 2.0, 60.0
"""In seconds: for so long figures are not read anew; and those that take long to read."""


class Period(NamedTuple):
    """An hour or a day, and how much was said in it."""

    since: Instant
    messages: int


class Busy(NamedTuple):
    """A channel in which much was said."""

    channel: ChannelRow
    messages: int


class Overview(NamedTuple):
    """What goes on, as one node sees it."""

    at: Instant
    people_online: int
    """On all nodes."""
    users: int
    connections: int
    """Of this node, as are the writes that wait and what was refused."""
    writes_waiting: int
    refused: Mapping[str, int]
    """How often each limit has refused something since this node started."""
    failed_sign_ins: int
    """In the last 24 hours."""
    open_reports: int
    storage_bytes: int
    hours: list[Period]
    """The last 24, the present one included, oldest first."""
    days: list[Period]
    """The last 30 in UTC, today included, oldest first."""
    busiest: list[Busy]
    """In the last 24 hours, the busiest first."""


class Book:
    """What was counted, so that it need not be counted again."""

    def __init__(self) -> None:
        self._done: dict[tuple[timedelta, datetime], int] = {}
        """Of hours and days that are over."""
        self._busiest: list[tuple[str, int]] = []
        self._busiest_until = 0.0
        self._latest: Overview | None = None
        self._latest_until = 0.0
        self._reading = asyncio.Lock()

    async def overview(self, house: House) -> Overview:
        """What goes on now, or did a moment ago."""
        async with self._reading:
            now = asyncio.get_running_loop().time()
            if self._latest is None or now >= self._latest_until:
                self._latest = await self._read(house)
                self._latest_until = now + _FRESH
            return self._latest

    async def _read(self, house: House) -> Overview:
        db, now = house.db, moment(house.clock.now())
        yesterday = instant(now - timedelta(days=1))
        _, head = await events.life_and_position(db)
        return Overview(
            at=house.clock.now(),
            people_online=house.presence.count(),
            users=await activity.users(db),
            connections=len(house.devices),
            writes_waiting=house.database.waiting,
            refused=dict(house.limits.refused),
            failed_sign_ins=await audit.total(db, Action.SIGN_INS_FAILED, yesterday)
            + house.attempts.unwritten,
            open_reports=await reports.how_many_open(db),
            storage_bytes=await activity.storage(db),
            hours=await self._periods(house, timedelta(hours=1), HOURS, now, head),
            days=await self._periods(house, timedelta(days=1), DAYS, now, head),
            busiest=await self._busy(house, yesterday),
        )

    async def _periods(
        self, house: House, length: timedelta, count: int, now: datetime, head: int
    ) -> list[Period]:
        seconds = length.total_seconds()
        last = datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)
        found: list[Period] = []
        upto = head
        for back in range(count):
            start = last - back * length
            known = self._done.get((length, start))
            if known is None:
                if back and upto == head:
                    upto = await search.position_at(house.db, instant(start + length))
                after = await search.position_at(house.db, instant(start))
                known = await activity.said_between(house.db, after, upto)
                upto = after
                if back:
                    self._done[length, start] = known
            else:
                upto = head  # not known: the one before has to be looked for
            found.append(Period(instant(start), known))
        while len(self._done) > 2 * (HOURS + DAYS):
            del self._done[next(iter(self._done))]
        return found[::-1]

    async def _busy(self, house: House, since: Instant) -> list[Busy]:
        now = asyncio.get_running_loop().time()
        if now >= self._busiest_until:
            after = await search.position_at(house.db, since)
            self._busiest = await activity.busiest(house.db, after, BUSIEST)
            self._busiest_until = now + _LONG_FRESH
        rows = await channels.for_user(
            house.db, "", [channel_id for channel_id, _ in self._busiest]
        )
        return [
            Busy(row, said)
            for channel_id, said in self._busiest
            if (row := rows.get(channel_id)) and row.deleted_at is None
        ]


async def overview(caller: Caller) -> Overview:
    """For admins: what goes on."""
    return await caller.house.book.overview(caller.house)


async def follow(caller: Caller) -> AsyncGenerator[Overview, None]:
    """For admins: what goes on, again and again."""
    while True:
        yield await overview(caller)
        await asyncio.sleep(EVERY)


def still_admin(caller: Caller) -> None:
    """Raises Forbidden for who is no admin any more."""
    if not caller.is_admin:
        raise Forbidden("Only admins may do this.")
