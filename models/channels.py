"""Channels and memberships: the tables and their queries."""

from typing import NamedTuple

from tortoise import fields
from tortoise.models import Model

from models.columns import id_column, instant_column
from models.connection import Connection, marks, prefix

TO_COME = 2**62
"""Stands for the position of what is being written: it will come after all there are."""


class Channel(Model):
    """A conversation. A deleted one's row stays, emptied, so that its id is never used again."""

    id = id_column(primary_key=True)
    kind = fields.CharField(max_length=7)
    name = fields.CharField(max_length=80, null=True)
    topic = fields.CharField(max_length=250, null=True)
    search_key = fields.TextField(default="")
    """Name and topic, folded: what a search looks at."""
    pair = fields.CharField(max_length=73, null=True, unique=True)
    """The two user ids of a DIRECT channel in order, so that there is one for each pair."""
    digest = fields.CharField(max_length=32)
    """Of the input it was created with: tells a retry from another use of the id."""
    created_by = id_column()
    created_at = instant_column()
    deleted_at = instant_column(null=True)
    home = fields.CharField(max_length=255, null=True)
    """The server that gives its messages their order, null for this one."""
    last_number = fields.BigIntField(default=0)
    last_position = fields.BigIntField(default=0)
    """Position of the latest message, or of the creation before there is one."""
    member_count = fields.IntField(default=0)
    purged_number = fields.BigIntField(default=0)
    """The highest number of a message that was purged: up to it, numbers may have holes."""
    link_number = fields.BigIntField(default=0)
    """Links to its files are good while this stays; it rises when somebody loses a right."""

    class Meta(Model.Meta):
        table = "channels"
        indexes = (("kind", "last_position"),)


def pair_of(one: str, other: str) -> str:
    """What the DIRECT channel of two users is known by."""
    return ":".join(sorted((one, other)))


class Membership(Model):
    """A user's place in a channel."""

    id = id_column(primary_key=True)
    channel_id = id_column()
    user_id = id_column()
    role = fields.CharField(max_length=9)
    joined_at = instant_column()
    joined_position = fields.BigIntField(default=0)
    """From here on the channel's events are the member's."""
    read_number = fields.BigIntField(default=0)
    read_gone = fields.BigIntField(default=0)
    """How many messages behind that one have been purged, and so are not there to be read."""
    read_position = fields.BigIntField(null=True)
    notifications = fields.CharField(max_length=10, default="ALL")

    class Meta(Model.Meta):
        table = "memberships"
        unique_together = (("channel_id", "user_id"),)
        indexes = (("user_id", "channel_id"), ("channel_id", "joined_position", "user_id"))


class ChannelRow(NamedTuple):
    """A channel together with one user's membership, whose columns are null for others."""

    id: str
    kind: str
    name: str | None
    topic: str | None
    created_by: str
    created_at: str
    last_number: int
    last_position: int
    member_count: int
    digest: str
    deleted_at: str | None
    my_role: str | None
    my_joined_at: str | None
    my_joined_position: int | None
    my_read_number: int | None
    my_read_gone: int | None
    my_read_position: int | None
    my_notifications: str | None
    my_muted_until: str | None


class MemberRow(NamedTuple):
    """A member as others see them, with the two parts of their place in the list."""

    user_id: str
    role: str
    joined_at: str
    joined_position: int
    muted_until: str | None = None


_MEMBER = "m.user_id, m.role, m.joined_at, m.joined_position, mu.until"
_MUTED = "LEFT JOIN mutes mu ON mu.channel_id = m.channel_id AND mu.user_id = m.user_id"
_SEEN = """c.id, c.kind, c.name, c.topic, c.created_by, c.created_at, c.last_number,
    c.last_position, c.member_count, c.digest, c.deleted_at, m.role, m.joined_at,
    m.joined_position, m.read_number, m.read_gone, m.read_position, m.notifications, mu.until"""
_MINE = """LEFT JOIN memberships m ON m.channel_id = c.id AND m.user_id = ?
    LEFT JOIN mutes mu ON mu.channel_id = c.id AND mu.user_id = m.user_id"""


