"""Participation: how a call begins, who comes and goes, and how it ends. All within a unit."""

from datetime import timedelta
from typing import NamedTuple

from adapters.clock import Instant, just_after
from adapters.ids import new_id
from models import calls
from models.calls import CallRow, Media, ParticipantRow
from models.channels import ChannelRow
from models.connection import Connection
from models.events import Event, EventKind
from models.writer import Transaction
from resolvers.house import Caller, House
from resolvers.rights import ChannelKind
from resolvers.switchboard import Peer

_UNHEARD = timedelta(seconds=30)
"""For so long a peer may be in a call that has not yet begun to listen for signals."""


class Act(NamedTuple):
    """Somebody's doing, or, without an actor, something that comes to pass."""

    transaction: Transaction
    house: House
    actor_id: str | None = None

    @classmethod
    def of(cls, transaction: Transaction, caller: Caller) -> "Act":
        """The caller's."""
        return cls(transaction, caller.house, caller.user_id)

    @property
    def db(self) -> Connection:
        """The transaction's connection."""
        return self.transaction.db

    def tell(self, kind: EventKind, call: CallRow) -> None:
        """Adds what happens to a call to the log."""
        now = self.house.clock.now()
        self.transaction.append(Event(kind, now, self.actor_id, call.channel_id, call.id))


async def begin(act: Act, channel: ChannelRow, user_id: str) -> CallRow:
    """A new call in a channel; in a DIRECT one it rings with the other."""
    clock = act.house.clock
    rings = channel.kind == ChannelKind.DIRECT and channel.member_count > 1
    until = clock.after(act.house.policy.ringing) if rings else None
    call = CallRow(new_id(), channel.id, user_id, clock.now(), until)
    await calls.begin(act.db, call)
    act.tell(EventKind.CALL_STARTED, call)
    if rings:
        act.tell(EventKind.CALL_INVITED, call)
    return call


async def admit(act: Act, call: CallRow, peer: Peer) -> None:
    """Lets a peer into a call. Where it rings with its user, they have answered."""
    if call.rings_until is not None and call.started_by != peer.user_id:
        await calls.stop_ringing(act.db, call.id)
        act.tell(EventKind.CALL_ACCEPTED, call)
    if call.participants:
        act.tell(EventKind.CALL_UPDATED, call)
    house = act.house
    # Whoever comes later offers: so there is an order, also within a moment and between clocks.
    latest = max((just_after(Instant(one.joined_at)) for one in call.participants), default="")
    joined_at = max(house.clock.now(), latest, key=str)
    row = ParticipantRow(peer.id, call.id, peer.user_id, joined_at, Media())
    await calls.admit(act.db, row, house.switchboard.node, house.clock.after(_UNHEARD))


async def vouch(house: House, db: Connection, peer: str) -> None:
    """A peer that is in a call has said that it is there."""
    await calls.renew(db, [peer], house.switchboard.node, house.clock.after(_UNHEARD))


async def leave(act: Act, call: CallRow, peers: list[str]) -> None:
    """Takes peers out of a call, which ends with the last."""
    if all(there.peer in peers for there in call.participants):
        await end(act, call)
    else:
        await calls.part(act.db, peers)
        act.tell(EventKind.CALL_UPDATED, call)


async def end(act: Act, call: CallRow) -> None:
    """Ends a call; one that still rings has been missed."""
    await calls.end(act.db, call.id)
    if call.rings_until is not None:
        act.tell(EventKind.CALL_MISSED, call)
    act.tell(EventKind.CALL_ENDED, call)


async def depart(act: Act, user_id: str, channel_id: str | None = None) -> None:
    """Takes a user out of the call of a channel, or out of all that they are in.

    For whoever may not take part any more.
    """
    for call in await calls.of_participant(act.db, user_id):
        if channel_id in (None, call.channel_id):
            await leave(
                act, call, [one.peer for one in call.participants if one.user_id == user_id]
            )


async def close(act: Act, channel_id: str) -> None:
    """Ends the call of a channel, if there is one."""
    call = await calls.of_channel(act.db, channel_id)
    if call is not None:
        await end(act, call)
