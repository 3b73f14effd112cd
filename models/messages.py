"""Messages: the table and its queries."""

from typing import NamedTuple

from tortoise import fields
from tortoise.models import Model

from models.columns import id_column, instant_column
from models.connection import Connection, marks


class Message(Model):
    """What somebody said. `position` and `number` are given when the transaction ends."""

    id = id_column(primary_key=True)
    channel_id = id_column()
    author_id = id_column()
    body = fields.TextField()
    digest = fields.CharField(max_length=32)
    """Of the input it was sent with: tells a retry from another use of the id."""
    created_at = instant_column()
    position = fields.BigIntField(null=True)
    """Place in this server's log, which is its cursor."""
    number = fields.BigIntField(null=True)
    """Place in its channel: 1, 2, 3, ... without holes, given by the channel's home server."""

    class Meta(Model.Meta):
        table = "messages"
        unique_together = (("channel_id", "position"),)


class Tombstone(Model):
    """The id of a message whose row is gone, so that no retry brings it back."""

    id = id_column(primary_key=True)
    digest = fields.CharField(max_length=32)

    class Meta(Model.Meta):
        table = "tombstones"


class MessageRow(NamedTuple):
    """A message as it is read."""

    id: str
    channel_id: str
    author_id: str
    body: str
    created_at: str
    position: int
    number: int
    digest: str


_SEEN = "id, channel_id, author_id, body, created_at, position, number, digest"


async def insert(db: Connection, row: MessageRow) -> bool:
    """Stores a message that has no position yet; False if its id is or was in use."""
    made = await db.fetch(
        """INSERT INTO messages (id, channel_id, author_id, body, created_at, digest)
           SELECT ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE id = ?)
           ON CONFLICT DO NOTHING RETURNING id""",
        row.id,
        row.channel_id,
        row.author_id,
        row.body,
        row.created_at,
        row.digest,
        row.id,
    )
    return bool(made)


async def by_id(db: Connection, message_id: str) -> MessageRow | None:
    """The message with this id."""
    return (await by_ids(db, [message_id])).get(message_id)


async def by_ids(db: Connection, ids: list[str]) -> dict[str, MessageRow]:
    """The messages with these ids, by id; absent ones are left out."""
    rows = await db.fetch(f"SELECT {_SEEN} FROM messages WHERE id IN ({marks(ids)})", *ids)
    return {row[0]: MessageRow._make(row) for row in rows}


async def oldest(
    db: Connection, channel_id: str, after: int, before: int, limit: int
) -> list[MessageRow]:
    """The first messages with positions between the two, both exclusive, oldest first."""
    rows = await db.fetch(
        f"""SELECT {_SEEN} FROM messages
            WHERE channel_id = ? AND position > ? AND position < ? ORDER BY position LIMIT ?""",
        channel_id,
        after,
        before,
        limit,
    )
    return [MessageRow._make(row) for row in rows]


async def newest(
    db: Connection, channel_id: str, after: int, before: int, limit: int
) -> list[MessageRow]:
    """The last messages with positions between the two, both exclusive, newest first."""
    rows = await db.fetch(
        f"""SELECT {_SEEN} FROM messages
            WHERE channel_id = ? AND position > ? AND position < ?
            ORDER BY position DESC LIMIT ?""",
        channel_id,
        after,
        before,
        limit,
    )
    return [MessageRow._make(row) for row in rows]


async def last_of(db: Connection, channel_ids: list[str]) -> dict[str, MessageRow]:
    """The latest message of each of these channels that has one."""
    seen = ", ".join(f"m.{column.strip()}" for column in _SEEN.split(","))
    rows = await db.fetch(
        f"""SELECT {seen} FROM channels c
            JOIN messages m ON m.channel_id = c.id AND m.position = c.last_position
            WHERE c.id IN ({marks(channel_ids)})""",
        *channel_ids,
    )
    return {row[1]: MessageRow._make(row) for row in rows}


async def erase_channel(db: Connection, channel_id: str) -> None:
    """Deletes the channel's messages and keeps their ids from being used again."""
    await db.fetch(
        "INSERT INTO tombstones (id, digest) SELECT id, digest FROM messages WHERE channel_id = ?",
        channel_id,
    )
    await db.fetch("DELETE FROM messages WHERE channel_id = ?", channel_id)