async def for_user(db: Connection, user_id: str, ids: list[str]) -> dict[str, ChannelRow]:
    """The channels with these ids, deleted ones too, as this user stands to them."""
    rows = await db.fetch(
        f"""SELECT {_SEEN} FROM channels c {_MINE}
            WHERE c.id IN ({marks(ids)})""",
        user_id,
        *ids,
    )
    return {row[0]: ChannelRow._make(row) for row in rows}


async def one_for_user(db: Connection, user_id: str, channel_id: str) -> ChannelRow | None:
    """One channel, as this user stands to it."""
    return (await for_user(db, user_id, [channel_id])).get(channel_id)


class Readable(NamedTuple):
    """A channel that somebody may read."""

    id: str
    name: str | None
    pair: str | None


async def readable(db: Connection, user_id: str) -> list[Readable]:
    """The channels that the user may read: their own, and PUBLIC ones."""
    rows = await db.fetch(
        """SELECT c.id, c.name, c.pair FROM channels c
           LEFT JOIN memberships m ON m.channel_id = c.id AND m.user_id = ?
           WHERE c.deleted_at IS NULL AND (m.id IS NOT NULL OR c.kind = 'PUBLIC')""",
        user_id,
    )
    return [Readable._make(row) for row in rows]


async def neighbours(db: Connection, user_id: str, others: list[str]) -> set[str]:
    """Those of the others with whom the user shares a channel."""
    rows = await db.fetch(
        f"""SELECT DISTINCT theirs.user_id FROM memberships own
            JOIN memberships theirs ON theirs.channel_id = own.channel_id
              AND theirs.user_id IN ({marks(others)})
            JOIN channels c ON c.id = own.channel_id AND c.deleted_at IS NULL
            WHERE own.user_id = ?""",
        *others,
        user_id,
    )
    return {row[0] for row in rows}


async def places_of_user(db: Connection, user_id: str) -> dict[str, int]:
    """The channels that the user is in, deleted ones too, and from which position on."""
    rows = await db.fetch(
        "SELECT channel_id, joined_position FROM memberships WHERE user_id = ?", user_id
    )
    return {row[0]: row[1] for row in rows}


async def living_places_of_user(db: Connection, user_id: str) -> list[str]:
    """The channels that the user is in, those alone that have not been deleted."""
    rows = await db.fetch(
        """SELECT m.channel_id FROM memberships m JOIN channels c ON c.id = m.channel_id
           WHERE m.user_id = ? AND c.deleted_at IS NULL""",
        user_id,
    )
    return [row[0] for row in rows]


async def page_of_user(
    db: Connection, user_id: str, before: tuple[int, str], limit: int, *, unread: bool
) -> list[ChannelRow]:
    """The user's channels by latest activity, those that come after `before` in that order.

    With `unread`, only those in which there is something that they have not read.
    """
    only = "AND c.last_number > m.read_number + m.read_gone" if unread else ""
    rows = await db.fetch(
        f"""SELECT {_SEEN} FROM memberships m JOIN channels c ON c.id = m.channel_id
            LEFT JOIN mutes mu ON mu.channel_id = c.id AND mu.user_id = m.user_id
            WHERE m.user_id = ? AND c.deleted_at IS NULL {only}
              AND (c.last_position < ? OR (c.last_position = ? AND c.id < ?))
            ORDER BY c.last_position DESC, c.id DESC LIMIT ?""",
        user_id,
        before[0],
        before[0],
        before[1],
        limit,
    )
    return [ChannelRow._make(row) for row in rows]


async def page_of_public(
    db: Connection, user_id: str, search: str, before: tuple[int, str], limit: int
) -> list[ChannelRow]:
    """The PUBLIC channels by latest activity; `search` is a folded part of name or topic."""
    return await _page(db, user_id, "c.kind = 'PUBLIC'", search, before, limit)


async def page_of_all(
    db: Connection, user_id: str, search: str, before: tuple[int, str], limit: int
) -> list[ChannelRow]:
    """All channels by latest activity; `search` is a folded part of name or topic."""
    return await _page(db, user_id, "1 = 1", search, before, limit)


