"""What has to be done from time to time while the server runs."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import structlog

from resolvers import events
from resolvers.errors import Unavailable
from resolvers.house import House
from server.settings import Settings

_log = structlog.stdlib.get_logger(__name__)
_EVERY = 60 * 60
"""In seconds."""


@asynccontextmanager
async def kept_up(house: House, settings: Settings) -> AsyncGenerator[None]:
    """Within it, it is done, now and then every hour."""
    task = asyncio.create_task(_keep_up(house, settings), name="upkeep")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep_up(house: House, settings: Settings) -> None:
    while True:
        try:
            forgotten = await events.forget(house, timedelta(days=settings.event_days))
            if forgotten:
                _log.info("old events are forgotten", events=forgotten)
        except Unavailable:
            _log.warning("old events could not be forgotten; it is tried again in an hour")
        await asyncio.sleep(_EVERY)
