"""Signing in: with a password, a second factor where there is one, and only so often."""

from dataclasses import replace
from typing import NamedTuple

from models import accounts
from models.accounts import Credentials, User
from models.writer import Transaction
from resolvers import access, audit, known_devices, second_factors, sessions, text
from resolvers.audit import Action
from resolvers.errors import Unauthenticated
from resolvers.house import House
from resolvers.limits import Kind, spend
from resolvers.rights import Role
from resolvers.sessions import SignIn


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
    device_id = known_devices.id_of(house, known, device.token)
    await _count(house, key, device.address, device_id)
    right = await house.verify(known.password_hash if known else None, password)
    if not right or known is None:
        house.attempts.failed(known.id if known else None, device.address)
        raise Unauthenticated("The username or the password is wrong.")
    stronger: str | None = None
    if known.password_hash and house.passwords.outdated(known.password_hash):
        stronger = await house.hash(password)
    proof = _Proof(known, stronger, otp)
    try:
        signed_in = await house.write(lambda transaction: _begin(transaction, house, proof, device))
    except Unauthenticated:
        house.attempts.failed(known.id, device.address)
        raise
    now = known._replace(password_hash=stronger or known.password_hash)
    return replace(signed_in, device_token=known_devices.token_for(house, now, device_id))


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
    return signed_in


async def _count(house: House, name: str, address: str | None, device_id: str | None) -> None:
    """Counts a password that is tried. Raises RateLimited.

    It is told by nothing whether there is such a name, nor whether two are of the same account.
    """
    if device_id is not None:
        await spend(house, Kind.SIGN_IN_DEVICE, device_id)
        return
    await spend(house, Kind.SIGN_IN_ADDRESS, address or "somewhere")
    await spend(house, Kind.SIGN_IN_ACCOUNT, house.names.of(name))
