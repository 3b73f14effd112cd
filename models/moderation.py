"""Bans: the table and its queries."""

from typing import NamedTuple

from tortoise import fields
from tortoise.models import Model

from models.columns import id_column, instant_column
from models.connection import Connection


class Ban(Model):
    """A ban in force: one row a user at the most. `users.banned_until` repeats its end."""

    id = id_column(primary_key=True)
    user_id = id_column(unique=True)
    reason = fields.CharField(max_length=500)
    banned_by = id_column()
    until = instant_column(null=True)
    created_at = instant_column()

    class Meta(Model.Meta):
        table = "bans"


class BanRow(NamedTuple):
    """A ban as it is read."""

    id: str
    user_id: str
    reason: str
    banned_by: str
    until: str | None
    created_at: str


_SEEN = "id, user_id, reason, banned_by, until, created_at"


async def of_user(db: Connection, user_id: str) -> BanRow | None:
    """The user's ban, which may have run out."""
    rows = await db.fetch(f"SELECT {_SEEN} FROM bans WHERE user_id = ?", user_id)
    return BanRow._make(rows[0]) if rows else None


async def over(db: Connection, now: str) -> list[str]:
    """The users whose bans have run out by `now`, and have not been lifted yet."""
    rows = await db.fetch("SELECT user_id FROM bans WHERE until <= ? ORDER BY until", now)
    return [row[0] for row in rows]


async def page(db: Connection, now: str, before: tuple[str, str], limit: int) -> list[BanRow]:
    """The bans in force at `now`, newest first."""
    rows = await db.fetch(
        f"""SELECT {_SEEN} FROM bans
            WHERE (until IS NULL OR until > ?)
              AND (created_at < ? OR (created_at = ? AND id < ?))
            ORDER BY created_at DESC, id DESC LIMIT ?""",
        now,
        before[0],
        before[0],
        before[1],
        limit,
    )
    return [BanRow._make(row) for row in rows]
