"""What admins are told of all channels."""

from typing import Annotated

import strawberry

from adapters.clock import Instant
from models.channels import ChannelRow
from resolvers import channels
from schema.accounts import User, user_by
from schema.channels import After, First
from schema.connections import Connection, connection
from schema.context import Info
from schema.joins import joined
from schema.permissions import query
from schema.scalars import ChannelKind


@strawberry.type(
    description="What an admin is told of any channel, without being in it: nothing that was said."
)
class ChannelSummary:
    """What an admin is told of any channel, without being in it."""

    id: strawberry.ID = strawberry.field(description="Unique across servers.")
    kind: ChannelKind = strawberry.field(description="Between whom it is.")
    name: str | None = strawberry.field(description="Null in a DIRECT channel.")
    topic: str | None = strawberry.field(description="What it is about.")
    member_count: int = strawberry.field(description="How many members there are.")
    message_count: int = strawberry.field(description="How many messages there have been.")
    created_at: Instant = strawberry.field(description="When it was made.")
    maker_id: strawberry.Private[str | None]

    created_by: User | None = joined(
        User | None, user_by("maker_id"), "Who made it; null for a DIRECT channel."
    )

    @classmethod
    def of(cls, row: ChannelRow) -> "ChannelSummary":
        """The channel in this row."""
        return cls(
            id=strawberry.ID(row.id),
            kind=ChannelKind(row.kind),
            name=row.name,
            topic=row.topic,
            member_count=row.member_count,
            message_count=row.last_number,
            created_at=Instant(row.created_at),
            maker_id=None if row.kind == ChannelKind.DIRECT else row.created_by,
        )


@strawberry.type
class OverviewQueries:
    """The root queries about all channels."""

    @query
    async def all_channels(
        self,
        info: Info,
        search: Annotated[
            str | None, strawberry.argument(description="A part of the name or the topic.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[ChannelSummary] | None:
        """Every channel there is, those with the latest activity first. Admins only.

        What is said in a PRIVATE one they can read only once they have joined it, which all in it
        are told.
        """
        page = await channels.every(info.context.caller, search, first, after)
        return connection(page, ChannelSummary.of)
