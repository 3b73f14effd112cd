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
    reply_to_id = id_column(null=True)
    thread_id = id_column(null=True)
    """The message that its chain of replies began with; null for one that answers none."""
    reply_count = fields.BigIntField(default=0)
    """How many messages name this one as their thread."""
    edited_at = instant_column(null=True)
    """When the author wrote what `body` is; null as long as that is what was sent."""
    edit_id = id_column(null=True)
    """Decides between edits of the same moment."""
    deleted_at = instant_column(null=True)

    class Meta(Model.Meta):
        table = "messages"
        unique_together = (("channel_id", "position"),)
        indexes = (("thread_id", "position"), ("position",), ("author_id", "position"))


class Tombstone(Model):
    """The id of a message whose row is gone, so that no retry brings it back."""

    id = id_column(primary_key=True)
    digest = fields.CharField(max_length=32)
    channel_id = id_column(null=True)
    """Where it was said; null where that was not noted yet."""

    class Meta(Model.Meta):
        table = "tombstones"


class Buried(NamedTuple):
    """What is left of a message whose row is gone."""

    digest: str
    channel_id: str | None


HANGING = ("message_edits", "reactions", "mentions", "pins")
"""The tables whose rows go when their message does."""


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
    reply_to_id: str | None = None
    thread_id: str | None = None
    reply_count: int = 0
    edited_at: str | None = None
    edit_id: str | None = None
    deleted_at: str | None = None


_COLUMNS = MessageRow._fields
SEEN = ", ".join(f"m.{column}" for column in _COLUMNS)
"""The columns of a MessageRow, of messages as `m`."""


async def insert(db: Connection, row: MessageRow) -> bool:
    """Stores a message that has no position yet; False if its id is or was in use."""
    made = await db.fetch(
        """INSERT INTO messages
             (id, channel_id, author_id, body, created_at, digest, reply_to_id, thread_id,
              reply_count)
           SELECT ?, ?, ?, ?, ?, ?, ?, ?, 0
           WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE id = ?)
           ON CONFLICT DO NOTHING RETURNING id""",
        row.id,
        row.channel_id,
        row.author_id,
        row.body,
        row.created_at,
        row.digest,
        row.reply_to_id,
        row.thread_id,
        row.id,
    )
    if made and row.thread_id:
        await db.fetch(
            "UPDATE messages SET reply_count = reply_count + 1 WHERE id = ?", row.thread_id
        )
    return bool(made)


async def by_id(db: Connection, message_id: str) -> MessageRow | None:
    """The message with this id."""
    return (await by_ids(db, [message_id])).get(message_id)


async def by_ids(db: Connection, ids: list[str]) -> dict[str, MessageRow]:
    """The messages with these ids, by id; absent ones are left out."""
    rows = await db.fetch(f"SELECT {SEEN} FROM messages m WHERE m.id IN ({marks(ids)})", *ids)
    return {row[0]: MessageRow._make(row) for row in rows}


async def oldest(
    db: Connection, channel_id: str, after: int, before: int, limit: int
) -> list[MessageRow]:
    """The first messages with positions between the two, both exclusive, oldest first."""
    rows = await db.fetch(
        f"""SELECT {SEEN} FROM messages m
            WHERE m.channel_id = ? AND m.position > ? AND m.position < ?
            ORDER BY m.position LIMIT ?""",
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
        f"""SELECT {SEEN} FROM messages m
            WHERE m.channel_id = ? AND m.position > ? AND m.position < ?
            ORDER BY m.position DESC LIMIT ?""",
        channel_id,
        after,
        before,
        limit,
    )
    return [MessageRow._make(row) for row in rows]


async def last_of(db: Connection, channel_ids: list[str]) -> dict[str, MessageRow]:
    """The latest message of each of these channels that has one."""
    rows = await db.fetch(
        f"""SELECT {SEEN} FROM channels c
            JOIN messages m ON m.channel_id = c.id AND m.position = c.last_position
            WHERE c.id IN ({marks(channel_ids)})""",
        *channel_ids,
    )
    return {row[1]: MessageRow._make(row) for row in rows}


async def page_of_thread(
    db: Connection,
    channel_id: str,
    root_id: str,
    after: int,
    before: int,
    limit: int,
    *,
    newest_first: bool,
) -> list[MessageRow]:
    """A thread's messages in a channel, its first one included, between positions, exclusive."""
    order = "DESC" if newest_first else "ASC"
    rows = await db.fetch(
        f"""SELECT * FROM (
              SELECT {SEEN} FROM messages m
              WHERE m.thread_id = ? AND m.channel_id = ? AND m.position > ? AND m.position < ?
              ORDER BY m.position {order} LIMIT ?) AS replies
            UNION ALL
            SELECT {SEEN} FROM messages m
            WHERE m.id = ? AND m.channel_id = ? AND m.position > ? AND m.position < ?
            ORDER BY position {order} LIMIT ?""",
        *(root_id, channel_id, after, before, limit),
        *(root_id, channel_id, after, before, limit),
    )
    return [MessageRow._make(row) for row in rows]


async def rewrite(db: Connection, message_id: str, body: str, at: str, edit_id: str) -> None:
    """Has the message say something else, since `at`."""
    await db.fetch(
        "UPDATE messages SET body = ?, edited_at = ?, edit_id = ? WHERE id = ?",
        body,
        at,
        edit_id,
        message_id,
    )


async def empty(db: Connection, message_id: str, at: str) -> None:
    """Takes away what the message said; its place stays."""
    await db.fetch(
        """UPDATE messages SET body = '', edited_at = NULL, edit_id = NULL, deleted_at = ?
           WHERE id = ?""",
        at,
        message_id,
    )
    for table in HANGING:
        await db.fetch(f"DELETE FROM {table} WHERE message_id = ?", message_id)


async def buried(db: Connection, message_id: str) -> Buried | None:
    """What is left of a message whose row is gone."""
    rows = await db.fetch("SELECT digest, channel_id FROM tombstones WHERE id = ?", message_id)
    return Buried._make(rows[0]) if rows else None


async def erase_channel(db: Connection, channel_id: str) -> None:
    """Deletes the channel's messages and keeps their ids from being used again."""
    await db.fetch(
        """INSERT INTO tombstones (id, digest, channel_id)
           SELECT id, digest, channel_id FROM messages WHERE channel_id = ?""",
        channel_id,
    )
    for table in HANGING:
        await db.fetch(
            f"""DELETE FROM {table}
                WHERE message_id IN (SELECT id FROM messages WHERE channel_id = ?)""",
            channel_id,
        )
    await db.fetch("DELETE FROM messages WHERE channel_id = ?", channel_id)
