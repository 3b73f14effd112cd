"""Search: messages found by what they say."""

from typing import Annotated

import strawberry

from resolvers import search
from resolvers.search import SearchOrder
from schema.channels import After, First
from schema.connections import PageInfo, page_info
from schema.context import Info
from schema.messages.types import Message
from schema.permissions import query

strawberry.enum(
    SearchOrder,
    description="NEWEST: the latest first. BEST: of the latest thousand matches, those first that "
    "say most of what was sought in the fewest words.",
)


@strawberry.type(description="A message that was found.")
class SearchEdge:
    """A message that was found."""

    node: Message = strawberry.field(description="The message.")
    cursor: str = strawberry.field(
        description="Its place among what was found: give it as `after`."
    )


@strawberry.type(
    description="Messages that were found. A page may have fewer than were asked for and still not "
    "be the last, where there was much to look through: go on after its `endCursor`."
)
class SearchConnection:
    """Messages that were found."""

    edges: list[SearchEdge] = strawberry.field(description="The messages with their cursors.")
    nodes: list[Message] = strawberry.field(description="The messages.")
    page_info: PageInfo = strawberry.field(description="What lies around the page.")


@strawberry.type
class SearchQueries:
    """The root queries that search."""

    @query
    async def search_messages(
        self,
        info: Info,
        query: Annotated[str, strawberry.argument(description="What to look for.")],
        channel_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only there; everywhere if absent."),
        ] = None,
        order: Annotated[
            SearchOrder | None, strawberry.argument(description="What comes first.")
        ] = SearchOrder.NEWEST,
        first: First = None,
        after: After = None,
    ) -> SearchConnection | None:
        """Full text, only what the caller may read.

        Words, prefixes*, "phrases", from:name, in:channel, before:date and after:date (days in
        UTC); all of it has to fit. Case and accents do not count.
        """
        page = await search.page(
            info.context.caller, query, channel_id, order or SearchOrder.NEWEST, first, after
        )
        nodes = [Message.of(row, info.context) for row in page.items]
        return SearchConnection(
            edges=[
                SearchEdge(node=node, cursor=cursor)
                for node, cursor in zip(nodes, page.cursors, strict=True)
            ],
            nodes=nodes,
            page_info=page_info(page),
        )
