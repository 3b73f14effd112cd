"""The clock on a node's wall, which is not quite right and is set now and then."""

import asyncio
from datetime import UTC, datetime, timedelta

from adapters.clock import Clock, Instant, instant

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class WallClock(Clock):
    """Goes with the loop, and is off by some seconds."""

    def __init__(self, off: float) -> None:
        super().__init__(self._read)
        self._off = timedelta(seconds=off)
        self._latest = BEGINNING - timedelta(days=1)

    @property
    def latest(self) -> Instant:
        """The latest that it has ever shown."""
        return instant(self._latest)

    def step(self, seconds: float) -> None:
        """Somebody sets it."""
        self._off += timedelta(seconds=seconds)

    def _read(self) -> datetime:
        elapsed = timedelta(seconds=asyncio.get_running_loop().time())
        shown = BEGINNING + elapsed + self._off
        self._latest = max(self._latest, shown)
        return shown
