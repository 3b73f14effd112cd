"""Purging: messages taken away for good, so that no retry and no replica brings them back."""

from adapters.clock import Instant
from adapters.ids import parsed_id
from models import accounts, purging, shedding
from models.channels import TO_COME
from models.events import Event, EventKind
from models.purging import Chosen
from models.writer import Transaction
from resolvers import access, audit, files
from resolvers.audit import Action
from resolvers.errors import BadUserInput, Forbidden, NotFound
from resolvers.house import Caller

PORTION = 500
"""In messages: so many go in one transaction, so that others have their turn in between."""


async def purge(
    caller: Caller, channel_id: str | None, user_id: str | None, before: Instant | None
) -> int:
    """For admins: takes away what was said until now, by channel, author and time, with its files.

    Files that were uploaded and not sent go by the same choice. Of a deleted user what is left of
    them can go as well. Returns how many messages went. Raises BadUserInput where nothing is named,
    NotFound, Forbidden.
    """
    if channel_id is None and user_id is None and before is None:
        raise BadUserInput("channelId", "or userId or before must be given")
    chosen = Chosen(
        channel_id=None if channel_id is None else await _channel(caller, channel_id),
        author_id=None if user_id is None else await _author(caller, user_id),
        before=before,
        upto=caller.house.feed.head,
    )

    async def unit(transaction: Transaction, caller: Caller) -> int:
        if not caller.is_admin:
            raise Forbidden("Only admins may purge.")
        return await portion(transaction, caller, chosen)

    async def rest(transaction: Transaction, caller: Caller) -> int:
        if not caller.is_admin:
            raise Forbidden("Only admins may purge.")
        return await _unsent(transaction, caller, chosen)

    total = gone = await caller.write(unit)
    while gone == PORTION:
        gone = await caller.write(unit)
        total += gone
    while await caller.write(rest):
        pass
    return total


async def portion(transaction: Transaction, caller: Caller, chosen: Chosen) -> int:
    """Within a unit: purges up to PORTION of the chosen messages; returns how many."""
    gone, left = await purging.purge(transaction.db, chosen, PORTION)
    now = caller.house.clock.now()
    for channel_id, count in gone.items():
        event = Event(EventKind.MESSAGES_PURGED, now, caller.user_id, channel_id, amount=count)
        transaction.append(event)
    await files.gone(transaction, caller, left)
    total = sum(gone.values())
    if total:
        audit.note(
            transaction,
            caller,
            Action.MESSAGES_PURGED,
            chosen.author_id,
            chosen.channel_id,
            before=chosen.before,
            count=total,
        )
    return total


async def clear(transaction: Transaction, caller: Caller, user_id: str) -> bool:
    """Within a unit: takes away up to PORTION each of a user's messages, reactions and files.

    Returns whether there may be more: also where something was said in this very batch, and has no
    place yet.
    """
    chosen = Chosen(author_id=user_id, upto=TO_COME)
    said = await portion(transaction, caller, chosen)
    reacted = await purging.forget_reactions(transaction.db, user_id, PORTION)
    now = caller.house.clock.now()
    for message_id, channel_id in reacted:
        kind = EventKind.REACTIONS_CHANGED
        transaction.append(Event(kind, now, caller.user_id, channel_id, message_id))
    shed = await _unsent(transaction, caller, chosen)
    return bool(said or reacted or shed) or await purging.any_unplaced(transaction.db, user_id)


async def _unsent(transaction: Transaction, caller: Caller, chosen: Chosen) -> int:
    """Takes away up to PORTION of the chosen files that no message refers to; returns how many.

    Of everything of an author also what they have made of others' files.
    """
    db = transaction.db
    of_file = (chosen.channel_id, chosen.author_id, chosen.before)
    some = await shedding.unsent(db, *of_file, PORTION)
    await files.gone(transaction, caller, some)
    if chosen.author_id is None or chosen.channel_id or chosen.before:
        return len(some)
    changed = await shedding.shed_versions(db, chosen.author_id, PORTION)
    await files.mend(transaction, caller, changed)
    return len(some) + len(changed)


async def _channel(caller: Caller, channel_id: str) -> str:
    """The id of a channel of any kind: admins may list them all. Raises NotFound."""
    row = await access.any_channel(caller.db, caller, channel_id)
    return row.id


async def _author(caller: Caller, user_id: str) -> str:
    known = parsed_id(user_id) or ""
    there = await accounts.by_id(caller.db, known)
    if there is None and not await purging.any_by(caller.db, known):
        raise NotFound("user")
    return known
