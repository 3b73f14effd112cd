"""Keeping: drafts become blobs, and something comes to refer to them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from adapters.drafts import Draft
from models import blobs
from resolvers import intake
from resolvers.house import House

T = TypeVar("T")


async def keep(
    house: House, drafts: Sequence[Draft], refer: Callable[[list[str]], Awaitable[T]]
) -> T:
    """Gives drafts their place; returns what `refer` does, which gets their SHA-256.

    It writes what refers to them. Whoever waits may be cancelled: it is done to its end all the
    same, or else what is kept could be swept away before it is referred to. Raises Unavailable
    where the disk is full, and what `refer` raises.
    """
    keeping = asyncio.create_task(_keep(house, drafts, refer))
    keeping.add_done_callback(_looked_at)
    return await asyncio.shield(keeping)


async def _keep(
    house: House, drafts: Sequence[Draft], refer: Callable[[list[str]], Awaitable[T]]
) -> T:
    with intake.filling():
        hashes = [await draft.sha256() for draft in drafts]
    async with house.shelf.blobs.growing():
        # Should we die before anything refers to them, it is known that nothing does.
        await house.write(lambda transaction: blobs.loosen(transaction.db, hashes))
        with intake.filling():
            for draft in drafts:
                await house.shelf.blobs.keep(draft)
        return await refer(hashes)


def _looked_at(keeping: "asyncio.Task[T]") -> None:
    """Nobody may wait for it any more."""
    if not keeping.cancelled():
        keeping.exception()
