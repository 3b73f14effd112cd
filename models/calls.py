"""Calls: one in a channel at the most, and the peers that take part in it."""

from collections.abc import Sequence
from typing import NamedTuple

from tortoise import fields
from tortoise.models import Model

from models.columns import id_column, instant_column
from models.connection import Connection, marks


class Call(Model):
    """A call that is under way; its row goes when it ends."""

    id = id_column(primary_key=True)
    channel_id = id_column(unique=True)
    started_by = id_column()
    started_at = instant_column()
    rings_until = instant_column(null=True)
    """In a DIRECT channel, while the other has not answered: for how long it rings."""

    class Meta(Model.Meta):
        table = "calls"


class Participant(Model):
    """A peer in a call; a peer is in one call at a time."""

    peer = id_column(primary_key=True)
    call_id = id_column(db_index=True)
    user_id = id_column(db_index=True)
    joined_at = instant_column()
    muted = fields.SmallIntField()
    camera = fields.SmallIntField()
    screen = fields.SmallIntField()
    node = fields.CharField(max_length=32)
    """The process that reaches the peer, and looks after it."""
    good_until = instant_column()
    """When the peer is taken for gone, unless its node has said before that it is there."""

    class Meta(Model.Meta):
        table = "call_participants"


class Media(NamedTuple):
    """What a participant lets others hear and see."""

    muted: bool = False
    camera: bool = False
    screen: bool = False


class ParticipantRow(NamedTuple):
    """A participant as others see them."""

    peer: str
    call_id: str
    user_id: str
    joined_at: str
    media: Media


class CallRow(NamedTuple):
    """A call with who is in it, in the order in which they came."""

    id: str
    channel_id: str
    started_by: str
    started_at: str
    rings_until: str | None
    participants: tuple[ParticipantRow, ...] = ()


class Lease(NamedTuple):
    """For how long which node vouches for a participant."""

    peer: str
    user_id: str
    node: str
    good_until: str


_CALL = "c.id, c.channel_id, c.started_by, c.started_at, c.rings_until"


async def of_channels(db: Connection, channel_ids: Sequence[str]) -> dict[str, CallRow]:
    """The calls in these channels, by channel."""
    if not channel_ids:
        return {}
    found = await db.fetch(
        f"SELECT {_CALL} FROM calls c WHERE c.channel_id IN ({marks(channel_ids)})", *channel_ids
    )
    return {row[1]: call for row, call in zip(found, await _whole(db, found), strict=True)}


async def of_channel(db: Connection, channel_id: str) -> CallRow | None:
    """The call in a channel."""
    return (await of_channels(db, [channel_id])).get(channel_id)


async def of_member(db: Connection, user_id: str) -> list[CallRow]:
    """The calls in a user's channels, the oldest first."""
    found = await db.fetch(
        f"""SELECT {_CALL} FROM calls c
            JOIN memberships m ON m.channel_id = c.channel_id AND m.user_id = ?
            ORDER BY c.started_at, c.id""",
        user_id,
    )
    return await _whole(db, found)


async def with_peer(db: Connection, peer: str) -> CallRow | None:
    """The call that a peer is in."""
    found = await db.fetch(
        f"""SELECT {_CALL} FROM calls c
            JOIN call_participants p ON p.call_id = c.id WHERE p.peer = ?""",
        peer,
    )
    return next(iter(await _whole(db, found)), None)


async def of_participant(db: Connection, user_id: str) -> list[CallRow]:
    """The calls that a user takes part in."""
    found = await db.fetch(
        f"""SELECT {_CALL} FROM calls c
            WHERE c.id IN (SELECT call_id FROM call_participants WHERE user_id = ?)""",
        user_id,
    )
    return await _whole(db, found)


async def shared(db: Connection, call_id: str, user_ids: Sequence[str]) -> CallRow | None:
    """The call with this id, if all of these users are members of its channel."""
    found = await db.fetch(
        f"""SELECT {_CALL} FROM calls c WHERE c.id = ? AND (
              SELECT count(*) FROM memberships m
              WHERE m.channel_id = c.channel_id AND m.user_id IN ({marks(user_ids)})) = ?""",
        call_id,
        *user_ids,
        len(user_ids),
    )
    return next(iter(await _whole(db, found)), None)


async def _whole(db: Connection, found: Sequence[Sequence[str]]) -> list[CallRow]:
    ids = [row[0] for row in found]
    if not ids:
        return []
    rows = await db.fetch(
        f"""SELECT peer, call_id, user_id, joined_at, muted, camera, screen
            FROM call_participants WHERE call_id IN ({marks(ids)})
            ORDER BY call_id, joined_at, peer""",
        *ids,
    )
    there: dict[str, list[ParticipantRow]] = {call_id: [] for call_id in ids}
    for row in rows:
        media = Media(*map(bool, row[4:7]))
        there[row[1]].append(ParticipantRow(row[0], row[1], row[2], row[3], media))
    return [CallRow(*row, participants=tuple(there[row[0]])) for row in found]


async def begin(db: Connection, row: CallRow) -> None:
    """Writes a new call, so far with nobody in it."""
    values = row[:-1]
    await db.fetch(
        f"""INSERT INTO calls (id, channel_id, started_by, started_at, rings_until)
            VALUES ({marks(values)})""",
        *values,
    )


async def end(db: Connection, call_id: str) -> None:
    """Ends a call for all who are in it."""
    await db.fetch("DELETE FROM call_participants WHERE call_id = ?", call_id)
    await db.fetch("DELETE FROM calls WHERE id = ?", call_id)


async def stop_ringing(db: Connection, call_id: str) -> None:
    """The other has answered, one way or the other."""
    await db.fetch("UPDATE calls SET rings_until = NULL WHERE id = ?", call_id)


async def admit(db: Connection, row: ParticipantRow, node: str, good_until: str) -> None:
    """Writes a new participant."""
    values = (*row[:-1], *map(int, row.media), node, good_until)
    await db.fetch(
        f"""INSERT INTO call_participants
            (peer, call_id, user_id, joined_at, muted, camera, screen, node, good_until)
            VALUES ({marks(values)})""",
        *values,
    )


async def set_media(db: Connection, peer: str, media: Media) -> None:
    """Notes what a participant lets others hear and see."""
    await db.fetch(
        "UPDATE call_participants SET muted = ?, camera = ?, screen = ? WHERE peer = ?",
        *map(int, media),
        peer,
    )


async def part(db: Connection, peers: Sequence[str]) -> None:
    """Takes participants out of the call that they are in."""
    await db.run_many("DELETE FROM call_participants WHERE peer = ?", [(peer,) for peer in peers])


async def leases(db: Connection) -> list[Lease]:
    """Who vouches for whom, in all calls."""
    rows = await db.fetch("SELECT peer, user_id, node, good_until FROM call_participants")
    return [Lease._make(row) for row in rows]


async def renew(db: Connection, peers: Sequence[str], node: str, good_until: str) -> None:
    """Notes that this node vouches for these participants."""
    await db.run_many(
        "UPDATE call_participants SET node = ?, good_until = ? WHERE peer = ?",
        [(node, good_until, peer) for peer in peers],
    )


async def rung_out(db: Connection, now: str) -> list[str]:
    """The channels of the calls that have rung in vain."""
    rows = await db.fetch("SELECT channel_id FROM calls WHERE rings_until <= ?", now)
    return [row[0] for row in rows]
