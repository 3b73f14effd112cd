"""What is done with messages."""

from typing import Annotated

import strawberry

from adapters.clock import Instant
from resolvers import edits, messages, pins, reactions
from schema.context import Info
from schema.messages.types import Message
from schema.permissions import mutation

Emoji = Annotated[str, strawberry.argument(description="One emoji.")]
At = Annotated[
    Instant | None,
    strawberry.argument(description="When it was done, if that was earlier, offline."),
]


@strawberry.input(description="A new message.")
class SendMessageInput:
    """A new message."""

    channel_id: strawberry.ID = strawberry.field(description="Where to say it.")
    body: str | None = strawberry.field(default=None, description="1 to 8,000 characters.")
    id: strawberry.ID | None = strawberry.field(
        default=None, description="A UUID of the client's choice makes a retry safe."
    )
    reply_to_id: strawberry.ID | None = strawberry.field(
        default=None, description="A message of the same channel that it replies to."
    )
    file_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="Up to 10 of one's own files in the channel; with some, there need be no body.",
    )


@strawberry.input(description="What a message is to say instead.")
class EditMessageInput:
    """What a message is to say instead."""

    id: strawberry.ID = strawberry.field(description="One's own message.")
    body: str = strawberry.field(description="1 to 8,000 characters.")
    at: Instant | None = strawberry.field(
        default=None,
        description="When the person did it, if that was earlier, offline; never later than now. "
        "Of two edits the later one wins, on every replica.",
    )


@strawberry.type
class MessageMutations:
    """The root mutations about messages."""

    @mutation
    async def send_message(self, info: Info, input: SendMessageInput) -> Message | None:
        """Says something in a channel. The answer comes when it is safe on the disk."""
        sent = await messages.send(
            info.context.caller,
            input.channel_id,
            input.body,
            input.id,
            input.reply_to_id,
            input.file_ids,
        )
        return Message.of(sent.row, info.context, sent.author)

    @mutation
    async def edit_message(self, info: Info, input: EditMessageInput) -> Message | None:
        """Has one of one's own messages say something else. A deleted one stays so."""
        row = await edits.edit(info.context.caller, input.id, input.body, input.at)
        return Message.of(row, info.context)

    @mutation
    async def delete_message(self, info: Info, id: strawberry.ID) -> Message | None:
        """Takes away what a message said, and all that hangs on it; its place stays.

        One's own, and others' for those who keep order in the channel.
        """
        row = await edits.delete(info.context.caller, id)
        return Message.of(row, info.context)

    @mutation
    async def add_reaction(
        self, info: Info, message_id: strawberry.ID, emoji: Emoji, at: At = None
    ) -> Message | None:
        """Puts an emoji beside a message; it stands there once for each user."""
        row = await reactions.add(info.context.caller, message_id, emoji, at)
        return Message.of(row, info.context)

    @mutation
    async def remove_reaction(
        self, info: Info, message_id: strawberry.ID, emoji: Emoji, at: At = None
    ) -> Message | None:
        """Takes one's own emoji back."""
        row = await reactions.remove(info.context.caller, message_id, emoji, at)
        return Message.of(row, info.context)

    @mutation
    async def pin_message(self, info: Info, message_id: strawberry.ID) -> Message | None:
        """Holds a message up for everybody in its channel, which may have 100 of them."""
        return Message.of(await pins.pin(info.context.caller, message_id), info.context)

    @mutation
    async def unpin_message(self, info: Info, message_id: strawberry.ID) -> Message | None:
        """Holds a message up no more."""
        return Message.of(await pins.unpin(info.context.caller, message_id), info.context)
