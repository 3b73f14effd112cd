"""The log of events: the tables, and the giving of positions at the end of a transaction."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from tortoise import fields
from tortoise.models import Model

from models import channels, search
from models.columns import id_column, instant_column
from models.connection import Connection


class EventKind(StrEnum):
    """What happened. The last three are for this server's own ears and shown to nobody."""

    MESSAGE_ADDED = "MessageAdded"
    MESSAGE_EDITED = "MessageEdited"
    MESSAGE_DELETED = "MessageDeleted"
    MESSAGES_PURGED = "MessagesPurged"
    REACTIONS_CHANGED = "ReactionsChanged"
    PINS_CHANGED = "PinsChanged"
    FILE_UPDATED = "FileUpdated"
    READ_MARKED = "ReadMarked"
    MEMBERSHIP_UPDATED = "MembershipUpdated"
    BLOCKS_CHANGED = "BlocksChanged"
    CHANNEL_CREATED = "ChannelCreated"
    CHANNEL_UPDATED = "ChannelUpdated"
    CHANNEL_DELETED = "ChannelDeleted"
    MEMBER_ADDED = "MemberAdded"
    MEMBER_UPDATED = "MemberUpdated"
    MEMBER_REMOVED = "MemberRemoved"
    USER_UPDATED = "UserUpdated"
    USER_BANNED = "UserBanned"
    USER_UNBANNED = "UserUnbanned"
    USER_DELETED = "UserDeleted"
    REPORTS_CHANGED = "ReportsChanged"
    CALL_STARTED = "CallStarted"
    CALL_UPDATED = "CallUpdated"
    CALL_ENDED = "CallEnded"
    CALL_INVITED = "CallInvited"
    CALL_ACCEPTED = "CallAccepted"
    CALL_DECLINED = "CallDeclined"
    CALL_MISSED = "CallMissed"
    WORDS_LISTED = "WordsListed"
    USER_CREATED = "UserCreated"
    SESSION_ENDED = "SessionEnded"


ABOUT_PEOPLE = frozenset(
    {
        EventKind.USER_UPDATED,
        EventKind.USER_BANNED,
        EventKind.USER_UNBANNED,
        EventKind.USER_DELETED,
    }
)
"""Events about an account: they happen in no channel."""

FOR_STAFF = frozenset({EventKind.REPORTS_CHANGED})
"""Events that are for moderators and admins of the server."""

IN_NO_CHANNEL = ABOUT_PEOPLE | FOR_STAFF
"""Events of which everybody finds out for themself whether they may see them."""

FOR_SUBJECT = frozenset(
    {EventKind.READ_MARKED, EventKind.MEMBERSHIP_UPDATED, EventKind.BLOCKS_CHANGED}
)
"""Events that are for the user alone whom they are about."""

ABOUT_CALLS = frozenset(
    {
        EventKind.CALL_STARTED,
        EventKind.CALL_UPDATED,
        EventKind.CALL_ENDED,
        EventKind.CALL_INVITED,
        EventKind.CALL_ACCEPTED,
        EventKind.CALL_DECLINED,
        EventKind.CALL_MISSED,
    }
)
"""Events about the call in a channel."""

ABOUT_MESSAGES = frozenset(
    {
        EventKind.MESSAGE_ADDED,
        EventKind.MESSAGE_EDITED,
        EventKind.REACTIONS_CHANGED,
        EventKind.PINS_CHANGED,
    }
)
"""Events that are told with the message that they are about, as it is then."""


class LogHead(Model):
    """One row: the numbers given last, and the name of this database's life."""

    id = fields.IntField(primary_key=True, generated=False)
    life = fields.CharField(max_length=16)
    position = fields.BigIntField()
    signals = fields.BigIntField(default=0)
    """The number given to a signal last."""

    class Meta(Model.Meta):
        table = "log_head"


