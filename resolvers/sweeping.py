"""Sweeping: blobs to which nothing refers any more, and uploads that nobody went on with, go."""

from collections.abc import Sequence

from models import blobs, uploads
from models.writer import Transaction
from resolvers.house import House

_AT_ONCE = 100


async def sweep(house: House) -> int:
    """Takes away the blobs that have lost what referred to them; returns how many went."""
    gone = 0
    while some := await blobs.loose(house.db, _AT_ONCE):
        gone += await _sweep(house, some)
    return gone


async def forget_uploads(house: House) -> int:
    """Forgets the uploads that were not gone on with in time; returns how many."""
    some = await uploads.expired(house.db, house.clock.now(), _AT_ONCE)
    for upload_id in some:
        await forget_upload(house, upload_id)
    return len(some)


async def forget_upload(house: House, upload_id: str) -> None:
    """Forgets an upload, with the bytes that came, unless somebody is at it."""
    if await house.shelf.drafts.forget(upload_id):
        await house.write(lambda transaction: uploads.remove(transaction.db, upload_id))


async def _sweep(house: House, some: Sequence[str]) -> int:
    async with house.shelf.blobs.shrinking():
        # Nothing can come to refer to them now: that takes keeping them, which waits.
        still = await blobs.referred_to(house.db, some)
        alone = [one for one in some if one not in still]
        for one in alone:
            await house.shelf.blobs.remove(one)
        await house.write(lambda transaction: _note(transaction, some, alone))
    return len(alone)


async def _note(transaction: Transaction, some: Sequence[str], alone: Sequence[str]) -> None:
    """Within a unit: notes what is gone, and what is referred to after all."""
    db = transaction.db
    still = await blobs.referred_to(db, [one for one in some if one not in alone])
    await blobs.fasten(db, [*alone, *still])
