"""Signals: what peers say to each other to find a way of their own; kept until they expire."""

from typing import NamedTuple

from tortoise import fields
from tortoise.models import Model

from models.columns import id_column, instant_column
from models.connection import Connection, marks


class Signal(Model):
    """One step of a negotiation, on its way to the peers of a user."""

    number = fields.BigIntField(primary_key=True, generated=False)
    """Its place among all signals of this server, by which each peer gets them in order."""
    id = id_column(unique=True)
    kind = fields.CharField(max_length=9)
    from_user = id_column()
    from_peer = id_column()
    to_user = id_column()
    to_peer = id_column(null=True)
    """Null: every peer of the user."""
    call_id = id_column(null=True)
    payload = fields.TextField()
    """JSON."""
    size = fields.IntField()
    """Of the payload, in bytes."""
    created_at = instant_column()
    expires_at = instant_column()

    class Meta(Model.Meta):
        table = "signals"
        indexes = (("to_user", "number"), ("to_user", "from_user", "size"), ("expires_at",))


class SignalRow(NamedTuple):
    """A signal as it is written and read."""

    number: int
    id: str
    kind: str
    from_user: str
    from_peer: str
    to_user: str
    to_peer: str | None
    call_id: str | None
    payload: str
    size: int
    created_at: str
    expires_at: str


class Pending(NamedTuple):
    """What waits for one user from another."""

    signals: int
    size: int
    """In bytes."""


_COLUMNS = ", ".join(SignalRow._fields)


async def add(db: Connection, row: SignalRow) -> SignalRow:
    """Writes a signal; returns it with its number, which is given here.

    Only one transaction writes at a time, on all nodes: numbers become visible in their order.
    """
    counted = await db.fetch("UPDATE log_head SET signals = signals + 1 RETURNING signals")
    placed = row._replace(number=counted[0][0])
    await db.fetch(f"INSERT INTO signals ({_COLUMNS}) VALUES ({marks(placed)})", *placed)
    return placed


async def by_id(db: Connection, signal_id: str) -> SignalRow | None:
    """The signal with this id, while it is kept."""
    rows = await db.fetch(f"SELECT {_COLUMNS} FROM signals WHERE id = ?", signal_id)
    return SignalRow._make(rows[0]) if rows else None


async def newest(db: Connection) -> int:
    """The number given last."""
    return int((await db.fetch("SELECT signals FROM log_head"))[0][0])


async def pending(db: Connection, to_user: str, from_user: str) -> Pending:
    """What one user has said to another that is still kept."""
    rows = await db.fetch(
        """SELECT count(*), coalesce(sum(size), 0) FROM signals
           WHERE to_user = ? AND from_user = ?""",
        to_user,
        from_user,
    )
    return Pending(int(rows[0][0]), int(rows[0][1]))


async def addressed(
    db: Connection, to_user: str, peer: str, after: int, now: str, limit: int
) -> list[SignalRow]:
    """The first signals behind a number that are for this peer of a user, in order.

    Not those of a peer to itself, of somebody who is banned by now, or of somebody with whom the
    user shares no channel any more; nor, outside of calls that are under way, of somebody where
    one of the two has blocked the other.
    """
    rows = await db.fetch(
        f"""SELECT {", ".join(f"s.{name}" for name in SignalRow._fields)} FROM signals s
            JOIN users u ON u.id = s.from_user
            WHERE s.to_user = ? AND s.number > ? AND s.expires_at > ?
              AND (s.to_peer = ? OR s.to_peer IS NULL)
              AND NOT (s.from_user = s.to_user AND s.from_peer = ?)
              AND (u.banned_until IS NULL OR u.banned_until <= ?)
              AND (s.from_user = s.to_user OR ({_SHARED} AND NOT {_BLOCKED}))
            ORDER BY s.number LIMIT ?""",
        to_user,
        after,
        now,
        peer,
        peer,
        now,
        limit,
    )
    return [SignalRow._make(row) for row in rows]


_SHARED = """EXISTS (SELECT 1 FROM memberships own
    JOIN memberships theirs ON theirs.channel_id = own.channel_id
    JOIN channels c ON c.id = own.channel_id AND c.deleted_at IS NULL
    WHERE own.user_id = s.to_user AND theirs.user_id = s.from_user)"""


_BLOCKED = """EXISTS (SELECT 1 FROM blocks x
    WHERE ((x.user_id = s.to_user AND x.blocked_id = s.from_user)
        OR (x.user_id = s.from_user AND x.blocked_id = s.to_user))
      AND NOT EXISTS (SELECT 1 FROM call_participants p
                      WHERE p.call_id = s.call_id AND p.peer = s.from_peer))"""


async def recipients(db: Connection, after: int) -> list[str]:
    """The users to whom something was said behind a number."""
    rows = await db.fetch("SELECT DISTINCT to_user FROM signals WHERE number > ?", after)
    return [row[0] for row in rows]


async def any_expired(db: Connection, now: str) -> bool:
    """Whether a signal has expired."""
    return bool(await db.fetch("SELECT 1 FROM signals WHERE expires_at <= ? LIMIT 1", now))


async def expire(db: Connection, now: str, limit: int) -> int:
    """Deletes signals that have expired, so many at the most; returns how many."""
    gone = await db.fetch(
        """DELETE FROM signals WHERE number IN
           (SELECT number FROM signals WHERE expires_at <= ? LIMIT ?) RETURNING number""",
        now,
        limit,
    )
    return len(gone)
