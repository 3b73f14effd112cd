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


ON_LOOP = "sqlite, short reads on the loop"


@pytest.fixture(params=["sqlite", ON_LOOP, "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def url(request: pytest.FixtureRequest, tmp_path: Path, engine: str) -> AsyncIterator[str]:
    if engine != "postgres":
        yield f"sqlite://{tmp_path / 'test.db'}"
        return
    async with fresh_database(request.getfixturevalue("postgres")) as fresh:
        assert fresh
        yield fresh


@pytest.fixture
def reads_on_loop(engine: str) -> bool:
    return engine == ON_LOOP


@pytest.fixture
def committed() -> list[Event]:
    return []


@pytest.fixture
async def database(
    url: str, committed: list[Event], tmp_path: Path, reads_on_loop: bool
) -> AsyncIterator[Database]:
    await migrate(url, tmp_path / "backup.db")
    opened = Database(url, committed.extend, audit_key=b"k", reads_on_loop=reads_on_loop)
    await opened.open()
    yield opened
    await opened.close()
