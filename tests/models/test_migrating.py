"""From whatever state a database is in, it gets to the present one, and keeps what it holds."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext

from models.connection import marks
from models.database import Database
from models.migrating import FromTheFuture, migrate
from models.orm import tortoise_config
from models.writer import Transaction
from tests.stage import fresh_database

FOLDER = Path(__file__).parent.parent.parent / "migrations" / "models"


COLUMNS = {
    "sqlite": """SELECT m.name, p.name, p.type, p."notnull" FROM sqlite_master m
                 JOIN pragma_table_info(m.name) p
                 WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
                   AND m.name NOT LIKE 'message_search%'""",
    "postgres": """SELECT table_name, column_name, data_type, is_nullable,
                          coalesce(character_maximum_length, 0)
                   FROM information_schema.columns
                   WHERE table_schema = 'public' AND table_name <> 'message_search'""",
}
"""All but the index of words, which is not a table of the models on either engine."""
INDEXES = {
    "sqlite": """SELECT name, one, group_concat(part) FROM
                 (SELECT m.name, l.name AS listed, l."unique" AS one, i.name AS part
                  FROM sqlite_master m JOIN pragma_index_list(m.name) l
                  JOIN pragma_index_info(l.name) i
                  WHERE m.type = 'table' AND m.name NOT LIKE 'message_search%'
                  ORDER BY m.name, l.name, i.seqno) GROUP BY name, listed""",
    "postgres": """SELECT t.relname, i.indisunique, string_agg(a.attname, ',' ORDER BY k.n)
                   FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
                   JOIN pg_namespace s ON s.oid = t.relnamespace AND s.nspname = 'public'
                   CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(number, n)
                   JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
                   WHERE t.relname <> 'message_search'
                   GROUP BY t.relname, i.indexrelid, i.indisunique""",
}
Shape = set[tuple[str, ...]]
Contents = dict[str, dict[str, list[object]]]


def dialect(url: str) -> str:
    return "sqlite" if url.startswith("sqlite") else "postgres"


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url, list[object]().extend, audit_key=b"k")
    await database.open()
    yield database
    await database.close()


async def shape(url: str) -> tuple[Shape, Shape]:
    """Every column and every index of a database."""
    async with opened(url) as database:
        found = [await database.reader.fetch(q[dialect(url)]) for q in (COLUMNS, INDEXES)]
    columns, indexes = ({tuple(map(str, row)) for row in rows} for rows in found)
    return columns, indexes


@pytest.fixture
async def another_url(
    url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[str]:
    """An empty database on the same engine."""
    if dialect(url) == "sqlite":
        yield f"sqlite://{tmp_path / 'another.db'}"
        return
    async with fresh_database(request.getfixturevalue("postgres")) as fresh:
        assert fresh
        yield fresh


async def test_the_migrations_make_what_the_models_say(
    url: str, another_url: str, tmp_path: Path
) -> None:
    await migrate(url, tmp_path / "backup.db")
    await generate(another_url)
    assert await shape(url) == await shape(another_url)


MIGRATIONS = sorted(path.name for path in FOLDER.glob("[0-9]*.py"))
GONE: set[str] = set()
"""Tables, and columns as `table.column`, that a migration takes away on purpose."""


def with_migrations(folder: Path, files: dict[str, str]) -> Path:
    (folder / "models").mkdir(parents=True)
    for name, content in files.items():
        (folder / "models" / name).write_text(content)
    return folder


def up_to(count: int) -> dict[str, str]:
    return {name: (FOLDER / name).read_text() for name in MIGRATIONS[:count]}


async def fill(url: str) -> None:
    """Three rows for every table, with something in every column."""
    async with opened(url) as database:
        columns = await database.reader.fetch(COLUMNS[dialect(url)])

        async def rows(transaction: Transaction) -> None:
            for table in {str(row[0]) for row in columns} - {"aerich", "log_head"}:
                own = [(str(row[1]), str(row[2])) for row in columns if row[0] == table]
                names = ", ".join(f'"{name}"' for name, _ in own)
                for number in range(1, 4):
                    values = [
                        number if "INT" in kind.upper() else f"{name[:8]} {number}"
                        for name, kind in own
                    ]
                    statement = f"INSERT INTO {table} ({names}) VALUES ({marks(values)})"
                    await transaction.db.fetch(statement, *values)

        await database.write(rows)


async def contents(url: str) -> Contents:
    """What is in each column of each table."""
    found: Contents = {}
    async with opened(url) as database:
        for table, column, *_ in await database.reader.fetch(COLUMNS[dialect(url)]):
            query = f'SELECT "{column}" FROM {table} ORDER BY 1'
            values = [row[0] for row in await database.reader.fetch(query)]
            found.setdefault(str(table), {})[str(column)] = values
    found.pop("aerich")
    return found


def lost(before: Contents, after: Contents) -> set[str]:
    """The columns that are no longer there, or do not hold what they held."""
    return {
        f"{table}.{column}"
        for table, columns in before.items()
        for column, values in columns.items()
        if table not in GONE and f"{table}.{column}" not in GONE
        if after.get(table, {}).get(column) != values
    }


@pytest.mark.parametrize("count", range(1, len(MIGRATIONS) + 1))
async def test_from_every_earlier_state_nothing_is_lost_and_the_end_is_the_same(
    count: int, url: str, another_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = with_migrations(tmp_path / "earlier", up_to(count))
    with monkeypatch.context() as patched:
        patched.setattr("models.migrating._FOLDER", earlier)
        await migrate(url, tmp_path / "backup.db")
    await fill(url)
    before = await contents(url)
    assert all(
        len(values) == 3 for column in ("id", "username") for values in [before["users"][column]]
    )
    applied = await migrate(url, tmp_path / "backup.db")
    assert applied == MIGRATIONS[count:]
    assert lost(before, await contents(url)) == set()
    await migrate(another_url, tmp_path / "backup.db")
    assert await shape(url) == await shape(another_url)


LATER = {
    "adds a column": ("ALTER TABLE users ADD COLUMN note VARCHAR(20)", set()),
    "loses what a table held": (
        """ALTER TABLE users RENAME TO old;
           CREATE TABLE users AS SELECT * FROM old WHERE 1 = 0; DROP TABLE old""",
        {"users"},
    ),
    "loses a column": ("ALTER TABLE channels DROP COLUMN topic", {"channels.topic"}),
    "changes what a column held": ("UPDATE messages SET body = 'x'", {"messages.body"}),
}


@pytest.mark.parametrize("what", LATER)
async def test_a_migration_that_loses_something_would_be_noticed(
    what: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements, expected = LATER[what]
    await migrate(url, tmp_path / "backup.db")
    await fill(url)
    before = await contents(url)
    later = f"async def upgrade(db):\n    return {statements!r}\n"
    files = {**up_to(len(MIGRATIONS)), "99_later.py": later}
    monkeypatch.setattr("models.migrating._FOLDER", with_migrations(tmp_path / "later", files))
    await migrate(url, tmp_path / "backup.db")
    found = lost(before, await contents(url))
    assert found == expected or {name.partition(".")[0] for name in found} == expected


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
    later = 'async def upgrade(db):\n    return "CREATE TABLE more (id INT)"\n'
    files = {**up_to(len(MIGRATIONS)), "99_later.py": later}
    monkeypatch.setattr("models.migrating._FOLDER", with_migrations(tmp_path / "later", files))
    assert await migrate(f"sqlite://{path}", backup) == ["99_later.py"]
    with closing(sqlite3.connect(backup)) as copied:
        tables = {row[0] for row in copied.execute("SELECT name FROM sqlite_master")}
    assert "users" in tables
    assert "more" not in tables
    assert backup.stat().st_mode & 0o077 == 0
