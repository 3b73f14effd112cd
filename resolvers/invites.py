"""Invitations: to a channel, or to the server."""

import re
from datetime import timedelta
from typing import NamedTuple

from adapters.tokens import new_code
from models import accounts, channels, invites
from models.accounts import FOREVER, UserRow
from models.channels import ChannelRow
from models.connection import Connection
from models.invites import Invite, InviteRow
from models.writer import Transaction
from resolvers import access, paging
from resolvers.access import channel_for
from resolvers.channels import admit
from resolvers.errors import BadUserInput, Forbidden, NotFound, QuotaExceeded
from resolvers.house import Caller, House
from resolvers.paging import Page
from resolvers.rights import IN_CHANNELS, ChannelKind, Role, Standing

LIFETIME, LONGEST, SHORTEST = timedelta(days=7), timedelta(days=365), timedelta(minutes=1)
MOST_USES = 100_000
_CODE = re.compile("[A-Za-z0-9_-]{1,32}")
_END = (FOREVER, "~")


class Opened(NamedTuple):
    """An invitation that is good at this moment."""

    row: InviteRow
    maker: UserRow
    channel: ChannelRow | None
    """As its maker stands to it; None where it is to the server."""

    @property
    def lets_in(self) -> bool:
        """Whether it is good for an account: made by who may invite to the server."""
        return self.maker.role in (Role.MODERATOR, Role.ADMIN)


async def create(
    caller: Caller, channel_id: str | None, seconds: int | None, max_uses: int | None
) -> InviteRow:
    """Makes an invitation, good for 7 days and any number of uses where nothing else is said.

    Raises NotFound for the channel, Forbidden, BadUserInput.
    """
    span = LIFETIME if seconds is None else timedelta(seconds=seconds)
    if not SHORTEST <= span <= LONGEST:
        raise BadUserInput("expiresInSeconds", "must be a minute to a year")
    if max_uses is not None and not 1 <= max_uses <= MOST_USES:
        raise BadUserInput("maxUses", f"must be 1 to {MOST_USES}")

    async def unit(transaction: Transaction, caller: Caller) -> InviteRow:
        known = await _place(transaction.db, caller, channel_id, "createInvite")
        made = await Invite.create(
            code=new_code(),
            channel_id=known,
            created_by=caller.user_id,
            created_at=caller.house.clock.now(),
            expires_at=caller.house.clock.after(span),
            max_uses=max_uses,
        )
        return await _there(transaction.db, made.code)

    return await caller.write(unit)


async def look(house: House, code: str) -> Opened:
    """The invitation, if it is good. Raises NotFound, whatever is wrong with it."""
    return await _opened(house.db, house, code)


async def accept(caller: Caller, code: str) -> ChannelRow | None:
    """Makes the caller a member of the channel that they are invited to; None for the server.

    Who is a member already uses nothing up. Raises NotFound, whatever is wrong with the
    invitation; QuotaExceeded for a GROUP that is full.
    """

    async def unit(transaction: Transaction, caller: Caller) -> str | None:
        there = await _known(transaction.db, code)
        if there is not None and there.channel_id is not None:
            own = await channels.one_for_user(transaction.db, caller.user_id, there.channel_id)
            if own is not None and own.my_role is not None and own.deleted_at is None:
                return own.id
        opened = await _opened(transaction.db, caller.house, code)
        if opened.channel is None:
            return None
        await use(transaction, caller, opened)
        return opened.channel.id

    channel_id = await caller.write(unit)
    return None if channel_id is None else await channel_for(caller.db, caller, channel_id)


async def use(transaction: Transaction, caller: Caller, opened: Opened) -> None:
    """Within a unit: uses an invitation once, and brings the caller to where it leads."""
    row, channel = opened.row, opened.channel
    await Invite.filter(code=row.code).update(uses=row.uses + 1)
    if channel is None:
        return
    most = caller.house.policy.group_size
    if channel.kind == ChannelKind.GROUP and channel.member_count >= most:
        raise QuotaExceeded("This group is full.", limit=most, used=channel.member_count)
    await admit(transaction, caller, channel.id, [caller.user_id])


