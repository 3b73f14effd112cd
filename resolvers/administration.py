"""Administration: what admins do to the accounts of others."""

from datetime import timedelta
from typing import NamedTuple

from tortoise.expressions import Q

from adapters.clock import Instant
from adapters.tokens import fingerprint, new_secret
from models import blobs, channels, departing, sessions, uploads
from models.accounts import User, UserRow
from models.channels import Membership
from models.events import Event, EventKind
from models.writer import Transaction
from resolvers import access, accounts, audit, members, purging, second_factors, text
from resolvers.accounts import ProfileChanges
from resolvers.audit import Action
from resolvers.errors import Conflict, Forbidden
from resolvers.house import Caller, House
from resolvers.rights import Role
from resolvers.sessions import close

SETUP_LIFETIME = timedelta(days=1)


class Link(NamedTuple):
    """Where a user can choose a password, once."""

    url: str
    expires_at: Instant


async def create(
    caller: Caller,
    username: str,
    *,
    password: str | None = None,
    email: str | None = None,
    display_name: str | None = None,
    role: Role = Role.MEMBER,
) -> tuple[UserRow, str | None]:
    """Makes an account; without a password, also a link to choose one with.

    The link is good once and for a day. Raises BadUserInput, Conflict.
    """
    house = caller.house
    name = text.username("username", username)
    secret = None if password is None else text.password("password", password)
    hashed = None if secret is None else await house.hash(secret)

    async def unit(transaction: Transaction, caller: Caller) -> tuple[UserRow, str | None]:
        _check(caller)
        user = await accounts.add(transaction, house, name, hashed, email, display_name, role)
        audit.note(
            transaction, caller, Action.USER_CREATED, user.id, username=user.username, role=role
        )
        link = await _link(house, user.id) if hashed is None else None
        return user, link and link.url

    return await caller.write(unit)


async def update(
    caller: Caller, user_id: str, username: str | None, changes: ProfileChanges
) -> UserRow:
    """Changes what others see of a user. Raises NotFound, BadUserInput, Conflict."""
    name = None if username is None else text.username("username", username)

    async def unit(transaction: Transaction, caller: Caller) -> UserRow:
        _check(caller)
        before = await access.user_for(transaction.db, user_id)
        row = await accounts.change(transaction, caller, before.id, changes, username=name)
        changed = [
            n for n, old, new in zip(UserRow._fields, before, row, strict=True) if old != new
        ]
        audit.note(
            transaction,
            caller,
            Action.USER_UPDATED,
            row.id,
            changed=changed,
            username=before.username,
        )
        return row

    return await caller.write(unit)


async def set_role(caller: Caller, user_id: str, role: Role) -> UserRow:
    """Gives a user another role on the server. Raises NotFound, Conflict for the last admin."""

    async def unit(transaction: Transaction, caller: Caller) -> UserRow:
        _check(caller)
        row = await access.user_for(transaction.db, user_id)
        if role != Role.ADMIN:
            await another_admin(caller.house, row)
        await User.filter(id=row.id).update(role=role)
        if role == Role.ADMIN:
            soon = caller.house.clock.after(caller.house.policy.admin_session_lifetime)
            await sessions.shorten(transaction.db, row.id, soon)
        now = caller.house.clock.now()
        transaction.append(Event(EventKind.USER_UPDATED, now, caller.user_id, subject_id=row.id))
        audit.note(transaction, caller, Action.ROLE_SET, row.id, before=row.role, role=role)
        return row._replace(role=role)

    return await caller.write(unit)


async def reset_password(caller: Caller, user_id: str) -> Link:
    """A link, good once and for a day, with which a user chooses a new password.

    Until it is used everything stays as it is. Raises NotFound; BadUserInput for oneself.
    """

    async def unit(transaction: Transaction, caller: Caller) -> Link:
        _check(caller)
        row = await access.user_for(transaction.db, user_id)
        access.another(caller, row)
        audit.note(transaction, caller, Action.PASSWORD_RESET, row.id)
        return await _link(caller.house, row.id)

    return await caller.write(unit)


async def delete(caller: Caller, user_id: str, *, with_content: bool) -> str:
    """Deletes an account: it is signed out everywhere, leaves its channels, and is no more.

    What it has said and how it has reacted stays, as by somebody whose account is deleted, or goes
    `with_content`. Raises NotFound, Conflict for the last admin.
    """

    async def unit(transaction: Transaction, caller: Caller) -> str | None:
        _check(caller)
        row = await access.user_for(transaction.db, user_id)
        await another_admin(caller.house, row)
        if with_content and await _clear(transaction, caller, row.id):
            return None
        await _depart(transaction, caller, row)
        what = "deleted" if with_content else "kept"
        audit.note(
            transaction, caller, Action.USER_DELETED, row.id, username=row.username, content=what
        )
        return row.id

    while (deleted := await caller.write(unit)) is None:
        pass
    return deleted


async def another_admin(house: House, row: UserRow) -> None:
    """Within a unit: raises Conflict if this is the last admin who can sign in."""
    if row.role != Role.ADMIN:
        return
    able = User.filter(
        Q(banned_until=None) | Q(banned_until__lte=house.clock.now()),
        role=Role.ADMIN,
        password_hash__not_isnull=True,
    )
    if not await able.exclude(id=row.id).exists():
        raise Conflict("role", "The last admin has to stay one.")


async def make_link(house: House, user_id: str, *, second_factor: bool) -> Link:
    """For the owner of the server: a link with which a user chooses a new password.

    With `second_factor` that is taken away, too.
    """

    async def unit(transaction: Transaction) -> Link:
        if second_factor:
            await second_factors.forget(transaction, house, user_id)
        audit.note_of_nobody(transaction, house, Action.PASSWORD_RESET, user_id, by="owner")
        return await _link(house, user_id)

    return await house.write(unit)


async def _link(house: House, user_id: str) -> Link:
    code, until = new_secret(), house.clock.after(SETUP_LIFETIME)
    await User.filter(id=user_id).update(setup_hash=fingerprint(code), setup_until=until)
    return Link(f"{house.policy.public_url}/set-password?code={code}", until)


async def _clear(transaction: Transaction, caller: Caller, user_id: str) -> bool:
    """Takes away a portion of what is left of somebody; whether there may be more."""
    if user_id != caller.user_id:
        # Nothing is to come meanwhile.
        ended = await departing.sessions(transaction.db, user_id)
        await close(transaction, caller.house, caller.user_id, ended)
    return await purging.clear(transaction, caller, user_id)


async def _depart(transaction: Transaction, caller: Caller, row: UserRow) -> None:
    db, now = transaction.db, caller.house.clock.now()
    await channels.renew_links_of_user(db, row.id)
    await uploads.give_up(db, row.id)
    if row.avatar is not None:
        await blobs.loosen(db, [row.avatar])
    for channel_id in await departing.places(db, row.id):
        place = await channels.one_for_user(db, row.id, channel_id)
        if place is None or place.my_role is None:
            continue
        if place.deleted_at is None:
            await members.part(transaction, caller, place, row.id, place.my_role)
        else:
            await Membership.filter(channel_id=channel_id, user_id=row.id).delete()
    ended = await departing.sessions(db, row.id)
    await close(transaction, caller.house, caller.user_id, ended)
    await departing.remove(db, row.id)
    transaction.append(Event(EventKind.USER_DELETED, now, caller.user_id, subject_id=row.id))


def _check(caller: Caller) -> None:
    if not caller.is_admin:
        raise Forbidden("Only admins may do this.")
