"""Reactions: the table and its queries."""

from typing import NamedTuple

from tortoise import fields
from tortoise.models import Model

from models.columns import id_column, instant_column
from models.connection import Connection, marks


class Reaction(Model):
    """What a user last did about one emoji at one message: added it, or took it back."""

    id = id_column(primary_key=True)
    message_id = id_column()
    user_id = id_column()
    emoji = fields.CharField(max_length=64)
    at = instant_column()
    present = fields.SmallIntField()
    """1 if it is there; 0 once it was taken back, which is kept, as the later of both counts."""

    class Meta(Model.Meta):
        table = "reactions"
        unique_together = (("message_id", "user_id", "emoji"),)
        indexes = (("user_id", "id"),)


class ReactionRow(NamedTuple):
    """An emoji at a message, and how many reacted with it."""

    message_id: str
    emoji: str
    users: int


class Stance(NamedTuple):
    """What a user last did about an emoji."""

    at: str
    present: int


async def stance(db: Connection, message_id: str, user_id: str, emoji: str) -> Stance | None:
    """What this user last did about this emoji at this message."""
    rows = await db.fetch(
        "SELECT at, present FROM reactions WHERE message_id = ? AND user_id = ? AND emoji = ?",
        message_id,
        user_id,
        emoji,
    )
    return Stance._make(rows[0]) if rows else None


async def take(
    db: Connection, row_id: str, message_id: str, user_id: str, emoji: str, stance: Stance
) -> None:
    """Notes what a user has done; `row_id` is for the first time."""
    await db.fetch(
        """INSERT INTO reactions (id, message_id, user_id, emoji, at, present)
           VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (message_id, user_id, emoji)
           DO UPDATE SET at = excluded.at, present = excluded.present""",
        row_id,
        message_id,
        user_id,
        emoji,
        *stance,
    )


async def counts(db: Connection, message_id: str, user_id: str, emoji: str) -> tuple[int, int]:
    """How many other emoji there are at the message, and about how many the user did something."""
    rows = await db.fetch(
        """SELECT count(DISTINCT CASE WHEN present = 1 THEN emoji END),
                  count(CASE WHEN user_id = ? THEN 1 END)
           FROM reactions WHERE message_id = ? AND emoji <> ?""",
        user_id,
        message_id,
        emoji,
    )
    return rows[0][0], rows[0][1]


async def of_messages(db: Connection, message_ids: list[str]) -> dict[str, list[ReactionRow]]:
    """The reactions of each of these messages, those that came first first."""
    rows = await db.fetch(
        f"""SELECT message_id, emoji, count(*) FROM reactions
            WHERE message_id IN ({marks(message_ids)}) AND present = 1
            GROUP BY message_id, emoji ORDER BY message_id, min(id), emoji""",
        *message_ids,
    )
    found: dict[str, list[ReactionRow]] = {message_id: [] for message_id in message_ids}
    for row in rows:
        found[row[0]].append(ReactionRow._make(row))
    return found


async def of_user(db: Connection, user_id: str, message_ids: list[str]) -> dict[str, list[str]]:
    """The emoji with which a user reacted to each of these messages, by time."""
    rows = await db.fetch(
        f"""SELECT message_id, emoji FROM reactions
            WHERE message_id IN ({marks(message_ids)}) AND user_id = ? AND present = 1
            ORDER BY id""",
        *message_ids,
        user_id,
    )
    found: dict[str, list[str]] = {message_id: [] for message_id in message_ids}
    for message_id, emoji in rows:
        found[message_id].append(emoji)
    return found


async def first_users(
    db: Connection, asked: list[tuple[str, str]], limit: int
) -> dict[tuple[str, str], list[str]]:
    """For each message and emoji, the first users who reacted with it."""
    message_ids = list({message_id for message_id, _ in asked})
    emoji = list({emoji for _, emoji in asked})
    rows = await db.fetch(
        f"""SELECT message_id, emoji, user_id FROM (
              SELECT id, message_id, emoji, user_id, row_number() OVER (
                PARTITION BY message_id, emoji ORDER BY id) AS place
              FROM reactions WHERE message_id IN ({marks(message_ids)})
                AND emoji IN ({marks(emoji)}) AND present = 1) AS placed
            WHERE place <= ? ORDER BY id""",
        *message_ids,
        *emoji,
        limit,
    )
    found: dict[tuple[str, str], list[str]] = {pair: [] for pair in asked}
    for message_id, one, user_id in rows:
        if (message_id, one) in found:
            found[message_id, one].append(user_id)
    return found