class LoggedEvent(Model):
    """One event. It holds ids, never text: the text is read when the event is delivered."""

    position = fields.BigIntField(primary_key=True, generated=False)
    kind = fields.CharField(max_length=20)
    at = instant_column()
    actor_id = id_column(null=True)
    channel_id = id_column(null=True)
    subject_id = id_column(null=True)
    """The message, user, report, call or session that it is about."""
    amount = fields.BigIntField(null=True)
    """MessagesPurged: how many."""

    class Meta(Model.Meta):
        table = "events"


@dataclass(slots=True, eq=False)
class Event:
    """An event on its way into the log; `position` is 0 until the transaction ends."""

    kind: EventKind
    at: str
    actor_id: str | None = None
    channel_id: str | None = None
    subject_id: str | None = None
    since: "Event | None" = None
    """MemberAdded: the event with which the membership begins, if not this one."""
    position: int = field(default=0, init=False)
    number: int = field(default=0, init=False)
    """MessageAdded: the message's place in its channel, known when its position is."""
    amount: int | None = None
    """MessagesPurged: how many."""
    names: bool = False
    """Whether the message that it is about mentions somebody."""


class EventRow(NamedTuple):
    """An event as it is read from the log."""

    position: int
    kind: str
    at: str
    actor_id: str | None
    channel_id: str | None
    subject_id: str | None
    amount: int | None = None


async def life_and_position(db: Connection) -> tuple[str, int]:
    """The name of this database's life and the position given last."""
    rows = await db.fetch("SELECT life, position FROM log_head")
    return rows[0][0], rows[0][1]


async def after(db: Connection, position: int, limit: int) -> list[EventRow]:
    """The events behind this position, in order."""
    rows = await db.fetch(
        """SELECT position, kind, at, actor_id, channel_id, subject_id, amount
           FROM events WHERE position > ? ORDER BY position LIMIT ?""",
        position,
        limit,
    )
    return [EventRow._make(row) for row in rows]


async def forgotten(db: Connection) -> int:
    """The position up to which the log is not kept any more; 0 while all of it is.

    Positions have no holes, and the newest event is always kept.
    """
    rows = await db.fetch("SELECT min(position) FROM events")
    return (rows[0][0] or 1) - 1


async def visible(
    db: Connection, user_id: str, after: int, upto: int, limit: int, *, by_role: bool = True
) -> list[EventRow]:
    """The first events behind `after`, up to `upto` inclusive, that the user may see, in order.

    One statement sees one state of the database: who is a member, who shares a channel with
    whom and who is a moderator is all as of one moment, at or behind the last event read. Without
    `by_role` it does not count that they may be a moderator.
    """
    staff = "u.role IN ('MODERATOR', 'ADMIN')" if by_role else "1 = 0"
    rows = await db.fetch(
        f"""SELECT e.position, e.kind, e.at, e.actor_id, e.channel_id, e.subject_id, e.amount
           FROM events e
           LEFT JOIN memberships m ON m.channel_id = e.channel_id AND m.user_id = ?
           WHERE e.position > ? AND e.position <= ? AND (
             (m.joined_position <= e.position
              AND (e.kind NOT IN ('ReadMarked', 'MembershipUpdated') OR e.subject_id = ?))
             OR (e.kind = 'BlocksChanged' AND e.subject_id = ?)
             OR (e.kind = 'MemberRemoved' AND e.subject_id = ?)
             OR e.kind = 'UserDeleted'
             OR (e.kind = 'ReportsChanged'
                 AND EXISTS (SELECT 1 FROM users u WHERE u.id = ? AND {staff}))
             OR (e.kind IN ('UserUpdated', 'UserBanned', 'UserUnbanned') AND (
               e.subject_id = ?
               OR EXISTS (SELECT 1 FROM users u
                          WHERE u.id = ? AND {staff})
               OR EXISTS (SELECT 1 FROM memberships own
                          JOIN memberships theirs ON theirs.channel_id = own.channel_id
                          JOIN channels c ON c.id = own.channel_id AND c.deleted_at IS NULL
                          WHERE own.user_id = ? AND theirs.user_id = e.subject_id))))
           ORDER BY e.position LIMIT ?""",
        user_id,
        after,
        upto,
        *[user_id] * 7,
        limit,
    )
    return [EventRow._make(row) for row in rows]


