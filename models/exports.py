"""What an export reads: whole rows, page by page, with names for their columns."""

from collections.abc import Sequence
from typing import Any

from models.connection import Connection, marks

Record = dict[str, Any]

_MESSAGE = {
    "id": "m.id",
    "channelId": "m.channel_id",
    "authorId": "m.author_id",
    "number": "m.number",
    "body": "m.body",
    "createdAt": "m.created_at",
    "editedAt": "m.edited_at",
    "deletedAt": "m.deleted_at",
    "replyToId": "m.reply_to_id",
    "position": "m.position",
}


async def user(db: Connection, user_id: str) -> list[Record]:
    """A user's account."""
    columns = {
        "id": "id",
        "username": "username",
        "displayName": "display_name",
        "email": "email",
        "role": "role",
        "statusText": "status_text",
        "timeZone": "time_zone",
        "createdAt": "created_at",
    }
    return await _records(db, columns, "FROM users WHERE id = ?", user_id)


async def sessions(db: Connection, user_id: str) -> list[Record]:
    """A user's sign-ins."""
    columns = {
        "userAgent": "user_agent",
        "createdAt": "created_at",
        "lastSeenAt": "last_seen_at",
    }
    return await _records(
        db, columns, "FROM sessions WHERE user_id = ? ORDER BY created_at", user_id
    )


async def blocked(db: Connection, user_id: str) -> list[Record]:
    """Whom a user has blocked."""
    columns = {"userId": "blocked_id", "createdAt": "created_at"}
    return await _records(db, columns, "FROM blocks WHERE user_id = ? ORDER BY created_at", user_id)


async def places(db: Connection, user_id: str) -> list[Record]:
    """The channels that a user is in, and what they are there."""
    columns = {
        "id": "c.id",
        "kind": "c.kind",
        "name": "c.name",
        "topic": "c.topic",
        "role": "m.role",
        "joinedAt": "m.joined_at",
        "notifications": "m.notifications",
        "lastReadNumber": "m.read_number",
    }
    source = """FROM memberships m JOIN channels c ON c.id = m.channel_id
        WHERE m.user_id = ? AND c.deleted_at IS NULL ORDER BY m.joined_position, c.id"""
    return await _records(db, columns, source, user_id)


async def reactions(db: Connection, user_id: str, after: str, limit: int) -> list[Record]:
    """How a user reacted, behind the id of a reaction."""
    columns = {"id": "id", "messageId": "message_id", "emoji": "emoji", "at": "at"}
    source = """FROM reactions WHERE user_id = ? AND id > ? AND present = 1 ORDER BY id LIMIT ?"""
    return await _records(db, columns, source, user_id, after, limit)


async def channel(db: Connection, channel_id: str) -> list[Record]:
    """A channel."""
    columns = {
        "id": "id",
        "kind": "kind",
        "name": "name",
        "topic": "topic",
        "createdBy": "created_by",
        "createdAt": "created_at",
    }
    return await _records(db, columns, "FROM channels WHERE id = ?", channel_id)


async def members(db: Connection, channel_id: str) -> list[Record]:
    """Who is in a channel."""
    columns = {
        "userId": "u.id",
        "username": "u.username",
        "displayName": "u.display_name",
        "role": "m.role",
        "joinedAt": "m.joined_at",
    }
    source = """FROM memberships m JOIN users u ON u.id = m.user_id
        WHERE m.channel_id = ? ORDER BY m.joined_position, u.id"""
    return await _records(db, columns, source, channel_id)


async def said_by(db: Connection, user_id: str, after: int, limit: int) -> list[Record]:
    """What a user has said anywhere, behind a position."""
    source = "FROM messages m WHERE m.author_id = ? AND m.position > ? ORDER BY m.position LIMIT ?"
    return await _records(db, _MESSAGE, source, user_id, after, limit)


async def said_in(db: Connection, channel_id: str, after: int, limit: int) -> list[Record]:
    """What was said in a channel, behind a position."""
    source = "FROM messages m WHERE m.channel_id = ? AND m.position > ? ORDER BY m.position LIMIT ?"
    return await _records(db, _MESSAGE, source, channel_id, after, limit)


async def versions(db: Connection, message_id: str) -> list[Record]:
    """What an edited message has said."""
    source = """FROM message_edits WHERE message_id = ?
        ORDER BY CASE WHEN id = message_id THEN 0 ELSE 1 END, at, id"""
    return await _records(db, {"body": "body", "at": "at"}, source, message_id)


async def reactions_to(db: Connection, message_ids: Sequence[str]) -> list[Record]:
    """The reactions to some messages."""
    return await _records(
        db,
        {"messageId": "message_id", "userId": "user_id", "emoji": "emoji", "at": "at"},
        f"""FROM reactions WHERE message_id IN ({marks(message_ids)}) AND present = 1
            ORDER BY at, user_id""",
        *message_ids,
    )


async def files_of(db: Connection, message_ids: Sequence[str]) -> list[Record]:
    """Which files some messages refer to."""
    return await _records(
        db,
        {"messageId": "message_id", "fileId": "file_id"},
        f"FROM message_files WHERE message_id IN ({marks(message_ids)}) ORDER BY message_id, place",
        *message_ids,
    )


async def _records(
    db: Connection, columns: dict[str, str], source: str, *values: object
) -> list[Record]:
    rows = await db.fetch(f"SELECT {', '.join(columns.values())} {source}", *values)
    return [dict(zip(columns, row, strict=True)) for row in rows]
