"""Members: joining and leaving channels, and what one is in them."""

from models import channels, messages, mutes
from models.accounts import UserRow
from models.channels import Channel, ChannelRow, MemberRow, Membership
from models.events import EventKind
from models.writer import Transaction
from resolvers import access, audit, paging, participation
from resolvers.access import channel_for
from resolvers.audit import Action
from resolvers.channels import ADDED_AT_ONCE, admit, erase, happened
from resolvers.errors import BadUserInput, Forbidden, NotFound
from resolvers.house import Caller
from resolvers.paging import Page
from resolvers.participation import Act
from resolvers.rights import ChannelKind, ChannelRole, NotificationLevel, Role, Standing

_START = (-1, "")


async def join(caller: Caller, channel_id: str) -> ChannelRow:
    """Makes the caller a member of a PUBLIC channel; a member stays one. Raises NotFound."""

    async def unit(transaction: Transaction, caller: Caller) -> None:
        row = await channel_for(transaction.db, caller, channel_id, "joinChannel")
        if row.kind == ChannelKind.PRIVATE and row.my_role is None:
            audit.note(transaction, caller, Action.CHANNEL_JOINED, None, row.id)
        # A PUBLIC channel that everybody left belongs to the next one who comes.
        role = ChannelRole.MEMBER if row.member_count else ChannelRole.OWNER
        await admit(transaction, caller, row.id, [caller.user_id], role)

    await caller.write(unit)
    return await channel_for(caller.db, caller, channel_id)


async def leave(caller: Caller, channel_id: str) -> str:
    """Ends the caller's membership; who is not a member has left already.

    When an owner leaves, the senior moderator or else the senior member becomes it. A
    GROUP or PRIVATE channel that nobody is left in is deleted. Raises NotFound, Forbidden.
    """

    async def unit(transaction: Transaction, caller: Caller) -> str:
        row = await channel_for(transaction.db, caller, channel_id, "leaveChannel")
        if row.my_role is not None:
            await part(transaction, caller, row, caller.user_id, row.my_role)
        return row.id

    return await caller.write(unit)


async def add(caller: Caller, channel_id: str, user_ids: list[str]) -> ChannelRow:
    """Makes other users members. Raises NotFound for the channel or a user, Forbidden."""
    people = list(dict.fromkeys(user_ids))
    if len(people) > ADDED_AT_ONCE:
        raise BadUserInput("userIds", f"may name {ADDED_AT_ONCE} people at once")

    async def unit(transaction: Transaction, caller: Caller) -> None:
        row = await channel_for(transaction.db, caller, channel_id, "addMembers")
        await admit(transaction, caller, row.id, people)
        grown = await channel_for(transaction.db, caller, row.id)
        most = caller.house.policy.group_size
        if grown.kind == ChannelKind.GROUP and grown.member_count > most:
            raise BadUserInput("userIds", f"would make more than {most} people in a GROUP")

    await caller.write(unit)
    return await channel_for(caller.db, caller, channel_id)


async def remove(caller: Caller, channel_id: str, user_id: str) -> ChannelRow:
    """Ends another's membership. Only who stands above them may. Raises NotFound, Forbidden."""

    async def unit(transaction: Transaction, caller: Caller) -> None:
        row = await channel_for(transaction.db, caller, channel_id, "removeMember")
        member = await _member(transaction, row, user_id)
        if member.user_id == caller.user_id:
            raise BadUserInput("userId", "is oneself: use leaveChannel")
        user = await access.user_for(transaction.db, member.user_id)
        above = rank(caller, row)
        # Admins may remove one another, too.
        if above is not Standing.NOBODY and rank_of(user, row, Standing[member.role]) >= above:
            raise Forbidden("You may only remove members below you.")
        await part(transaction, caller, row, member.user_id, member.role)
        audit.note(transaction, caller, Action.MEMBER_REMOVED, member.user_id, row.id)

    await caller.write(unit)
    return await channel_for(caller.db, caller, channel_id)


async def set_role(caller: Caller, channel_id: str, user_id: str, role: ChannelRole) -> ChannelRow:
    """Makes a member a moderator, or one again, or hands the channel over to them.

    There is one owner: who hands over becomes a moderator. Raises NotFound, Forbidden,
    BadUserInput for an owner who would only step down.
    """

    async def unit(transaction: Transaction, caller: Caller) -> None:
        row = await channel_for(transaction.db, caller, channel_id, "setChannelRole")
        member = await _member(transaction, row, user_id)
        if member.role == ChannelRole.OWNER and role is not ChannelRole.OWNER:
            raise BadUserInput("role", "of the owner changes by naming another owner")
        if member.role != role:
            if role is ChannelRole.OWNER:
                owner = await Membership.get_or_none(channel_id=row.id, role=ChannelRole.OWNER)
                if owner is not None:
                    await _assign(transaction, caller, owner, ChannelRole.MODERATOR)
            audit.note(
                transaction,
                caller,
                Action.CHANNEL_ROLE_SET,
                member.user_id,
                row.id,
                before=member.role,
                role=role,
            )
            await _assign(transaction, caller, member, role)

    await caller.write(unit)
    return await channel_for(caller.db, caller, channel_id)


