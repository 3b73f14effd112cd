"""SQLite on the loop's own thread, where whoever waits for it can be overtaken."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from models.connection import Connection
from models.database import Database
from models.orm import Orm
from models.readers import Statement
from models.sqlite import SqliteConnection, _drive, connect
from models.writer import Writer
from resolvers.feed import Feed
from tests.simulator.chance import Chance

T = TypeVar("T")


@dataclass(slots=True)
class Disk:
    """The one file that all nodes share, and who looks on."""

    path: Path
    chance: Chance
    witness: Callable[[sqlite3.Connection], Callable[[], None]]
    """Reads what a transaction is about to commit; what it returns is called after the commit."""
    fails: float = 0.0
    """The share of statements and commits that fail."""
    locked: asyncio.Lock = field(default_factory=asyncio.Lock)

    def fail(self) -> None:
        """Raises sqlite3.OperationalError now and then."""
        if self.fails and self.chance.happens(self.fails):
            raise sqlite3.OperationalError("disk I/O error")


class SimulatedEngine:
    """An Engine without threads: every statement is done at once, before and after a pause."""

    def __init__(self, disk: Disk, orm: Orm) -> None:
        self._disk = disk
        self._orm = orm
        self.reader: Connection = SqliteConnection(disk.path, self._read)
        self.committed: Callable[[], None] | None = None
        """Called once, between a commit and anybody's hearing of it."""

    async def open(self) -> None:
        """See Engine."""
        self._reading = connect(self._disk.path, writes=False)
        self._writing = connect(self._disk.path, writes=True)
        self._writing.execute("PRAGMA synchronous = OFF")

    async def close(self) -> None:
        """See Engine."""
        self._reading.close()
        self._writing.close()

    async def transaction(self, work: Callable[[Connection], Coroutine[Any, Any, T]]) -> T:
        """See Engine."""
        await self._disk.chance.pause()
        # The file's own lock would stop the whole world instead of one writer.
        async with self._disk.locked:
            result = await self._transaction(work)
        if self.committed:
            self.committed()
        # The first turn is always given: who dies here, dies before anybody was told.
        await asyncio.sleep(0)
        await self._disk.chance.pause()
        return result

    async def _transaction(self, work: Callable[[Connection], Coroutine[Any, Any, T]]) -> T:
        writing = self._writing
        writing.execute("BEGIN IMMEDIATE")
        try:
            connection = SqliteConnection(self._disk.path, self._write)
            result = _drive(work(connection), self._orm.bound_to(connection))
            await self._disk.chance.pause()
            self._disk.fail()
            witnessed = self._disk.witness(writing)
            writing.execute("COMMIT")
        except BaseException:
            if writing.in_transaction:
                writing.execute("ROLLBACK")
            raise
        witnessed()
        return result

    async def _write(self, statement: Statement) -> Any:
        return statement(self._writing)

    async def _read(self, statement: Statement) -> Any:
        await self._disk.chance.pause()
        self._disk.fail()
        result = statement(self._reading)
        await self._disk.chance.pause()
        return result


class SimulatedDatabase(Database):
    """The product's, on the simulated engine."""

    def __init__(self, disk: Disk, feed: Feed) -> None:
        orm = loaded_orm()
        self.engine = self._engine = SimulatedEngine(disk, orm)
        self._orm = orm
        self._writer = Writer(self._engine, feed.committed, b"k")


class _LoadedOrm(Orm):
    """Loads the models once, whoever opens it."""

    _loaded = False

    async def open(self) -> None:
        """Loads the models, unless they are."""
        if not self._loaded:
            self._loaded = True
            await super().open()


@cache
def loaded_orm() -> Orm:
    """One for all nodes of all runs: loading the models takes longer than a run."""
    return _LoadedOrm("sqlite://simulated.db")
