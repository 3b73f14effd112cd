"""The feed as one process sees it: cursors, and the follower that wakes whoever waits for news."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from models import events
from models.connection import Connection
from models.events import EventRow
from resolvers.bells import Bells, Happening
from resolvers.errors import BadUserInput, CursorExpired
from resolvers.line import Doorbell, Line

_log = structlog.stdlib.get_logger(__name__)
_PAGE = 500
_PAUSE = 0.5
"""In seconds, before something that failed is tried again."""
_DOUBT = 2.0
"""After so many seconds without a ring the log is read all the same: rings can be lost."""


class Feed:
    """This process's view of the log."""

    def __init__(self, bus: Doorbell) -> None:
        self._news = asyncio.Event()
        self._line = Line(bus, self._news)
        self._hearers: list[Callable[[Happening], None]] = []
        self._readers: list[Callable[[Sequence[EventRow]], None]] = []
        self._missed: list[Callable[[], None]] = []
        self._reading = asyncio.Lock()
        self._begun = self._done = 0
        self._following: asyncio.Task[None] | None = None
        self._seen = 0
        self.bells = Bells()
        self._db: Connection
        self.life = ""
        self.head = 0
        """The highest position that is known here to be visible."""

    async def open(self, db: Connection) -> None:
        """Begins to follow the log. Raises OSError if the bus cannot be reached."""
        self._db = db
        self.life, self.head = await events.life_and_position(db)
        self._seen = self.head
        await self._line.open()
        self._following = asyncio.create_task(self._follow(), name="follower")

    async def close(self) -> None:
        """Stops following."""
        await self._line.close()
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])

    @property
    def seen(self) -> int:
        """The position up to which everybody here has heard of the log, in order."""
        return self._seen

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

    def on_read(self, take: Callable[[Sequence[EventRow]], None]) -> None:
        """Calls `take` with events in their order, each once, after all others heard of them."""
        self._readers.append(take)

    def on_missed(self, forget: Callable[[], None]) -> None:
        """Calls `forget` when events were forgotten before they were read here.

        That takes a node that slept for as long as the log is kept.
        """
        self._missed.append(forget)

    def committed(self, caused: Sequence[Happening]) -> None:
        """Takes note of events that this process has just committed."""
        for event in caused:
            self._hear(event)
        if caused:
            self._news.set()
            self._line.ring()

    async def as_of_now(self) -> None:
        """Hears of everything that any process had committed before this was called.

        What is remembered of sessions is then as good as the log itself, on every node.
        """
        if self._line.crosses:
            await self._catch_up()

    def _hear(self, event: Happening) -> None:
        self.head = max(self.head, event.position)
        for hear in self._hearers:
            hear(event)

    async def _follow(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_DOUBT):
                    await self._news.wait()
            self._news.clear()
            try:
                await self._catch_up()
            except Exception:  # noqa: BLE001 - the database may be down in any way; we try again
                _log.exception("the log cannot be read")
                self._news.set()
                await asyncio.sleep(_PAUSE)

    async def _catch_up(self) -> None:
        """Reads the log to its end, and rings for what is new in it."""
        called = self._begun
        async with self._reading:
            if self._done > called:
                return  # somebody else has read it since we were called
            self._begun += 1
            more = True
            while more:
                page = await events.after(self._db, self._seen, _PAGE)
                more = len(page) == _PAGE
                for event in page:
                    if event.position > self._seen + 1:  # positions have no holes
                        self._miss()
                    self._hear(event)
                    self.bells.ring(event)
                    self._seen = event.position
                if page:
                    for take in self._readers:
                        take(page)
            self._done = self._begun

    def _miss(self) -> None:
        """What was forgotten before it was read here may have been about anybody."""
        _log.warning("events were forgotten before they were read", after=self._seen)
        for forget in self._missed:
            forget()
        self.bells.ring_all()
