"""SQLite's readers: threads with a connection each, and one on the loop for what takes no time."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

from tortoise.exceptions import OperationalError

Statement = Callable[[sqlite3.Connection], Any]

READERS = 4
_MOMENT = 0.005
"""In seconds: for so long a read may hold up everything else."""
_PAUSE = 50 * _MOMENT
"""For so long after a read that took longer all are left to the threads."""
_STEPS = 1_000
"""So many of SQLite's instructions are done before the time is looked at: some 50 us."""


class Readers:
    """Runs what only reads."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], *, on_loop: bool) -> None:
        self._connect = connect
        self._on_loop = on_loop
        self._here: _Here | None = None
        self._own = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._threads = ThreadPoolExecutor(READERS, "sqlite-reader", self._begin)

    def open(self) -> None:
        """Connects what is on the loop. Raises sqlite3.Error."""
        if self._on_loop:
            self._here = _Here(self._connect())

    async def run(self, statement: Statement) -> Any:
        """What the statement returns. One that takes long is begun again, with time."""
        if self._on_loop:
            await asyncio.sleep(0)  # Else who reads one page after the other lets nobody in.
        if self._here is not None:
            try:
                return self._here.run(statement)
            except _TooLong:
                pass
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: statement(self._own.connection))

    def close(self) -> None:
        """Closes the connections, those of the threads once they are done."""
        self._threads.shutdown()
        if self._here is not None:
            self._here.close()
            self._here = None
        for connection in self._connections:
            connection.close()

    def _begin(self) -> None:
        self._own.connection = self._connect()
        self._connections.append(self._own.connection)


class _TooLong(Exception):
    """There is no time for this here."""


class _Here:
    """Reads at once, for a moment at the most.

    The way to a thread and back costs more than most reads, and more than that: rows are fetched
    one by one, and at each one the thread and the loop contend for the interpreter.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA busy_timeout = 0").fetchall()
        connection.set_progress_handler(self._is_over, _STEPS)
        self._connection = connection
        self._until = self._again = 0.0

    def run(self, statement: Statement) -> Any:
        """What the statement returns. Raises _TooLong."""
        now = perf_counter()
        if now < self._again:
            raise _TooLong
        self._until = now + _MOMENT
        try:
            return statement(self._connection)
        except (sqlite3.OperationalError, OperationalError) as error:
            # Interrupted, or busy. Whatever else it is, a thread will find it, too.
            self._again = perf_counter() + _PAUSE
            raise _TooLong from error

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def _is_over(self) -> bool:
        return perf_counter() > self._until
