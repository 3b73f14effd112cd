"""What has to be done from time to time while the server runs."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import structlog

from models.events import EventKind
from models.writer import NotWritten
from resolvers import events, moderation, scanning, signals, sweeping, vanishing
from resolvers.bells import Happening
from resolvers.errors import Unavailable
from resolvers.house import House
from server.settings import Settings

_log = structlog.stdlib.get_logger(__name__)
_HOUR = 60 * 60
_MINUTE = 60
_SOON = 10
"""In seconds: what people wait for."""
_AT_ONCE = 1
"""In seconds: what they see."""
_UPLOADED = (EventKind.FILE_UPDATED,)
_FREED = (
    *(EventKind.FILE_UPDATED, EventKind.MESSAGE_DELETED, EventKind.MESSAGES_PURGED),
    *(EventKind.CHANNEL_DELETED, EventKind.USER_UPDATED, EventKind.USER_DELETED),
)
"""With what blobs lose those that refer to them."""


@asynccontextmanager
async def kept_up(house: House, settings: Settings) -> AsyncGenerator[None]:
    """Within it, old events are forgotten, bans that are over lifted, and counts written down."""
    age = timedelta(days=settings.event_days)
    tasks = [
        asyncio.create_task(_repeat(_HOUR, "events forgotten", lambda: events.forget(house, age))),
        asyncio.create_task(_repeat(_SOON, "bans lifted", lambda: moderation.lift_over(house))),
        asyncio.create_task(_repeat(_MINUTE, "notes written down", lambda: _write_down(house))),
        asyncio.create_task(
            _repeat(_MINUTE, "uploads forgotten", lambda: sweeping.forget_uploads(house))
        ),
        asyncio.create_task(_repeat(_SOON, "signals forgotten", lambda: signals.forget(house))),
        asyncio.create_task(
            _repeat(_AT_ONCE, "calls looked after", lambda: vanishing.look_after(house))
        ),
        asyncio.create_task(
            _repeat(_SOON, "blobs swept", lambda: sweeping.sweep(house), _rung(house, _FREED))
        ),
        asyncio.create_task(
            _repeat(
                _SOON,
                "files scanned",
                lambda: scanning.look_through(house),
                _rung(house, _UPLOADED),
            )
        ),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        with suppress(Unavailable, NotWritten):
            await _write_down(house)


async def _write_down(house: House) -> int:
    """Writes what has been counted in memory."""
    return await house.attempts.write_down(house) + await house.usage.write_down(house.database)


def _rung(house: House, kinds: tuple[EventKind, ...]) -> asyncio.Event:
    """Is set with every event of these kinds."""
    rung = asyncio.Event()

    def hear(event: Happening) -> None:
        if event.kind in kinds:
            rung.set()

    house.feed.on_event(hear)
    return rung


async def _repeat(
    seconds: float,
    name: str,
    work: Callable[[], Awaitable[int]],
    rung: asyncio.Event | None = None,
) -> None:
    """Does it now and then again and again, whatever comes of it; at once when it is rung."""
    rung = rung or asyncio.Event()
    while True:
        rung.clear()
        try:
            if done := await work():
                _log.info(name, number=done)
        except Exception:  # noqa: BLE001 - the database may be down; there is a next time
            _log.exception("not done this time", what=name)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await rung.wait()
