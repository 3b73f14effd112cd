"""Edits: what messages said before, and the queries for it."""

from typing import NamedTuple

from tortoise import fields
from tortoise.models import Model

from models.columns import id_column, instant_column
from models.connection import Connection


class Edit(Model):
    """One version of a message that was edited; the one that was sent has the message's own id."""

    id = id_column(primary_key=True)
    message_id = id_column()
    body = fields.TextField()
    at = instant_column()

    class Meta(Model.Meta):
        table = "message_edits"
        indexes = (("message_id", "at", "id"),)


class EditRow(NamedTuple):
    """A version of a message."""

    id: str
    message_id: str
    body: str
    at: str


async def keep(db: Connection, row: EditRow) -> bool:
    """Stores a version; False if it is there already."""
    made = await db.fetch(
        """INSERT INTO message_edits (id, message_id, body, at) VALUES (?, ?, ?, ?)
           ON CONFLICT DO NOTHING RETURNING id""",
        *row,
    )
    return bool(made)


async def count(db: Connection, message_id: str) -> int:
    """How many versions of a message are kept."""
    rows = await db.fetch("SELECT count(*) FROM message_edits WHERE message_id = ?", message_id)
    return int(rows[0][0])


async def page(
    db: Connection, message_id: str, after: tuple[int, str, str], limit: int
) -> list[tuple[int, EditRow]]:
    """The versions of a message: what was sent, which is number 0, and then its edits, by time.

    `after` is number, time and id of the version to go on behind.
    """
    rows = await db.fetch(
        """SELECT number, id, message_id, body, at FROM (
             SELECT CAST(CASE WHEN id = message_id THEN 0 ELSE 1 END AS BIGINT) AS number,
                    id, message_id, body, at FROM message_edits WHERE message_id = ?) AS versions
           WHERE number > ? OR (number = ? AND (at > ? OR (at = ? AND id > ?)))
           ORDER BY number, at, id LIMIT ?""",
        message_id,
        after[0],
        after[0],
        after[1],
        after[1],
        after[2],
        limit,
    )
    return [(row[0], EditRow._make(row[1:])) for row in rows]
