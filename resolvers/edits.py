"""Edits and deletions: what becomes of messages after they were sent."""

from adapters.clock import Instant
from models import edits, messages, search
from models.edits import EditRow
from models.events import EventKind
from models.messages import MessageRow
from models.writer import Transaction
from resolvers import access, audit, mentions, merging, paging, reports, text
from resolvers.audit import Action
from resolvers.channels import digest, happened
from resolvers.emptying import empty
from resolvers.errors import NotFound, QuotaExceeded
from resolvers.house import Caller
from resolvers.paging import Page
from resolvers.rights import ChannelKind

MOST_EDITS = 200
"""Of one message: all of them are kept."""
_START = (-1, "", "")


async def edit(caller: Caller, message_id: str, body: str, at: Instant | None = None) -> MessageRow:
    """Has one of the caller's messages say something else.

    Of two edits the later one counts, and a deletion counts more than any edit; either may come
    first. `at` is when it was done, if that was earlier. Raises NotFound, Forbidden, BadUserInput,
    QuotaExceeded.
    """
    said = text.body("body", body)
    clock = caller.house.clock
    claimed = merging.claimed(clock, at)
    listed = caller.house.words.within(said)

    async def unit(transaction: Transaction, caller: Caller) -> MessageRow:
        row, channel = await access.message_and_channel_for(
            transaction.db, caller, message_id, "editMessage"
        )
        if row.deleted_at is not None or (claimed is None and said == row.body):
            return row
        when = merging.counted(clock, claimed, row.edited_at)
        edit = EditRow(digest(row.id, said, when), row.id, said, when)
        if (used := await edits.count(transaction.db, row.id)) > MOST_EDITS:
            told = f"A message is edited {MOST_EDITS} times at the most."
            raise QuotaExceeded(told, limit=MOST_EDITS, used=used)
        if row.edited_at is None:
            await edits.keep(transaction.db, EditRow(row.id, row.id, row.body, row.created_at))
        if not await edits.keep(transaction.db, edit) or not _wins(edit, row):
            return row
        await messages.rewrite(transaction.db, row.id, said, when, edit.id)
        if row.position:
            await search.forget(transaction.db, row.position)
            await search.index(transaction.db, [row.id])
        event = happened(transaction, caller, EventKind.MESSAGE_EDITED, row.channel_id, row.id)
        event.names = await mentions.name(transaction, caller, channel, row, said, is_new=False)
        if listed and channel.kind == ChannelKind.PUBLIC:
            await reports.report_listed(transaction, row._replace(body=said), listed, clock.now())
        return row

    return await present(caller, await caller.write(unit))


async def delete(caller: Caller, message_id: str) -> MessageRow:
    """Takes away what a message said, with all that hangs on it; its place stays.

    Raises NotFound, Forbidden for who neither wrote it nor keeps order in its channel.
    """

    async def unit(transaction: Transaction, caller: Caller) -> MessageRow:
        row = await access.message_for(transaction.db, caller, message_id, "deleteMessage")
        if row.deleted_at is None:
            await empty(transaction, caller, row)
            if row.author_id != caller.user_id:
                audit.note(
                    transaction,
                    caller,
                    Action.MESSAGE_DELETED,
                    row.author_id,
                    row.channel_id,
                    messageId=row.id,
                )
        return row

    return await present(caller, await caller.write(unit))


async def page(
    caller: Caller, message_id: str, first: int | None, after: str | None
) -> Page[EditRow]:
    """What a message has said, from what was sent to what it says now.

    For its author and those who keep order in its channel. Raises NotFound, Forbidden.
    """
    wanted = paging.size("first", first)
    number, at, edit_id = paging.decode(after, _START)
    row = await access.message_for(caller.db, caller, message_id, "messageEdits")
    found = await edits.page(caller.db, row.id, (int(number), str(at), str(edit_id)), wanted + 1)
    if not found and after is None and row.deleted_at is None:
        found = [(0, EditRow(row.id, row.id, row.body, row.created_at))]
    whole = paging.forward(found, wanted, after, lambda item: (item[0], item[1].at, item[1].id))
    return Page(
        [edit for _, edit in whole.items], whole.cursors, whole.has_next, whole.has_previous
    )


async def present(caller: Caller, row: MessageRow) -> MessageRow:
    """The message as it is now, with its place, which a unit may not know. Raises NotFound."""
    there = await messages.by_id(caller.db, row.id)
    if there is None:
        raise NotFound("message")
    return there


def _wins(edit: EditRow, row: MessageRow) -> bool:
    """Whether an edit counts more than the one that made the message what it is."""
    return (edit.at, edit.id) > (row.edited_at or "", row.edit_id or "")
