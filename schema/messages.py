"""Messages: sent, read and followed."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from adapters.clock import Instant
from models.accounts import UserRow
from models.messages import MessageRow
from resolvers import messages
from resolvers.errors import NotFound
from schema.accounts import User, user_by
from schema.channels import Channel, channel_by
from schema.connections import Connection, connection
from schema.context import Context, Info
from schema.delivering import delivered, resumed
from schema.joins import joined
from schema.permissions import mutation, query, subscription
from schema.scalars import Cursor


@strawberry.type(description="Something that somebody said.")
class Message:
    """Something that somebody said."""

    id: strawberry.ID = strawberry.field(description="Unique across servers.")
    cursor: Cursor = strawberry.field(description="Its place in the feed.")
    number: int = strawberry.field(
        description="Its place in the channel: 1, 2, 3, ... None is given twice, "
        "and what is behind has a higher one."
    )
    body: str = strawberry.field(description="What was said.")
    created_at: Instant = strawberry.field(description="When it reached the server.")
    channel_row_id: strawberry.Private[str]
    author_row_id: strawberry.Private[str]
    author_row: strawberry.Private[UserRow | None]

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

    @classmethod
    def of(cls, row: MessageRow, context: Context, author: UserRow | None = None) -> "Message":
        """The message in this row; its author, if they are at hand already."""
        return cls(
            id=strawberry.ID(row.id),
            cursor=Cursor(context.house.feed.cursor(row.position)),
            number=row.number,
            body=row.body,
            created_at=Instant(row.created_at),
            channel_row_id=row.channel_id,
            author_row_id=row.author_id,
            author_row=author,
        )


@strawberry.input(description="A new message.")
class SendMessageInput:
    """A new message."""

    channel_id: strawberry.ID = strawberry.field(description="Where to say it.")
    body: str | None = strawberry.field(default=None, description="1 to 8,000 characters.")
    id: strawberry.ID | None = strawberry.field(
        default=None, description="A UUID of the client's choice makes a retry safe."
    )


@strawberry.type
class MessageQueries:
    """The root queries about messages."""

    @query
    async def messages(
        self,
        info: Info,
        channel_id: strawberry.ID,
        first: Annotated[
            int | None, strawberry.argument(description="So many from the beginning, 1 to 100.")
        ] = None,
        after: Annotated[
            Cursor | None, strawberry.argument(description="Only what comes after it.")
        ] = None,
        last: Annotated[
            int | None, strawberry.argument(description="So many from the end, 1 to 100.")
        ] = None,
        before: Annotated[
            Cursor | None, strawberry.argument(description="Only what comes before it.")
        ] = None,
    ) -> Connection[Message] | None:
        """A channel's history, oldest first. Without arguments the latest 50."""
        page = await messages.page(
            info.context.caller, channel_id, first=first, after=after, last=last, before=before
        )
        return connection(page, lambda row: Message.of(row, info.context))

    @query
    async def message(self, info: Info, id: strawberry.ID) -> Message | None:
        """One message."""
        return Message.of(await messages.one(info.context.caller, id), info.context)


@strawberry.type
class MessageMutations:
    """The root mutations about messages."""

    @mutation
    async def send_message(self, info: Info, input: SendMessageInput) -> Message | None:
        """Says something in a channel. The answer comes when it is safe on the disk."""
        sent = await messages.send(info.context.caller, input.channel_id, input.body, input.id)
        return Message.of(sent.row, info.context, sent.author)


@strawberry.type
class MessageSubscriptions:
    """The root subscriptions about messages."""

    @subscription
    async def message_added(
        self,
        info: Info,
        channel_id: strawberry.ID,
        after: Annotated[
            Cursor | None, strawberry.argument(description="Replay from here; now if absent.")
        ] = None,
    ) -> AsyncGenerator[Message, None]:
        """Each message of a channel, once and in order."""
        context = info.context
        deliveries = await messages.follow(
            context.caller, channel_id, resumed(info, after), context.carrier
        )
        return delivered(deliveries, context, lambda row: Message.of(row, context))
