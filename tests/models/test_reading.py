"""Readers come and go at any moment; the engine does not mind."""

import asyncio
import gc
from random import Random

import pytest

from models import postgres
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
