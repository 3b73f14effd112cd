"""Signing in: with a password, a second factor where there is one, and only so often."""

from dataclasses import replace
from typing import NamedTuple
from zlib import crc32

from adapters.ids import new_id
from models import accounts
from models.accounts import Credentials, User
from models.writer import Transaction
from resolvers import access, audit, second_factors, sessions, text
from resolvers.audit import Action
from resolvers.errors import Unauthenticated
from resolvers.house import House
from resolvers.limits import Kind, spend
from resolvers.rights import Role
from resolvers.sessions import SignIn

_DEVICE = "device"
DEVICE_LIFETIME = 365 * 24 * 60 * 60
"""In seconds: for so long a device is known to an account that was signed in to on it."""
_NOBODYS = 512
"""So many counts all accounts share that there are not."""


class Device(NamedTuple):
    """What somebody signs in on."""

    agent: str | None = None
    """As it calls itself."""
    address: str | None = None
    token: str | None = None
    """What it was given when somebody signed in on it before."""


async def login(
    house: House, username: str, password: str, device: Device | None = None, otp: str | None = None
) -> SignIn:
    """Signs in with a username or an email address, and a code where there is a second factor.

    An unknown name and a wrong password look and last the same. Raises Unauthenticated;
    SecondFactorRequired once the password was right and there is no code; RateLimited; Banned.
    """
    device = device or Device()
    key = text.known_name("username", username)
    text.plain("password", password)
    known = await accounts.credentials(house.db, key)
    await _count(house, known.id if known else None, key, device)
    right = await house.verify(known.password_hash if known else None, password)
    if not right or known is None:
        house.attempts.failed(known.id if known else None, device.address)
        raise Unauthenticated("The username or the password is wrong.")
    stronger: str | None = None
    if known.password_hash and house.passwords.outdated(known.password_hash):
        stronger = await house.hash(password)
    proof = _Proof(known, stronger, otp)
    try:
        return await house.write(lambda transaction: _begin(transaction, house, proof, device))
    except Unauthenticated:
        house.attempts.failed(known.id, device.address)
        raise


class _Proof(NamedTuple):
    """What somebody has shown who signs in."""

    known: Credentials
    stronger: str | None
    """A better hash of their password, where there is need of one."""
    otp: str | None


async def _begin(transaction: Transaction, house: House, proof: _Proof, device: Device) -> SignIn:
    known = proof.known
    user = await User.get_or_none(id=known.id)
    if user is None or user.password_hash != known.password_hash:
        raise Unauthenticated("The password was just changed. Sign in again.")
    row = await access.user_for(transaction.db, known.id)
    if row.second_factor_at is not None:
        await second_factors.check(transaction, house, row, proof.otp)
    if proof.stronger:
        await User.filter(id=row.id).update(password_hash=proof.stronger)
    signed_in = await sessions.begin(transaction, house, row, device.agent)
    if row.role != Role.MEMBER:
        caller = replace(signed_in.caller, address=device.address)
        audit.note(transaction, caller, Action.STAFF_SIGNED_IN, row.id, role=row.role)
    return known_from_now_on(signed_in)


async def _count(house: House, user_id: str | None, name: str, device: Device) -> None:
    """Counts a password that is tried. Raises RateLimited.

    Strangers cannot lock anybody out: a device that is known to the account is counted apart from
    them (OWASP, Device Cookies).
    """
    if user_id is not None and device.token is not None:
        said = house.tokens.unseal(_DEVICE, device.token, house.clock.seconds())
        if said is not None and said["sub"] == user_id:
            await spend(house, Kind.SIGN_IN_DEVICE, said["jti"])
            return
    await spend(house, Kind.SIGN_IN_ADDRESS, device.address or "somewhere")
    # Names that there are not are anybody's to make up: they share a few counts.
    await spend(house, Kind.SIGN_IN_ACCOUNT, user_id or f"nobody {crc32(name.encode()) % _NOBODYS}")


def known_from_now_on(signed_in: SignIn) -> SignIn:
    """With a token by which the device is known to the account at later sign-ins."""
    house = signed_in.caller.house
    said = {"sub": signed_in.user.id, "jti": new_id()}
    token = house.tokens.seal(_DEVICE, said, house.clock.seconds() + DEVICE_LIFETIME)
    return replace(signed_in, device_token=token)
