"""The database as the rest of the house knows it: `read` from, `write` to, and nothing else."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from models.connection import Connection
from models.events import Event
from models.orm import Orm
from models.postgres import PostgresEngine
from models.sqlite import SqliteEngine
from models.writer import Engine, Unit, Writer

T = TypeVar("T")

SQLITE = "sqlite://"


def sqlite_path(url: str) -> Path | None:
    """The file that a sqlite:// url names, or None for another engine."""
    return Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None


class Database:
    """An open database, of whichever engine the url names."""

    def __init__(
        self,
        url: str,
        committed: Callable[[Sequence[Event]], None],
        *,
        audit_key: bytes,
        reads_on_loop: bool = False,
    ) -> None:
        """`committed` hears of the events of every commit before its writers are answered.

        `audit_key` holds the chain of the audit log together.

        With `reads_on_loop`, where reading a file is all there is to it, short reads are done on
        the event loop.
        """
        path = sqlite_path(url)
        self._orm = Orm(url)
        self._engine: Engine = (
            SqliteEngine(path, self._orm, reads_on_loop=reads_on_loop)
            if path
            else PostgresEngine(url, self._orm)
        )
        self._writer = Writer(self._engine, committed, audit_key)

    @property
    def reader(self) -> Connection:
        """The connection for queries; it cannot write."""
        return self._engine.reader

    @property
    def waiting(self) -> int:
        """How many writes have not been begun."""
        return self._writer.waiting

    async def open(self) -> None:
        """Connects. Raises sqlite3.Error, OSError or asyncpg.PostgresError."""
        await self._orm.open()
        await self._engine.open()
        self._writer.start()

    async def close(self) -> None:
        """Finishes every write that was taken on, then disconnects."""
        await self._writer.close()
        await self._engine.close()

    async def write(self, unit: Unit[T]) -> T:
        """Runs a unit of work; see Writer.write."""
        return await self._writer.write(unit)
