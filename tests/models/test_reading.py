"""Readers come and go at any moment; the engine does not mind."""

import asyncio
import gc
from random import Random

import pytest
from tortoise.exceptions import OperationalError

from models import postgres
from models.connection import Connection
from models.database import Database
from tests.stage import until


async def test_readers_cancelled_at_any_moment_leave_nothing_behind(database: Database) -> None:
    chance = Random(7)
    for _ in range(10):
        readers = [
            asyncio.create_task(database.reader.fetch("SELECT count(*) FROM events"))
            for _ in range(8)
        ]
        for _ in range(chance.randrange(30)):
            await asyncio.sleep(0)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        assert await database.reader.fetch("SELECT 1")
    gc.collect()  # An error that nobody fetched comes up now, and fails the test.


async def test_a_connection_that_nobody_waits_for_any_more_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connected, closed = asyncio.Event(), asyncio.Event()

    class Connected:
        def terminate(self) -> None:
            closed.set()

    async def connect() -> Connected:
        await connected.wait()
        return Connected()

    monkeypatch.setattr(postgres.asyncpg, "connect", connect)
    reader = asyncio.create_task(postgres._connect())
    await asyncio.sleep(0)
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
    connected.set()
    await until(closed.is_set)


async def test_what_is_read_in_one_visit_is_read_in_its_order(database: Database) -> None:
    async def read(db: Connection) -> list[object]:
        return [(await db.fetch(f"SELECT {number} + ?", 1))[0][0] for number in range(3)]

    assert await database.reader.visit(read) == [1, 2, 3]


async def test_what_goes_wrong_in_a_visit_is_said_and_hurts_no_other(database: Database) -> None:
    async def fails(db: Connection) -> None:
        await db.fetch("SELECT 1")
        raise LookupError

    async def misspelt(db: Connection) -> None:
        await db.fetch("SELECT nothing FROM nowhere")

    for work, error in ((fails, LookupError), (misspelt, OperationalError)):
        for _ in range(9):  # More than there are connections.
            with pytest.raises(error):
                await database.reader.visit(work)
    assert await database.reader.fetch("SELECT 1")


async def test_a_visit_cannot_write(database: Database) -> None:
    async def writes(db: Connection) -> None:
        await db.fetch("UPDATE log_head SET position = position")

    with pytest.raises(Exception, match=r"(?i)read.?only"):
        await database.reader.visit(writes)
