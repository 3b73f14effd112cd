"""What the owner of the machine does to a server, by right of that: the commands behind the CLI."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from adapters.clock import Clock
from models import accounts, audit
from models.audit import Head
from models.connection import Connection
from models.database import Database
from models.events import Event
from resolvers import administration, collecting, text
from resolvers import audit as auditing
from resolvers.administration import Link
from resolvers.audit import Action, Broken
from resolvers.collecting import Found
from resolvers.errors import NotFound
from resolvers.house import House
from server.opening import CannotStart, open_house, prepare_data, upgrade
from server.settings import Settings


async def reset_password(house: House, username: str, *, second_factor: bool) -> Link:
    """A link with which somebody chooses a new password. Raises NotFound."""
    row = await accounts.by_username_key(house.db, text.known_name("username", username))
    if row is None:
        raise NotFound("user")
    return await administration.make_link(house, row.id, second_factor=second_factor)


async def rotate_secret(settings: Settings, *, forget: bool) -> None:
    """Signs with a new key from now on. Raises CannotStart."""
    async with open_house(settings) as house:
        await auditing.note_of_owner(house, Action.SECRET_ROTATED, forgotten=forget)
    try:
        prepare_data(settings.data).rotate(forget=forget)
    except OSError as error:
        raise CannotStart(f"The key cannot be written: {error}") from error


async def audit_head(settings: Settings) -> Head:
    """The head of the audit log. Raises CannotStart."""
    async with _reading(settings) as (db, _):
        return await audit.head(db)


async def verify_audit(settings: Settings, kept: str | None) -> Head:
    """The head of the audit log, if all of it is as it was written. Raises CannotStart."""
    known = _head(kept)
    async with _reading(settings) as (db, key):
        try:
            return await auditing.verify(db, key, known)
        except Broken as error:
            raise CannotStart(f"The audit log was tampered with. {error}") from error


async def collect(settings: Settings, *, dry_run: bool, yes: bool) -> Found:
    """Takes away what on the disk belongs to no file. Raises CannotStart.

    Where the database knows of no file at all it may be the wrong one: then only with `yes`.
    """
    async with open_house(settings) as house:
        found = await collecting.find(house)
        if dry_run:
            return found
        if found.orphans and not (found.kept or yes):
            raise CannotStart(
                f"The database knows of none of {len(found.orphans)} blobs: is it the right one? "
                "Say --yes if it is."
            )
        await collecting.clear(house, found)
        return found


def _head(kept: str | None) -> Head | None:
    if kept is None:
        return None
    number, _, mac = kept.strip().partition(" ")
    if not number.isdecimal():
        raise CannotStart("--head must be what `tertulia audit head` printed.")
    return Head(int(number), mac.strip())


@asynccontextmanager
async def _reading(settings: Settings) -> AsyncGenerator[tuple[Connection, bytes]]:
    """Within it, the database and the key of its audit log. Raises CannotStart."""
    key = prepare_data(settings.data).derived("audit")
    await upgrade(settings, Clock())
    database = Database(settings.database, list[Event]().extend, audit_key=key)
    await database.open()
    try:
        yield database.reader, key
    finally:
        await database.close()
