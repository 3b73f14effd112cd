"""The line between the nodes of a server: it rings when one of them has written something."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import structlog

from adapters.bus import Heard, hang_up

_log = structlog.stdlib.get_logger(__name__)
_PAUSE = 0.5
"""In seconds, before something that failed is tried again."""
_SILENCE = 5.0
"""After so many seconds without a ring we ring ourselves, to hear whether it still rings."""


class Doorbell(Protocol):
    """What the processes of a server tell each other that there is something new with."""

    @property
    def crosses(self) -> bool:
        """Whether there may be other processes."""
        ...

    async def open(self) -> None:
        """Raises ConnectionError if the other side cannot be reached."""
        ...

    async def ring(self) -> None:
        """Raises ConnectionError where nobody can be told."""
        ...

    def listening(self) -> AbstractAsyncContextManager[Heard]:
        """Within it, rings are heard. Raises ConnectionError, and so may what it gives."""
        ...


class Line:
    """This node's end of the line: one subscription, kept alive."""

    def __init__(self, bus: Doorbell, news: asyncio.Event) -> None:
        """`news` is set whenever there may be something new in the log."""
        self._bus = bus
        self._news = news
        self._unrung = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def crosses(self) -> bool:
        """Whether there may be other nodes."""
        return self._bus.crosses

    async def open(self) -> None:
        """Begins to listen. Raises OSError if the other side cannot be reached."""
        await self._bus.open()
        listening = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._ring(), name="ringer"),
            asyncio.create_task(self._listen(listening), name="listener"),
        ]
        await listening.wait()

    async def close(self) -> None:
        """Hangs up."""
        await hang_up(self._tasks)

    def ring(self) -> None:
        """Tells the other nodes, as soon as they can be told, that there is something new."""
        self._unrung.set()

    async def _ring(self) -> None:
        while True:
            await self._unrung.wait()
            self._unrung.clear()
            try:
                await self._bus.ring()
            except Exception:  # noqa: BLE001 - whatever it is, the listener says so and mends it
                self._unrung.set()
                await asyncio.sleep(_PAUSE)

    async def _listen(self, listening: asyncio.Event) -> None:
        """Keeps the node's subscription to the bus alive."""
        lost = False
        while True:
            try:
                async with self._bus.listening() as heard:
                    listening.set()
                    if lost:
                        _log.warning("the bus is back")
                        lost = False
                    # Whatever was rung while nobody listened.
                    self._news.set()
                    while True:
                        await self._heed(heard)
            except Exception as error:  # noqa: BLE001 - only the end of the server may end this
                if not lost:
                    bug = None if isinstance(error, ConnectionError) else error
                    _log.warning("the bus is lost", reason=str(error), exc_info=bug)
                    lost = True
            await asyncio.sleep(_PAUSE)

    async def _heed(self, heard: Heard) -> None:
        try:
            async with asyncio.timeout(_SILENCE):
                await heard()
        except TimeoutError:
            await self._bus.ring()
            await self._own_ring(heard)
        self._news.set()

    async def _own_ring(self, heard: Heard) -> None:
        try:
            async with asyncio.timeout(_SILENCE):
                await heard()
        except TimeoutError as error:
            raise ConnectionError("nothing is heard any more") from error
