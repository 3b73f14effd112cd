"""Opening the house: the data folder, the secret key, the migrations, the first admin."""

import os
import secrets
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import asyncpg

from adapters.bus import WHISPERS, Bus
from adapters.clock import Clock
from adapters.limits import Limit
from adapters.passwords import Passwords
from adapters.tokens import KEY_BYTES, Tokens
from models import accounts
from models.database import Database
from models.migrating import FromTheFuture, migrate
from models.writer import Transaction
from resolvers import text
from resolvers.accounts import add
from resolvers.company import Company
from resolvers.devices import Devices
from resolvers.errors import ChatError
from resolvers.feed import Feed
from resolvers.house import House, Policy
from resolvers.people import People
from resolvers.presence import Presence
from resolvers.revocations import Revocations
from resolvers.rights import Role
from resolvers.whispers import Whispers
from server.settings import Settings

ACCESS_LIFETIME = 15 * 60
_PEOPLE = 10_000
"""How many are remembered, so that they need not be read again."""
WRONG_PASSWORDS = 30
"""Wrong passwords a minute that one account is good for."""


class CannotStart(Exception):
    """Why the server cannot start, in one line for the person who runs it."""


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """The admin that was just made; the password only if it was made up."""

    username: str
    password: str | None


@asynccontextmanager
async def open_house(settings: Settings, clock: Clock | None = None) -> AsyncGenerator[House]:
    """Within it, the house is open; at its end every write that was taken on is done.

    Raises CannotStart.
    """
    time = clock or Clock()
    key = prepare_data(settings.data)
    await upgrade(settings, time)
    async with AsyncExitStack() as opened:
        feed = Feed(Bus(settings.bus_url))
        database = Database(
            settings.database, feed.committed, reads_on_loop="reads" in settings.shortcuts
        )
        passwords = Passwords(settings.argon2_memory_kib, settings.argon2_passes)
        opened.callback(passwords.close)
        try:
            await database.open()
            opened.push_async_callback(database.close)
            await feed.open(database.reader)
            opened.push_async_callback(feed.close)
        except (OSError, ValueError, sqlite3.Error, asyncpg.PostgresError) as error:
            raise CannotStart(f"The database or the bus cannot be opened: {error}") from error
        devices, whispers = Devices(feed), Whispers(Bus(settings.bus_url, WHISPERS))
        presence = Presence(devices, whispers, time, grace=settings.presence_grace)
        company = Company(feed, presence, whispers, database.reader)
        whispers.open(feed.life)
        opened.push_async_callback(whispers.close)
        presence.open()
        opened.push_async_callback(presence.close)
        yield House(
            policy=Policy(
                name=settings.name,
                version=version("tertulia"),
                registration=settings.registration.upper(),
                public_url=settings.url,
                group_size=settings.group_size,
            ),
            clock=time,
            started_at=time.now(),
            database=database,
            feed=feed,
            devices=devices,
            revocations=Revocations(feed),
            people=People(feed, remembered=_PEOPLE if "people" in settings.shortcuts else 0),
            presence=presence,
            company=company,
            tokens=Tokens(key, ACCESS_LIFETIME),
            passwords=passwords,
            failures=Limit(WRONG_PASSWORDS) if settings.rate_limits == "on" else None,
        )


def prepare_data(folder: Path) -> bytes:
    """Makes the data folder and its secret key where they are missing; returns the key.

    Raises CannotStart.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / "secret.key"
        if not path.exists():
            write_secret(path, secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
    except OSError as error:
        raise CannotStart(f"The data folder {folder} cannot be used: {error}") from error
    if len(key) != KEY_BYTES:
        raise CannotStart(f"{path} is not a secret key of {KEY_BYTES} bytes.")
    if not os.access(folder, os.W_OK):
        raise CannotStart(f"The data folder {folder} cannot be written to.")
    return key


def write_secret(path: Path, content: bytes) -> None:
    """Writes a file that only its owner can read: all of it or nothing. Raises OSError."""
    # Under another name first: who dies here leaves no half a key behind.
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


async def upgrade(settings: Settings, clock: Clock) -> list[str]:
    """Brings the database to the present schema; returns what was applied. Raises CannotStart."""
    moment = clock.now().replace(":", "").replace(".", "")
    backup = settings.data / "backups" / f"tertulia-{moment}.db"
    try:
        return await migrate(settings.database, backup)
    except FromTheFuture as error:
        raise CannotStart(
            f"The database was written by a newer version of Tertulia ({error}). "
            "Nothing was changed."
        ) from error
    except (OSError, sqlite3.Error, asyncpg.PostgresError) as error:
        raise CannotStart(f"The database cannot be opened: {error}") from error


async def ensure_admin(house: House, settings: Settings) -> FirstAdmin | None:
    """Makes the first admin if there is none yet. Raises CannotStart for bad settings."""
    if await accounts.any_admin(house.db):
        return None
    given = settings.admin_password
    username = settings.admin_username or "admin"
    password = given.get_secret_value() if given else secrets.token_urlsafe(12)
    try:
        await add_admin(house, username, password)
    except ChatError as error:
        raise CannotStart(f"The first admin cannot be made: {error}") from error
    return FirstAdmin(username, None if given else password)


async def add_admin(house: House, username: str, password: str) -> None:
    """Makes an admin. Raises BadUserInput, Conflict."""
    name = text.username("username", username)
    hashed = await house.hash(text.password("password", password))

    async def unit(transaction: Transaction) -> None:
        await add(transaction, house, name, hashed, None, None, Role.ADMIN)

    await house.write(unit)
