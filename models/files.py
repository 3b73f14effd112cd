"""Files and their versions: the tables and their queries."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import orjson
from tortoise import fields
from tortoise.models import Model

from models.columns import id_column, instant_column
from models.connection import Connection, marks


class FileStatus(StrEnum):
    """PENDING: it is being looked at. QUARANTINED: malware was found, and nobody gets it."""

    PENDING = "PENDING"
    READY = "READY"
    QUARANTINED = "QUARANTINED"


class File(Model):
    """Something that was uploaded to a channel, in as many versions as there are."""

    id = id_column(primary_key=True)
    channel_id = id_column()
    uploader_id = id_column()
    current_id = id_column()
    """The version that it shows: the latest of those from which no other was made."""
    created_at = instant_column()

    class Meta(Model.Meta):
        table = "files"
        indexes = (("channel_id", "created_at", "id"), ("uploader_id", "id"))


class FileVersion(Model):
    """One state of a file. What it was made from may be unknown here: it may still come."""

    id = id_column(primary_key=True)
    file_id = id_column()
    number = fields.IntField()
    """Its place among the versions of the file, as they came: 1, 2, 3, ..."""
    parents = fields.TextField()
    """The ids of the versions that it was made from, as a JSON array."""
    author_id = id_column()
    name = fields.CharField(max_length=255)
    content_type = fields.CharField(max_length=100)
    size = fields.BigIntField()
    sha256 = fields.CharField(max_length=64)
    status = fields.CharField(max_length=11)
    width = fields.IntField(null=True)
    height = fields.IntField(null=True)
    thumbnail = fields.CharField(max_length=64, null=True)
    """The SHA-256 of a small picture of it."""
    created_at = instant_column()
    digest = fields.CharField(max_length=32)
    """Of the input it was uploaded with: tells a retry from another use of the id."""

    class Meta(Model.Meta):
        table = "file_versions"
        unique_together = (("file_id", "number"),)
        indexes = (("sha256",), ("thumbnail",), ("author_id", "size"), ("status", "id"))


class MessageFile(Model):
    """A file that a message refers to."""

    id = id_column(primary_key=True)
    message_id = id_column()
    file_id = id_column()
    place = fields.IntField()
    """Among the files of the message: 0, 1, 2, ..."""

    class Meta(Model.Meta):
        table = "message_files"
        unique_together = (("message_id", "file_id"),)
        indexes = (("file_id",),)


class VersionRow(NamedTuple):
    """A version as it is read, with what a link to it depends on."""

    id: str
    file_id: str
    number: int
    parents: str
    author_id: str
    name: str
    content_type: str
    size: int
    sha256: str
    status: str
    width: int | None
    height: int | None
    thumbnail: str | None
    created_at: str
    digest: str
    channel_id: str
    link_number: int

    @property
    def parent_ids(self) -> list[str]:
        """The versions that it was made from."""
        return list(orjson.loads(self.parents))


class FileRow(NamedTuple):
    """A file as it is read, with the version that it shows."""

    id: str
    channel_id: str
    uploader_id: str
    created_at: str
    current: VersionRow


_OWN = VersionRow._fields[:-2]
_VERSION = ", ".join([*(f"v.{column}" for column in _OWN), "c.id", "c.link_number"])
_FILE = f"f.id, f.channel_id, f.uploader_id, f.created_at, {_VERSION}"
_CURRENT = """FROM files f JOIN file_versions v ON v.id = f.current_id
    JOIN channels c ON c.id = f.channel_id"""
_ANY = """FROM file_versions v JOIN files f ON f.id = v.file_id
    JOIN channels c ON c.id = f.channel_id"""


def _file(row: Sequence[Any]) -> FileRow:
    return FileRow(row[0], row[1], row[2], row[3], VersionRow._make(row[4:]))


async def by_id(db: Connection, file_id: str) -> FileRow | None:
    """The file with this id."""
    return (await by_ids(db, [file_id])).get(file_id)


async def by_ids(db: Connection, ids: Sequence[str]) -> dict[str, FileRow]:
    """The files with these ids, by id; absent ones are left out."""
    rows = await db.fetch(f"SELECT {_FILE} {_CURRENT} WHERE f.id IN ({marks(ids)})", *ids)
    return {row[0]: _file(row) for row in rows}


async def of_messages(db: Connection, message_ids: list[str]) -> dict[str, list[FileRow]]:
    """The files that each of these messages refers to, in their order."""
    found: dict[str, list[FileRow]] = {message_id: [] for message_id in message_ids}
    rows = await db.fetch(
        f"""SELECT m.message_id, {_FILE} {_CURRENT}
            JOIN message_files m ON m.file_id = f.id
            WHERE m.message_id IN ({marks(message_ids)}) ORDER BY m.message_id, m.place""",
        *message_ids,
    )
    for row in rows:
        found[row[0]].append(_file(row[1:]))
    return found


async def page(
    db: Connection, channel_id: str, before: tuple[str, str], limit: int
) -> list[FileRow]:
    """The files of a channel, newest first, from before a moment and an id."""
    rows = await db.fetch(
        f"""SELECT {_FILE} {_CURRENT} WHERE f.channel_id = ?
              AND (f.created_at < ? OR (f.created_at = ? AND f.id < ?))
            ORDER BY f.created_at DESC, f.id DESC LIMIT ?""",
        channel_id,
        before[0],
        before[0],
        before[1],
        limit,
    )
    return [_file(row) for row in rows]


async def version(db: Connection, version_id: str) -> VersionRow | None:
    """The version with this id."""
    rows = await db.fetch(f"SELECT {_VERSION} {_ANY} WHERE v.id = ?", version_id)
    return VersionRow._make(rows[0]) if rows else None


async def versions(db: Connection, file_ids: list[str]) -> dict[str, list[VersionRow]]:
    """All versions of these files, in the order in which they came."""
    found: dict[str, list[VersionRow]] = {file_id: [] for file_id in file_ids}
    rows = await db.fetch(
        f"SELECT {_VERSION} {_ANY} WHERE f.id IN ({marks(file_ids)}) ORDER BY f.id, v.number",
        *file_ids,
    )
    for row in rows:
        found[row[1]].append(VersionRow._make(row))
    return found


async def pending(db: Connection, after: str, limit: int) -> list[VersionRow]:
    """Versions that have not been looked at, by id behind this one."""
    rows = await db.fetch(
        f"""SELECT {_VERSION} {_ANY} WHERE v.status = 'PENDING' AND v.id > ?
            ORDER BY v.id LIMIT ?""",
        after,
        limit,
    )
    return [VersionRow._make(row) for row in rows]


async def made_by(db: Connection, user_id: str, after: str, limit: int) -> list[VersionRow]:
    """The versions that a user has made, by id behind this one."""
    rows = await db.fetch(
        f"SELECT {_VERSION} {_ANY} WHERE v.author_id = ? AND v.id > ? ORDER BY v.id LIMIT ?",
        user_id,
        after,
        limit,
    )
    return [VersionRow._make(row) for row in rows]


async def made_in(db: Connection, channel_id: str, after: str, limit: int) -> list[VersionRow]:
    """The versions of the files of a channel, by id behind this one."""
    rows = await db.fetch(
        f"SELECT {_VERSION} {_ANY} WHERE f.channel_id = ? AND v.id > ? ORDER BY v.id LIMIT ?",
        channel_id,
        after,
        limit,
    )
    return [VersionRow._make(row) for row in rows]


async def used(db: Connection, user_id: str) -> tuple[int, int]:
    """How many bytes of files there are, and how many of them are a user's."""
    rows = await db.fetch(
        """SELECT coalesce(sum(size), 0),
                  coalesce(sum(CASE WHEN author_id = ? THEN size ELSE 0 END), 0)
           FROM file_versions""",
        user_id,
    )
    return int(rows[0][0]), int(rows[0][1])