async def _page(
    db: Connection, user_id: str, where: str, search: str, before: tuple[int, str], limit: int
) -> list[ChannelRow]:
    rows = await db.fetch(
        f"""SELECT {_SEEN} FROM channels c {_MINE}
            WHERE {where} AND c.deleted_at IS NULL
              AND c.search_key LIKE ? ESCAPE '!'
              AND (c.last_position < ? OR (c.last_position = ? AND c.id < ?))
            ORDER BY c.last_position DESC, c.id DESC LIMIT ?""",
        user_id,
        "%" + prefix(search),
        before[0],
        before[0],
        before[1],
        limit,
    )
    return [ChannelRow._make(row) for row in rows]


async def page_of_members(
    db: Connection, channel_id: str, after: tuple[int, str], limit: int
) -> list[MemberRow]:
    """The channel's members in the order in which they joined."""
    rows = await db.fetch(
        f"""SELECT {_MEMBER} FROM memberships m {_MUTED}
            WHERE m.channel_id = ?
              AND (m.joined_position > ? OR (m.joined_position = ? AND m.user_id > ?))
            ORDER BY m.joined_position, m.user_id LIMIT ?""",
        channel_id,
        after[0],
        after[0],
        after[1],
        limit,
    )
    return [MemberRow._make(row) for row in rows]


async def members(
    db: Connection, channel_ids: list[str], user_ids: list[str]
) -> dict[tuple[str, str], MemberRow]:
    """Those of these users who are members of one of these channels, by channel and user."""
    rows = await db.fetch(
        f"""SELECT m.channel_id, {_MEMBER} FROM memberships m {_MUTED}
            WHERE m.channel_id IN ({marks(channel_ids)}) AND m.user_id IN ({marks(user_ids)})""",
        *channel_ids,
        *user_ids,
    )
    return {(row[0], row[1]): MemberRow._make(row[1:]) for row in rows}


async def first_members(
    db: Connection, channel_ids: list[str], limit: int
) -> dict[str, list[MemberRow]]:
    """The first members of several channels at once."""
    rows = await db.fetch(
        f"""SELECT m.channel_id, {_MEMBER} FROM (
              SELECT m.*, row_number() OVER (
                PARTITION BY channel_id ORDER BY joined_position, user_id) AS place
              FROM memberships m WHERE channel_id IN ({marks(channel_ids)})) AS m {_MUTED}
            WHERE m.place <= ? ORDER BY m.joined_position, m.user_id""",
        *channel_ids,
        limit,
    )
    lists: dict[str, list[MemberRow]] = {channel_id: [] for channel_id in channel_ids}
    for row in rows:
        lists[row[0]].append(MemberRow._make(row[1:]))
    return lists


async def mark_read(
    db: Connection, channel_id: str, user_id: str, position: int, number: int
) -> bool:
    """Notes up to which message a member has read; False if they had read as far before."""
    moved = await db.fetch(
        """UPDATE memberships SET read_position = ?, read_number = ?, read_gone = ?
           WHERE channel_id = ? AND user_id = ? AND read_number < ? RETURNING id""",
        position,
        number,
        await gone_behind(db, channel_id, position, number),
        channel_id,
        user_id,
        number,
    )
    return bool(moved)


async def gone_behind(db: Connection, channel_id: str, position: int, number: int) -> int:
    """How many messages behind this one have been purged."""
    rows = await db.fetch(
        "SELECT last_number, purged_number FROM channels WHERE id = ?", channel_id
    )
    last, purged = rows[0]
    if purged <= number:
        return 0
    left = await db.fetch(
        "SELECT count(*) FROM messages WHERE channel_id = ? AND position > ?", channel_id, position
    )
    return int(last - number - left[0][0])


async def renew_links(db: Connection, channel_id: str) -> None:
    """Ends all links to files of a channel; new ones are good."""
    await db.fetch("UPDATE channels SET link_number = link_number + 1 WHERE id = ?", channel_id)


async def renew_links_of_user(db: Connection, user_id: str) -> None:
    """Ends all links to files that a user can have come by; new ones are good."""
    await db.fetch(
        """UPDATE channels SET link_number = link_number + 1 WHERE kind = 'PUBLIC'
           OR id IN (SELECT channel_id FROM memberships WHERE user_id = ?)""",
        user_id,
    )
