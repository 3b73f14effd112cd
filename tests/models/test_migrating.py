import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext

from models.database import Database
from models.migrating import FromTheFuture, migrate
from models.orm import tortoise_config

FOLDER = Path(__file__).parent.parent.parent / "migrations" / "models"


async def columns(database: Database, dialect: str) -> set[tuple[str, ...]]:
    if dialect == "sqlite":
        rows = await database.reader.fetch(
            """SELECT m.name, p.name, p.type, p."notnull" FROM sqlite_master m
               JOIN pragma_table_info(m.name) p WHERE m.type = 'table'"""
        )
    else:
        rows = await database.reader.fetch(
            """SELECT table_name, column_name, data_type,
                      coalesce(character_maximum_length, 0), is_nullable
               FROM information_schema.columns WHERE table_schema = 'public'"""
        )
    return {tuple(map(str, row)) for row in rows}


async def test_the_migrations_make_what_the_models_say(
    database: Database, url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    dialect = "sqlite" if url.startswith("sqlite") else "postgres"
    migrated = await columns(database, dialect)
    if dialect == "sqlite":
        fresh = f"sqlite://{tmp_path / 'fresh.db'}"
        await generate(fresh)
    else:
        from tests.stage import fresh_database  # noqa: PLC0415

        async with fresh_database(request.getfixturevalue("postgres")) as fresh:
            assert fresh
            await generate(fresh)
            opened = Database(fresh, list[object]().extend)
            await opened.open()
            assert await columns(opened, dialect) == migrated
            await opened.close()
        return
    opened = Database(fresh, list[object]().extend)
    await opened.open()
    assert await columns(opened, dialect) == migrated
    await opened.close()


async def generate(url: str) -> None:
    async with TortoiseContext() as tortoise:
        await tortoise.init(tortoise_config(url))
        await tortoise.generate_schemas()


async def test_a_database_from_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    await migrate(f"sqlite://{path}", tmp_path / "backup.db")
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(
            "INSERT INTO aerich (version, app, content) VALUES ('99_later.py', 'models', '{}')"
        )
    before = path.read_bytes()
    with pytest.raises(FromTheFuture, match="99_later"):
        await migrate(f"sqlite://{path}", tmp_path / "backup.db")
    assert path.read_bytes() == before


async def test_a_file_that_holds_data_is_copied_before_it_is_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, backup = tmp_path / "test.db", tmp_path / "backups" / "before.db"
    await migrate(f"sqlite://{path}", backup)
    monkeypatch.setattr("models.migrating._FOLDER", one_more_migration(tmp_path))
    assert await migrate(f"sqlite://{path}", backup) == ["1_20270101000000_more.py"]
    with closing(sqlite3.connect(backup)) as copied:
        tables = {row[0] for row in copied.execute("SELECT name FROM sqlite_master")}
    assert "users" in tables
    assert "more" not in tables
    assert backup.stat().st_mode & 0o077 == 0


def one_more_migration(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations"
    (folder / "models").mkdir(parents=True)
    for file in FOLDER.glob("[0-9]*.py"):
        (folder / "models" / file.name).write_text(file.read_text())
    (folder / "models" / "1_20270101000000_more.py").write_text(
        'async def upgrade(db):\n    return "CREATE TABLE more (id INT)"\n'
    )
    return folder