async def add(db: Connection, row: VersionRow) -> None:
    """Stores a new file with its first version."""
    await db.fetch(
        """INSERT INTO files (id, channel_id, uploader_id, current_id, created_at)
           VALUES (?, ?, ?, ?, ?)""",
        row.file_id,
        row.channel_id,
        row.author_id,
        row.id,
        row.created_at,
    )
    await add_version(db, row)


async def add_version(db: Connection, row: VersionRow) -> None:
    """Stores a version."""
    await db.fetch(
        f"INSERT INTO file_versions ({', '.join(_OWN)}) VALUES ({marks(_OWN)})", *row[: len(_OWN)]
    )


async def show(db: Connection, file_id: str, version_id: str) -> None:
    """Has a file show one of its versions."""
    await db.fetch("UPDATE files SET current_id = ? WHERE id = ?", version_id, file_id)


async def settle(db: Connection, version_id: str, status: FileStatus) -> bool:
    """Gives a version that was looked at its status; False if it has one already, or is gone."""
    made = await db.fetch(
        "UPDATE file_versions SET status = ? WHERE id = ? AND status = 'PENDING' RETURNING id",
        status,
        version_id,
    )
    return bool(made)


async def attach(db: Connection, message_id: str, files: Sequence[tuple[str, str]]) -> None:
    """Has a message refer to files, in this order; each is a fresh id for the row, and a file."""
    await db.run_many(
        "INSERT INTO message_files (id, message_id, file_id, place) VALUES (?, ?, ?, ?)",
        [(row_id, message_id, file_id, n) for n, (row_id, file_id) in enumerate(files)],
    )
