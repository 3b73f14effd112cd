"""Shedding: files that go for good, with their versions; only their ids are kept."""

from collections.abc import Sequence
from typing import NamedTuple

from models import blobs
from models.connection import Connection, marks


class Shed(NamedTuple):
    """A file that is gone."""

    id: str
    channel_id: str


async def shed(db: Connection, file_ids: Sequence[str]) -> list[Shed]:
    """Takes files away, and keeps their ids from being used again."""
    some = marks(file_ids)
    await _loosen(db, f"file_id IN ({some})", *file_ids)
    await db.fetch(
        f"""INSERT INTO tombstones (id, digest, channel_id)
            SELECT f.id, v.digest, f.channel_id FROM files f
            JOIN file_versions v ON v.file_id = f.id AND v.number = 1 WHERE f.id IN ({some})
            ON CONFLICT DO NOTHING""",
        *file_ids,
    )
    await _bury(db, f"v.file_id IN ({some})", *file_ids)
    for table in ("message_files", "file_versions"):
        await db.fetch(f"DELETE FROM {table} WHERE file_id IN ({some})", *file_ids)
    rows = await db.fetch(
        f"DELETE FROM files WHERE id IN ({some}) RETURNING id, channel_id", *file_ids
    )
    return [Shed._make(row) for row in rows]


async def detach(db: Connection, message_ids: Sequence[str]) -> list[str]:
    """Has messages refer to no files; returns the files to which no message refers any more."""
    rows = await db.fetch(
        f"DELETE FROM message_files WHERE message_id IN ({marks(message_ids)}) RETURNING file_id",
        *message_ids,
    )
    freed = sorted({row[0] for row in rows})
    still = await db.fetch(
        f"SELECT DISTINCT file_id FROM message_files WHERE file_id IN ({marks(freed)})", *freed
    )
    return sorted(set(freed) - {row[0] for row in still})


async def shed_channel(db: Connection, channel_id: str) -> None:
    """Takes away all files of a channel."""
    some = "SELECT id FROM files WHERE channel_id = ? ORDER BY id LIMIT 500"
    while rows := await db.fetch(some, channel_id):
        await shed(db, [row[0] for row in rows])


async def unsent(
    db: Connection, channel_id: str | None, user_id: str | None, before: str | None, limit: int
) -> list[str]:
    """Files to which no message refers: of a channel, of an uploader, from before a moment."""
    where = ["NOT EXISTS (SELECT 1 FROM message_files m WHERE m.file_id = f.id)"]
    values: list[object] = []
    for condition, value in (
        ("f.channel_id = ?", channel_id),
        ("f.uploader_id = ?", user_id),
        ("f.created_at < ?", before),
    ):
        if value is not None:
            where.append(condition)
            values.append(value)
    rows = await db.fetch(
        f"SELECT f.id FROM files f WHERE {' AND '.join(where)} ORDER BY f.id LIMIT ?",
        *values,
        limit,
    )
    return [row[0] for row in rows]


async def shed_versions(db: Connection, user_id: str, limit: int) -> list[str]:
    """Takes away versions that a user has made of others' files; returns these files."""
    rows = await db.fetch(
        """SELECT v.id, v.file_id FROM file_versions v JOIN files f ON f.id = v.file_id
           WHERE v.author_id = ? AND f.uploader_id <> ? ORDER BY v.id LIMIT ?""",
        user_id,
        user_id,
        limit,
    )
    ids = [row[0] for row in rows]
    await _loosen(db, f"id IN ({marks(ids)})", *ids)
    await _bury(db, f"v.id IN ({marks(ids)})", *ids)
    await db.fetch(f"DELETE FROM file_versions WHERE id IN ({marks(ids)})", *ids)
    return sorted({row[1] for row in rows})


async def _loosen(db: Connection, which: str, *values: str) -> None:
    rows = await db.fetch(f"SELECT sha256, thumbnail FROM file_versions WHERE {which}", *values)
    await blobs.loosen(db, sorted({one for row in rows for one in row if one is not None}))


async def _bury(db: Connection, which: str, *values: str) -> None:
    await db.fetch(
        f"""INSERT INTO tombstones (id, digest, channel_id)
            SELECT v.id, v.digest, f.channel_id FROM file_versions v
            JOIN files f ON f.id = v.file_id WHERE {which} ON CONFLICT DO NOTHING""",
        *values,
    )
