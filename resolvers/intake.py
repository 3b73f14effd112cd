"""Intake: the bytes of an upload on their way in, as many as its uploader may bring."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from adapters.drafts import PIECE, Draft, NoSpace
from models import files, uploads
from models.connection import Connection
from resolvers import access, limits
from resolvers.errors import BadUserInput, PayloadTooLarge, QuotaExceeded, Unavailable
from resolvers.house import Caller, House
from resolvers.limits import Kind

_RESERVE = 256 * 1024 * 1024
"""In bytes: so much of the disk is left to the database, however much may be uploaded."""


@dataclass(frozen=True, slots=True, eq=False)
class Upload:
    """What came as a file: the bytes, and what they are called."""

    name: str
    draft: Draft


def full() -> Unavailable:
    """What is said where the disk takes no more."""
    return Unavailable("There is no space left on this server.")


def unused(draft: Draft) -> None:
    """Raises BadUserInput for a file of a form that another field has made a file of already."""
    if draft.kept:
        raise BadUserInput("file", "is used in two places")


@contextmanager
def filling() -> Generator[None]:
    """Within it, it is told properly where the disk is full. Raises Unavailable."""
    try:
        yield
    except NoSpace as error:
        raise full() from error


async def room(db: Connection, caller: Caller, wanted: int, of_which_known: int = 0) -> None:
    """Looks whether a user may bring so many bytes more.

    `of_which_known` are counted already, as those of an upload that is under way. Raises
    PayloadTooLarge, QuotaExceeded.
    """
    policy = caller.house.policy
    if wanted > policy.upload_bytes:
        raise PayloadTooLarge(policy.upload_bytes)
    everybodys, own = await files.used(db, caller.user_id)
    _, coming, all_coming = await uploads.under_way(db, caller.user_id)
    own += coming - of_which_known
    everybodys += all_coming - of_which_known
    if own + wanted > policy.user_quota:
        raise QuotaExceeded("Your files would take more than they may.", policy.user_quota, own)
    if everybodys + wanted > policy.server_quota:
        told = "The files on this server would take more than they may."
        raise QuotaExceeded(told, policy.server_quota, everybodys)


class Intake:
    """Takes the bytes of one upload, piece by piece, into a draft."""

    def __init__(self, caller: Caller, draft: Draft, most: int) -> None:
        """`most` is how many bytes the draft may come to have."""
        self._caller = caller
        self._draft = draft
        self._most = most
        self._uncounted = 0
        self._head = caller.house.feed.head

    @property
    def draft(self) -> Draft:
        """Where the bytes are."""
        return self._draft

    async def take(self, data: bytes) -> None:
        """Takes the next bytes.

        Raises PayloadTooLarge, RateLimited, Unavailable where the disk is full; Unauthenticated or
        Banned where the uploader's session has ended meanwhile.
        """
        if self._draft.size + len(data) > self._most:
            raise PayloadTooLarge(self._most)
        self._uncounted += len(data)
        if self._uncounted >= PIECE:
            await self._count()
        with filling():
            await self._draft.write(data)

    async def end(self) -> None:
        """Counts what is not counted yet. Raises what `take` does."""
        await self._count()

    async def _count(self) -> None:
        caller = self._caller
        amount, self._uncounted = self._uncounted, 0
        await limits.spend_own(caller, Kind.UPLOAD_BYTES, amount)
        if caller.house.shelf.drafts.free() < _RESERVE:
            raise full()
        await caller.house.feed.as_of_now()
        head = caller.house.feed.head
        if caller.house.revocations.behind(self._head, caller.user_id, caller.session_id):
            await caller.still_admitted(caller.db)
        self._head = head


async def begin(caller: Caller) -> Intake:
    """Begins to take a file of unknown size, for which there is to be room.

    Raises Forbidden for an API token that is not good for it, RateLimited, QuotaExceeded,
    Unavailable.
    """
    access.in_scope(caller, "uploadFile")
    await limits.spend_own(caller, Kind.UPLOADS)
    await room(caller.db, caller, 1)
    return Intake(caller, await draft(caller.house), caller.house.policy.upload_bytes)


async def draft(house: House, name: str | None = None) -> Draft:
    """A draft. Raises Unavailable where the disk is full, Busy where another is at it."""
    with filling():
        return await house.shelf.drafts.begin(name)