async def mark_read(caller: Caller, channel_id: str, cursor: str) -> ChannelRow:
    """Notes that the caller has read up to a cursor. It only ever moves forward.

    Raises NotFound, Forbidden for one who is no member, BadUserInput, CursorExpired.
    """
    position = await caller.house.feed.position("cursor", cursor)

    async def unit(transaction: Transaction, caller: Caller) -> None:
        db = transaction.db
        row = await channel_for(db, caller, channel_id, "markRead")
        for read in await messages.newest(db, row.id, 0, position + 1, 1):
            if await channels.mark_read(db, row.id, caller.user_id, read.position, read.number):
                happened(transaction, caller, EventKind.READ_MARKED, row.id, caller.user_id)

    await caller.write(unit)
    return await channel_for(caller.db, caller, channel_id)


async def set_notifications(
    caller: Caller, channel_id: str, level: NotificationLevel
) -> ChannelRow:
    """Notes of what the caller wants to be told in a channel. Raises NotFound, Forbidden."""

    async def unit(transaction: Transaction, caller: Caller) -> None:
        row = await channel_for(transaction.db, caller, channel_id, "setNotifications")
        if row.my_notifications != level:
            own = Membership.filter(channel_id=row.id, user_id=caller.user_id)
            await own.update(notifications=level)
            happened(transaction, caller, EventKind.MEMBERSHIP_UPDATED, row.id, caller.user_id)

    await caller.write(unit)
    return await channel_for(caller.db, caller, channel_id)


async def page(
    caller: Caller, row: ChannelRow, first: int | None, after: str | None
) -> Page[MemberRow]:
    """The members of a channel that the caller may see, in the order in which they joined."""
    wanted = paging.size("first", first)
    position, user_id = paging.decode(after, _START)
    found = await channels.page_of_members(
        caller.db, row.id, (int(position), str(user_id)), wanted + 1
    )
    return as_page(found, wanted, after)


def as_page(found: list[MemberRow], wanted: int, after: str | None) -> Page[MemberRow]:
    """The page made of what was found when `wanted` + 1 were looked for."""
    return paging.forward(found, wanted, after, lambda row: (row.joined_position, row.user_id))


def rank(caller: Caller, row: ChannelRow) -> Standing:
    """The caller's standing; in PUBLIC channels moderators of the server count, admins most."""
    return rank_of(caller.user, row, access.standing(row))


def rank_of(user: UserRow, row: ChannelRow, own: Standing) -> Standing:
    """That of a user who has this standing of their own."""
    if row.kind != ChannelKind.PUBLIC or user.role == Role.MEMBER:
        return own
    return Standing.NOBODY if user.role == Role.ADMIN else max(own, Standing.MODERATOR)


async def _member(transaction: Transaction, row: ChannelRow, user_id: str) -> Membership:
    user = await access.user_for(transaction.db, user_id)
    member = await Membership.get_or_none(channel_id=row.id, user_id=user.id)
    if member is None:
        raise NotFound("member")
    return member


async def _assign(
    transaction: Transaction, caller: Caller, member: Membership, role: ChannelRole
) -> None:
    member.role = role
    await member.save(update_fields=["role"])
    if role is ChannelRole.OWNER:
        # Nobody would be left who could let them speak again.
        await mutes.lift(transaction.db, member.channel_id, member.user_id)
    happened(transaction, caller, EventKind.MEMBER_UPDATED, member.channel_id, member.user_id)


async def part(
    transaction: Transaction, caller: Caller, row: ChannelRow, user_id: str, role: str
) -> None:
    """Within a unit: ends a membership. The channel gets another owner, or comes to its end."""
    await Membership.filter(channel_id=row.id, user_id=user_id).delete()
    await Channel.filter(id=row.id).update(member_count=row.member_count - 1)
    await channels.renew_links(transaction.db, row.id)
    await participation.depart(Act.of(transaction, caller), user_id, row.id)
    happened(transaction, caller, EventKind.MEMBER_REMOVED, row.id, user_id)
    if row.member_count == 1 and row.kind != ChannelKind.PUBLIC:
        await erase(transaction, caller, row.id)
    elif role == ChannelRole.OWNER:
        await _succeed(transaction, caller, row.id)


async def _succeed(transaction: Transaction, caller: Caller, channel_id: str) -> None:
    for role in (ChannelRole.MODERATOR, ChannelRole.MEMBER):
        members = Membership.filter(channel_id=channel_id, role=role)
        heir = await members.order_by("joined_position", "user_id").first()
        if heir is not None:
            await _assign(transaction, caller, heir, ChannelRole.OWNER)
            return
