"""The feed: what happened, read page by page and followed live."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from resolvers import events
from schema.context import Info
from schema.delivering import delivered, resumed
from schema.events.types import Event, event_of
from schema.permissions import query, subscription
from schema.scalars import Cursor


@strawberry.type(description="A stretch of the feed.")
class EventPage:
    """A stretch of the feed."""

    events: list[Event] = strawberry.field(description="What the caller may see of it, in order.")
    next: Cursor = strawberry.field(
        description="Where to go on, also when `events` is empty: others' events lie in between."
    )
    more: bool = strawberry.field(description="Whether the feed goes on behind it.")


@strawberry.type
class EventQueries:
    """The root queries about the feed."""

    @query
    def head(self, info: Info) -> Cursor | None:
        """The end of the feed, as of before anything else in this request was read."""
        return Cursor(info.context.house.feed.cursor(info.context.head))

    @query
    async def events(
        self,
        info: Info,
        after: Annotated[
            Cursor | None,
            strawberry.argument(description="Only what comes after it; from the oldest if absent."),
        ] = None,
        first: Annotated[
            int | None, strawberry.argument(description="1 to 100, 50 if absent.")
        ] = None,
    ) -> EventPage | None:
        """A page of the feed. Without `after`, from the oldest event that is kept."""
        page = await events.page(info.context.caller, after, first)
        return EventPage(
            events=[event_of(row, info.context) for row in page.rows],
            next=Cursor(page.next),
            more=page.more,
        )


@strawberry.type
class EventSubscriptions:
    """The root subscriptions to the feed."""

    @subscription
    async def events(
        self,
        info: Info,
        after: Annotated[
            Cursor | None, strawberry.argument(description="Replay from here; now if absent.")
        ] = None,
    ) -> AsyncGenerator[Event, None]:
        """Each event that the caller may see, once and in order."""
        context = info.context
        deliveries = await events.follow(context.caller, resumed(info, after), context.carrier)
        return delivered(deliveries, context, lambda row: event_of(row, context))
