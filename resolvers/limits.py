"""Rate limits: what is counted for whom, and how much of it there may be."""

from enum import StrEnum
from typing import NamedTuple

from adapters.limits import Rate
from resolvers.errors import RateLimited
from resolvers.house import Caller, House


class Kind(StrEnum):
    """What is counted; LIMITS says for whom, and how much of it there may be."""

    ANONYMOUS = "anonymous"
    ANONYMOUS_COST = "anonymous_cost"
    COST = "cost"
    WRITES = "writes"
    MESSAGES = "messages"
    SIGN_IN_ADDRESS = "sign_in_address"
    SIGN_IN_ACCOUNT = "sign_in_account"
    SIGN_IN_DEVICE = "sign_in_device"
    REGISTRATION = "registration"
    INVITES = "invites"
    REPORTS = "reports"
    EXPORTS = "exports"
    ADMIN = "admin"
    UPLOADS = "uploads"
    UPLOAD_BYTES = "upload_bytes"
    SIGNALS = "signals"
    SERVER_PEER = "server_peer"


class Limit(NamedTuple):
    """How much of something there may be, by default."""

    of: str
    rate: str
    counted: str


LIMITS: dict[Kind, Limit] = {
    Kind.ANONYMOUS: Limit("address", "100/m", "requests of those who are not signed in"),
    Kind.ANONYMOUS_COST: Limit("address", "100000/m", "what these cost, in fields to resolve"),
    Kind.COST: Limit("user", "600000/m", "what operations cost, in fields to resolve"),
    Kind.WRITES: Limit("user", "300/m", "mutations that have no kind of their own"),
    Kind.MESSAGES: Limit("user", "30/m", "messages"),
    Kind.SIGN_IN_ADDRESS: Limit("address", "60/m", "passwords that are tried"),
    Kind.SIGN_IN_ACCOUNT: Limit("name", "10/m", "passwords for a name, from new devices"),
    Kind.SIGN_IN_DEVICE: Limit("device", "10/m", "passwords, where it was signed in before"),
    Kind.REGISTRATION: Limit("address", "20/h", "accounts that are made"),
    Kind.INVITES: Limit("user", "60/h", "invitations made, accepted or revoked"),
    Kind.REPORTS: Limit("user", "30/h", "messages reported"),
    Kind.EXPORTS: Limit("user", "20/h", "exports"),
    Kind.ADMIN: Limit("user", "120/m", "what moderators and admins do by right of that"),
    Kind.UPLOADS: Limit("user", "60/m", "files"),
    Kind.UPLOAD_BYTES: Limit("user", "1000000000/h", "bytes of these"),
    Kind.SIGNALS: Limit("user", "1200/m", "signals between peers, each 2 KiB of a long one"),
    Kind.SERVER_PEER: Limit("user", "20/m", "connections to the server's own peer"),
}

OF_OPERATIONS: dict[str, Kind] = {
    "sendMessage": Kind.MESSAGES,
    "createInvite": Kind.INVITES,
    "acceptInvite": Kind.INVITES,
    "revokeInvite": Kind.INVITES,
    "reportMessage": Kind.REPORTS,
    "export": Kind.EXPORTS,
    "exportChannel": Kind.EXPORTS,
    "sendSignal": Kind.SIGNALS,
    "connectServer": Kind.SERVER_PEER,
    **dict.fromkeys(
        (
            *("banUser", "unbanUser", "handleReport", "setRole", "createUser", "updateUser"),
            *("resetPassword", "resetSecondFactor", "deleteUser", "purgeMessages", "setWordList"),
        ),
        Kind.ADMIN,
    ),
}
"""The kinds of root fields; other mutations are WRITES, and queries are counted by cost alone."""


def rates(given: dict[str, str]) -> dict[str, Rate]:
    """All rates, those that were given in place of the defaults. Raises ValueError."""
    if unknown := given.keys() - set(Kind):
        raise ValueError(f"there is no limit called {min(unknown)}")
    return {kind: Rate.of(given.get(kind, limit.rate)) for kind, limit in LIMITS.items()}


def printed() -> str:
    """The table in Markdown, as it stands in docs/limits.md."""
    rows = [
        f"| `{kind}` | {limit.of} | `{limit.rate}` | {limit.counted} |"
        for kind, limit in LIMITS.items()
    ]
    return "\n".join(rows) + "\n"


async def spend(house: House, kind: Kind, key: str, amount: int = 1) -> None:
    """Counts this for a user or an address. Raises RateLimited where it is too much."""
    if seconds := await house.limits.spend(kind, key, amount):
        raise RateLimited(seconds)


async def spend_own(caller: Caller, kind: Kind, amount: int = 1) -> None:
    """Counts this for the caller. Raises RateLimited where it is too much."""
    await spend(caller.house, kind, caller.user_id, amount)
