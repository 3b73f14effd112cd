"""API tokens: sign-ins of programs. Each is a session that no refresh token goes with."""

from typing import NamedTuple

from tortoise import fields
from tortoise.models import Model

from models.columns import id_column, instant_column
from models.connection import Connection


class ApiToken(Model):
    """A token that somebody made for a program. Its id is that of its session."""

    id = id_column(primary_key=True)
    user_id = id_column(db_index=True)
    name = fields.CharField(max_length=80)
    scope = fields.CharField(max_length=9)
    """READ, WRITE or ADMIN."""
    fingerprint = fields.CharField(max_length=64, unique=True)
    created_at = instant_column()

    class Meta(Model.Meta):
        table = "api_tokens"


class ApiTokenRow(NamedTuple):
    """A token as its owner sees it; all but what it is."""

    id: str
    user_id: str
    name: str
    scope: str
    created_at: str
    last_seen_at: str
    """When it was used last, or made, to the minute."""
    expires_at: str


_SEEN = """t.id, t.user_id, t.name, t.scope, t.created_at, s.last_seen_at, s.expires_at
    FROM api_tokens t JOIN sessions s ON s.id = t.id"""


async def session_of(db: Connection, fingerprint: str) -> str | None:
    """The session of the token with this fingerprint."""
    rows = await db.fetch("SELECT id FROM api_tokens WHERE fingerprint = ?", fingerprint)
    return rows[0][0] if rows else None


async def of_user(db: Connection, user_id: str, now: str) -> list[ApiTokenRow]:
    """The user's tokens that are good at `now`, newest first."""
    rows = await db.fetch(
        f"""SELECT {_SEEN} WHERE t.user_id = ? AND s.expires_at > ?
            ORDER BY t.created_at DESC, t.id DESC""",
        user_id,
        now,
    )
    return [ApiTokenRow._make(row) for row in rows]
