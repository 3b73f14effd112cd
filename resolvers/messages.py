"""Messages: sent, read page by page, and followed live."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from adapters.ids import new_id, parsed_id
from models import files as files_table
from models import messages
from models.accounts import UserRow
from models.connection import Connection
from models.events import Event, EventKind
from models.messages import MessageRow
from models.writer import Transaction
from resolvers import access, files, mentions, paging, reports, text
from resolvers.access import channel_for
from resolvers.channels import digest
from resolvers.errors import BadUserInput, Conflict, NotFound
from resolvers.following import Carrier, Course, Delivery, Stretch, following
from resolvers.house import Caller
from resolvers.paging import Page
from resolvers.rights import ChannelKind

_BEGINNING, _END = 0, 2**62
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that is on the disk, and who sent it, as they were at that moment."""

    row: MessageRow
    author: UserRow
    event: Event | None
    """Absent where the message had been sent before."""


async def send(
    caller: Caller,
    channel_id: str,
    body: str | None,
    message_id: str | None = None,
    reply_to_id: str | None = None,
    file_ids: Sequence[str] | None = None,
) -> Sent:
    """Adds a message to a channel and returns it once it is on the disk.

    With an id of the client's choice it may be repeated: the same input finds the message
    that is there. Where there are files there need be no body. Raises NotFound for the channel, for
    what is replied to, for a file, and where the message was sent before and is gone; Forbidden,
    BadUserInput, UnsupportedFile, Conflict for the id.
    """
    attached = files.attached(file_ids)
    said = "" if attached and not body else text.body("body", body or "")
    chosen = access.chosen_id("id", message_id)
    answered = access.chosen_id("replyToId", reply_to_id)
    row = MessageRow(
        id=chosen or new_id(),
        channel_id=channel_id,
        author_id=caller.user_id,
        body=said,
        created_at=caller.house.clock.now(),
        position=0,
        number=0,
        digest="",
    )
    listed = caller.house.words.within(said)

    async def unit(transaction: Transaction, caller: Caller) -> Sent:
        channel = await channel_for(transaction.db, caller, channel_id, "sendMessage")
        placed = row._replace(
            channel_id=channel.id,
            digest=digest(caller.user_id, channel.id, said, answered or "", *attached),
        )
        if answered:
            thread_id = await _thread(transaction, channel.id, answered)
            placed = placed._replace(reply_to_id=answered, thread_id=thread_id)
        if not await messages.insert(transaction.db, placed):
            return Sent(await _retried(transaction, caller, placed), caller.user, None)
        if attached:
            await files.attachable(transaction.db, caller, channel.id, attached)
            rows = [(new_id(), file_id) for file_id in attached]
            await files_table.attach(transaction.db, placed.id, rows)
        event = Event(EventKind.MESSAGE_ADDED, row.created_at, caller.user_id, channel.id, row.id)
        event.names = await mentions.name(transaction, caller, channel, placed, said, is_new=True)
        if listed and channel.kind == ChannelKind.PUBLIC:
            await reports.report_listed(transaction, placed, listed, row.created_at)
        return Sent(placed, caller.user, transaction.append(event))

    sent = await caller.write(unit)
    if sent.event is not None:
        position, number = sent.event.position, sent.event.number
        return replace(sent, row=sent.row._replace(position=position, number=number))
    # The first try may have come in the same batch, and only now have its position.
    placed = await messages.by_id(caller.db, sent.row.id)
    if placed is None:  # gone already, with its channel
        raise NotFound("message")
    return replace(sent, row=placed)