async def forget(db: Connection, before: str, most: int) -> int:
    """Deletes the oldest events, those from before a moment, `most` of them; returns how many.

    The newest event stays whatever its age: where the log begins is told by what is there.
    """
    oldest = await db.fetch("SELECT position, at FROM events ORDER BY position LIMIT ?", most + 1)
    last = 0
    for position, at in oldest[:-1]:
        if at >= before:
            break
        last = position
    gone = await db.fetch("DELETE FROM events WHERE position <= ? RETURNING position", last)
    return len(gone)


async def place(db: Connection, events: Sequence[Event]) -> None:
    """Gives the events their positions and writes them, and what hangs on positions, to the log.

    It is the last thing a transaction does. The counter row stays locked from here to the
    commit, so positions become visible in their order with any number of writers: a
    reader that has seen one will never see a lower one appear.
    """
    if not events:
        return
    head = await db.fetch(
        "UPDATE log_head SET position = position + ? RETURNING position", len(events)
    )
    for position, event in enumerate(events, start=head[0][0] - len(events) + 1):
        event.position = position
    await db.run_many(
        """INSERT INTO events (position, kind, at, actor_id, channel_id, subject_id, amount)
           VALUES (?, ?, ?, ?, ?, ?, ?)""",
        [
            (e.position, e.kind, e.at, e.actor_id, e.channel_id, e.subject_id, e.amount)
            for e in events
        ],
    )
    await db.run_many(
        "UPDATE channels SET last_position = ? WHERE id = ?",
        [(e.position, e.channel_id) for e in events if e.kind is EventKind.CHANNEL_CREATED],
    )
    added = [e for e in events if e.kind is EventKind.MESSAGE_ADDED]
    await _place_messages(db, added)
    await db.run_many(
        """UPDATE mentions SET number = (SELECT number FROM messages WHERE id = message_id)
           WHERE message_id = ? AND number IS NULL""",
        [(e.subject_id,) for e in events if e.names],
    )
    if added:
        await search.index(db, [e.subject_id or "" for e in added])
    await _place_members(db, [e for e in events if e.kind is EventKind.MEMBER_ADDED])
    # Who sends a message has read up to it.
    await db.run_many(
        """UPDATE memberships SET read_position = ?, read_number = ?, read_gone = 0
           WHERE channel_id = ? AND user_id = ? AND joined_position < ?""",
        [(e.position, e.number, e.channel_id, e.actor_id, e.position) for e in added],
    )


async def _place_messages(db: Connection, added: Sequence[Event]) -> None:
    """Numbers new messages within their channels."""
    last = {e.channel_id: e.position for e in added}
    upcoming: dict[str | None, int] = {}
    for channel_id, count in Counter(e.channel_id for e in added).items():
        rows = await db.fetch(
            """UPDATE channels SET last_number = last_number + ?, last_position = ?
               WHERE id = ? RETURNING last_number""",
            count,
            last[channel_id],
            channel_id,
        )
        upcoming[channel_id] = rows[0][0] - count + 1
    for event in added:
        event.number = upcoming[event.channel_id]
        upcoming[event.channel_id] += 1
    await db.run_many(
        "UPDATE messages SET position = ?, number = ? WHERE id = ?",
        [(e.position, e.number, e.subject_id) for e in added],
    )


async def _place_members(db: Connection, added: Sequence[Event]) -> None:
    """Begins memberships; what was said before counts as read."""
    for event in added:
        read = await db.fetch(
            """SELECT position, number FROM messages
               WHERE channel_id = ? AND position < ? ORDER BY position DESC LIMIT 1""",
            event.channel_id,
            event.position,
        )
        position, number = read[0] if read else (None, 0)
        gone = await channels.gone_behind(db, event.channel_id or "", event.position, number)
        await db.fetch(
            """UPDATE memberships
               SET joined_position = ?, read_position = ?, read_number = ?, read_gone = ?
               WHERE channel_id = ? AND user_id = ?""",
            (event.since or event).position,
            position,
            number,
            gone,
            event.channel_id,
            event.subject_id,
        )
