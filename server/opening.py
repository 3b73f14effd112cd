"""Opening the house: the data folder, the secret key, the migrations, the first admin."""

import base64
import os
import secrets
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import asyncpg
from pydantic import SecretStr

from adapters.blobs import LocalBlobs
from adapters.bus import WHISPERS, Bus
from adapters.clock import Clock
from adapters.codes import Seals
from adapters.drafts import Drafts
from adapters.keys import KeyRing
from adapters.limits import Limits, LocalLimits, NoLimits, SharedLimits, Spread
from adapters.passwords import Passwords
from adapters.pictures import Pictures
from adapters.rtc import ServerPeer
from adapters.scanner import Scanner
from adapters.tokens import Tokens
from models import accounts
from models.database import Database
from models.migrating import FromTheFuture, migrate
from models.writer import Transaction
from resolvers import limits, text
from resolvers.accounts import add
from resolvers.activity import Book
from resolvers.attempts import Attempts
from resolvers.company import Company
from resolvers.devices import Devices
from resolvers.errors import ChatError
from resolvers.feed import Feed
from resolvers.house import House, Policy
from resolvers.listed import ListedWords
from resolvers.people import People
from resolvers.presence import Presence
from resolvers.revocations import Revocations
from resolvers.rights import Role
from resolvers.server_peer import Connections
from resolvers.shelf import Shelf
from resolvers.switchboard import Switchboard
from resolvers.usage import Usage
from resolvers.whispers import Whispers
from server.settings import Settings

ACCESS_LIFETIME = 15 * 60
_PEOPLE = 10_000
"""How many are remembered, so that they need not be read again."""


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
    keys = prepare_data(settings.data)
    await upgrade(settings, time)
    async with AsyncExitStack() as opened:
        feed = Feed(Bus(settings.bus_url))
        database = Database(
            settings.database,
            feed.committed,
            audit_key=keys.derived("audit"),
            reads_on_loop="reads" in settings.shortcuts,
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
        switchboard = Switchboard(whispers, database.reader)
        await switchboard.open()
        opened.push_async_callback(switchboard.close)
        words = ListedWords(feed, database.reader)
        await words.load()
        shelf = open_shelf(settings)
        opened.callback(shelf.drafts.close)
        peer = ServerPeer(settings.server_peer_networks)
        opened.push_async_callback(peer.close)
        limiting = _limits(settings)
        opened.push_async_callback(limiting.close)
        yield House(
            policy=Policy(
                name=settings.name,
                version=version("tertulia"),
                registration=settings.registration.upper(),
                public_url=settings.url,
                group_size=settings.group_size,
                admin_session_lifetime=timedelta(minutes=settings.admin_idle_minutes),
                admin_second_factor=settings.admin_second_factor == "required",
                files_url=settings.files_origin or "",
                upload_bytes=settings.max_upload_bytes,
                user_quota=settings.user_quota_bytes,
                server_quota=settings.server_quota_bytes,
                file_types=settings.file_types,
                refused_types=settings.refused_file_types,
                scanned_or_not_at_all=settings.clamd_down == "closed",
                upload_lifetime=timedelta(hours=settings.upload_hours),
                signal_lifetime=timedelta(seconds=settings.signal_seconds),
                call_grace=timedelta(seconds=settings.presence_grace),
                stun_urls=settings.stun_urls,
                turn_urls=settings.turn_urls,
                turn_secret=_revealed(settings.turn_secret),
                turn_lifetime=timedelta(minutes=settings.turn_minutes),
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
            tokens=Tokens(keys.signing, ACCESS_LIFETIME),
            passwords=passwords,
            seals=Seals(base64.urlsafe_b64encode(keys.derived("seals"))),
            limits=limiting,
            names=Spread(keys.derived("names")),
            words=words,
            attempts=Attempts(time),
            usage=Usage(time),
            book=Book(),
            shelf=shelf,
            switchboard=switchboard,
            connections=Connections(peer, feed, settings.server_peers),
        )


def _revealed(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _limits(settings: Settings) -> Limits:
    if settings.rate_limits == "off":
        return NoLimits()
    rates = limits.rates(settings.limits)
    if settings.bus_url.startswith("memory"):
        return LocalLimits(rates)
    return SharedLimits(rates, settings.bus_url)


def open_shelf(settings: Settings) -> Shelf:
    """The place for files in the data folder. Raises CannotStart."""
    folder = settings.data / "files"
    try:
        return Shelf(
            Drafts(folder / "incoming"),
            LocalBlobs(folder / "blobs"),
            Pictures(),
            Scanner(settings.clamd) if settings.clamd else None,
        )
    except OSError as error:
        raise CannotStart(f"The folder {folder} cannot be used: {error}") from error


def prepare_data(folder: Path) -> KeyRing:
    """Makes the data folder and its secret keys where they are missing; returns the keys.

    Raises CannotStart.
    """
    try:
        keys = KeyRing(folder)
    except OSError as error:
        raise CannotStart(f"The data folder {folder} cannot be used: {error}") from error
    except ValueError as error:
        raise CannotStart(str(error)) from error
    if not os.access(folder, os.W_OK):
        raise CannotStart(f"The data folder {folder} cannot be written to.")
    return keys


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
