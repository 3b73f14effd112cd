"""Blobs as the database knows them: what refers to them, and which may have lost all that did."""

from collections.abc import Iterable, Sequence

from tortoise import fields
from tortoise.models import Model

from models.connection import Connection, marks

_REFERENCES = (
    ("file_versions", "sha256", "size"),
    ("file_versions", "thumbnail", "NULL"),
    ("users", "avatar", "NULL"),
)
"""The columns that hold the SHA-256 of a blob, and what says how large it is."""


class LooseBlob(Model):
    """A blob to which nothing may refer: one that is about to be kept, or has lost a reference."""

    sha256 = fields.CharField(max_length=64, primary_key=True)

    class Meta(Model.Meta):
        table = "loose_blobs"


async def loosen(db: Connection, sha256: Iterable[str]) -> None:
    """Notes that nothing may refer to these."""
    await db.run_many(
        "INSERT INTO loose_blobs (sha256) VALUES (?) ON CONFLICT DO NOTHING",
        [(one,) for one in sha256],
    )


async def fasten(db: Connection, sha256: Sequence[str]) -> None:
    """Notes that something refers to these, or that they are gone."""
    await db.fetch(f"DELETE FROM loose_blobs WHERE sha256 IN ({marks(sha256)})", *sha256)


async def loose(db: Connection, limit: int) -> list[str]:
    """Some that may have nothing that refers to them."""
    rows = await db.fetch("SELECT sha256 FROM loose_blobs ORDER BY sha256 LIMIT ?", limit)
    return [row[0] for row in rows]


async def all_loose(db: Connection) -> list[str]:
    """All that may have nothing that refers to them."""
    return [row[0] for row in await db.fetch("SELECT sha256 FROM loose_blobs")]


async def referred_to(db: Connection, sha256: Sequence[str]) -> set[str]:
    """Those of these to which something refers."""
    found: set[str] = set()
    for table, column, _ in _REFERENCES:
        rows = await db.fetch(
            f"SELECT DISTINCT {column} FROM {table} WHERE {column} IN ({marks(sha256)})", *sha256
        )
        found |= {row[0] for row in rows}
    return found


async def needed(db: Connection, after: str, limit: int) -> list[tuple[str, int | None]]:
    """The blobs that there have to be, by SHA-256 behind this one; with their sizes, if known."""
    either = " UNION ALL ".join(
        f"SELECT {column} AS sha256, {size} AS size FROM {table}"
        for table, column, size in _REFERENCES
    )
    rows = await db.fetch(
        f"""SELECT sha256, max(size) FROM ({either}) AS needed
            WHERE sha256 > ? GROUP BY sha256 ORDER BY sha256 LIMIT ?""",
        after,
        limit,
    )
    return [(row[0], row[1]) for row in rows]
