"""ICE servers: where peers learn how they are reached, and what relays for them."""

from typing import NamedTuple

from adapters import turn
from adapters.clock import Instant, moment
from resolvers.house import Caller


class IceServers(NamedTuple):
    """Servers that are asked alike, and what they are shown."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None
    expires_at: Instant | None = None


async def servers(caller: Caller) -> list[IceServers]:
    """Those of this server: for TURN with credentials of the caller's, good for minutes."""
    policy, clock = caller.house.policy, caller.house.clock
    found = [IceServers(policy.stun_urls)] if policy.stun_urls else []
    if policy.turn_urls:
        until = clock.after(policy.turn_lifetime)
        shown = turn.credentials(policy.turn_secret, caller.user_id, _seconds(until))
        found.append(IceServers(policy.turn_urls, shown.username, shown.password, until))
    return found


def _seconds(until: Instant) -> int:
    return int(moment(until).timestamp())
