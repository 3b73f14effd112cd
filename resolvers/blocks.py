"""Blocks: whose direct messages and mentions do not reach the caller."""

from adapters.ids import new_id
from models import blocks
from models.accounts import FOREVER, UserRow
from models.blocks import BlockRow
from models.channels import Channel, pair_of
from models.events import Event, EventKind
from models.writer import Transaction
from resolvers import access, paging, participation
from resolvers.errors import BadUserInput
from resolvers.house import Caller
from resolvers.paging import Page
from resolvers.participation import Act

_END = (FOREVER, "~")


async def block(caller: Caller, user_id: str) -> UserRow:
    """Has another's direct messages and mentions not reach the caller.

    Neither of the two can say anything in their DIRECT channel any more, and the other cannot
    bring the caller into channels. Who is blocked already stays so. Raises NotFound, BadUserInput.
    """

    async def unit(transaction: Transaction, caller: Caller) -> UserRow:
        other = await access.user_for(transaction.db, user_id)
        if other.id == caller.user_id:
            raise BadUserInput("userId", "is oneself")
        row = BlockRow(new_id(), other.id, caller.house.clock.now())
        if await blocks.put(transaction.db, caller.user_id, row):
            direct = await Channel.get_or_none(pair=pair_of(caller.user_id, other.id))
            if direct is not None:
                await participation.close(Act.of(transaction, caller), direct.id)
            _changed(transaction, caller)
        return other

    return await caller.write(unit)


async def unblock(caller: Caller, user_id: str) -> UserRow:
    """Lets another's messages reach the caller again, if they did not. Raises NotFound."""

    async def unit(transaction: Transaction, caller: Caller) -> UserRow:
        other = await access.user_for(transaction.db, user_id)
        if await blocks.take(transaction.db, caller.user_id, other.id):
            _changed(transaction, caller)
        return other

    return await caller.write(unit)


async def page(caller: Caller, first: int | None, after: str | None) -> Page[BlockRow]:
    """Whom the caller has blocked, the latest first."""
    wanted = paging.size("first", first)
    created_at, block_id = paging.decode(after, _END)
    found = await blocks.page(
        caller.db, caller.user_id, (str(created_at), str(block_id)), wanted + 1
    )
    return paging.forward(found, wanted, after, lambda row: (row.created_at, row.id))


def _changed(transaction: Transaction, caller: Caller) -> None:
    now, who = caller.house.clock.now(), caller.user_id
    transaction.append(Event(EventKind.BLOCKS_CHANGED, now, who, subject_id=who))
