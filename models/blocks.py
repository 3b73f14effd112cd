"""Blocks: who does not want to hear from whom."""

from typing import NamedTuple

from tortoise.models import Model

from models.columns import id_column, instant_column
from models.connection import Connection


class Block(Model):
    """One person's wish not to hear from another."""

    id = id_column(primary_key=True)
    user_id = id_column()
    blocked_id = id_column()
    created_at = instant_column()

    class Meta(Model.Meta):
        table = "blocks"
        unique_together = (("user_id", "blocked_id"),)


class BlockRow(NamedTuple):
    """A block as it is read."""

    id: str
    blocked_id: str
    created_at: str


async def put(db: Connection, user_id: str, row: BlockRow) -> bool:
    """Blocks somebody; False if they are blocked already."""
    made = await db.fetch(
        """INSERT INTO blocks (id, user_id, blocked_id, created_at) VALUES (?, ?, ?, ?)
           ON CONFLICT DO NOTHING RETURNING id""",
        row.id,
        user_id,
        row.blocked_id,
        row.created_at,
    )
    return bool(made)


async def take(db: Connection, user_id: str, blocked_id: str) -> bool:
    """Ends a block; False if there is none."""
    gone = await db.fetch(
        "DELETE FROM blocks WHERE user_id = ? AND blocked_id = ? RETURNING id", user_id, blocked_id
    )
    return bool(gone)


async def is_blocked(db: Connection, user_id: str, by: str) -> bool:
    """Whether the user is blocked by the other."""
    return bool(
        await db.fetch("SELECT 1 FROM blocks WHERE user_id = ? AND blocked_id = ?", by, user_id)
    )


async def between(db: Connection, one: str, other: str) -> bool:
    """Whether one of these two has blocked the other."""
    return await is_blocked(db, one, by=other) or await is_blocked(db, other, by=one)


async def within(db: Connection, channel_id: str) -> bool:
    """Whether one of those in a DIRECT channel has blocked the other."""
    rows = await db.fetch(
        """SELECT 1 FROM memberships a
           JOIN memberships b ON b.channel_id = a.channel_id
           JOIN blocks x ON x.user_id = a.user_id AND x.blocked_id = b.user_id
           WHERE a.channel_id = ? LIMIT 1""",
        channel_id,
    )
    return bool(rows)


async def page(db: Connection, user_id: str, before: tuple[str, str], limit: int) -> list[BlockRow]:
    """Whom the user has blocked, the latest first, those that come after `before`."""
    rows = await db.fetch(
        """SELECT id, blocked_id, created_at FROM blocks
           WHERE user_id = ? AND (created_at < ? OR (created_at = ? AND id < ?))
           ORDER BY created_at DESC, id DESC LIMIT ?""",
        user_id,
        before[0],
        before[0],
        before[1],
        limit,
    )
    return [BlockRow._make(row) for row in rows]
