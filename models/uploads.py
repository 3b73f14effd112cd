"""Uploads that are under way piece by piece: the table and its queries."""

from typing import NamedTuple

from tortoise import fields
from tortoise.models import Model

from models.columns import id_column, instant_column
from models.connection import Connection


class Upload(Model):
    """What is being uploaded by somebody; the bytes are in a draft of this name."""

    id = id_column(primary_key=True)
    user_id = id_column()
    size = fields.BigIntField()
    """How many bytes there will be."""
    about = fields.TextField()
    """What is to become of them, as JSON."""
    file_id = id_column(null=True)
    """The file that it has become, once it is done."""
    expires_at = instant_column()

    class Meta(Model.Meta):
        table = "uploads"
        indexes = (("user_id", "file_id"), ("expires_at",))


class UploadRow(NamedTuple):
    """An upload as it is read."""

    id: str
    user_id: str
    size: int
    about: str
    file_id: str | None
    expires_at: str


_COLUMNS = ", ".join(UploadRow._fields)


async def add(db: Connection, row: UploadRow) -> bool:
    """Stores an upload; False if there is one of this id."""
    made = await db.fetch(
        f"""INSERT INTO uploads ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING RETURNING id""",
        *row,
    )
    return bool(made)


async def by_id(db: Connection, upload_id: str) -> UploadRow | None:
    """The upload with this id."""
    rows = await db.fetch(f"SELECT {_COLUMNS} FROM uploads WHERE id = ?", upload_id)
    return UploadRow._make(rows[0]) if rows else None


async def under_way(db: Connection, user_id: str) -> tuple[int, int, int]:
    """How many uploads a user has that are not done, how many bytes these will have, and all."""
    rows = await db.fetch(
        """SELECT coalesce(sum(CASE WHEN user_id = ? THEN 1 ELSE 0 END), 0),
                  coalesce(sum(CASE WHEN user_id = ? THEN size ELSE 0 END), 0),
                  coalesce(sum(size), 0)
           FROM uploads WHERE file_id IS NULL""",
        user_id,
        user_id,
    )
    return int(rows[0][0]), int(rows[0][1]), int(rows[0][2])


async def go_on(db: Connection, upload_id: str, expires_at: str) -> None:
    """Has an upload be kept for longer."""
    await db.fetch("UPDATE uploads SET expires_at = ? WHERE id = ?", expires_at, upload_id)


async def done(db: Connection, upload_id: str, file_id: str) -> None:
    """Notes what an upload has become."""
    await db.fetch("UPDATE uploads SET file_id = ? WHERE id = ?", file_id, upload_id)


async def remove(db: Connection, upload_id: str) -> None:
    """Forgets an upload."""
    await db.fetch("DELETE FROM uploads WHERE id = ?", upload_id)


async def give_up(db: Connection, user_id: str) -> None:
    """Waits no longer for the uploads of a user."""
    await db.fetch("UPDATE uploads SET expires_at = '' WHERE user_id = ?", user_id)


async def expired(db: Connection, now: str, limit: int) -> list[str]:
    """Uploads that nobody has gone on with in time."""
    rows = await db.fetch(
        "SELECT id FROM uploads WHERE expires_at <= ? ORDER BY expires_at LIMIT ?", now, limit
    )
    return [row[0] for row in rows]


async def known(db: Connection) -> set[str]:
    """The ids of all uploads."""
    return {row[0] for row in await db.fetch("SELECT id FROM uploads")}
