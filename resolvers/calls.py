"""Calls: one in a channel, of peers who speak to each other directly.

The server knows who takes part and tells everybody who may; what is said goes from peer to peer.
"""

from collections.abc import AsyncGenerator
from typing import TypedDict

from adapters.ids import parsed_id
from models import calls
from models.calls import CallRow, ParticipantRow
from models.connection import Connection
from models.events import EventKind
from models.writer import Transaction
from resolvers import participation
from resolvers.access import channel_for
from resolvers.bells import call_in
from resolvers.errors import BadUserInput, Conflict, Forbidden, NotFound, QuotaExceeded
from resolvers.house import Caller
from resolvers.participation import Act
from resolvers.switchboard import Peer

MOST = 6
"""So many peers may be in a call: each sends to every other."""


class MediaChanges(TypedDict, total=False):
    """What is to be different of what a participant lets others hear and see."""

    muted: bool
    camera: bool
    screen: bool


async def join(caller: Caller, channel_id: str, peer: str) -> CallRow:
    """Lets a peer of the caller take part in the call of a channel, which begins if there is none.

    A peer is in one call: it leaves any other. In a DIRECT channel a call that begins rings with
    the other, until they join, decline, or it is missed. Raises NotFound, Forbidden, BadUserInput,
    Conflict for a peer of somebody else's, QuotaExceeded where there are as many as can be.
    """
    known = _peer(peer)

    async def unit(transaction: Transaction, caller: Caller) -> CallRow:
        db = transaction.db
        row = await channel_for(db, caller, channel_id, "joinCall")
        before, call = await calls.with_peer(db, known), await calls.of_channel(db, row.id)
        there = before and _find(before, known)
        if there and there.user_id != caller.user_id:
            raise Conflict("peer", "This peer is somebody else's.")
        if before and call and before.id == call.id:
            await participation.vouch(caller.house, db, known)
            return call
        if call and len(call.participants) >= MOST:
            raise QuotaExceeded(f"{MOST} take part already.", MOST, len(call.participants))
        act = Act.of(transaction, caller)
        if before:
            await participation.leave(act, before, [known])
        call = call or await participation.begin(act, row, caller.user_id)
        await participation.admit(act, call, Peer(caller.user_id, known))
        return await _there(db, row.id)

    caller.house.switchboard.expect(Peer(caller.user_id, known))
    return await caller.write(unit)


async def leave(caller: Caller, channel_id: str, peer: str) -> str | None:
    """Takes a peer of the caller out of the call of a channel; the last one ends it.

    Returns the call's id, or None where the peer is not in it. Raises NotFound, Forbidden.
    """
    known = _peer(peer)

    async def unit(transaction: Transaction, caller: Caller) -> str | None:
        row = await channel_for(transaction.db, caller, channel_id, "leaveCall")
        call = await calls.of_channel(transaction.db, row.id)
        there = call and _find(call, known)
        if not call or not there:
            return None
        if there.user_id != caller.user_id:
            raise Forbidden("This peer is somebody else's.")
        await participation.leave(Act.of(transaction, caller), call, [known])
        return call.id

    return await caller.write(unit)


async def decline(caller: Caller, channel_id: str) -> str | None:
    """Says no to a call that rings in a DIRECT channel, which ends it.

    Returns the call's id, or None where none rings for the caller. Raises NotFound, Forbidden.
    """

    async def unit(transaction: Transaction, caller: Caller) -> str | None:
        row = await channel_for(transaction.db, caller, channel_id, "declineCall")
        call = await calls.of_channel(transaction.db, row.id)
        if call is None or call.rings_until is None or call.started_by == caller.user_id:
            return None
        act = Act.of(transaction, caller)
        act.tell(EventKind.CALL_DECLINED, call)
        await participation.end(act, call._replace(rings_until=None))
        return call.id

    return await caller.write(unit)


async def set_media(caller: Caller, channel_id: str, peer: str, changes: MediaChanges) -> CallRow:
    """Tells the others what they can hear and see of a peer. Raises NotFound, Forbidden."""
    known = _peer(peer)

    async def unit(transaction: Transaction, caller: Caller) -> CallRow:
        db = transaction.db
        row = await channel_for(db, caller, channel_id, "setCallMedia")
        call = await calls.of_channel(db, row.id)
        there = call and _find(call, known)
        if not call or not there:
            raise NotFound("participant")
        if there.user_id != caller.user_id:
            raise Forbidden("This peer is somebody else's.")
        media = there.media._replace(**changes)
        if media == there.media:
            return call
        await calls.set_media(db, known, media)
        Act.of(transaction, caller).tell(EventKind.CALL_UPDATED, call)
        return await _there(db, row.id)

    return await caller.write(unit)


async def active(caller: Caller) -> list[CallRow]:
    """The calls in the caller's channels, the oldest first."""
    return await calls.of_member(caller.db, caller.user_id)


async def follow(caller: Caller, channel_id: str) -> AsyncGenerator[CallRow | None, None]:
    """The call of a channel as it is now, and at each change; None while there is none.

    Raises NotFound and Forbidden at once, and from the stream once the caller is no member;
    Unauthenticated or Banned from the stream when the right to it ends.
    """
    row = await channel_for(caller.db, caller, channel_id, "callChanged")
    return _following(caller, row.id)


async def _following(caller: Caller, channel_id: str) -> AsyncGenerator[CallRow | None, None]:
    async def read(db: Connection) -> CallRow | None:
        await channel_for(db, caller, channel_id, "callChanged")
        call = await calls.of_channel(db, channel_id)
        await caller.still_admitted(db)
        return call

    own = (caller.user_id, caller.session_id)
    with caller.house.feed.bells.bell(call_in(channel_id), *own) as bell:
        last: CallRow | None = None
        first = True
        while True:
            bell.hush()
            call = await caller.db.visit(read)
            if first or call != last:
                yield call
            first, last = False, call
            await bell.rung()


def _peer(given: str) -> str:
    known = parsed_id(given)
    if known is None:
        raise BadUserInput("peer", "must be a UUID")
    return known


def _find(call: CallRow, peer: str) -> ParticipantRow | None:
    return next((there for there in call.participants if there.peer == peer), None)


async def _there(db: Connection, channel_id: str) -> CallRow:
    call = await calls.of_channel(db, channel_id)
    if call is None:
        raise LookupError("a call that was just written")
    return call
