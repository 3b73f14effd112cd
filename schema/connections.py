"""Connections in the manner of Relay: pages of a list, with cursors to go on from."""

from collections.abc import Callable
from typing import Generic, TypeVar

import strawberry

from resolvers.paging import Page

T = TypeVar("T")
Row = TypeVar("Row")


@strawberry.type(description="What lies around a page.")
class PageInfo:
    """What lies around a page."""

    has_next_page: bool = strawberry.field(description="Whether the list goes on behind the page.")
    has_previous_page: bool = strawberry.field(
        description="Whether the list has something before the page."
    )
    start_cursor: str | None = strawberry.field(description="Of the first item; null if none.")
    end_cursor: str | None = strawberry.field(description="Of the last item; null if none.")


@strawberry.type(description="An item in a list.")
class Edge(Generic[T]):
    """An item in a list."""

    node: T = strawberry.field(description="The item.")
    cursor: str = strawberry.field(description="Its place: give it as `after` or `before`.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """A page of a list."""

    edges: list[Edge[T]] = strawberry.field(description="The items with their cursors.")
    nodes: list[T] = strawberry.field(description="The items.")
    page_info: PageInfo = strawberry.field(description="What lies around the page.")


def connection(page: Page[Row], make: Callable[[Row], T]) -> Connection[T]:
    """The connection for a page of rows, each made into an object of the schema."""
    nodes = [make(row) for row in page.items]
    return Connection(
        edges=[Edge(node=n, cursor=c) for n, c in zip(nodes, page.cursors, strict=True)],
        nodes=nodes,
        page_info=page_info(page),
    )


def page_info(page: Page[Row]) -> PageInfo:
    """What lies around a page."""
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=page.cursors[0] if page.cursors else None,
        end_cursor=page.reached or (page.cursors[-1] if page.cursors else None),
    )
