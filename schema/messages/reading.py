"""How messages are read and followed."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from resolvers import edits, messages, pins
from resolvers.messages import Window
from schema.channels import After, First
from schema.connections import Connection, connection
from schema.context import Info
from schema.delivering import delivered, resumed
from schema.messages.types import Message, MessageEdit, Pin
from schema.permissions import query, subscription
from schema.scalars import Cursor

Some = Annotated[
    int | None, strawberry.argument(description="So many from the beginning, 1 to 100.")
]
Later = Annotated[Cursor | None, strawberry.argument(description="Only what comes after it.")]
Latest = Annotated[int | None, strawberry.argument(description="So many from the end, 1 to 100.")]
Earlier = Annotated[Cursor | None, strawberry.argument(description="Only what comes before it.")]


@strawberry.type
class MessageQueries:
    """The root queries about messages."""

    @query
    async def messages(
        self,
        info: Info,
        channel_id: strawberry.ID,
        first: Some = None,
        after: Later = None,
        last: Latest = None,
        before: Earlier = None,
    ) -> Connection[Message] | None:
        """A channel's history, oldest first. Without arguments the latest 50."""
        window = Window(first, after, last, before)
        page = await messages.page(info.context.caller, channel_id, window)
        return connection(page, lambda row: Message.of(row, info.context))

    @query
    async def message(self, info: Info, id: strawberry.ID) -> Message | None:
        """One message."""
        return Message.of(await messages.one(info.context.caller, id), info.context)

    @query
    async def thread(
        self,
        info: Info,
        message_id: strawberry.ID,
        first: Some = None,
        after: Later = None,
        last: Latest = None,
        before: Earlier = None,
    ) -> Connection[Message] | None:
        """The thread that a message is in, oldest first: what began it, and all replies.

        Without further arguments the latest 50.
        """
        window = Window(first, after, last, before)
        page = await messages.thread(info.context.caller, message_id, window)
        return connection(page, lambda row: Message.of(row, info.context))

    @query
    async def message_edits(
        self, info: Info, message_id: strawberry.ID, first: First = None, after: After = None
    ) -> Connection[MessageEdit] | None:
        """What a message has said, from what was sent to what it says now.

        For its author, and for those who keep order in its channel.
        """
        page = await edits.page(info.context.caller, message_id, first, after)
        return connection(page, MessageEdit.of)

    @query
    async def pins(
        self, info: Info, channel_id: strawberry.ID, first: First = None, after: After = None
    ) -> Connection[Pin] | None:
        """What is pinned in a channel, the latest first."""
        page = await pins.page(info.context.caller, channel_id, first, after)
        return connection(page, Pin.of)


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
