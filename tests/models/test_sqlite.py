"""What only SQLite has: pragmas, and units that must not wait."""

import asyncio
from pathlib import Path

import pytest

from models.database import Database
from models.migrating import migrate
from models.readers import READERS
from models.sqlite import connect
from models.writer import NotWritten, Transaction

DURABLE = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "fullfsync": 1}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite://{tmp_path / 'test.db'}"


@pytest.fixture(params=[True, False], ids=["loop", "threads"])
def reads_on_loop(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


async def pragma(name: str, database: Database) -> tuple[object, list[object]]:
    """What the writing connection and each reading one say."""

    async def unit(transaction: Transaction) -> object:
        return (await transaction.db.fetch(f"PRAGMA {name}"))[0][0]

    reading = await asyncio.gather(
        *(database.reader.fetch(f"PRAGMA {name}") for _ in range(READERS * 4))
    )
    return await database.write(unit), [rows[0][0] for rows in reading]


@pytest.mark.parametrize(("name", "value"), DURABLE.items())
async def test_every_connection_is_durable(name: str, value: object, database: Database) -> None:
    writing, reading = await pragma(name, database)
    assert writing == value
    assert set(reading) == {value}


def test_the_pragmas_hold_for_each_connection_that_is_made(tmp_path: Path) -> None:
    for writes in (True, False):
        connection = connect(tmp_path / "test.db", writes=writes)
        for name, value in DURABLE.items():
            assert connection.execute(f"PRAGMA {name}").fetchone()[0] == value
        assert connection.execute("PRAGMA query_only").fetchone()[0] == (not writes)
        connection.close()


async def test_a_unit_that_waits_for_something_else_is_refused(database: Database) -> None:
    async def waits(_: Transaction) -> None:
        await asyncio.sleep(0)

    with pytest.raises(NotWritten, match="waited"):
        await database.write(waits)


async def test_another_writer_of_the_file_is_waited_for(database: Database, url: str) -> None:
    other = connect(Path(url.removeprefix("sqlite://")), writes=True)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE log_head SET position = position")

    async def unit(transaction: Transaction) -> object:
        return (await transaction.db.fetch("SELECT count(*) FROM users"))[0][0]

    waiting = asyncio.create_task(database.write(unit))
    await asyncio.to_thread(lambda: other.execute("COMMIT"))
    other.close()
    assert await waiting == 0


async def test_migrating_keeps_a_copy_only_where_there_is_something_to_do(
    url: str, tmp_path: Path
) -> None:
    backup = tmp_path / "backups" / "before.db"
    assert await migrate(url, backup)
    assert await migrate(url, backup) == []
    assert not backup.exists()
