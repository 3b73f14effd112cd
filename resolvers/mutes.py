"""Mutes: somebody in a channel who may read, and say nothing there for a time."""

from adapters.clock import Instant
from adapters.ids import new_id
from models import channels, mutes
from models.accounts import FOREVER
from models.channels import ChannelRow
from models.events import EventKind
from models.mutes import MuteRow
from models.writer import Transaction
from resolvers import access, audit, participation
from resolvers.access import channel_for
from resolvers.audit import Action
from resolvers.channels import happened
from resolvers.errors import BadUserInput, Forbidden
from resolvers.house import Caller
from resolvers.members import rank, rank_of
from resolvers.participation import Act
from resolvers.rights import Standing


async def mute(caller: Caller, channel_id: str, user_id: str, until: Instant | None) -> ChannelRow:
    """Has a user say nothing in a channel, until a moment or until they are let again.

    It holds also when they leave and come back. Only who stands above them may. Raises NotFound,
    Forbidden, BadUserInput.
    """
    if until is not None and until <= caller.house.clock.now():
        raise BadUserInput("until", "must be in the future")

    async def unit(transaction: Transaction, caller: Caller) -> None:
        row = await channel_for(transaction.db, caller, channel_id, "muteMember")
        whom = await _below(transaction, caller, row, user_id)
        now = caller.house.clock.now()
        made = MuteRow(new_id(), row.id, whom, caller.user_id, until or FOREVER, now)
        if await mutes.put(transaction.db, made):
            await participation.depart(Act.of(transaction, caller), whom, row.id)
            happened(transaction, caller, EventKind.MEMBER_UPDATED, row.id, whom)
            audit.note(transaction, caller, Action.MEMBER_MUTED, whom, row.id, until=until)

    await caller.write(unit)
    return await channel_for(caller.db, caller, channel_id)


async def unmute(caller: Caller, channel_id: str, user_id: str) -> ChannelRow:
    """Lets a user speak in a channel again, if they may not. Raises NotFound, Forbidden."""

    async def unit(transaction: Transaction, caller: Caller) -> None:
        row = await channel_for(transaction.db, caller, channel_id, "unmuteMember")
        whom = await _below(transaction, caller, row, user_id)
        if await mutes.lift(transaction.db, row.id, whom):
            happened(transaction, caller, EventKind.MEMBER_UPDATED, row.id, whom)
            audit.note(transaction, caller, Action.MEMBER_UNMUTED, whom, row.id)

    await caller.write(unit)
    return await channel_for(caller.db, caller, channel_id)


async def _below(transaction: Transaction, caller: Caller, row: ChannelRow, user_id: str) -> str:
    """The id of a user who stands below the caller, in the channel or not. Raises Forbidden."""
    user = await access.user_for(transaction.db, user_id)
    if user.id == caller.user_id:
        raise BadUserInput("userId", "is oneself")
    there = await channels.members(transaction.db, [row.id], [user.id])
    member = there.get((row.id, user.id))
    own = Standing[member.role] if member else Standing.OUTSIDER
    if rank_of(user, row, own) >= rank(caller, row):
        raise Forbidden("You may only mute people below you.")
    return user.id
