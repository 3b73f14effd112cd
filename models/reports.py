"""Reports of messages, and the list of words that files some by itself: tables and queries."""

from typing import NamedTuple

from tortoise import fields
from tortoise.models import Model

from models.columns import id_column, instant_column
from models.connection import Connection, marks

LONGEST_FOLDED = 400
"""In characters: how long a word or phrase of the list may be as it is compared."""
WORD_LIST = "words"
"""Stands for the reporter where a word on the list filed the report."""


class Report(Model):
    """Somebody's word that moderators should look at a message."""

    id = id_column(primary_key=True)
    message_id = id_column()
    channel_id = id_column()
    author_id = id_column()
    """Of the message."""
    reporter_id = id_column()
    """A user, or WORD_LIST."""
    reason = fields.CharField(max_length=500)
    body = fields.TextField()
    """What the message said when it was reported; empty once that is purged."""
    created_at = instant_column()
    status = fields.CharField(max_length=9)
    """OPEN, RESOLVED or DISMISSED."""
    handled_by = id_column(null=True)
    handled_at = instant_column(null=True)
    note = fields.CharField(max_length=500, null=True)

    class Meta(Model.Meta):
        table = "reports"
        unique_together = (("message_id", "reporter_id"),)
        indexes = (("status", "created_at", "id"),)


class ListedWord(Model):
    """A word or a phrase that has a message reported."""

    phrase = fields.CharField(max_length=LONGEST_FOLDED, primary_key=True)
    """As it is compared: its words folded, one blank between them."""
    shown = fields.CharField(max_length=100)

    class Meta(Model.Meta):
        table = "listed_words"


class ReportRow(NamedTuple):
    """A report as it is read."""

    id: str
    message_id: str
    channel_id: str
    author_id: str
    reporter_id: str
    reason: str
    body: str
    created_at: str
    status: str = "OPEN"
    handled_by: str | None = None
    handled_at: str | None = None
    note: str | None = None


_SEEN = ", ".join(ReportRow._fields)


async def file(db: Connection, row: ReportRow) -> None:
    """Stores a report, in place of the one with its id if there is one."""
    await db.fetch("DELETE FROM reports WHERE id = ?", row.id)
    await db.fetch(f"INSERT INTO reports ({_SEEN}) VALUES ({marks(row)})", *row)


async def by_ids(db: Connection, ids: list[str]) -> dict[str, ReportRow]:
    """The reports with these ids, by id."""
    rows = await db.fetch(f"SELECT {_SEEN} FROM reports WHERE id IN ({marks(ids)})", *ids)
    return {row[0]: ReportRow._make(row) for row in rows}


async def of_reporter(db: Connection, message_id: str, reporter_id: str) -> ReportRow | None:
    """What this one has reported of a message."""
    rows = await db.fetch(
        f"SELECT {_SEEN} FROM reports WHERE message_id = ? AND reporter_id = ?",
        message_id,
        reporter_id,
    )
    return ReportRow._make(rows[0]) if rows else None


async def handle(
    db: Connection, report_id: str, status: str, by: str, at: str, note: str | None
) -> None:
    """Notes what has become of a report."""
    await db.fetch(
        "UPDATE reports SET status = ?, handled_by = ?, handled_at = ?, note = ? WHERE id = ?",
        status,
        by,
        at,
        note,
        report_id,
    )


async def page(
    db: Connection, status: str | None, before: tuple[str, str], limit: int
) -> list[ReportRow]:
    """The reports in this state, or in any, newest first."""
    states = ("OPEN", "RESOLVED", "DISMISSED") if status is None else (status,)
    rows = await db.fetch(
        f"""SELECT {_SEEN} FROM reports WHERE status IN ({marks(states)})
              AND (created_at < ? OR (created_at = ? AND id < ?))
            ORDER BY created_at DESC, id DESC LIMIT ?""",
        *states,
        before[0],
        before[0],
        before[1],
        limit,
    )
    return [ReportRow._make(row) for row in rows]


async def how_many_open(db: Connection) -> int:
    """How many wait to be looked at."""
    rows = await db.fetch("SELECT count(*) FROM reports WHERE status = 'OPEN'")
    return int(rows[0][0])


async def empty(db: Connection, message_ids: list[str]) -> None:
    """Forgets what these messages said."""
    await db.fetch(
        f"UPDATE reports SET body = '' WHERE message_id IN ({marks(message_ids)})", *message_ids
    )


async def empty_left(db: Connection, author_id: str | None, channel_id: str | None) -> None:
    """Forgets what messages said that are gone themselves: by an author, in a channel, or both."""
    await db.fetch(
        """UPDATE reports SET body = '' WHERE body <> '' AND author_id = coalesce(?, author_id)
           AND channel_id = coalesce(?, channel_id)
           AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = reports.message_id)""",
        author_id,
        channel_id,
    )


async def any_of(db: Connection, author_id: str) -> bool:
    """Whether a report still says what this user, who may be gone, has said."""
    rows = await db.fetch(
        "SELECT 1 FROM reports WHERE author_id = ? AND body <> '' LIMIT 1", author_id
    )
    return bool(rows)


async def listed(db: Connection) -> list[tuple[str, str]]:
    """The list of words: each as it is compared and as it is shown, in alphabetical order."""
    rows = await db.fetch("SELECT phrase, shown FROM listed_words ORDER BY phrase")
    return [(row[0], row[1]) for row in rows]


async def put_list(db: Connection, words: dict[str, str]) -> None:
    """Replaces the list of words."""
    await db.fetch("DELETE FROM listed_words")
    await db.run_many("INSERT INTO listed_words (phrase, shown) VALUES (?, ?)", words.items())
