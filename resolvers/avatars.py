"""Avatars: the pictures by which people are known."""

from adapters.drafts import Draft
from models import blobs
from models.accounts import User, UserRow
from models.events import Event, EventKind
from models.writer import Transaction
from resolvers import access, intake, keeping
from resolvers.errors import UnsupportedFile
from resolvers.house import Caller

_SIDE = 256
"""In pixels."""


async def put(caller: Caller, draft: Draft | None) -> UserRow:
    """Gives the caller a picture, cut to a square of 256 pixels; None takes it away.

    Raises UnsupportedFile for what is no picture.
    """
    if draft is None:
        return await _set(caller, None)
    intake.unused(draft)
    # What is in the draft is written before another process looks at it.
    with intake.filling():
        await draft.sha256()
    house = caller.house
    seen = await house.shelf.pictures.look(draft.path, _SIDE, square=True)
    if seen is None:
        raise UnsupportedFile("This is no picture that can be shown.")
    small = await intake.draft(house)
    try:
        await small.write(seen.small)
        return await keeping.keep(house, [small], lambda hashes: _set(caller, hashes[0]))
    finally:
        await small.close()


async def _set(caller: Caller, sha256: str | None) -> UserRow:
    async def unit(transaction: Transaction, caller: Caller) -> UserRow:
        db, row = transaction.db, await access.user_for(transaction.db, caller.user_id)
        if row.avatar == sha256:
            return row
        await User.filter(id=row.id).update(avatar=sha256)
        if row.avatar is not None:
            await blobs.loosen(db, [row.avatar])
        if sha256 is not None:
            await blobs.fasten(db, [sha256])
        now = caller.house.clock.now()
        transaction.append(Event(EventKind.USER_UPDATED, now, caller.user_id, subject_id=row.id))
        return row._replace(avatar=sha256)

    return await caller.write(unit)
