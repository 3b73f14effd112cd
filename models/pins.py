"""Pins: the table and its queries."""

from typing import NamedTuple

from tortoise.models import Model

from models.columns import id_column, instant_column
from models.connection import Connection, marks


class Pin(Model):
    """A message that is held up for everybody in its channel."""

    message_id = id_column(primary_key=True)
    channel_id = id_column()
    pinned_by = id_column()
    pinned_at = instant_column()

    class Meta(Model.Meta):
        table = "pins"
        indexes = (("channel_id", "pinned_at", "message_id"),)


class PinRow(NamedTuple):
    """A pin as it is read."""

    message_id: str
    channel_id: str
    pinned_by: str
    pinned_at: str


_SEEN = "message_id, channel_id, pinned_by, pinned_at"


async def put(db: Connection, row: PinRow) -> bool:
    """Pins a message; False if it is pinned already."""
    made = await db.fetch(
        f"""INSERT INTO pins ({_SEEN}) VALUES (?, ?, ?, ?)
            ON CONFLICT DO NOTHING RETURNING message_id""",
        *row,
    )
    return bool(made)


async def take(db: Connection, message_id: str) -> bool:
    """Takes a pin away; False if there is none."""
    return bool(
        await db.fetch("DELETE FROM pins WHERE message_id = ? RETURNING message_id", message_id)
    )


async def count(db: Connection, channel_id: str) -> int:
    """How many pins there are in a channel."""
    rows = await db.fetch("SELECT count(*) FROM pins WHERE channel_id = ?", channel_id)
    return int(rows[0][0])


async def of_messages(db: Connection, message_ids: list[str]) -> dict[str, PinRow]:
    """The pins of those of these messages that have one."""
    rows = await db.fetch(
        f"SELECT {_SEEN} FROM pins WHERE message_id IN ({marks(message_ids)})", *message_ids
    )
    return {row[0]: PinRow._make(row) for row in rows}


async def page(
    db: Connection, channel_id: str, before: tuple[str, str], limit: int
) -> list[PinRow]:
    """A channel's pins, the latest first, those that come after `before` in that order."""
    rows = await db.fetch(
        f"""SELECT {_SEEN} FROM pins
            WHERE channel_id = ? AND (pinned_at < ? OR (pinned_at = ? AND message_id < ?))
            ORDER BY pinned_at DESC, message_id DESC LIMIT ?""",
        channel_id,
        before[0],
        before[0],
        before[1],
        limit,
    )
    return [PinRow._make(row) for row in rows]
