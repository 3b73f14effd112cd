"""The inbox: the latest of every conversation that one is in."""

from operator import attrgetter
from typing import Annotated

import strawberry

from models.channels import ChannelRow
from resolvers import channels
from schema.channels import After, Channel, First
from schema.connections import Connection, connection
from schema.context import Context, Info
from schema.joins import Join, joined
from schema.messages.types import Message
from schema.permissions import query


@strawberry.type(description="A conversation that the caller is in, and the latest of it.")
class InboxItem:
    """A conversation that the caller is in, and the latest of it."""

    channel: Channel = strawberry.field(description="The conversation.")
    row: strawberry.Private[ChannelRow]

    message: Message | None = joined(
        Message | None,
        Join(attrgetter("last_messages"), attrgetter("row.id"), Message.of),
        "The latest message; null before there is one.",
    )

    @classmethod
    def of(cls, row: ChannelRow, context: Context) -> "InboxItem":
        """The conversation in this row."""
        return cls(channel=Channel.of(row, context), row=row)


@strawberry.type
class InboxQueries:
    """The root query of the inbox."""

    @query
    async def inbox(
        self,
        info: Info,
        unread: Annotated[
            bool, strawberry.argument(description="Only where there is something unread.")
        ] = False,
        first: First = None,
        after: After = None,
    ) -> Connection[InboxItem] | None:
        """The latest of every conversation that the caller is in, of any kind."""
        page = await channels.own(info.context.caller, first, after, unread=unread)
        return connection(page, lambda row: InboxItem.of(row, info.context))
