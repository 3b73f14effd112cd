"""SQLite: one writing connection on a thread of its own, and those of its readers."""

import asyncio
import contextvars
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from tortoise.backends.sqlite.client import SqliteClient
from tortoise.exceptions import IntegrityError, OperationalError

from models.connection import Connection, Row
from models.orm import Orm
from models.readers import Readers, Statement

T = TypeVar("T")
PRAGMAS = {
    "journal_mode": "WAL",
    # Every commit is on the disk before it is answered.
    "synchronous": "FULL",
    # On macOS a plain fsync leaves the bytes in the drive's cache.
    "fullfsync": "ON",
    "foreign_keys": "ON",
    "busy_timeout": "5000",
    "cache_size": "-65536",
    "temp_store": "MEMORY",
}


def connect(path: Path, *, writes: bool) -> sqlite3.Connection:
    """A connection with our pragmas. One that does not write is kept from it by SQLite itself."""
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    for name, value in PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}").fetchall()
    if not writes:
        connection.execute("PRAGMA query_only = ON").fetchall()
    return connection


class SqliteEngine:
    """One database file: `reader` for queries, `transaction` for whatever changes it."""

    def __init__(self, path: Path, orm: Orm, *, reads_on_loop: bool) -> None:
        self._path = path
        self._orm = orm
        self._readers = Readers(lambda: connect(path, writes=False), on_loop=reads_on_loop)
        self.reader: Connection = _ReadingConnection(path, self._readers.run)
        # Saving a model gathers its signal listeners. We have none, and nothing ever runs on
        # this loop, but asyncio.gather() wants one to be there.
        self._loop = asyncio.new_event_loop()
        self._thread = ThreadPoolExecutor(1, "sqlite-writer", asyncio.set_event_loop, (self._loop,))
        self._writing: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Opens the writing connection. Raises sqlite3.Error."""
        self._writing = await self._on_thread(lambda: connect(self._path, writes=True))
        self._readers.open()

    async def close(self) -> None:
        """Closes every connection; what the writer is at is finished first."""
        self._readers.close()
        if self._writing is not None:
            await self._on_thread(self._writing.close)
            self._writing = None
        self._thread.shutdown()
        self._loop.close()

    async def transaction(self, work: Callable[[Connection], Coroutine[Any, Any, T]]) -> T:
        """Runs `work` in one transaction and commits it, in one visit to the writing thread.

        Whatever `work` raises rolls all of it back and is raised here.
        """
        writing = self._writing
        if writing is None:
            raise OperationalError("the database is closed")
        return await self._on_thread(lambda: self._transaction(writing, work))

    def _transaction(
        self, writing: sqlite3.Connection, work: Callable[[Connection], Coroutine[Any, Any, T]]
    ) -> T:
        # IMMEDIATE: a transaction that reads first and then writes would fail at once
        # beside another writer, whatever the busy timeout.
        writing.execute("BEGIN IMMEDIATE")
        try:
            connection = SqliteConnection(self._path, _at_once(writing))
            result = _drive(work(connection), self._orm.bound_to(connection))
            writing.execute("COMMIT")
        except BaseException:
            if writing.in_transaction:
                writing.execute("ROLLBACK")
            raise
        return result

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _at_once(connection: sqlite3.Connection) -> Callable[[Statement], Awaitable[Any]]:
    """What runs statements on the thread that it is called on."""

    async def run(statement: Statement) -> Any:
        return statement(connection)

    return run


def _drive(work: Coroutine[Any, Any, T], context: contextvars.Context) -> T:
    """Runs to its end a coroutine that never waits: here every statement is done at once."""
    try:
        context.run(work.send, None)
    except StopIteration as done:
        return done.value
    work.close()
    raise RuntimeError("a unit of work waited for something other than the database")


class SqliteConnection(SqliteClient):
    """Our queries and Tortoise's, handed to whatever runs statements on a connection."""

    def __init__(self, path: Path, run: Callable[[Statement], Awaitable[Any]]) -> None:
        super().__init__(str(path), connection_name="tertulia_sqlite")
        self._run = run

    @property
    def on_sqlite(self) -> bool:
        """See Connection."""
        return True

    async def fetch(self, sql: str, *values: Any) -> Sequence[Row]:
        """See Connection."""
        return await self._translated(lambda c: c.execute(sql, values).fetchall())

    async def visit(self, work: Callable[[Connection], Coroutine[Any, Any, T]]) -> T:
        """See Connection."""
        return await work(self)

    async def run_many(self, sql: str, values: Iterable[Sequence[Any]]) -> None:
        """See Connection."""
        await self._translated(lambda c: c.executemany(sql, values))

    async def execute_insert(self, query: str, values: list[Any]) -> int:
        """For Tortoise: the new row's number."""
        return await self._translated(lambda c: c.execute(query, values).lastrowid)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """For Tortoise: the statement once for each list of values."""
        await self.run_many(query, values)

    async def execute_query(
        self, query: str, values: list[Any] | None = None
    ) -> tuple[int, Sequence[Any]]:
        """For Tortoise: how many rows were changed or found, and the rows."""

        def rows(connection: sqlite3.Connection) -> tuple[int, Sequence[Any]]:
            before = connection.total_changes
            found = _named(connection, query, values)
            return (connection.total_changes - before) or len(found), found

        return await self._translated(rows)

    async def execute_query_dict(
        self, query: str, values: list[Any] | None = None
    ) -> list[dict[str, Any]]:
        """For Tortoise: the rows as dicts."""
        return await self._translated(lambda c: [dict(row) for row in _named(c, query, values)])

    async def _translated(self, statement: Statement) -> Any:
        try:
            return await self._run(statement)
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error


class _ReadingConnection(SqliteConnection):
    """Hands what belongs together to a thread as a whole: the way there costs more than a query."""

    def __init__(self, path: Path, run: Callable[[Statement], Awaitable[Any]]) -> None:
        super().__init__(path, run)
        self._path = path

    async def visit(self, work: Callable[[Connection], Coroutine[Any, Any, T]]) -> T:
        """See Connection."""

        def there(connection: sqlite3.Connection) -> T:
            own = SqliteConnection(self._path, _at_once(connection))
            return _drive(work(own), contextvars.Context())

        return await self._run(there)


def _named(connection: sqlite3.Connection, query: str, values: list[Any] | None) -> list[Any]:
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    return cursor.execute(query, values or ()).fetchall()
