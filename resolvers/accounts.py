"""Accounts: made, signed in to, looked up and changed."""

from datetime import timedelta
from typing import TypedDict

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from adapters.ids import new_id
from adapters.tokens import fingerprint, new_secret
from models import accounts
from models.accounts import User, UserRow
from models.events import Event, EventKind
from models.writer import Transaction
from resolvers import access, invites, paging, sessions, text
from resolvers.errors import (
    BadUserInput,
    Conflict,
    Forbidden,
    NotFound,
    RateLimited,
    Unauthenticated,
)
from resolvers.house import Caller, House
from resolvers.paging import Page
from resolvers.rights import Role
from resolvers.sessions import SignIn

SETUP_LIFETIME = timedelta(days=1)
_STATUS = 100
OPEN, INVITE = "OPEN", "INVITE"


class ProfileChanges(TypedDict, total=False):
    """What to change: absent stays, None clears."""

    display_name: str | None
    email: str | None
    status_text: str | None
    time_zone: str | None


async def register(
    house: House,
    username: str,
    password: str,
    *,
    email: str | None = None,
    display_name: str | None = None,
    agent: str | None = None,
    invite_code: str | None = None,
) -> SignIn:
    """Makes an account for somebody new and signs them in.

    With an invitation to a channel they are in it at once. Raises Forbidden where registration
    is not open, and no invitation opens it; NotFound for an invitation that is no good;
    BadUserInput, Conflict for a name or an address that is taken.
    """
    needed = house.policy.registration == INVITE
    if house.policy.registration != OPEN and not (needed and invite_code):
        raise Forbidden("Registration is not open on this server.")
    name = text.username("username", username)
    secret = text.password("password", password)
    if text.fold(secret) == text.fold(name):
        raise BadUserInput("password", "must differ from the username")
    if invite_code:
        await invites.look(house, invite_code)  # Before anything is done that costs.
    hashed = await house.hash(secret)

    async def unit(transaction: Transaction) -> SignIn:
        opened = None
        if invite_code:
            opened = await invites.opened_for_registration(
                transaction, house, invite_code, needed=needed
            )
        user = await add(transaction, house, name, hashed, email, display_name, Role.MEMBER)
        signed_in = await sessions.begin(transaction, house, user, agent)
        if opened:
            await invites.use(transaction, signed_in.caller, opened)
        return signed_in

    return await house.write(unit)


async def login(house: House, username: str, password: str, agent: str | None = None) -> SignIn:
    """Signs in with a username or an email address.

    An unknown name and a wrong password look and last the same. Raises Unauthenticated,
    RateLimited, Banned once the password was right.
    """
    key = text.known_name("username", username)
    text.plain("password", password)
    if house.failures and (seconds := house.failures.wait(key)):
        raise RateLimited(seconds)
    known = await accounts.credentials(house.db, key)
    if not await house.verify(known.password_hash if known else None, password) or not known:
        if house.failures:
            await house.failures.spend(key)
        raise Unauthenticated("The username or the password is wrong.")
    stronger: str | None = None
    if known.password_hash and house.passwords.outdated(known.password_hash):
        stronger = await house.hash(password)

    async def unit(transaction: Transaction) -> SignIn:
        user = await User.get_or_none(id=known.id)
        if user is None or user.password_hash != known.password_hash:
            raise Unauthenticated("The password was just changed. Sign in again.")
        if stronger:
            user.password_hash = stronger
            await user.save(update_fields=["password_hash"])
        row = await access.user_for(transaction.db, known.id)
        return await sessions.begin(transaction, house, row, agent)

    return await house.write(unit)


async def change_password(caller: Caller, current: str, new: str) -> None:
    """Replaces the caller's password and ends their other sessions.

    Raises BadUserInput, also where the current password is not right; RateLimited.
    """
    secret = text.password("newPassword", new)
    text.plain("currentPassword", current)
    house = caller.house
    key = text.fold(caller.user.username)
    if house.failures and (seconds := house.failures.wait(key)):
        raise RateLimited(seconds)
    known = await accounts.credentials_by_id(caller.db, caller.user_id)
    old = known.password_hash if known else None
    if not await house.verify(old, current):
        if house.failures:
            await house.failures.spend(key)
        raise BadUserInput("currentPassword", "is wrong")
    hashed = await house.hash(secret)

    async def unit(transaction: Transaction, caller: Caller) -> None:
        changed = User.filter(id=caller.user_id, password_hash=old)
        if not await changed.update(password_hash=hashed):
            raise BadUserInput("currentPassword", "was just changed")
        await sessions.end_others(transaction, caller)

    await caller.write(unit)


async def update_profile(caller: Caller, changes: ProfileChanges) -> UserRow:
    """Changes what others see of the caller. Raises BadUserInput, Conflict."""

    async def unit(transaction: Transaction, caller: Caller) -> UserRow:
        user = await User.get(id=caller.user_id)
        if "display_name" in changes:
            user.display_name = _display_name(changes["display_name"], user.username)
            user.search_key = _search_key(user.username, user.display_name)
        if "email" in changes:
            user.email, user.email_key = await _free_email(changes["email"], user.id)
        if "status_text" in changes:
            user.status_text = text.optional_line("statusText", changes["status_text"], _STATUS)
        if "time_zone" in changes:
            zone = changes["time_zone"]
            user.time_zone = None if zone is None else text.time_zone("timeZone", zone)
        await _saved(user)
        _updated(transaction, caller, user.id)
        return await access.user_for(transaction.db, user.id)

    return await caller.write(unit)


