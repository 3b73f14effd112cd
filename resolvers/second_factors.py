"""Second factors: codes of an authenticator app (TOTP, RFC 6238), and recovery codes."""

from typing import NamedTuple

from adapters import codes
from adapters.tokens import fingerprint
from models import second_factors
from models.accounts import UserRow
from models.events import Event, EventKind
from models.second_factors import Factor
from models.writer import Transaction
from resolvers import access, audit, passwords, sessions
from resolvers.audit import Action
from resolvers.errors import (
    BadUserInput,
    Conflict,
    Forbidden,
    SecondFactorRequired,
    Unauthenticated,
)
from resolvers.house import Caller, House

_NOTHING = Factor(None, None, 0)


class Begun(NamedTuple):
    """What an authenticator app has to be told."""

    secret: str
    uri: str
    """`otpauth://...`, for a QR code."""


async def begin(caller: Caller, password: str) -> Begun:
    """A new secret, which counts once a code of it was shown to `enable`.

    Raises BadUserInput for a wrong password, Conflict where there is a second factor, RateLimited.
    """
    await passwords.confirm(caller, "password", password)
    secret = codes.new_totp_secret()
    sealed = caller.house.seals.seal(secret)

    async def unit(transaction: Transaction, caller: Caller) -> None:
        if caller.user.second_factor_at is not None:
            raise Conflict("secondFactor", "There is a second factor already.")
        await second_factors.put(transaction.db, caller.user_id, Factor(sealed, None, 0))

    await caller.write(unit)
    return Begun(secret, codes.totp_uri(secret, caller.user.username, caller.house.policy.name))


async def enable(caller: Caller, otp: str) -> list[str]:
    """From now on a sign-in asks for a code; returns the recovery codes, which are shown only now.

    All other sign-ins of the caller end; API tokens stay.
    Raises BadUserInput for a wrong code, Conflict where nothing was begun.
    """

    async def unit(transaction: Transaction, caller: Caller) -> list[str]:
        factor = await second_factors.of_user(transaction.db, caller.user_id)
        if factor.secret is None or factor.since is not None:
            raise Conflict("secondFactor", "No second factor was begun.")
        step = _step(caller.house, factor, otp)
        if step is None:
            raise BadUserInput("otp", "is wrong")
        now = caller.house.clock.now()
        enabled = Factor(factor.secret, now, step)
        await second_factors.put(transaction.db, caller.user_id, enabled)
        _changed(transaction, caller, caller.user_id)
        # What was signed in by the password alone.
        await sessions.end_others(transaction, caller)
        audit.note(transaction, caller, Action.SECOND_FACTOR_ENABLED, caller.user_id)
        return await _new_codes(transaction, caller.user_id)

    return await caller.write(unit)


async def disable(caller: Caller, password: str, otp: str) -> None:
    """From now on a sign-in asks for the password alone.

    Raises BadUserInput for a wrong password or code, RateLimited, Forbidden for admins who have to
    have a second factor.
    """
    await passwords.confirm(caller, "password", password)

    async def unit(transaction: Transaction, caller: Caller) -> None:
        if caller.house.policy.admin_second_factor and caller.is_admin:
            raise Forbidden("Admins of this server need a second factor.")
        await _show(transaction, caller, otp)
        await _take_away(transaction, caller, caller.user_id)

    await caller.write(unit)


async def renew_codes(caller: Caller, password: str, otp: str) -> list[str]:
    """New recovery codes in place of those before.

    Raises BadUserInput for a wrong password or code, Conflict where there is no second factor,
    RateLimited.
    """
    await passwords.confirm(caller, "password", password)

    async def unit(transaction: Transaction, caller: Caller) -> list[str]:
        if caller.user.second_factor_at is None:
            raise Conflict("secondFactor", "There is no second factor.")
        await _show(transaction, caller, otp)
        audit.note(transaction, caller, Action.RECOVERY_CODES_RENEWED, caller.user_id)
        return await _new_codes(transaction, caller.user_id)

    return await caller.write(unit)


async def reset(caller: Caller, user_id: str) -> UserRow:
    """For admins: takes away the second factor of another who has lost it.

    Raises NotFound; BadUserInput for oneself.
    """

    async def unit(transaction: Transaction, caller: Caller) -> UserRow:
        if not caller.is_admin:
            raise Forbidden("Only admins may do this.")
        row = await access.user_for(transaction.db, user_id)
        access.another(caller, row)
        if row.second_factor_at is not None:
            await _take_away(transaction, caller, row.id)
        return row._replace(second_factor_at=None)

    return await caller.write(unit)


async def forget(transaction: Transaction, house: House, user_id: str) -> None:
    """Within a unit, for the owner of the server: takes away somebody's second factor."""
    await second_factors.put(transaction.db, user_id, _NOTHING)
    await second_factors.put_codes(transaction.db, user_id, [])
    now = house.clock.now()
    transaction.append(Event(EventKind.USER_UPDATED, now, subject_id=user_id))
    audit.note_of_nobody(transaction, house, Action.SECOND_FACTOR_DISABLED, user_id, by="owner")


async def check(transaction: Transaction, house: House, user: UserRow, otp: str | None) -> None:
    """Within a unit: lets through who shows a code that is good, which it is only once.

    Raises SecondFactorRequired without a code, Unauthenticated for a wrong one.
    """
    if otp is None or not otp.strip():
        raise SecondFactorRequired
    if not await _is_good(transaction, house, user.id, otp):
        raise Unauthenticated("The code is wrong, or was used before.", field="otp")


async def _is_good(transaction: Transaction, house: House, user_id: str, otp: str) -> bool:
    factor = await second_factors.of_user(transaction.db, user_id)
    step = _step(house, factor, otp)
    if step is not None:
        await second_factors.put(transaction.db, user_id, factor._replace(last_step=step))
        return True
    code = fingerprint(codes.recovery_code(otp))
    if not await second_factors.use_code(transaction.db, user_id, code):
        return False
    audit.note_of_nobody(transaction, house, Action.RECOVERY_CODE_USED, user_id)
    return True


def _step(house: House, factor: Factor, otp: str) -> int | None:
    if factor.secret is None:
        return None
    secret = house.seals.open(factor.secret)
    typed = "".join(otp.split())
    return codes.matching_step(secret, typed, house.clock.seconds(), factor.last_step)


async def _show(transaction: Transaction, caller: Caller, otp: str) -> None:
    if not await _is_good(transaction, caller.house, caller.user_id, otp):
        raise BadUserInput("otp", "is wrong")


async def _new_codes(transaction: Transaction, user_id: str) -> list[str]:
    made = codes.new_recovery_codes()
    kept = [fingerprint(codes.recovery_code(code)) for code in made]
    await second_factors.put_codes(transaction.db, user_id, kept)
    return made


async def _take_away(transaction: Transaction, caller: Caller, user_id: str) -> None:
    await second_factors.put(transaction.db, user_id, _NOTHING)
    await second_factors.put_codes(transaction.db, user_id, [])
    _changed(transaction, caller, user_id)
    audit.note(transaction, caller, Action.SECOND_FACTOR_DISABLED, user_id)


def _changed(transaction: Transaction, caller: Caller, user_id: str) -> None:
    now = caller.house.clock.now()
    transaction.append(Event(EventKind.USER_UPDATED, now, caller.user_id, subject_id=user_id))
