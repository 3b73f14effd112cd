"""Brings a database to the present schema, with aerich, and keeps a copy of what was there."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from aerich import Command
from aerich.models import Aerich
from tortoise import Tortoise
from tortoise.exceptions import OperationalError

from models.database import sqlite_path
from models.orm import tortoise_config

_FOLDER = Path(__file__).parent.parent / "migrations"


class FromTheFuture(Exception):
    """The database was written by a newer version of Tertulia than this one."""


async def migrate(url: str, backup: Path) -> list[str]:
    """Applies the migrations that the database lacks and returns their names.

    A SQLite file that holds data is first copied to `backup`. Raises FromTheFuture,
    with nothing changed, and what the engine raises.
    """
    if path := sqlite_path(url):
        with closing(sqlite3.connect(path)) as file:
            file.execute("PRAGMA schema_version").fetchone()
    # In a task of its own, since Tortoise keeps what it opens in the task's context.
    return await asyncio.create_task(_migrate(url, backup))


async def _migrate(url: str, backup: Path) -> list[str]:
    command = Command(tortoise_config(url), app="models", location=str(_FOLDER))
    await command.init()
    try:
        applied = await _applied()
        known = await _known()
        if newer := [name for name in applied if name not in known]:
            raise FromTheFuture(newer[-1])
        if applied and len(applied) < len(known):
            _copy(url, backup)
        return await command.upgrade(run_in_transaction=True)
    finally:
        await Tortoise.close_connections()


async def _applied() -> Sequence[str]:
    try:
        return [str(row.version) for row in await Aerich.filter(app="models").order_by("id")]
    except OperationalError:  # a new database has no such table yet
        return []


async def _known() -> list[str]:
    return sorted(path.name for path in (_FOLDER / "models").glob("[0-9]*.py"))


def _copy(url: str, backup: Path) -> None:
    path = sqlite_path(url)
    if path is None:
        return
    backup.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    backup.chmod(0o600)
