"""The feed."""

import strawberry

from schema.context import Info
from schema.permissions import query
from schema.scalars import Cursor


@strawberry.type
class EventQueries:
    """The root queries about the feed."""

    @query
    def head(self, info: Info) -> Cursor | None:
        """The end of the feed, as of before anything else in this request was read."""
        return Cursor(info.context.house.feed.cursor(info.context.head))
