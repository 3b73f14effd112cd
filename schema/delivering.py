"""Subscriptions to what has an order: where they begin, and how each thing is answered with."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TypeVar

from resolvers.following import Delivery
from schema.context import Context, Info
from schema.scalars import Cursor

Row = TypeVar("Row")
T = TypeVar("T")


def resumed(info: Info, after: Cursor | None) -> str | None:
    """Where to begin: what a reconnecting client says counts more than what it first asked for."""
    return after if info.context.resume_after is None else info.context.resume_after


async def delivered(
    deliveries: AsyncGenerator[Delivery[Row], None], context: Context, make: Callable[[Row], T]
) -> AsyncGenerator[T, None]:
    """Each thing made into an object of the schema, for the caller as they are at that moment."""
    async with aclosing(deliveries):
        async for delivery in deliveries:
            await context.renew(delivery)
            yield make(delivery.item)
