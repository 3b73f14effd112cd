"""Emptying: a message that says nothing any more, while its place stays."""

from models import messages, search
from models.events import EventKind
from models.messages import MessageRow
from models.shedding import detach
from models.writer import Transaction
from resolvers import files
from resolvers.channels import happened
from resolvers.house import Caller


async def empty(transaction: Transaction, caller: Caller, row: MessageRow) -> None:
    """Within a unit: takes away what a message said, with all that hangs on it.

    Files go with the last message that refers to them.
    """
    event = happened(transaction, caller, EventKind.MESSAGE_DELETED, row.channel_id, row.id)
    await messages.empty(transaction.db, row.id, event.at)
    await search.forget(transaction.db, row.position)
    await files.gone(transaction, caller, await detach(transaction.db, [row.id]))
