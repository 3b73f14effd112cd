"""PostgreSQL: a pool of reading connections and one for writing."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import lru_cache, partial
from itertools import count
from typing import Any, TypeVar

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.exceptions import IntegrityError, OperationalError

from models.connection import Connection, Row
from models.orm import Orm

T = TypeVar("T")
Lend = Callable[[], AbstractAsyncContextManager[Any]]

READERS = 8
_TAKE_TURNS = "SELECT pg_advisory_xact_lock($1)"
_ONE_WRITER = 0x7E47
"""The key of the lock; any number would do that nothing else in the database uses."""


class PostgresEngine:
    """One database: `reader` for queries, `transaction` for whatever changes it."""

    def __init__(self, url: str, orm: Orm) -> None:
        self._url = url
        self._orm = orm
        self._pool: Any = None
        self._writing: Any = None
        self.reader: Connection = PostgresConnection(self._lend_reader)

    async def open(self) -> None:
        """Connects. Raises OSError or asyncpg.PostgresError."""
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=READERS,
            connect=_connect,
            server_settings={"default_transaction_read_only": "on"},
        )

    async def close(self) -> None:
        """Closes every connection."""
        if self._writing is not None:
            await self._writing.close()
        if self._pool is not None:
            await self._pool.close()

    async def transaction(self, work: Callable[[Connection], Coroutine[Any, Any, T]]) -> T:
        """Runs `work` in one transaction and commits it.

        Whatever `work` raises rolls all of it back and is raised here.
        """
        if self._writing is None or self._writing.is_closed():
            self._writing = await asyncpg.connect(
                self._url, server_settings={"synchronous_commit": "on"}
            )
        async with self._writing.transaction():
            # One writer at a time on all nodes, as on SQLite: what a unit has looked at cannot
            # change before it is done, and units cannot lock each other out.
            await self._writing.execute(_TAKE_TURNS, _ONE_WRITER)
            connection = PostgresConnection(self._lend_writing)
            # A task, because only a task can be given a context of its own.
            return await asyncio.create_task(
                work(connection), context=self._orm.bound_to(connection)
            )

    @asynccontextmanager
    async def _lend_writing(self) -> AsyncGenerator[Any]:
        yield self._writing

    def _lend_reader(self) -> AbstractAsyncContextManager[Any]:
        return self._pool.acquire()


async def _connect(*given: Any, **named: Any) -> Any:
    """A connection, made in a task of its own.

    A reader may be cancelled at any moment, and asyncpg leaves a future behind whose error nobody
    fetches when that happens while it connects.
    """
    connect: Any = asyncpg.connect  # its types are partly unknown
    connecting: asyncio.Task[Any] = asyncio.create_task(connect(*given, **named))
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        connecting.add_done_callback(_hang_up)
        raise


def _hang_up(connecting: asyncio.Task[Any]) -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().terminate()


class PostgresConnection(AsyncpgDBClient):
    """Our queries and Tortoise's, on whatever connection is lent."""

    def __init__(self, lend: Lend) -> None:
        super().__init__(connection_name="tertulia_postgres")
        self._lend = lend

    def acquire_connection(self) -> Any:
        """For Tortoise: a context that lends the connection."""
        return self._lend()

    @property
    def on_sqlite(self) -> bool:
        """See Connection."""
        return False

    async def fetch(self, sql: str, *values: Any) -> Sequence[Row]:
        """See Connection."""
        async with self._translated() as connection:
            return await connection.fetch(numbered(sql), *values)

    async def visit(self, work: Callable[[Connection], Coroutine[Any, Any, T]]) -> T:
        """See Connection."""
        async with self._lend() as connection:
            return await work(PostgresConnection(partial(nullcontext, connection)))

    async def run_many(self, sql: str, values: Iterable[Sequence[Any]]) -> None:
        """See Connection."""
        async with self._translated() as connection:
            await connection.executemany(numbered(sql), values)

    @asynccontextmanager
    async def _translated(self) -> AsyncGenerator[Any]:
        try:
            async with self._lend() as connection:
                yield connection
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError(error) from error
        except (asyncpg.SyntaxOrAccessError, asyncpg.DataError) as error:
            raise OperationalError(error) from error


@lru_cache(512)
def numbered(sql: str) -> str:
    """The statement with `$1`, `$2`, ... for its `?`; our SQL has no other question marks."""
    numbers = count(1)
    return "".join(f"${next(numbers)}" if part == "?" else part for part in sql)