@dataclass(frozen=True, slots=True)
class Window:
    """Which stretch of an order of messages is asked for; by default the latest 50."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


Find = Callable[[Connection, int, int, int], Awaitable[list[MessageRow]]]
"""Some messages between two positions, both exclusive, up to a number of them."""


async def page(caller: Caller, channel_id: str, window: Window) -> Page[MessageRow]:
    """A stretch of a channel's history, oldest first.

    Its cursors are those of the feed. Raises NotFound, BadUserInput, CursorExpired,
    Unauthenticated, Banned.
    """
    known = parsed_id(channel_id) or ""

    async def allowed(db: Connection) -> None:
        await channel_for(db, caller, channel_id, "messages")

    return await _page(
        caller,
        window,
        lambda db, low, high, count: messages.oldest(db, known, low, high, count),
        lambda db, low, high, count: messages.newest(db, known, low, high, count),
        allowed,
    )


async def thread(caller: Caller, message_id: str, window: Window) -> Page[MessageRow]:
    """A stretch of the thread that a message is in: what began it, and all replies, oldest first.

    A message without replies is a thread by itself. Raises what `page` does.
    """
    row = await access.message_for(caller.db, caller, message_id, "thread")
    root = row.thread_id or row.id

    async def find(
        db: Connection, low: int, high: int, count: int, *, newest_first: bool
    ) -> list[MessageRow]:
        return await messages.page_of_thread(
            db, row.channel_id, root, low, high, count, newest_first=newest_first
        )

    async def allowed(db: Connection) -> None:
        await access.message_for(db, caller, message_id, "thread")

    return await _page(
        caller, window, partial(find, newest_first=False), partial(find, newest_first=True), allowed
    )


async def _page(
    caller: Caller,
    window: Window,
    oldest: Find,
    newest: Find,
    allowed: Callable[[Connection], Awaitable[None]],
) -> Page[MessageRow]:
    if window.first is not None and window.last is not None:
        raise BadUserInput("last", "cannot go with first")
    feed = caller.house.feed
    low = _BEGINNING if window.after is None else await feed.position("after", window.after)
    high = _END if window.before is None else await feed.position("before", window.before)
    forward = window.first is not None or (window.last is None and window.after is not None)
    asked = ("first", window.first) if forward else ("last", window.last)
    wanted = paging.size(*asked)

    async def read(db: Connection) -> Page[MessageRow]:
        found = await (oldest if forward else newest)(db, low, high, wanted + 1)
        more = len(found) > wanted
        has_next = (more and forward) or (
            high != _END and bool(await oldest(db, high - 1, _END, 1))
        )
        has_previous = (more and not forward) or (
            low != _BEGINNING and bool(await newest(db, _BEGINNING, low + 1, 1))
        )
        # Only now: all that was read stands before whatever takes the right to it away.
        await allowed(db)
        await caller.still_admitted(db)
        rows = found[:wanted] if forward else found[:wanted][::-1]
        return Page(rows, [feed.cursor(row.position) for row in rows], has_next, has_previous)

    return await caller.db.visit(read)


async def one(caller: Caller, message_id: str) -> MessageRow:
    """The message with this id. Raises NotFound."""
    return await access.message_for(caller.db, caller, message_id)


async def follow(
    caller: Caller, channel_id: str, after: str | None, carrier: Carrier | None = None
) -> AsyncGenerator[Delivery[MessageRow], None]:
    """The channel's messages behind a cursor, then each new one, without a gap or a repeat.

    With a carrier, live ones do not come from here. Without a cursor it begins now. Raises
    NotFound, BadUserInput, CursorExpired at once; NotFound, Unauthenticated or Banned from the
    stream when the right to it ends.
    """
    feed = caller.house.feed
    position = feed.head if after is None else await feed.position("after", after)
    channel = await channel_for(caller.db, caller, channel_id, "messageAdded")
    return _following(caller, channel.id, position, carrier)


async def _following(
    caller: Caller, channel_id: str, position: int, carrier: Carrier | None
) -> AsyncGenerator[Delivery[MessageRow], None]:
    async def read(db: Connection, position: int, head: int) -> Stretch[MessageRow]:
        rows = await messages.oldest(db, channel_id, position, _END, _AT_ONCE)
        # Only now: what was read stands before any removal that is yet to come.
        await channel_for(db, caller, channel_id, "messageAdded")
        more = len(rows) == _AT_ONCE
        upto = rows[-1].position if rows else position
        # Whatever stood before the head was there to be read.
        return Stretch([(r.position, r) for r in rows], upto if more else max(upto, head), more)

    course = Course(read, lambda: {channel_id: 0}, carrier=carrier)
    with caller.house.feed.bells.bell(channel_id, caller.user_id, caller.session_id) as bell:
        async with aclosing(following(caller, bell, position, course)) as deliveries:
            async for delivery in deliveries:
                yield delivery


async def _thread(transaction: Transaction, channel_id: str, answered: str) -> str:
    """The thread that a reply belongs to. Raises NotFound for what is not in the channel."""
    there = await messages.by_id(transaction.db, answered)
    if there is None:
        gone = await messages.buried(transaction.db, answered)
        if gone is not None and gone.channel_id == channel_id:
            return answered  # It was purged while somebody wrote their reply.
    if there is None or there.channel_id != channel_id:
        raise NotFound("message")
    return there.thread_id or there.id


async def _retried(transaction: Transaction, caller: Caller, again: MessageRow) -> MessageRow:
    there = await messages.by_id(transaction.db, again.id)
    if there is None:
        gone = await messages.buried(transaction.db, again.id)
        if gone is not None and gone.digest == again.digest:
            raise NotFound("message")
    if there is None or there.author_id != caller.user_id or there.digest != again.digest:
        raise Conflict("id", "This id is in use.")
    return there
