"""Vanishing: peers that are in a call and not reached any more, and calls that ring in vain."""

from datetime import timedelta

from models import calls
from models.calls import Lease
from models.writer import Transaction
from resolvers import participation
from resolvers.house import House
from resolvers.participation import Act
from resolvers.switchboard import Peer

_VOUCHED = timedelta(seconds=15)
"""For so long a node vouches for the peers that it reaches: after that it has died itself."""
_SOON = timedelta(seconds=10)


async def look_after(house: House) -> int:
    """Vouches for the peers that are here, and takes those out of their calls that are gone.

    Returns how many calls were changed.
    """
    leases = await calls.leases(house.db)
    here = [lease for lease in leases if house.switchboard.is_here(_peer(lease))]
    gone = [lease for lease in leases if _is_gone(house, lease)]
    soon, vouched = house.clock.after(_SOON), house.clock.after(_VOUCHED)
    node = house.switchboard.node
    # One that has just joined is expected for longer than one that is here is vouched for.
    unsure = [
        lease.peer
        for lease in here
        if lease.node != node or not soon <= lease.good_until <= vouched
    ]
    rung_out = await calls.rung_out(house.db, house.clock.now())
    if not (unsure or gone or rung_out):
        return 0

    async def unit(transaction: Transaction) -> int:
        act = Act(transaction, house)
        await calls.renew(act.db, unsure, node, house.clock.after(_VOUCHED))
        # They may have come back since we looked, here or to another node.
        still = set(await calls.leases(act.db))
        lost = [lease for lease in gone if lease in still and _is_gone(house, lease)]
        for lease in lost:
            call = await calls.with_peer(act.db, lease.peer)
            if call is not None:
                await participation.leave(act, call, [lease.peer])
        unanswered = await calls.rung_out(act.db, house.clock.now())
        for channel_id in unanswered:
            await participation.close(act, channel_id)
        return len(lost) + len(unanswered)

    return await house.write(unit)


def _peer(lease: Lease) -> Peer:
    return Peer(lease.user_id, lease.peer)


def _is_gone(house: House, lease: Lease) -> bool:
    switchboard, peer = house.switchboard, _peer(lease)
    if switchboard.is_here(peer):
        return False
    left = lease.node == switchboard.node and switchboard.left_for(peer)
    return lease.good_until <= house.clock.now() or (
        left is not False and left > house.policy.call_grace.total_seconds()
    )
