"""Known devices: where somebody was signed in before, and is not kept out by others who guess.

They are counted apart (OWASP, Device Cookies), by a token that is good until the password changes.
"""

from adapters.ids import new_id
from adapters.tokens import fingerprint
from models.accounts import Credentials
from resolvers.house import House

_DEVICE = "device"
DEVICE_LIFETIME = 365 * 24 * 60 * 60
"""In seconds: for so long a device is known to an account that was signed in to on it."""


def token_for(house: House, known: Credentials, device_id: str | None = None) -> str:
    """The token of a device, a new one if it has no id yet."""
    said = {"sub": known.id, "jti": device_id or new_id(), "pwd": _mark(known)}
    return house.tokens.seal(_DEVICE, said, house.clock.seconds() + DEVICE_LIFETIME)


def id_of(house: House, known: Credentials | None, token: str | None) -> str | None:
    """The id of a device that is known to the account, by its token; else None."""
    said = None if token is None else house.tokens.unseal(_DEVICE, token, house.clock.seconds())
    if said is None or known is None:
        return None
    return said["jti"] if (said["sub"], said.get("pwd")) == (known.id, _mark(known)) else None


def _mark(known: Credentials) -> str:
    """Changes with the password, and says nothing of it."""
    return fingerprint(known.password_hash or "")[:16]
