"""Mutes: who may read a channel, and say nothing in it. They outlast leaving and coming back."""

from typing import NamedTuple

from tortoise.models import Model

from models.columns import id_column, instant_column
from models.connection import Connection, marks


class Mute(Model):
    """A user's silence in a channel; one row each at the most."""

    id = id_column(primary_key=True)
    channel_id = id_column()
    user_id = id_column()
    muted_by = id_column()
    until = instant_column()
    """`models.accounts.FOREVER` for one without an end."""
    created_at = instant_column()

    class Meta(Model.Meta):
        table = "mutes"
        unique_together = (("channel_id", "user_id"),)


class MuteRow(NamedTuple):
    """A mute as it is written."""

    id: str
    channel_id: str
    user_id: str
    muted_by: str
    until: str
    created_at: str


async def put(db: Connection, row: MuteRow) -> bool:
    """Mutes a user, in place of any mute before; False if it is the same.

    Forgets those in the channel that are over.
    """
    if await until(db, row.channel_id, row.user_id) == row.until:
        return False
    await db.fetch(
        "DELETE FROM mutes WHERE channel_id = ? AND (user_id = ? OR until <= ?)",
        row.channel_id,
        row.user_id,
        row.created_at,
    )
    columns = ", ".join(MuteRow._fields)
    await db.fetch(f"INSERT INTO mutes ({columns}) VALUES ({marks(row)})", *row)
    return True


async def lift(db: Connection, channel_id: str, user_id: str) -> bool:
    """Lets a user speak again; False if they could."""
    gone = await db.fetch(
        "DELETE FROM mutes WHERE channel_id = ? AND user_id = ? RETURNING id", channel_id, user_id
    )
    return bool(gone)


async def until(db: Connection, channel_id: str, user_id: str) -> str | None:
    """When the user's mute in the channel ends, or ended; None where there is none."""
    rows = await db.fetch(
        "SELECT until FROM mutes WHERE channel_id = ? AND user_id = ?", channel_id, user_id
    )
    return rows[0][0] if rows else None
