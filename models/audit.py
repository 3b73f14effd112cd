"""The audit log: the table, the chain that holds it together, and the queries.

Each entry carries a HMAC-SHA256 (RFC 2104) over the one before it and over all that it says itself,
with a key that is not in the database. Who can only write to the database can neither change an
entry nor take one out of the middle without that being seen; that the last ones are still there is
seen by who has kept the head of the chain elsewhere.
"""

import hmac
from collections.abc import Sequence
from typing import NamedTuple

import orjson
from tortoise import fields
from tortoise.models import Model

from models.columns import id_column, instant_column
from models.connection import Connection, marks


class AuditEntry(Model):
    """Something that was done by right of a role, or that concerns an account's safety."""

    number = fields.BigIntField(primary_key=True, generated=False)
    """1, 2, 3, ... without holes."""
    at = instant_column()
    action = fields.CharField(max_length=32)
    actor_id = id_column(null=True, db_index=True)
    """Who did it; null for the server itself, its owner, and whoever is not signed in."""
    subject_id = id_column(null=True, db_index=True)
    """The user to whom it was done."""
    channel_id = id_column(null=True)
    address = fields.CharField(max_length=45, null=True)
    """Where it was done from."""
    details = fields.TextField()
    """A JSON object of whatever else there is to know."""
    mac = fields.CharField(max_length=64)

    class Meta(Model.Meta):
        table = "audit"
        indexes = (("action", "number"), ("action", "at"))


class Deed(NamedTuple):
    """An entry on its way into the log, where it gets its number and its place in the chain."""

    at: str
    action: str
    actor_id: str | None
    subject_id: str | None
    channel_id: str | None
    address: str | None
    details: str


class AuditRow(NamedTuple):
    """An entry as it is read."""

    number: int
    at: str
    action: str
    actor_id: str | None
    subject_id: str | None
    channel_id: str | None
    address: str | None
    details: str
    mac: str

    def follows(self, before: str, key: bytes) -> bool:
        """Whether this is what was written behind the entry with this mac."""
        return hmac.compare_digest(self.mac, _mac(key, before, self.number, Deed(*self[1:-1])))


class Head(NamedTuple):
    """Where the chain ends; number 0 and no mac where nothing has been written yet."""

    number: int
    mac: str


class Sought(NamedTuple):
    """Which entries are looked for; None: any."""

    actions: Sequence[str] | None = None
    actor_id: str | None = None
    subject_id: str | None = None
    since: str | None = None
    until: str | None = None
    """Moments, the first inclusive, the second exclusive."""


_SEEN = ", ".join(AuditRow._fields)


async def head(db: Connection) -> Head:
    """The end of the chain."""
    rows = await db.fetch("SELECT number, mac FROM audit ORDER BY number DESC LIMIT 1")
    return Head._make(rows[0]) if rows else Head(0, "")


async def place(db: Connection, key: bytes, deeds: Sequence[Deed]) -> None:
    """Writes entries at the end of the chain. One transaction at a time may do this."""
    if not deeds:
        return
    number, mac = await head(db)
    rows: list[AuditRow] = []
    for deed in deeds:
        number, mac = number + 1, _mac(key, mac, number + 1, deed)
        rows.append(AuditRow(number, *deed, mac))
    await db.run_many(f"INSERT INTO audit ({_SEEN}) VALUES ({marks(AuditRow._fields)})", rows)


async def after(db: Connection, number: int, limit: int) -> list[AuditRow]:
    """The entries behind this one, in order."""
    rows = await db.fetch(
        f"SELECT {_SEEN} FROM audit WHERE number > ? ORDER BY number LIMIT ?", number, limit
    )
    return [AuditRow._make(row) for row in rows]


async def page(db: Connection, sought: Sought, before: int, limit: int) -> list[AuditRow]:
    """The latest entries before this one that are sought, newest first."""
    where: list[str] = ["number < ?"]
    values: list[object] = [before]
    for condition, value in (
        ("actor_id = ?", sought.actor_id),
        ("subject_id = ?", sought.subject_id),
        ("at >= ?", sought.since),
        ("at < ?", sought.until),
    ):
        if value is not None:
            where.append(condition)
            values.append(value)
    if sought.actions is not None:
        where.append(f"action IN ({marks(sought.actions)})")
        values += sought.actions
    rows = await db.fetch(
        f"""SELECT {_SEEN} FROM audit WHERE {" AND ".join(where)}
            ORDER BY number DESC LIMIT ?""",
        *values,
        limit,
    )
    return [AuditRow._make(row) for row in rows]


async def total(db: Connection, action: str, since: str) -> int:
    """What the entries of this action since then say in all: each its `count`, or else one."""
    rows = await db.fetch("SELECT details FROM audit WHERE action = ? AND at >= ?", action, since)
    return sum(int(orjson.loads(row[0]).get("count", 1)) for row in rows)


def _mac(key: bytes, before: str, number: int, deed: Deed) -> str:
    said = orjson.dumps([before, number, *deed])
    return hmac.new(key, said, "sha256").hexdigest()
