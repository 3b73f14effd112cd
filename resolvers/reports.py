"""Reports: messages that moderators should look at, and what becomes of them."""

from collections.abc import Sequence
from enum import StrEnum

from adapters.ids import new_id, parsed_id
from models import messages, reports
from models.accounts import FOREVER
from models.events import Event, EventKind
from models.messages import MessageRow
from models.reports import LONGEST_FOLDED, WORD_LIST, ReportRow
from models.words import words
from models.writer import Transaction
from resolvers import access, audit, paging, text
from resolvers.audit import Action
from resolvers.emptying import empty
from resolvers.errors import BadUserInput, Conflict, Forbidden, NotFound
from resolvers.house import Caller
from resolvers.paging import Page

MOST_WORDS, LONGEST_WORD = 1_000, 100
_REASON = 500
_END = (FOREVER, "~")


class Status(StrEnum):
    """Where a report stands."""

    OPEN = "OPEN"
    RESOLVED = "RESOLVED"
    DISMISSED = "DISMISSED"


async def report(caller: Caller, message_id: str, reason: str) -> ReportRow:
    """Asks moderators to look at a message that the caller may read.

    They are shown what it says, wherever it was said. Who reports it again while that is open gets
    the report that is there; one that was handled is opened again. Raises NotFound; BadUserInput,
    also for one's own message or one that is deleted.
    """
    why = text.line("reason", reason, _REASON)

    async def unit(transaction: Transaction, caller: Caller) -> ReportRow:
        row = await access.message_for(transaction.db, caller, message_id, "reportMessage")
        known = await reports.of_reporter(transaction.db, row.id, caller.user_id)
        if known is not None and known.status == Status.OPEN:
            return known
        if row.author_id == caller.user_id:
            raise BadUserInput("messageId", "is one's own message")
        if row.deleted_at is not None:
            raise BadUserInput("messageId", "is a message that is deleted")
        now = caller.house.clock.now()
        return await _file(transaction, row, caller.user_id, why, now, known)

    return await caller.write(unit)


async def report_listed(
    transaction: Transaction, row: MessageRow, found: Sequence[str], now: str
) -> None:
    """Within a unit: reports a message for the words of the list that it has in it."""
    known = await reports.of_reporter(transaction.db, row.id, WORD_LIST)
    if known is None or known.status != Status.OPEN:
        await _file(transaction, row, WORD_LIST, ", ".join(found)[:_REASON], now, known)


async def page(
    caller: Caller, status: Status | None, first: int | None, after: str | None
) -> Page[ReportRow]:
    """For moderators: the reports in this state, or all, newest first."""
    wanted = paging.size("first", first)
    created_at, report_id = paging.decode(after, _END)
    found = await reports.page(caller.db, status, (str(created_at), str(report_id)), wanted + 1)
    return paging.forward(found, wanted, after, lambda row: (row.created_at, row.id))


async def handle(
    caller: Caller, report_id: str, status: Status, note: str | None, *, delete_message: bool
) -> ReportRow:
    """For moderators: says what has become of a report, and may delete the message.

    Because another asked for it, that goes for messages in channels that the caller does not see.
    Moderators handle no reports of their own messages.
    Raises NotFound, Forbidden, BadUserInput; Conflict if another has handled it already.
    """
    said = text.optional_line("note", note, _REASON)
    known = parsed_id(report_id) or ""
    if status is Status.OPEN:
        raise BadUserInput("status", "must be RESOLVED or DISMISSED")
    if delete_message and status is not Status.RESOLVED:
        raise BadUserInput("deleteMessage", "goes with RESOLVED")

    async def unit(transaction: Transaction, caller: Caller) -> ReportRow:
        row = (await reports.by_ids(transaction.db, [known])).get(known)
        _check(caller, row, delete_message=delete_message)
        if row is None:
            raise NotFound("report")
        now = caller.house.clock.now()
        done = row._replace(status=status, handled_by=caller.user_id, handled_at=now, note=said)
        again = (row.status, row.handled_by, row.note) == (status, caller.user_id, said)
        if row.status != Status.OPEN and not again:
            raise Conflict("status", "This report has been handled.")
        deleted = delete_message and await _delete(transaction, caller, row)
        if again and not deleted:
            return row
        await reports.handle(transaction.db, row.id, status, caller.user_id, now, said)
        _changed(transaction, now, caller.user_id, row.id)
        audit.note(
            transaction,
            caller,
            Action.REPORT_HANDLED,
            row.author_id,
            row.channel_id,
            reportId=row.id,
            messageId=row.message_id,
            status=status,
            messageDeleted=deleted,
        )
        return done

    return await caller.write(unit)


def _check(caller: Caller, row: ReportRow | None, *, delete_message: bool) -> None:
    """Raises Forbidden for who is no moderator, or decides in their own case."""
    if not caller.is_moderator:
        raise Forbidden("Only moderators and admins may handle reports.")
    if row is None or caller.is_admin:
        return
    if row.author_id == caller.user_id:
        raise Forbidden("Somebody else has to handle what is about yourself.")
    if delete_message and row.reporter_id == caller.user_id:
        raise Forbidden("Somebody else has to decide about what you have reported.")


async def word_list(caller: Caller) -> list[str]:
    """For moderators: the words and phrases that have a message reported."""
    return [shown for _, shown in await reports.listed(caller.db)]


async def set_word_list(caller: Caller, given: Sequence[str]) -> list[str]:
    """For admins: replaces the list of words. Raises BadUserInput."""
    if len(given) > MOST_WORDS:
        raise BadUserInput("words", f"may be {MOST_WORDS:,} at the most")
    listed: dict[str, str] = {}
    for each in given:
        shown = text.line("words", each, LONGEST_WORD)
        folded = " ".join(words(shown))
        if not folded:
            raise BadUserInput("words", "must have letters or digits each")
        if len(folded) > LONGEST_FOLDED:
            raise BadUserInput("words", "must be shorter each: some letters stand for many")
        listed.setdefault(folded, shown)

    async def unit(transaction: Transaction, caller: Caller) -> list[str]:
        if not caller.is_admin:
            raise Forbidden("Only admins may set the list of words.")
        await reports.put_list(transaction.db, listed)
        now = caller.house.clock.now()
        transaction.append(Event(EventKind.WORDS_LISTED, now, caller.user_id))
        audit.note(transaction, caller, Action.WORDS_LISTED, count=len(listed))
        return [listed[folded] for folded in sorted(listed)]

    kept = await caller.write(unit)
    await caller.house.words.load()
    return kept


async def _file(
    transaction: Transaction,
    row: MessageRow,
    reporter_id: str,
    reason: str,
    now: str,
    handled: ReportRow | None,
) -> ReportRow:
    """Files a report, in place of the one that was handled if there is one."""
    made = ReportRow(
        id=handled.id if handled else new_id(),
        message_id=row.id,
        channel_id=row.channel_id,
        author_id=row.author_id,
        reporter_id=reporter_id,
        reason=reason,
        body=row.body,
        created_at=now,
    )
    await reports.file(transaction.db, made)
    _changed(transaction, now, None if reporter_id == WORD_LIST else reporter_id, made.id)
    return made


async def _delete(transaction: Transaction, caller: Caller, report: ReportRow) -> bool:
    row = await messages.by_id(transaction.db, report.message_id)
    if row is None or row.deleted_at is not None:
        return False
    await empty(transaction, caller, row)
    return True


def _changed(transaction: Transaction, now: str, actor_id: str | None, report_id: str) -> None:
    transaction.append(Event(EventKind.REPORTS_CHANGED, now, actor_id, subject_id=report_id))
