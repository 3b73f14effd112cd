"""Storage is tried on both engines, on each through the same `write`."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from models.database import Database
from models.events import Event
from models.migrating import migrate
from tests.stage import BASE_URL, a_postgres, fresh_database, postgres_program


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    if BASE_URL:
        yield BASE_URL
    elif postgres_program("initdb") is None:
        pytest.skip("PostgreSQL is not installed")
    else:
        with a_postgres() as url:
            yield url


@pytest.fixture(params=["sqlite", "postgres"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path / 'test.db'}"
        return
    async with fresh_database(request.getfixturevalue("postgres")) as fresh:
        assert fresh
        yield fresh


@pytest.fixture
def committed() -> list[Event]:
    return []


@pytest.fixture
async def database(url: str, committed: list[Event], tmp_path: Path) -> AsyncIterator[Database]:
    await migrate(url, tmp_path / "backup.db")
    opened = Database(url, committed.extend)
    await opened.open()
    yield opened
    await opened.close()
