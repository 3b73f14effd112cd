"""Short reads are done on the loop, and nobody is held up by what turns out to be long."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from models import readers
from models.connection import Connection
from models.database import Database
from models.readers import Readers
from models.sqlite import connect
from tests.models.conftest import ON_LOOP

LONG = """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
  SELECT max(i) FROM n"""
HERE = threading.main_thread().ident


class Seen:
    """A read, and the threads on which it was begun."""

    def __init__(self, rows: int = 1) -> None:
        self.rows = rows
        self.threads: list[int] = []

    def __call__(self, connection: sqlite3.Connection) -> Any:
        self.threads.append(threading.get_ident())
        return connection.execute(LONG, [self.rows]).fetchone()[0]

    @property
    def here(self) -> list[bool]:
        """For each time that it was begun: whether that was on the loop."""
        return [thread == HERE for thread in self.threads]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the readers take for the time: it stands still but for `tick`."""
    now = [0.0]
    monkeypatch.setattr(readers, "perf_counter", lambda: now[0])
    return now


@pytest.fixture
async def reading(tmp_path: Path) -> AsyncIterator[Readers]:
    opened = Readers(lambda: connect(tmp_path / "test.db", writes=False), on_loop=True)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def slow(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the time takes a millisecond."""
    ticks = count()
    monkeypatch.setattr(readers, "perf_counter", lambda: clock[0] + next(ticks) / 1000)


async def test_a_short_read_is_done_at_once(reading: Readers, clock: list[float]) -> None:
    read = Seen()
    assert await reading.run(read) == 1
    assert read.here == [True]


async def test_without_it_the_threads_do_everything(tmp_path: Path) -> None:
    reading = Readers(lambda: connect(tmp_path / "test.db", writes=False), on_loop=False)
    reading.open()
    read = Seen()
    assert await reading.run(read) == 1
    assert read.here == [False]
    reading.close()


@pytest.mark.usefixtures("slow")
async def test_a_long_read_is_begun_again_on_a_thread(reading: Readers) -> None:
    read = Seen(100_000)
    assert await reading.run(read) == 100_000
    assert read.here == [True, False]


async def test_after_a_long_read_the_threads_do_everything_for_a_while(
    reading: Readers, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(readers, "_MOMENT", -1)
        assert await reading.run(Seen(100_000)) == 100_000
    read = Seen()
    for moment in (0, 0.249, 0.251):
        clock[0] = moment
        assert await reading.run(read) == 1
    assert read.here == [False, False, True]


async def test_what_is_wrong_is_said_by_a_thread(reading: Readers) -> None:
    begun: list[bool] = []

    def misspelt(connection: sqlite3.Connection) -> Any:
        begun.append(threading.get_ident() == HERE)
        return connection.execute("SELECT 1 FROM nowhere")

    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await reading.run(misspelt)
    assert begun == [True, False]


async def test_an_error_of_the_work_itself_is_its_answer(reading: Readers) -> None:
    begun: list[bool] = []

    def fails(_: sqlite3.Connection) -> Any:
        begun.append(True)
        raise LookupError

    with pytest.raises(LookupError):
        await reading.run(fails)
    assert begun == [True]


async def test_who_reads_on_and_on_lets_others_in(reading: Readers, clock: list[float]) -> None:
    done = False

    async def reads() -> None:
        nonlocal done
        for _ in range(50):
            await reading.run(Seen())
        done = True

    others = 0
    task = asyncio.create_task(reads())
    while not done:
        await asyncio.sleep(0)
        others += 1
    await task
    assert others >= 50


async def test_what_was_closed_reads_no_more(tmp_path: Path) -> None:
    reading = Readers(lambda: connect(tmp_path / "test.db", writes=False), on_loop=True)
    reading.open()
    reading.close()
    with pytest.raises(RuntimeError, match="shutdown"):
        await reading.run(Seen())


async def test_who_is_about_to_read_when_it_is_closed_reads_no_more(tmp_path: Path) -> None:
    reading = Readers(lambda: connect(tmp_path / "test.db", writes=False), on_loop=True)
    reading.open()
    waiting = asyncio.create_task(reading.run(Seen()))
    await asyncio.sleep(0)  # Exactly as far as to where it lets others in before it reads.
    reading.close()
    with pytest.raises(RuntimeError, match="shutdown"):
        await waiting


@pytest.mark.parametrize("engine", [ON_LOOP])
async def test_a_long_visit_is_begun_again_from_its_start(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "_MOMENT", -1)
    steps: list[str] = []

    async def read(db: Connection) -> object:
        steps.append("short")
        await db.fetch("SELECT 1")
        steps.append("long")
        return (await db.fetch(LONG, 100_000))[0][0]

    assert await database.reader.visit(read) == 100_000
    assert steps == ["short", "long"] * 2