async def opened_for_registration(
    transaction: Transaction, house: House, code: str, *, needed: bool
) -> Opened:
    """Within a unit: an invitation for somebody new; `needed`: else there is no account.

    Raises NotFound, whatever is wrong with it.
    """
    opened = await _opened(transaction.db, house, code)
    if needed and not opened.lets_in:
        raise NotFound("invitation")
    return opened


async def revoke(caller: Caller, code: str) -> InviteRow:
    """Ends an invitation: one's own, or any there for who keeps order there. Raises NotFound."""

    async def unit(transaction: Transaction, caller: Caller) -> InviteRow:
        db = transaction.db
        row = await _known(db, code)
        if row is None or not await _answers_for(db, caller, row):
            raise NotFound("invitation")
        if row.revoked_at is None:
            await Invite.filter(code=row.code).update(revoked_at=caller.house.clock.now())
        return await _there(db, row.code)

    return await caller.write(unit)


async def page(
    caller: Caller, channel_id: str | None, first: int | None, after: str | None
) -> Page[InviteRow]:
    """The invitations to a channel or to the server, the latest first.

    All of them for who keeps order there, and one's own for others. Raises NotFound, Forbidden.
    """
    wanted = paging.size("first", first)
    created_at, code = paging.decode(after, _END)
    known = await _place(caller.db, caller, channel_id, "invites")
    own = None if await _keeps_order(caller.db, caller, known) else caller.user_id
    found = await invites.page(caller.db, known, own, (str(created_at), str(code)), wanted + 1)
    return paging.forward(found, wanted, after, lambda row: (row.created_at, row.code))


async def _known(db: Connection, code: str) -> InviteRow | None:
    return await invites.by_code(db, code) if _CODE.fullmatch(code) else None


async def _there(db: Connection, code: str) -> InviteRow:
    row = await _known(db, code)
    if row is None:
        raise NotFound("invitation")
    return row


async def _place(
    db: Connection, caller: Caller, channel_id: str | None, operation: str
) -> str | None:
    """Where an invitation leads, if the caller may invite there. Raises NotFound, Forbidden."""
    if channel_id is not None:
        return (await channel_for(db, caller, channel_id, operation)).id
    if not caller.is_moderator:
        raise Forbidden("Only moderators and admins may invite to the server.")
    return None


async def _keeps_order(db: Connection, caller: Caller, channel_id: str | None) -> bool:
    if channel_id is None:
        return caller.is_moderator
    row = await channel_for(db, caller, channel_id)
    by_role = row.kind == ChannelKind.PUBLIC and caller.is_moderator
    return by_role or access.standing(row) >= Standing.MODERATOR


async def _answers_for(db: Connection, caller: Caller, row: InviteRow) -> bool:
    if row.created_by == caller.user_id:
        return True
    try:
        return await _keeps_order(db, caller, row.channel_id)
    except NotFound:
        return False


async def _opened(db: Connection, house: House, code: str) -> Opened:
    """The invitation, if it is good: as long as its maker could make it again.

    Raises NotFound: what has expired, is used up, was revoked or never was looks the same.
    """
    now = house.clock.now()
    row = await _known(db, code)
    maker = await accounts.by_id(db, row.created_by) if row else None
    if row is None or maker is None or not row.is_open(now):
        raise NotFound("invitation")
    if maker.banned_until is not None and maker.banned_until > now:
        raise NotFound("invitation")
    if row.channel_id is None:
        opened = Opened(row, maker, None)
        if not opened.lets_in:
            raise NotFound("invitation")
        return opened
    channel = await channels.one_for_user(db, maker.id, row.channel_id)
    if channel is None or channel.deleted_at is not None:
        raise NotFound("invitation")
    right = IN_CHANNELS["createInvite"]
    if not right.held(channel.kind, access.standing(channel), maker.role):
        raise NotFound("invitation")
    return Opened(row, maker, channel)