async def create(
    caller: Caller,
    username: str,
    *,
    password: str | None = None,
    email: str | None = None,
    display_name: str | None = None,
    role: Role = Role.MEMBER,
) -> tuple[UserRow, str | None]:
    """For admins: makes an account; without a password, also a link to choose one with.

    The link is good once and for a day. Raises BadUserInput, Conflict.
    """
    house = caller.house
    name = text.username("username", username)
    secret = None if password is None else text.password("password", password)
    hashed = None if secret is None else await house.hash(secret)
    code = new_secret() if secret is None else None

    async def unit(transaction: Transaction, caller: Caller) -> UserRow:
        if not caller.is_admin:
            raise Forbidden("Only admins may create accounts.")
        user = await add(transaction, house, name, hashed, email, display_name, role)
        if code is not None:
            await User.filter(id=user.id).update(
                setup_hash=fingerprint(code), setup_until=house.clock.after(SETUP_LIFETIME)
            )
        return user

    user = await caller.write(unit)
    return user, f"{house.policy.public_url}/set-password?code={code}" if code else None


async def choose_password(house: House, code: str, password: str) -> UserRow:
    """Sets the first password of an account that was made without one.

    Raises NotFound for a code that is unknown, used or too old; BadUserInput.
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
        return await access.user_for(transaction.db, user.id)

    return await house.write(unit)


async def set_role(caller: Caller, user_id: str, role: Role) -> UserRow:
    """For admins: gives a user another role on the server. Raises Conflict for the last admin."""

    async def unit(transaction: Transaction, caller: Caller) -> UserRow:
        if not caller.is_admin:
            raise Forbidden("Only admins may set roles.")
        row = await access.user_for(transaction.db, user_id)
        if row.role == Role.ADMIN and role != Role.ADMIN:
            now = caller.house.clock.now()
            able = User.filter(Q(banned_until=None) | Q(banned_until__lte=now), role=Role.ADMIN)
            if not await able.exclude(id=row.id).exists():
                raise Conflict("role", "The last admin has to stay one.")
        await User.filter(id=row.id).update(role=role)
        _updated(transaction, caller, row.id)
        return row._replace(role=role)

    return await caller.write(unit)


async def find(caller: Caller, user_id: str | None, address: str | None) -> UserRow:
    """The user with this id or this address, `name@server` or only `name`. Raises NotFound."""
    if (user_id is None) == (address is None):
        raise BadUserInput("id", "or address must be given, and not both")
    if user_id is not None:
        return await access.user_for(caller.db, user_id)
    name, at, server = text.known_name("address", address or "").rpartition("@")
    if at and server != text.fold(caller.house.policy.name):
        raise NotFound("user")
    row = await accounts.by_username_key(caller.db, name if at else server)
    if row is None:
        raise NotFound("user")
    return row


async def page(
    caller: Caller, search: str | None, first: int | None, after: str | None
) -> Page[UserRow]:
    """Users in alphabetical order whose name, or a word of it, begins with `search`."""
    wanted = paging.size("first", first)
    (start,) = paging.decode(after, ("",))
    found = await accounts.page(caller.db, text.search("search", search), str(start), wanted + 1)
    whole = paging.forward(found, wanted, after, lambda item: (item[0],))
    return Page([row for _, row in whole.items], whole.cursors, whole.has_next, whole.has_previous)


async def add(
    transaction: Transaction,
    house: House,
    username: str,
    password_hash: str | None,
    email: str | None,
    display_name: str | None,
    role: Role,
) -> UserRow:
    """Within a unit: makes an account. Raises BadUserInput, Conflict."""
    key = text.fold(username)
    if await User.exists(username_key=key):
        raise Conflict("username", "This username is taken.")
    user_id = new_id()
    address, address_key = await _free_email(email, user_id)
    shown = _display_name(display_name, username)
    now = house.clock.now()
    user = User(
        id=user_id,
        username=username,
        username_key=key,
        display_name=shown,
        search_key=_search_key(username, shown),
        email=address,
        email_key=address_key,
        role=role,
        password_hash=password_hash,
        created_at=now,
    )
    await _saved(user)
    transaction.append(Event(EventKind.USER_CREATED, now, subject_id=user_id))
    return await access.user_for(transaction.db, user_id)


async def _saved(user: User) -> None:
    try:
        await user.save()
    except IntegrityError as error:  # another process took it since we looked
        raise Conflict("username", "This username or email address is taken.") from error


async def _free_email(email: str | None, user_id: str) -> tuple[str | None, str | None]:
    if email is None:
        return None, None
    address = text.email("email", email)
    key = text.fold(address)
    if await User.filter(email_key=key).exclude(id=user_id).exists():
        raise Conflict("email", "This email address is taken.")
    return address, key


def _display_name(given: str | None, username: str) -> str:
    return text.optional_line("displayName", given, 80) or username


def _search_key(username: str, display_name: str) -> str:
    return f"{text.fold(username)} {text.fold(display_name)}"


def _updated(transaction: Transaction, caller: Caller, user_id: str) -> None:
    now = caller.house.clock.now()
    transaction.append(Event(EventKind.USER_UPDATED, now, caller.user_id, subject_id=user_id))
