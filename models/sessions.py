"""Sessions and their refresh tokens: the tables and their queries."""

from collections.abc import Iterable
from typing import NamedTuple

from tortoise import fields
from tortoise.models import Model

from models.accounts import SEEN, UserRow
from models.columns import id_column, instant_column
from models.connection import Connection, marks


class Session(Model):
    """A sign-in on one device. Ending it deletes the row."""

    id = id_column(primary_key=True)
    user_id = id_column(db_index=True)
    user_agent = fields.CharField(max_length=255, null=True)
    last_used = fields.CharField(max_length=64)
    """Fingerprint of the refresh token used last; empty before the first use."""
    created_at = instant_column()
    last_seen_at = instant_column()
    expires_at = instant_column(db_index=True)
    scope = fields.CharField(max_length=9, null=True)
    """READ, WRITE or ADMIN for that of an API token; null for a sign-in, which may do all."""

    class Meta(Model.Meta):
        table = "sessions"


class RefreshToken(Model):
    """A refresh token ever given out in a session that still lives, by fingerprint.

    It can be used if it is the session's `last_used` (the answer got lost) or if it
    came from that one. Any other use means that two parties hold the session.
    """

    fingerprint = fields.CharField(max_length=64, primary_key=True)
    session_id = id_column(db_index=True)
    parent = fields.CharField(max_length=64)

    class Meta(Model.Meta):
        table = "refresh_tokens"


class SessionState(NamedTuple):
    """What decides whether a caller may go on: their session, and themself as they are now."""

    session_id: str
    expires_at: str
    scope: str | None
    user: UserRow


class SessionRow(NamedTuple):
    """A session as its owner sees it."""

    id: str
    user_agent: str | None
    created_at: str
    last_seen_at: str


async def of_user(db: Connection, user_id: str, now: str) -> list[SessionRow]:
    """The user's sessions that live at `now`, latest first."""
    rows = await db.fetch(
        """SELECT id, user_agent, created_at, last_seen_at FROM sessions
           WHERE user_id = ? AND expires_at > ? AND scope IS NULL
           ORDER BY last_seen_at DESC, id DESC""",
        user_id,
        now,
    )
    return [SessionRow._make(row) for row in rows]


async def state(db: Connection, session_id: str) -> SessionState | None:
    """The session's state as it is now, or None if it has ended."""
    rows = await db.fetch(
        f"""SELECT s.id, s.expires_at, s.scope, {SEEN}
            FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ?""",
        session_id,
    )
    if not rows:
        return None
    return SessionState(rows[0][0], rows[0][1], rows[0][2], UserRow._make(rows[0][3:]))


async def shorten(db: Connection, user_id: str, until: str) -> None:
    """Has the user's sign-ins end by then unless they are renewed."""
    await db.fetch(
        """UPDATE sessions SET expires_at = ?
           WHERE user_id = ? AND expires_at > ? AND scope IS NULL""",
        until,
        user_id,
        until,
    )


async def seen(db: Connection, used: Iterable[tuple[str, str]]) -> None:
    """Notes when API tokens were used: each a moment, and a session."""
    await db.run_many("UPDATE sessions SET last_seen_at = ? WHERE id = ?", used)


async def last_seen(db: Connection, user_ids: list[str]) -> dict[str, str]:
    """When each of these users last began or renewed a sign-in that is still there."""
    rows = await db.fetch(
        f"""SELECT user_id, max(last_seen_at) FROM sessions
            WHERE user_id IN ({marks(user_ids)}) AND scope IS NULL GROUP BY user_id""",
        *user_ids,
    )
    return {row[0]: row[1] for row in rows}


async def end(db: Connection, session_ids: list[str]) -> None:
    """Deletes the sessions and their refresh tokens."""
    one_each = [(session_id,) for session_id in session_ids]
    await db.run_many("DELETE FROM refresh_tokens WHERE session_id = ?", one_each)
    await db.run_many("DELETE FROM api_tokens WHERE id = ?", one_each)
    await db.run_many("DELETE FROM sessions WHERE id = ?", one_each)
