"""Order in the house: bans."""

from adapters.clock import Instant
from adapters.ids import new_id
from models import channels, moderation
from models.accounts import FOREVER, User, UserRow
from models.events import Event, EventKind
from models.moderation import Ban, BanRow
from models.writer import Transaction
from resolvers import access, administration, audit, paging, participation, text
from resolvers.audit import Action
from resolvers.errors import BadUserInput, Forbidden
from resolvers.house import Caller, House
from resolvers.paging import Page
from resolvers.participation import Act
from resolvers.rights import Role

_REASON = 500
_END = (FOREVER, "ffffffff-ffff-ffff-ffff-ffffffffffff")


async def ban(caller: Caller, user_id: str, reason: str, until: Instant | None) -> BanRow:
    """For moderators: shuts a user out, until a moment or for good.

    A ban replaces the one before. Moderators may not ban each other, only admins may ban
    them; nobody bans themself. Raises NotFound, Forbidden, BadUserInput.
    """
    why = text.line("reason", reason, _REASON)
    if until is not None and until <= caller.house.clock.now():
        raise BadUserInput("until", "must be in the future")

    async def unit(transaction: Transaction, caller: Caller) -> BanRow:
        user = await _bannable(transaction, caller, user_id)
        await administration.another_admin(caller.house, user)
        await Ban.filter(user_id=user.id).delete()
        now = caller.house.clock.now()
        made = await Ban.create(
            id=new_id(),
            user_id=user.id,
            reason=why,
            banned_by=caller.user_id,
            until=until,
            created_at=now,
        )
        await User.filter(id=user.id).update(banned_until=until or FOREVER)
        await channels.renew_links_of_user(transaction.db, user.id)
        await participation.depart(Act.of(transaction, caller), user.id)
        transaction.append(Event(EventKind.USER_BANNED, now, caller.user_id, subject_id=user.id))
        audit.note(transaction, caller, Action.USER_BANNED, user.id, reason=why, until=until)
        return BanRow(made.id, user.id, why, caller.user_id, until, now)

    return await caller.write(unit)


async def unban(caller: Caller, user_id: str) -> UserRow:
    """For moderators: lets a user in again, if banned. Raises NotFound, Forbidden."""

    async def unit(transaction: Transaction, caller: Caller) -> UserRow:
        user = await _bannable(transaction, caller, user_id)
        if user.banned_until is None:
            return user
        await _lift(transaction, caller.house, user.id, caller.user_id)
        audit.note(transaction, caller, Action.USER_UNBANNED, user.id)
        return user._replace(banned_until=None)

    return await caller.write(unit)


async def lift_over(house: House) -> int:
    """Lifts the bans that have run out, so that everybody hears of it; returns how many."""

    async def unit(transaction: Transaction) -> int:
        users = await moderation.over(transaction.db, house.clock.now())
        for user_id in users:
            await _lift(transaction, house, user_id, None)
            audit.note_of_nobody(transaction, house, Action.USER_UNBANNED, user_id, by="time")
        return len(users)

    # Most of the time there are none, and nothing has to be written.
    if not await moderation.over(house.db, house.clock.now()):
        return 0
    return await house.write(unit)


async def page(caller: Caller, first: int | None, after: str | None) -> Page[BanRow]:
    """For moderators: the bans in force, newest first."""
    wanted = paging.size("first", first)
    created_at, ban_id = paging.decode(after, _END)
    found = await moderation.page(
        caller.db, caller.house.clock.now(), (str(created_at), str(ban_id)), wanted + 1
    )
    return paging.forward(found, wanted, after, lambda row: (row.created_at, row.id))


async def _lift(transaction: Transaction, house: House, user_id: str, actor_id: str | None) -> None:
    await Ban.filter(user_id=user_id).delete()
    await User.filter(id=user_id).update(banned_until=None)
    now = house.clock.now()
    transaction.append(Event(EventKind.USER_UNBANNED, now, actor_id, subject_id=user_id))


async def _bannable(transaction: Transaction, caller: Caller, user_id: str) -> UserRow:
    if not caller.is_moderator:
        raise Forbidden("Only moderators and admins may ban.")
    user = await access.user_for(transaction.db, user_id)
    if user.id == caller.user_id:
        raise Forbidden("Nobody bans themself.")
    if user.role != Role.MEMBER and not caller.is_admin:
        raise Forbidden("Only admins may ban moderators and admins.")
    return user
