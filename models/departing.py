"""Departing: what of an account goes when it is deleted, besides its memberships and messages."""

from models.connection import Connection

_OWN = (
    "DELETE FROM blocks WHERE user_id = ? OR blocked_id = ?",
    "DELETE FROM bans WHERE user_id = ? OR user_id = ?",
    "DELETE FROM mutes WHERE user_id = ? OR user_id = ?",
    "DELETE FROM recovery_codes WHERE user_id = ? OR user_id = ?",
    "DELETE FROM signals WHERE from_user = ? OR to_user = ?",
    "DELETE FROM users WHERE id = ? OR id = ?",
)


async def sessions(db: Connection, user_id: str) -> list[str]:
    """All the user's sessions, those of API tokens too."""
    rows = await db.fetch("SELECT id FROM sessions WHERE user_id = ? ORDER BY id", user_id)
    return [row[0] for row in rows]


async def places(db: Connection, user_id: str) -> list[str]:
    """All channels that the user is in, deleted ones too."""
    rows = await db.fetch(
        "SELECT channel_id FROM memberships WHERE user_id = ? ORDER BY channel_id", user_id
    )
    return [row[0] for row in rows]


async def remove(db: Connection, user_id: str) -> None:
    """Deletes the account itself, and what is nobody else's."""
    for statement in _OWN:
        await db.fetch(statement, user_id, user_id)
