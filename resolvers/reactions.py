"""Reactions: an emoji beside a message, once for each user."""

from adapters.clock import Instant
from adapters.ids import new_id
from models import reactions
from models.events import EventKind
from models.messages import MessageRow
from models.reactions import Stance
from models.writer import Transaction
from resolvers import access, merging, text
from resolvers.channels import happened
from resolvers.edits import present
from resolvers.errors import QuotaExceeded
from resolvers.house import Caller

MOST_EMOJI = 50
"""At one message, and of those about which one user has ever done something there."""


async def add(caller: Caller, message_id: str, emoji: str, at: Instant | None = None) -> MessageRow:
    """Puts an emoji beside a message; it stands there once for each user.

    Of adding and taking back the later one counts. `at` is when it was done, if that was
    earlier. Raises NotFound, Forbidden, BadUserInput, QuotaExceeded.
    """
    return await _take(caller, message_id, emoji, at, adding=True)


async def remove(
    caller: Caller, message_id: str, emoji: str, at: Instant | None = None
) -> MessageRow:
    """Takes an emoji back. Raises what `add` does."""
    return await _take(caller, message_id, emoji, at, adding=False)


async def _take(
    caller: Caller, message_id: str, emoji: str, at: Instant | None, *, adding: bool
) -> MessageRow:
    sign = text.emoji("emoji", emoji)
    clock = caller.house.clock
    claimed = merging.claimed(clock, at)
    operation = "addReaction" if adding else "removeReaction"

    async def unit(transaction: Transaction, caller: Caller) -> MessageRow:
        row = await access.message_for(transaction.db, caller, message_id, operation)
        db, who = transaction.db, caller.user_id
        last = await reactions.stance(db, row.id, who, sign)
        there = last is not None and bool(last.present)
        needless = claimed is None and there == adding
        if row.deleted_at is not None or needless:
            return row
        now = Stance(merging.counted(clock, claimed, last.at if last else None), int(adding))
        if last is not None and now <= last:
            return row
        await _fits(transaction, row, who, sign, is_new=last is None, adding=adding)
        await reactions.take(db, new_id(), row.id, who, sign, now)
        if there != adding:
            happened(transaction, caller, EventKind.REACTIONS_CHANGED, row.channel_id, row.id)
        return row

    return await present(caller, await caller.write(unit))


async def _fits(
    transaction: Transaction,
    row: MessageRow,
    user_id: str,
    emoji: str,
    *,
    is_new: bool,
    adding: bool,
) -> None:
    others, own = await reactions.counts(transaction.db, row.id, user_id, emoji)
    if (is_new and own >= MOST_EMOJI) or (adding and others >= MOST_EMOJI):
        raise QuotaExceeded(
            f"There are {MOST_EMOJI} different emoji at this message already.",
            limit=MOST_EMOJI,
            used=max(own, others),
        )
