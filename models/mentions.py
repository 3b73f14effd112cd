"""Mentions: the table and its queries. There is one row a name, however many are in the channel."""

from typing import NamedTuple

from tortoise import fields
from tortoise.models import Model

from models.columns import id_column
from models.connection import Connection, marks

EVERYBODY = "channel"
"""Stands for the user where everybody in the channel is meant."""


class Mention(Model):
    """Somebody, or everybody, named in a message."""

    id = id_column(primary_key=True)
    message_id = id_column()
    channel_id = id_column()
    user_id = id_column()
    author_id = id_column()
    number = fields.BigIntField(null=True)
    """The message's, known when that has its place."""

    class Meta(Model.Meta):
        table = "mentions"
        unique_together = (("message_id", "user_id"),)
        indexes = (("channel_id", "user_id", "number"),)


class MentionRow(NamedTuple):
    """Somebody named in a message; `user_id` may be EVERYBODY."""

    message_id: str
    user_id: str


class Named(NamedTuple):
    """Where people are to be named, by whom."""

    message_id: str
    channel_id: str
    author_id: str
    number: int | None


async def members_named(db: Connection, channel_id: str, keys: list[str]) -> dict[str, str]:
    """The members of a channel with these folded usernames: their ids, by name."""
    rows = await db.fetch(
        f"""SELECT u.username_key, u.id FROM users u
            JOIN memberships m ON m.user_id = u.id AND m.channel_id = ?
            WHERE u.username_key IN ({marks(keys)})""",
        channel_id,
        *keys,
    )
    return {row[0]: row[1] for row in rows}


async def replace(db: Connection, named: Named, rows: list[tuple[str, str]]) -> None:
    """Has a message name these and nobody else; each is a fresh id for the row, and a user."""
    kept = ["", *(user_id for _, user_id in rows)]
    await db.fetch(
        f"DELETE FROM mentions WHERE message_id = ? AND user_id NOT IN ({marks(kept)})",
        named.message_id,
        *kept,
    )
    await add(db, named, rows)


async def add(db: Connection, named: Named, rows: list[tuple[str, str]]) -> None:
    """Has a message name these too."""
    await db.run_many(
        """INSERT INTO mentions (id, user_id, message_id, channel_id, author_id, number)
           VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING""",
        [(*row, *named) for row in rows],
    )


async def of_messages(db: Connection, message_ids: list[str]) -> dict[str, list[MentionRow]]:
    """Who is named in each of these messages."""
    rows = await db.fetch(
        f"""SELECT message_id, user_id FROM mentions
            WHERE message_id IN ({marks(message_ids)}) ORDER BY message_id, user_id""",
        *message_ids,
    )
    found: dict[str, list[MentionRow]] = {message_id: [] for message_id in message_ids}
    for row in rows:
        found[row[0]].append(MentionRow._make(row))
    return found


async def unread(db: Connection, user_id: str, channel_ids: list[str]) -> dict[str, int]:
    """How many messages name the user in each of these channels behind what they have read.

    What is written by people whom the user has blocked does not count.
    """
    rows = await db.fetch(
        f"""SELECT m.channel_id, count(DISTINCT n.number) FROM memberships m
            JOIN mentions n ON n.channel_id = m.channel_id AND n.user_id IN (m.user_id, ?)
              AND n.number > m.read_number
            LEFT JOIN blocks b ON b.user_id = m.user_id AND b.blocked_id = n.author_id
            WHERE m.user_id = ? AND m.channel_id IN ({marks(channel_ids)}) AND b.id IS NULL
            GROUP BY m.channel_id""",
        EVERYBODY,
        user_id,
        *channel_ids,
    )
    return {row[0]: row[1] for row in rows}
