"""The feed as one process sees it: cursors, and the follower that wakes whoever waits for news."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from typing import Protocol

import structlog

from adapters.bus import Heard
from models import events
from models.connection import Connection
from resolvers.errors import BadUserInput, CursorExpired

_log = structlog.stdlib.get_logger(__name__)

PEOPLE = "people"
"""What a bell is about that rings at whatever happens to anybody's account."""

_PAGE = 500
_PAUSE = 0.5
"""In seconds, before something that failed is tried again."""
_DOUBT = 2.0
"""After so many seconds without a ring the log is read all the same: rings can be lost."""
_SILENCE = 5.0
"""After so many seconds without a ring we ring ourselves, to hear whether it still rings."""


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


class Bell:
    """Rings at every event in or about one of some ids: of channels, users or sessions."""

    def __init__(self, waiting: "dict[str, dict[Bell, None]]") -> None:
        self._waiting = waiting
        self._ids: set[str] = set()
        self._rung = asyncio.Event()

    def about(self, ids: Iterable[str]) -> None:
        """From now on, these ids and no others."""
        wanted = set(ids)
        for gone in self._ids - wanted:
            del self._waiting[gone][self]
            if not self._waiting[gone]:
                del self._waiting[gone]
        for new in wanted - self._ids:
            self._waiting[new][self] = None
        self._ids = wanted

    def ring(self) -> None:
        """Something has happened."""
        self._rung.set()

    def hush(self) -> None:
        """Whatever has rung until now has been heard."""
        self._rung.clear()

    async def rung(self) -> None:
        """Waits until something has happened since the last `hush`."""
        await self._rung.wait()


class Feed:
    """This process's view of the log."""

    def __init__(self, bus: Doorbell) -> None:
        self._bus = bus
        self._hearers: list[Callable[[Happening], None]] = []
        # In the order in which they came: who waits longest is woken first.
        self._waiting: defaultdict[str, dict[Bell, None]] = defaultdict(dict)
        self._news = asyncio.Event()
        self._unrung = asyncio.Event()
        self._reading = asyncio.Lock()
        self._begun = self._done = 0
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
        listening = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._ring(), name="ringer"),
            asyncio.create_task(self._listen(listening), name="listener"),
            asyncio.create_task(self._follow(), name="follower"),
        ]
        await listening.wait()

    async def close(self) -> None:
        """Stops following."""
        for task in self._tasks:
            # The bus loses a cancellation that comes while it subscribes.
            while not task.done():
                task.cancel()
                await asyncio.wait([task], timeout=_PAUSE)

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
            self._news.set()
            self._unrung.set()

    async def as_of_now(self) -> None:
        """Hears of everything that any process had committed before this was called.

        What is remembered of sessions is then as good as the log itself, on every node.
        """
        if self._bus.crosses:
            await self._catch_up()

    @contextmanager
    def bell(self, *ids: str) -> Generator[Bell]:
        """Within it, a bell that rings at every event in or about one of these."""
        bell = Bell(self._waiting)
        bell.about(ids)
        try:
            yield bell
        finally:
            bell.about(())

    def _hear(self, event: Happening) -> None:
        self.head = max(self.head, event.position)
        for hear in self._hearers:
            hear(event)

    async def _ring(self) -> None:
        """Tells the other processes of what this one has written."""
        while True:
            await self._unrung.wait()
            self._unrung.clear()
            try:
                await self._bus.ring()
            except ConnectionError:  # the listener says so, and mends it
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
                    self._hear(event)
                    self._ring_bells(event)
                    self._seen = event.position
            self._done = self._begun

    def _ring_bells(self, event: events.EventRow) -> None:
        ids = [event.channel_id, event.subject_id]
        if event.kind in events.ABOUT_PEOPLE:
            ids.append(PEOPLE)
        for about in ids:
            for bell in self._waiting.get(about or "", ()):
                bell.ring()
