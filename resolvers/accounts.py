"""Accounts: made, looked up and changed."""

from dataclasses import replace
from typing import TypedDict

from tortoise.exceptions import IntegrityError

from adapters.ids import new_id
from models import accounts
from models.accounts import Credentials, User, UserRow
from models.events import Event, EventKind
from models.writer import Transaction
from resolvers import access, invites, known_devices, paging, sessions, text
from resolvers.errors import BadUserInput, Conflict, Forbidden, NotFound
from resolvers.house import Caller, House
from resolvers.limits import Kind, spend
from resolvers.paging import Page
from resolvers.rights import Role
from resolvers.sessions import SignIn
from resolvers.signing_in import Device

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
    device: Device | None = None,
    invite_code: str | None = None,
) -> SignIn:
    """Makes an account for somebody new and signs them in.

    With an invitation to a channel they are in it at once. Raises Forbidden where registration
    is not open, and no invitation opens it; NotFound for an invitation that is no good;
    BadUserInput, Conflict for a name or an address that is taken; RateLimited.
    """
    device = device or Device()
    needed = house.policy.registration == INVITE
    if house.policy.registration != OPEN and not (needed and invite_code):
        raise Forbidden("Registration is not open on this server.")
    name = text.username("username", username)
    secret = text.password("password", password)
    if text.fold(secret) == text.fold(name):
        raise BadUserInput("password", "must differ from the username")
    if invite_code:
        await invites.look(house, invite_code)  # Before anything is done that costs.
    await spend(house, Kind.REGISTRATION, device.address or "somewhere")
    hashed = await house.hash(secret)

    async def unit(transaction: Transaction) -> SignIn:
        opened = None
        if invite_code:
            opened = await invites.opened_for_registration(
                transaction, house, invite_code, needed=needed
            )
        user = await add(transaction, house, name, hashed, email, display_name, Role.MEMBER)
        signed_in = await sessions.begin(transaction, house, user, device.agent)
        if opened:
            await invites.use(transaction, signed_in.caller, opened)
        return signed_in

    signed_in = await house.write(unit)
    known = Credentials(signed_in.user.id, hashed)
    return replace(signed_in, device_token=known_devices.token_for(house, known))


async def update_profile(caller: Caller, changes: ProfileChanges) -> UserRow:
    """Changes what others see of the caller. Raises BadUserInput, Conflict."""

    async def unit(transaction: Transaction, caller: Caller) -> UserRow:
        return await change(transaction, caller, caller.user_id, changes)

    return await caller.write(unit)


async def change(
    transaction: Transaction,
    caller: Caller,
    user_id: str,
    changes: ProfileChanges,
    *,
    username: str | None = None,
) -> UserRow:
    """Within a unit: changes what others see of a user. Raises BadUserInput, Conflict."""
    user = await User.get(id=user_id)
    if username is not None:
        # Where the username is shown, the new one is.
        shown = user.display_name == user.username and "display_name" not in changes
        user.display_name = username if shown else user.display_name
        user.username, user.username_key = username, await _free_name(username, user.id)
    if "display_name" in changes:
        user.display_name = _display_name(changes["display_name"], user.username)
    if "email" in changes:
        user.email, user.email_key = await _free_email(changes["email"], user.id)
    if "status_text" in changes:
        user.status_text = text.optional_line("statusText", changes["status_text"], _STATUS)
    if "time_zone" in changes:
        zone = changes["time_zone"]
        user.time_zone = None if zone is None else text.time_zone("timeZone", zone)
    user.search_key = _search_key(user.username, user.display_name)
    await _saved(user)
    now = caller.house.clock.now()
    transaction.append(Event(EventKind.USER_UPDATED, now, caller.user_id, subject_id=user.id))
    return await access.user_for(transaction.db, user.id)


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
    caller: Caller,
    search: str | None,
    first: int | None,
    after: str | None,
    *,
    role: Role | None = None,
    banned: bool | None = None,
) -> Page[UserRow]:
    """Users in alphabetical order whose name, or a word of it, begins with `search`.

    With `role` only those who have it, with `banned` only those who are banned, or are not.
    """
    wanted = paging.size("first", first)
    (start,) = paging.decode(after, ("",))
    sought = accounts.Sought(text.search("search", search), role, banned, caller.house.clock.now())
    found = await accounts.page(caller.db, sought, str(start), wanted + 1)
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
    user_id = new_id()
    key = await _free_name(username, user_id)
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


async def _free_name(username: str, user_id: str) -> str:
    """The name as it is compared. Raises Conflict for one that is taken."""
    key = text.fold(username)
    if await User.filter(username_key=key).exclude(id=user_id).exists():
        raise Conflict("username", "This username is taken.")
    return key


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
