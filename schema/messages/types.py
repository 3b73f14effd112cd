"""What a message is, and what hangs on it."""

from operator import attrgetter
from typing import Annotated, TypeAlias

import strawberry

from adapters.clock import Instant
from models.accounts import UserRow
from models.edits import EditRow
from models.mentions import EVERYBODY, MentionRow
from models.messages import MessageRow
from models.pins import PinRow
from models.reactions import ReactionRow
from resolvers import paging
from resolvers.errors import NotFound
from schema.accounts import User, user_by
from schema.channels import Channel, channel_by
from schema.context import Context, Info
from schema.files import File
from schema.joins import Join, joined
from schema.scalars import Cursor

RepliedTo: TypeAlias = Annotated["Message", strawberry.lazy("schema.messages.types")] | None


def _message(row: MessageRow, context: Context) -> "Message":
    return Message.of(row, context)


@strawberry.type(description="An emoji beside a message.")
class Reaction:
    """An emoji beside a message."""

    emoji: str = strawberry.field(description="One emoji, in its fully qualified form.")
    count: int = strawberry.field(description="How many reacted with it.")
    message_id: strawberry.Private[str]

    @strawberry.field(description="Who did, those who were first first.")
    async def users(
        self,
        info: Info,
        first: Annotated[
            int | None, strawberry.argument(description="1 to 100, 50 if absent.")
        ] = None,
    ) -> list[User]:
        """The first who reacted so."""
        wanted = (self.message_id, self.emoji, paging.size("first", first))
        rows = await info.context.loaders.reacted.load(wanted)
        return [User.of(row, info.context) for row in rows]

    @classmethod
    def of(cls, row: ReactionRow) -> "Reaction":
        """The reaction in this row."""
        return cls(emoji=row.emoji, count=row.users, message_id=row.message_id)


@strawberry.type(description="Somebody, or everybody in the channel, named in a message.")
class Mention:
    """Somebody, or everybody, named in a message."""

    everybody: bool = strawberry.field(description="Whether it is `@channel`, and no `user`.")
    row: strawberry.Private[MentionRow]
    named_id: strawberry.Private[str | None]

    user: User | None = joined(User | None, user_by("named_id"), "Who is named.")

    @classmethod
    def of(cls, row: MentionRow) -> "Mention":
        """The mention in this row."""
        everybody = row.user_id == EVERYBODY
        return cls(everybody=everybody, row=row, named_id=None if everybody else row.user_id)


@strawberry.type(description="Something that somebody said.")
class Message:
    """Something that somebody said."""

    id: strawberry.ID = strawberry.field(description="Unique across servers.")
    cursor: Cursor = strawberry.field(description="Its place in the feed.")
    number: int = strawberry.field(
        description="Its place in the channel: 1, 2, 3, ... None is given twice, "
        "and what is behind has a higher one."
    )
    body: str = strawberry.field(description="What was said; empty once it is deleted.")
    created_at: Instant = strawberry.field(description="When it reached the server.")
    edited_at: Instant | None = strawberry.field(
        description="When its author wrote what it says now; null if that is what was sent."
    )
    deleted_at: Instant | None = strawberry.field(
        description="When it was deleted; its place stays."
    )
    thread_id: strawberry.ID | None = strawberry.field(
        description="The message that its chain of replies began with; null if it is no reply."
    )
    reply_count: int = strawberry.field(
        description="How many messages are in the thread that it began, deleted ones included."
    )
    channel_row_id: strawberry.Private[str]
    author_row_id: strawberry.Private[str]
    author_row: strawberry.Private[UserRow | None]
    reply_to_row_id: strawberry.Private[str | None]

    channel: Channel = joined(
        Channel,
        # Where it is absent, the caller may read it no more.
        channel_by("channel_row_id", absent=lambda: NotFound("channel")),
        "Where it was said.",
    )
    author: User | None = joined(
        User | None,
        user_by("author_row_id", at_hand="author_row"),
        "Null once the author's account is deleted.",
    )
    reply_to: RepliedTo = joined(
        RepliedTo,
        Join(
            attrgetter("messages"),
            attrgetter("reply_to_row_id"),
            _message,
        ),
        "What it replies to; null if nothing, or once that is gone.",
    )
    thread: RepliedTo = joined(
        RepliedTo,
        Join(
            attrgetter("messages"),
            attrgetter("thread_id"),
            _message,
        ),
        "What its chain of replies began with; null if it is no reply, or once that is gone.",
    )
    files: list[File] = joined(
        list[File],
        Join(
            attrgetter("message_files"),
            attrgetter("id"),
            lambda rows, context: [File.of(row, context) for row in rows],
        ),
        "What was sent with it, as it is now.",
    )
    reactions: list[Reaction] = joined(
        list[Reaction],
        Join(
            attrgetter("reactions"),
            attrgetter("id"),
            lambda rows, _: [Reaction.of(row) for row in rows],
        ),
        "The emoji beside it, those that came first first.",
    )
    my_reactions: list[str] = joined(
        list[str],
        Join(attrgetter("my_reactions"), attrgetter("id"), lambda emoji, _: emoji),
        "The emoji with which the caller reacted.",
    )
    mentions: list[Mention] = joined(
        list[Mention],
        Join(
            attrgetter("mentions"),
            attrgetter("id"),
            lambda rows, _: [Mention.of(row) for row in rows],
        ),
        "Whom it names, of those who were members when it was written.",
    )
    pinned_at: Instant | None = joined(
        Instant | None,
        Join(attrgetter("pins"), attrgetter("id"), lambda row, _: Instant(row.pinned_at)),
        "Since when it is held up for everybody in the channel; null if it is not.",
    )

    @classmethod
    def of(cls, row: MessageRow, context: Context, author: UserRow | None = None) -> "Message":
        """The message in this row; its author, if they are at hand already."""
        return cls(
            id=strawberry.ID(row.id),
            cursor=Cursor(context.house.feed.cursor(row.position)),
            number=row.number,
            body=row.body,
            created_at=Instant(row.created_at),
            edited_at=Instant(row.edited_at) if row.edited_at else None,
            deleted_at=Instant(row.deleted_at) if row.deleted_at else None,
            thread_id=strawberry.ID(row.thread_id) if row.thread_id else None,
            reply_count=row.reply_count,
            channel_row_id=row.channel_id,
            author_row_id=row.author_id,
            author_row=author,
            reply_to_row_id=row.reply_to_id,
        )


@strawberry.type(description="What a message said at some time.")
class MessageEdit:
    """What a message said at some time."""

    body: str = strawberry.field(description="The text.")
    at: Instant = strawberry.field(description="Since when.")

    @classmethod
    def of(cls, row: EditRow) -> "MessageEdit":
        """The version in this row."""
        return cls(body=row.body, at=Instant(row.at))


@strawberry.type(description="A message that is held up for everybody in its channel.")
class Pin:
    """A message that is held up for everybody in its channel."""

    pinned_at: Instant = strawberry.field(description="Since when.")
    row: strawberry.Private[PinRow]

    message: Message | None = joined(
        Message | None,
        Join(attrgetter("messages"), attrgetter("row.message_id"), Message.of),
        "What is pinned.",
    )
    pinned_by: User | None = joined(User | None, user_by("row.pinned_by"), "Who pinned it.")

    @classmethod
    def of(cls, row: PinRow) -> "Pin":
        """The pin in this row."""
        return cls(pinned_at=Instant(row.pinned_at), row=row)
