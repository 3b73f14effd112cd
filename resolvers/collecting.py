"""Collecting: what on the disk belongs to nothing, and what ought to be there and is not."""

import asyncio
from dataclasses import dataclass, field

from adapters.blobs import Kept
from models import blobs, uploads
from resolvers.house import House
from resolvers.sweeping import sweep

_AT_ONCE = 500


@dataclass(slots=True)
class Found:
    """What was found."""

    drafts: list[str] = field(default_factory=list[str])
    """Uploads that were broken off, and that nobody can go on with."""
    loose: list[str] = field(default_factory=list[str])
    """Blobs that are known to be about to go."""
    orphans: list[Kept] = field(default_factory=list[Kept])
    """Blobs to which nothing refers, and nobody knows why."""
    missing: list[str] = field(default_factory=list[str])
    """Blobs to which something refers that are not there, or are of another size."""
    kept: int = 0
    """Blobs that are there and referred to."""


async def find(house: House) -> Found:
    """Looks at all that is on the disk, and at all that the database knows."""
    found = Found()
    # In this order: what is begun, or kept, meanwhile is known by then.
    left = await asyncio.to_thread(house.shelf.drafts.left)
    known = await uploads.known(house.db)
    found.drafts = [name for name in left if name not in known]
    there = {kept.sha256: kept for kept in await asyncio.to_thread(_all, house)}
    needed: set[str] = set()
    last = ""
    while page := await blobs.needed(house.db, last, _AT_ONCE):
        last = page[-1][0]
        for sha256, size in page:
            needed.add(sha256)
            there_now = _size(house, sha256)
            if there_now is None or size not in (None, there_now):
                found.missing.append(sha256)
    loose = set(await blobs.all_loose(house.db))
    for sha256, kept in there.items():
        if sha256 in needed:
            found.kept += 1
        elif sha256 in loose:
            found.loose.append(sha256)
        else:
            found.orphans.append(kept)
    return found


async def clear(house: House, found: Found) -> None:
    """Takes away what belongs to nothing; what was referred to meanwhile stays."""
    for name in found.drafts:
        await house.shelf.drafts.forget(name)
    orphans = [kept.sha256 for kept in found.orphans]
    await house.write(lambda transaction: blobs.loosen(transaction.db, orphans))
    await sweep(house)


def _size(house: House, sha256: str) -> int | None:
    try:
        return house.shelf.blobs.path(sha256).stat().st_size
    except FileNotFoundError:
        return None


def _all(house: House) -> list[Kept]:
    return list(house.shelf.blobs.all())
