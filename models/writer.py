"""The only way to change anything: `write(unit)`.

Units of work queue here. Those that wait are run together in one transaction, each in
a savepoint of its own, so that they share one commit, which is what a durable write
costs; a unit is answered only after that commit. A unit that fails is rolled back alone.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import structlog

from models import audit, events
from models.audit import Deed
from models.connection import Connection
from models.events import Event

T = TypeVar("T")

_log = structlog.stdlib.get_logger(__name__)

WAITING = 5_000
BATCH = 128


class NotWritten(Exception):
    """Nothing was changed: the database did not take it, too much waits, or we are closing."""


@dataclass(slots=True)
class Transaction:
    """What a unit works with: the connection, and what is to become of what it does."""

    db: Connection
    events: list[Event] = field(default_factory=list[Event])
    deeds: list[Deed] = field(default_factory=list[Deed])
    afterwards: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    """Called once it is on the disk, before the unit is answered."""

    def append(self, event: Event) -> Event:
        """Adds an event to the log; its position is known once the unit has been answered."""
        self.events.append(event)
        return event

    def audit(self, deed: Deed) -> None:
        """Adds an entry to the audit log."""
        self.deeds.append(deed)


Unit = Callable[[Transaction], Coroutine[Any, Any, T]]


class Engine(Protocol):
    """A database that can run work in a transaction."""

    reader: Connection

    async def open(self) -> None:
        """Connects."""
        ...

    async def close(self) -> None:
        """Disconnects."""
        ...

    async def transaction(self, work: Callable[[Connection], Coroutine[Any, Any, T]]) -> T:
        """Runs the work and commits, or raises and leaves nothing."""
        ...


@dataclass(slots=True)
class _Waiting:
    unit: Unit[Any]
    answer: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None


class Writer:
    """Runs units one batch after the other."""

    def __init__(
        self, engine: Engine, committed: Callable[[Sequence[Event]], None], audit_key: bytes
    ) -> None:
        """`committed` is called with a batch's events after its commit, before its answers."""
        self._audit_key = audit_key
        self._engine = engine
        self._committed = committed
        self._queue: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to work off the queue."""
        self._task = asyncio.create_task(self._run(), name="writer")

    async def close(self) -> None:
        """Takes no more units, finishes those that wait, and ends."""
        self._closing = True
        self._arrived.set()
        if self._task is not None:
            await self._task

    @property
    def waiting(self) -> int:
        """How many units have not been begun."""
        return len(self._queue)

    async def write(self, unit: Unit[T]) -> T:
        """Runs the unit in a transaction and returns what it returned, once that is on the disk.

        The unit may only use the transaction's connection: no hashing, no network, no
        waiting. What it raises undoes it and is raised here. If the caller is cancelled
        the unit is run all the same, with nobody listening. Raises NotWritten.
        """
        if self._closing or len(self._queue) >= WAITING:
            raise NotWritten("too many writes wait")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(unit, answer))
        self._arrived.set()
        return await answer

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._queue:
                size = min(BATCH, len(self._queue))
                await self._write([self._queue.popleft() for _ in range(size)])
            if self._closing:
                return

    async def _write(self, batch: list[_Waiting]) -> None:
        async def work(db: Connection) -> Transaction:
            whole = Transaction(db)
            for waiting in batch:
                done = await _run_alone(db, waiting)
                whole.events += done.events
                whole.deeds += done.deeds
                whole.afterwards += done.afterwards
            await audit.place(db, self._audit_key, whole.deeds)
            await events.place(db, whole.events)
            return whole

        try:
            done = await self._engine.transaction(work)
        except Exception as error:  # noqa: BLE001 - whatever it is, every caller gets to know
            _log.exception("a batch of writes failed", units=len(batch))
            for waiting in batch:
                waiting.error = NotWritten(str(error))
        else:
            self._tell(done)
        for waiting in batch:
            _answer(waiting)

    def _tell(self, done: Transaction) -> None:
        try:
            self._committed(done.events)
            for tell in done.afterwards:
                tell()
        except Exception:  # noqa: BLE001 - it is written: whoever fails to hear must not undo that
            _log.exception("an event was not heard")


async def _run_alone(db: Connection, waiting: _Waiting) -> Transaction:
    transaction = Transaction(db)
    await db.fetch("SAVEPOINT unit")
    try:
        waiting.result = await waiting.unit(transaction)
    except Exception as error:  # noqa: BLE001 - it belongs to this unit's caller alone
        waiting.error = error
        with suppress(Exception):
            # Gone with the whole transaction, if the engine gave that up already.
            await db.fetch("ROLLBACK TO SAVEPOINT unit")
        transaction = Transaction(db)
    await db.fetch("RELEASE SAVEPOINT unit")
    return transaction


def _answer(waiting: _Waiting) -> None:
    if waiting.answer.done():
        return
    if waiting.error is not None:
        waiting.answer.set_exception(waiting.error)
    else:
        waiting.answer.set_result(waiting.result)
