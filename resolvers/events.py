"""The feed: cursors, and the follower of the log that wakes whoever waits for something new."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol

import structlog

from adapters.bus import Bus
from models import events
from models.connection import Connection
from resolvers.errors import BadUserInput, CursorExpired

_log = structlog.stdlib.get_logger(__name__)
_PAGE = 500
_PAUSE = 0.5


class Happening(Protocol):
    """What every event tells, on its way into the log or read from it."""

    @property
    def kind(self) -> str:
        """One of models.events.EventKind."""
        ...

    @property
    def position(self) -> int:
        """Its place in the log."""
        ...

    @property
    def channel_id(self) -> str | None:
        """Where it happened, if in a channel."""
        ...

    @property
    def subject_id(self) -> str | None:
        """The message, user or session that it is about."""
        ...


class Feed:
    """This process's view of the log."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._hearers: list[Callable[[Happening], None]] = []
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._grown = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._seen = 0
        self._db: Connection
        self.life = ""
        self.head = 0
        """The highest position that is known here to be visible."""

    async def open(self, db: Connection) -> None:
        """Begins to follow the log. Raises OSError if the bus cannot be reached."""
        self._db = db
        await self._bus.open()
        self.life, self.head = await events.life_and_position(db)
        self._seen = self.head
        following = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._ring(), name="ringer"),
            asyncio.create_task(self._follow(db, following), name="follower"),
        ]
        await following.wait()

    async def close(self) -> None:
        """Stops following."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self._bus.close()

    def cursor(self, position: int) -> str:
        """The cursor of a position: opaque to clients."""
        return f"{self.life}.{position}"

    async def position(self, field: str, cursor: str) -> int:
        """The position that a cursor names. Raises BadUserInput or CursorExpired.

        A position that is still to come is from before the database was put back.
        """
        life, dot, digits = cursor.partition(".")
        if not (dot and digits.isascii() and digits.isdigit() and len(digits) < 19):
            raise BadUserInput(field, "is not a cursor")
        position = int(digits)
        if life != self.life:
            raise CursorExpired
        if position > self.head and position > (await events.life_and_position(self._db))[1]:
            raise CursorExpired
        return position

    def on_event(self, hear: Callable[[Happening], None]) -> None:
        """Calls `hear` with each event, once or twice, own ones before their writer is answered."""
        self._hearers.append(hear)

    def committed(self, caused: Sequence[Happening]) -> None:
        """Takes note of events that this process has just committed."""
        for event in caused:
            self._hear(event)
        if caused:
            self._grown.set()

    @contextmanager
    def bell(self, *ids: str) -> Generator[asyncio.Event]:
        """Within it, a bell that is set at every event in or about one of these.

        An id is that of a channel, or of the user or session that an event is about.
        """
        bell = asyncio.Event()
        for about in ids:
            self._waiting[about].add(bell)
        try:
            yield bell
        finally:
            for about in ids:
                self._waiting[about].discard(bell)
                if not self._waiting[about]:
                    del self._waiting[about]

    def _hear(self, event: Happening) -> None:
        self.head = max(self.head, event.position)
        for hear in self._hearers:
            hear(event)

    async def _ring(self) -> None:
        while True:
            await self._grown.wait()
            self._grown.clear()
            try:
                await self._bus.ring()
            except Exception:  # noqa: BLE001 - the bus may be down in any way; we try again
                _log.exception("the bus does not take the ring")
                self._grown.set()
                await asyncio.sleep(_PAUSE)

    async def _follow(self, db: Connection, following: asyncio.Event) -> None:
        async with self._bus.rings() as rings:
            following.set()
            async for _ in rings:
                try:
                    await self._read(db)
                except Exception:  # noqa: BLE001 - so may the database
                    _log.exception("the log cannot be read")
                    self._grown.set()
                    await asyncio.sleep(_PAUSE)

    async def _read(self, db: Connection) -> None:
        more = True
        while more:
            page = await events.after(db, self._seen, _PAGE)
            more = len(page) == _PAGE
            for event in page:
                self._hear(event)
                for about in (event.channel_id, event.subject_id):
                    for bell in self._waiting.get(about or "", ()):
                        bell.set()
                self._seen = event.position
