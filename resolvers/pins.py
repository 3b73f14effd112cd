"""Pins: messages held up for everybody in a channel."""

from models import pins
from models.accounts import FOREVER
from models.events import EventKind
from models.messages import MessageRow
from models.pins import PinRow
from models.writer import Transaction
from resolvers import access, paging
from resolvers.access import channel_for
from resolvers.channels import happened
from resolvers.edits import present
from resolvers.errors import BadUserInput, QuotaExceeded
from resolvers.house import Caller
from resolvers.paging import Page

MOST_PINS = 100
"""In one channel."""
_END = (FOREVER, "~")


async def pin(caller: Caller, message_id: str) -> MessageRow:
    """Pins a message; one that is pinned stays so. Raises NotFound, Forbidden, QuotaExceeded."""

    async def unit(transaction: Transaction, caller: Caller) -> MessageRow:
        db = transaction.db
        row = await access.message_for(db, caller, message_id, "pinMessage")
        if row.deleted_at is not None:
            raise BadUserInput("messageId", "is a message that was deleted")
        now = caller.house.clock.now()
        if await pins.put(db, PinRow(row.id, row.channel_id, caller.user_id, now)):
            if (used := await pins.count(db, row.channel_id)) > MOST_PINS:
                told = f"There are {MOST_PINS} pins in this channel already."
                raise QuotaExceeded(told, limit=MOST_PINS, used=used - 1)
            happened(transaction, caller, EventKind.PINS_CHANGED, row.channel_id, row.id)
        return row

    return await present(caller, await caller.write(unit))


async def unpin(caller: Caller, message_id: str) -> MessageRow:
    """Takes a pin away, if there is one. Raises NotFound, Forbidden."""

    async def unit(transaction: Transaction, caller: Caller) -> MessageRow:
        row = await access.message_for(transaction.db, caller, message_id, "unpinMessage")
        if await pins.take(transaction.db, row.id):
            happened(transaction, caller, EventKind.PINS_CHANGED, row.channel_id, row.id)
        return row

    return await present(caller, await caller.write(unit))


async def page(
    caller: Caller, channel_id: str, first: int | None, after: str | None
) -> Page[PinRow]:
    """A channel's pins, the latest first. Raises NotFound, BadUserInput."""
    wanted = paging.size("first", first)
    pinned_at, message_id = paging.decode(after, _END)
    row = await channel_for(caller.db, caller, channel_id, "pins")
    found = await pins.page(caller.db, row.id, (str(pinned_at), str(message_id)), wanted + 1)
    return paging.forward(found, wanted, after, lambda pin: (pin.pinned_at, pin.message_id))
