"""The audit log: what was done by right of a role, and what concerns the safety of accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import orjson

from adapters.clock import Instant
from adapters.ids import parsed_id
from models import audit
from models.audit import AuditRow, Deed, Head, Sought
from models.connection import Connection
from models.writer import Transaction
from resolvers import paging
from resolvers.errors import BadUserInput
from resolvers.house import Caller, House
from resolvers.paging import Page

_END = (2**62,)
_AT_ONCE = 1_000


class Action(StrEnum):
    """What an entry is about."""

    USER_CREATED = "USER_CREATED"
    USER_UPDATED = "USER_UPDATED"
    USER_DELETED = "USER_DELETED"
    ROLE_SET = "ROLE_SET"
    USER_BANNED = "USER_BANNED"
    USER_UNBANNED = "USER_UNBANNED"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - what was done, and no password
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105
    STAFF_SIGNED_IN = "STAFF_SIGNED_IN"
    SIGN_INS_FAILED = "SIGN_INS_FAILED"
    SESSION_STOLEN = "SESSION_STOLEN"
    SECOND_FACTOR_ENABLED = "SECOND_FACTOR_ENABLED"
    SECOND_FACTOR_DISABLED = "SECOND_FACTOR_DISABLED"
    RECOVERY_CODE_USED = "RECOVERY_CODE_USED"
    RECOVERY_CODES_RENEWED = "RECOVERY_CODES_RENEWED"
    API_TOKEN_CREATED = "API_TOKEN_CREATED"  # noqa: S105
    API_TOKEN_REVOKED = "API_TOKEN_REVOKED"  # noqa: S105
    SECRET_ROTATED = "SECRET_ROTATED"  # noqa: S105
    MESSAGES_PURGED = "MESSAGES_PURGED"
    MESSAGE_DELETED = "MESSAGE_DELETED"
    FILE_DELETED = "FILE_DELETED"
    FILE_QUARANTINED = "FILE_QUARANTINED"
    CHANNEL_JOINED = "CHANNEL_JOINED"
    CHANNEL_DELETED = "CHANNEL_DELETED"
    CHANNEL_EXPORTED = "CHANNEL_EXPORTED"
    CHANNEL_ROLE_SET = "CHANNEL_ROLE_SET"
    MEMBER_REMOVED = "MEMBER_REMOVED"
    MEMBER_MUTED = "MEMBER_MUTED"
    MEMBER_UNMUTED = "MEMBER_UNMUTED"
    REPORT_HANDLED = "REPORT_HANDLED"
    WORDS_LISTED = "WORDS_LISTED"


def note(
    transaction: Transaction,
    caller: Caller,
    action: Action,
    subject_id: str | None = None,
    channel_id: str | None = None,
    **details: object,
) -> None:
    """Within a unit: writes down what the caller does. Ids alone are named by their fields."""
    who, where = caller.user_id, caller.address
    _add(transaction, caller.house, action, (who, subject_id, channel_id, where), details)


def note_of_nobody(
    transaction: Transaction,
    house: House,
    action: Action,
    subject_id: str | None = None,
    address: str | None = None,
    **details: object,
) -> None:
    """Within a unit: writes down what nobody did who is signed in."""
    _add(transaction, house, action, (None, subject_id, None, address), details)


async def note_of_owner(house: House, action: Action, *, forgotten: bool) -> None:
    """Writes down what the owner of the server does. Raises Unavailable."""

    async def unit(transaction: Transaction) -> None:
        note_of_nobody(transaction, house, action, by="owner", forgotten=forgotten)

    await house.write(unit)


def _add(
    transaction: Transaction,
    house: House,
    action: Action,
    who: tuple[str | None, str | None, str | None, str | None],
    details: dict[str, object],
) -> None:
    told = orjson.dumps(details, option=orjson.OPT_SORT_KEYS).decode()
    transaction.audit(Deed(house.clock.now(), action, *who, told))


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are asked for; None asks for nothing."""

    actions: Sequence[Action] | None = None
    actor_id: str | None = None
    subject_id: str | None = None
    since: Instant | None = None
    until: Instant | None = None


async def page(
    caller: Caller, wanted: Filter, first: int | None, after: str | None
) -> Page[AuditRow]:
    """For admins: the entries that are asked for, newest first. Raises BadUserInput."""
    count = paging.size("first", first)
    (before,) = paging.decode(after, _END)
    sought = Sought(
        None if wanted.actions is None else list(wanted.actions),
        _known("actorId", wanted.actor_id),
        _known("subjectId", wanted.subject_id),
        wanted.since,
        wanted.until,
    )
    found = await audit.page(caller.db, sought, int(before), count + 1)
    return paging.forward(found, count, after, lambda row: (row.number,))


def _known(field: str, given: str | None) -> str | None:
    if given is None:
        return None
    known = parsed_id(given)
    if known is None:
        raise BadUserInput(field, "must be a UUID")
    return known


class Broken(Exception):
    """The log is not what was once written."""


async def verify(db: Connection, key: bytes, kept: Head | None = None) -> Head:
    """Looks at every entry; returns the head of the chain.

    `kept` is a head that was written down elsewhere. Raises Broken.
    """
    number, mac = 0, ""
    if kept == Head(0, ""):
        kept = None
    while rows := await audit.after(db, number, _AT_ONCE):
        for row in rows:
            if row.number != number + 1:
                raise Broken(f"Entry {number + 1} is missing.")
            if not row.follows(mac, key):
                raise Broken(f"Entry {row.number} is not as it was written.")
            number, mac = row.number, row.mac
            if kept is not None and number == kept.number and mac != kept.mac:
                raise Broken(f"Entry {number} is another one than was kept.")
    if kept is not None and number < kept.number:
        raise Broken(f"The log ends with entry {number}, and entry {kept.number} was kept.")
    return Head(number, mac)
