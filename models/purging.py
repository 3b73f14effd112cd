"""Purging: messages that go for good, with all that hangs on them; only their ids are kept."""

from collections.abc import Sequence
from typing import NamedTuple

from models import reports, search
from models.connection import Connection, marks
from models.messages import HANGING
from models.shedding import detach


class Chosen(NamedTuple):
    """Which messages are to go: all of these conditions hold; None asks for nothing."""

    channel_id: str | None = None
    author_id: str | None = None
    before: str | None = None
    """Said before this moment."""
    upto: int = 0
    """The last position that is looked at."""


class Purged(NamedTuple):
    """What went, and what is left to go."""

    messages: dict[str, int]
    """How many, by channel."""
    files: list[str]
    """Those to which no message refers any more."""


class _Doomed(NamedTuple):
    id: str
    channel_id: str
    position: int
    number: int
    thread_id: str | None


async def any_by(db: Connection, author_id: str) -> bool:
    """Whether this user, who may be gone, has left messages, or reports of some."""
    there = await db.fetch("SELECT 1 FROM messages WHERE author_id = ? LIMIT 1", author_id)
    return bool(there) or await reports.any_of(db, author_id)


async def any_unplaced(db: Connection, author_id: str) -> bool:
    """Whether this user has said something in this very batch: it gets its place at the end."""
    rows = await db.fetch(
        "SELECT 1 FROM messages WHERE author_id = ? AND position IS NULL LIMIT 1", author_id
    )
    return bool(rows)


async def purge(db: Connection, chosen: Chosen, limit: int) -> Purged:
    """Purges the first of the chosen messages, up to a number."""
    doomed = await _choose(db, chosen, limit)
    by_channel: dict[str, list[_Doomed]] = {}
    for message in doomed:
        by_channel.setdefault(message.channel_id, []).append(message)
    for channel_id, messages in by_channel.items():
        await _count_as_gone(db, channel_id, sorted(message.position for message in messages))
    files = await _erase(db, doomed)
    for channel_id, messages in by_channel.items():
        await _mend_channel(db, channel_id, max(message.number for message in messages))
    await _mend_threads(db, {message.thread_id for message in doomed if message.thread_id})
    if len(doomed) < limit and chosen.before is None:
        # Messages that went with their channel may still be told of.
        await reports.empty_left(db, chosen.author_id, chosen.channel_id)
    counts = {channel_id: len(messages) for channel_id, messages in by_channel.items()}
    return Purged(counts, files)


async def _choose(db: Connection, chosen: Chosen, limit: int) -> list[_Doomed]:
    where: list[str] = ["position <= ?"]
    values: list[object] = [chosen.upto]
    for condition, value in (
        ("channel_id = ?", chosen.channel_id),
        ("author_id = ?", chosen.author_id),
        ("created_at < ?", chosen.before),
    ):
        if value is not None:
            where.append(condition)
            values.append(value)
    rows = await db.fetch(
        f"""SELECT id, channel_id, position, number, thread_id FROM messages
            WHERE {" AND ".join(where)} ORDER BY position LIMIT ?""",
        *values,
        limit,
    )
    return [_Doomed._make(row) for row in rows]


async def _count_as_gone(db: Connection, channel_id: str, positions: Sequence[int]) -> None:
    """Has nobody wait for what they can no longer read."""
    await db.fetch(
        "UPDATE memberships SET read_gone = read_gone + ? WHERE channel_id = ? AND"
        " coalesce(read_position, 0) < ?",
        len(positions),
        channel_id,
        positions[0],
    )
    await db.fetch(
        f"""UPDATE memberships SET read_gone = read_gone + (
              SELECT count(*) FROM messages m WHERE m.position IN ({marks(positions)})
                AND m.position > memberships.read_position)
            WHERE channel_id = ? AND read_position >= ? AND read_position < ?""",
        *positions,
        channel_id,
        positions[0],
        positions[-1],
    )


async def _erase(db: Connection, doomed: Sequence[_Doomed]) -> list[str]:
    """Returns the files to which no message refers any more."""
    ids = [message.id for message in doomed]
    for message in doomed:
        await search.forget(db, message.position)
    await db.fetch(
        f"""INSERT INTO tombstones (id, digest, channel_id)
            SELECT id, digest, channel_id FROM messages WHERE id IN ({marks(ids)})""",
        *ids,
    )
    for table in HANGING:
        await db.fetch(f"DELETE FROM {table} WHERE message_id IN ({marks(ids)})", *ids)
    await reports.empty(db, ids)
    await db.fetch(f"DELETE FROM messages WHERE id IN ({marks(ids)})", *ids)
    return await detach(db, ids)


async def _mend_channel(db: Connection, channel_id: str, highest: int) -> None:
    await db.fetch(
        """UPDATE channels SET
             last_position = coalesce(
               (SELECT max(position) FROM messages WHERE channel_id = channels.id), last_position),
             purged_number = CASE WHEN purged_number < ? THEN ? ELSE purged_number END
           WHERE id = ?""",
        highest,
        highest,
        channel_id,
    )


async def _mend_threads(db: Connection, roots: set[str]) -> None:
    await db.run_many(
        """UPDATE messages SET reply_count =
             (SELECT count(*) FROM messages r WHERE r.thread_id = messages.id) WHERE id = ?""",
        [(root,) for root in roots],
    )


async def forget_reactions(db: Connection, user_id: str, limit: int) -> list[tuple[str, str]]:
    """Takes away some of a user's reactions; returns the messages and their channels."""
    rows = await db.fetch(
        f"""DELETE FROM reactions WHERE id IN
              (SELECT id FROM reactions WHERE user_id = ? ORDER BY id LIMIT {limit:d})
            RETURNING message_id""",
        user_id,
    )
    ids = sorted({row[0] for row in rows})
    found = await db.fetch(f"SELECT id, channel_id FROM messages WHERE id IN ({marks(ids)})", *ids)
    return [(row[0], row[1]) for row in found]
