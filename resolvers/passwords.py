"""Passwords: asked for again, and replaced."""

from adapters.tokens import fingerprint
from models import accounts, departing
from models.accounts import Credentials, User, UserRow
from models.writer import Transaction
from resolvers import access, audit, known_devices, sessions, text
from resolvers.audit import Action
from resolvers.errors import BadUserInput, NotFound
from resolvers.house import Caller, House
from resolvers.limits import Kind, spend


async def confirm(caller: Caller, field: str, password: str) -> str | None:
    """Checks that this is the caller's password, before what an intruder would do first.

    Returns its hash. Raises BadUserInput, RateLimited.
    """
    text.plain(field, password)
    # Not for the account: strangers who guess at it keep nobody from changing their password.
    await spend(caller.house, Kind.SIGN_IN_DEVICE, caller.session_id)
    known = await accounts.credentials_by_id(caller.db, caller.user_id)
    hashed = known.password_hash if known else None
    if not await caller.house.verify(hashed, password):
        caller.house.attempts.failed(caller.user_id, caller.address)
        raise BadUserInput(field, "is wrong")
    return hashed


async def change(caller: Caller, current: str, new: str) -> None:
    """Replaces the caller's password and ends their other sessions; API tokens stay.

    A link with which it could be chosen is good no more.
    Raises BadUserInput, also where the current password is not right; RateLimited.
    """
    secret = text.password("newPassword", new)
    old = await confirm(caller, "currentPassword", current)
    hashed = await caller.house.hash(secret)

    async def unit(transaction: Transaction, caller: Caller) -> None:
        changed = User.filter(id=caller.user_id, password_hash=old)
        if not await changed.update(password_hash=hashed, setup_hash=None, setup_until=None):
            raise BadUserInput("currentPassword", "was just changed")
        await sessions.end_others(transaction, caller)
        audit.note(transaction, caller, Action.PASSWORD_CHANGED, caller.user_id)

    await caller.write(unit)


async def choose(house: House, code: str, password: str) -> tuple[UserRow, str]:
    """Sets the password of an account by a link, and ends all that was signed in with it before.

    API tokens end, too. Returns the account, and a token by which the device is known to it from
    now on. Raises NotFound for a code that is unknown, used or too old; BadUserInput.
    """
    secret = text.password("password", password)
    hashed = await house.hash(secret)

    async def unit(transaction: Transaction) -> UserRow:
        user = await User.get_or_none(setup_hash=fingerprint(code))
        if user is None or (user.setup_until or "") <= house.clock.now():
            raise NotFound("link")
        await User.filter(id=user.id).update(
            password_hash=hashed, setup_hash=None, setup_until=None
        )
        ended = await departing.sessions(transaction.db, user.id)
        await sessions.close(transaction, house, user.id, ended)
        audit.note_of_nobody(transaction, house, Action.PASSWORD_CHANGED, user.id, by="link")
        return await access.user_for(transaction.db, user.id)

    user = await house.write(unit)
    return user, known_devices.token_for(house, Credentials(user.id, hashed))
