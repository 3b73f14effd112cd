"""Where requests come from."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

from starlette.types import Scope

_REMEMBERED = 1_000
_NETWORK = 64
"""In bits: what one household or machine has of IPv6, in which it can be at any address."""


def address_of(scope: Scope) -> str | None:
    """The address that a request came from, as it is counted; None where it has none.

    Of IPv6 that is the network.
    """
    client: Any = scope.get("client")
    return _counted(client[0]) if client else None


@lru_cache(_REMEMBERED)
def _counted(host: str) -> str | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    network = int(address) >> _NETWORK << _NETWORK
    return f"{IPv6Address(network)}/{_NETWORK}"
