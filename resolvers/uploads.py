"""Uploads that come piece by piece, over connections that break, and become files in the end."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import asynccontextmanager
from typing import NamedTuple

import orjson

from adapters.drafts import Draft
from adapters.files import Busy
from adapters.ids import parsed_id
from models import uploads
from models.uploads import UploadRow
from models.writer import Transaction
from resolvers import access, intake, limits, storing
from resolvers.access import channel_for
from resolvers.errors import (
    BadUserInput,
    Conflict,
    NotFound,
    PayloadTooLarge,
    QuotaExceeded,
    UnsupportedFile,
)
from resolvers.house import Caller, House
from resolvers.intake import Intake
from resolvers.limits import Kind
from resolvers.storing import Wanted
from resolvers.sweeping import forget_upload

MOST_UNDER_WAY = 100
"""Of one user."""
CHECKSUMS = ("sha1", "sha256", "md5")
_PATIENCE = 5.0
"""In seconds: for so long somebody else who is at the upload is waited for."""
_LOOK_AGAIN = 0.01
"""In seconds."""
_FOR_GOOD = (BadUserInput, Conflict, NotFound, PayloadTooLarge, UnsupportedFile)
"""What keeps an upload from becoming a file whenever it is tried."""


class Misplaced(Exception):
    """What comes does not go on where the upload is."""


class WrongSum(Exception):
    """What came is not what the client says that it sent."""


class InUse(Exception):
    """Somebody else is at the upload, and does not let go of it."""


class Sum(NamedTuple):
    """What the bytes of one request must add up to."""

    algorithm: str
    digest: bytes


class Progress(NamedTuple):
    """How far an upload is."""

    row: UploadRow
    offset: int
    """How many bytes have come."""


class Uploads:
    """The uploads of one house, as far as they come to this node."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._at: dict[str, asyncio.Timeout] = {}
        """Who is at which upload: they can be asked to let go of it."""

    async def create(self, caller: Caller, size: int, wanted: Wanted, told: str) -> Progress:
        """Begins an upload of so many bytes; `told` is what the client said of it.

        The same again finds the one that is there. Raises NotFound, Forbidden, BadUserInput,
        Conflict, PayloadTooLarge, QuotaExceeded, RateLimited.
        """
        access.in_scope(caller, "uploadFile")
        upload_id = wanted.version_id or ""
        about = orjson.dumps({"wanted": list(wanted), "told": told}).decode()
        row = UploadRow(upload_id, caller.user_id, size, about, None, self._expiry())
        if known := await self._known(caller, row):
            if known.expires_at > self._house.clock.now():
                return await self._progress(known)
            await forget_upload(self._house, known.id)
        await limits.spend_own(caller, Kind.UPLOADS)

        async def unit(transaction: Transaction, caller: Caller) -> None:
            db = transaction.db
            await channel_for(db, caller, wanted.channel_id, "uploadFile")
            if wanted.replaces_id is not None:
                await access.file_for(db, caller, wanted.replaces_id, "uploadFile")
            await intake.room(db, caller, size)
            count, *_ = await uploads.under_way(db, caller.user_id)
            if count >= MOST_UNDER_WAY:
                told = f"There may be {MOST_UNDER_WAY} uploads under way at once."
                raise QuotaExceeded(told, limit=MOST_UNDER_WAY, used=count)
            if not await uploads.add(db, row):
                raise Conflict("id", "This id is in use.")

        await caller.write(unit)
        return await self.look(caller, upload_id) if size == 0 else Progress(row, 0)

    async def look(self, caller: Caller, upload_id: str) -> Progress:
        """How far an upload is. One that has all its bytes becomes a file, if it is none yet.

        Whoever is at it is asked to let go. Raises NotFound, InUse; what making a file raises.
        """
        row = await self._own(caller, upload_id)
        if row.file_id is not None:
            return Progress(row, row.size)
        async with self._alone(caller, row.id) as (found, draft):
            if found.file_id is not None:
                return Progress(found, found.size)
            return await self._reached(caller, found, draft)

    async def append(
        self,
        caller: Caller,
        upload_id: str,
        offset: int,
        pieces: AsyncIterable[bytes],
        expected: Sum | None,
    ) -> Progress:
        """Takes the next bytes; the last ones make it a file.

        What has come stays, when the connection breaks, but where there is a sum to compare with.
        Raises NotFound, InUse, Misplaced, WrongSum, PayloadTooLarge, RateLimited, Unavailable; what
        making a file raises.
        """
        row = await self._own(caller, upload_id)
        async with self._alone(caller, row.id) as (found, draft):
            if found.file_id is not None or draft.size != offset:
                raise Misplaced
            try:
                async with self._yielding(row.id):
                    with intake.filling():
                        await self._take(caller, found, draft, pieces, expected)
            finally:
                # While somebody is at it, it is not forgotten.
                now = found._replace(expires_at=self._expiry())
                await self._go_on(now)
            return await self._reached(caller, now, draft)

    async def cancel(self, caller: Caller, upload_id: str) -> None:
        """Forgets an upload. Raises NotFound, InUse."""
        row = await self._own(caller, upload_id)
        async with self._alone(caller, row.id) as (_, draft):
            await self._house.write(lambda transaction: uploads.remove(transaction.db, row.id))
            draft.abandon()

    async def _go_on(self, row: UploadRow) -> None:
        await self._house.write(
            lambda transaction: uploads.go_on(transaction.db, row.id, row.expires_at)
        )

    async def _take(
        self,
        caller: Caller,
        row: UploadRow,
        draft: Draft,
        pieces: AsyncIterable[bytes],
        expected: Sum | None,
    ) -> None:
        begun, taking = draft.size, Intake(caller, draft, row.size)
        added = hashlib.new(expected.algorithm, usedforsecurity=False) if expected else None
        whole = False
        try:
            async for piece in pieces:
                await taking.take(piece)
                if added is not None:
                    added.update(piece)
            await taking.end()
            whole = True
        finally:
            if not whole and expected is not None:
                await draft.cut(begun)
            await draft.save()
        if added and expected and not hmac.compare_digest(added.digest(), expected.digest):
            await draft.cut(begun)
            raise WrongSum

    async def _reached(self, caller: Caller, row: UploadRow, draft: Draft) -> Progress:
        """How far an upload is, with all its bytes as the file that it has become."""
        offset = draft.size
        if offset == row.size:
            row = await self._finish(caller, row, draft)
        return Progress(row, offset)

    async def _finish(self, caller: Caller, row: UploadRow, draft: Draft) -> UploadRow:
        wanted = Wanted(*orjson.loads(row.about)["wanted"])
        try:
            file = await storing.store(caller, draft, wanted, counted=row.size)
        except _FOR_GOOD:
            # It will never become one.
            await self._house.write(lambda transaction: uploads.remove(transaction.db, row.id))
            draft.abandon()
            raise
        await self._house.write(lambda transaction: uploads.done(transaction.db, row.id, file.id))
        return row._replace(file_id=file.id)

    async def _own(self, caller: Caller, upload_id: str) -> UploadRow:
        access.in_scope(caller, "uploadFile")
        known = parsed_id(upload_id)
        row = await uploads.by_id(caller.db, known) if known else None
        if row is None or row.user_id != caller.user_id:
            raise NotFound("upload")
        if row.expires_at <= self._house.clock.now():
            raise NotFound("upload")
        return row

    async def _known(self, caller: Caller, again: UploadRow) -> UploadRow | None:
        there = await uploads.by_id(caller.db, again.id)
        if there is None:
            return None
        if there.user_id != caller.user_id or there[2:4] != again[2:4]:
            raise Conflict("id", "This id is in use.")
        return there

    async def _progress(self, row: UploadRow) -> Progress:
        come = await self._house.shelf.drafts.come(row.id)
        return Progress(row, row.size if row.file_id else come)

    @asynccontextmanager
    async def _alone(
        self, caller: Caller, upload_id: str
    ) -> AsyncGenerator[tuple[UploadRow, Draft]]:
        """Within it, nobody else is at an upload, which is as it is. Raises InUse, NotFound."""
        draft = await self._draft(upload_id)
        try:
            try:
                row = await self._own(caller, upload_id)
            except NotFound:
                draft.abandon()  # Whoever was at it has taken it away.
                raise
            yield row, draft
        finally:
            await draft.close()

    @asynccontextmanager
    async def _yielding(self, upload_id: str) -> AsyncGenerator[None]:
        """Within it, others can have the upload. Raises InUse where one wants it."""
        try:
            async with asyncio.timeout(None) as patience:
                self._at[upload_id] = patience
                yield
        except TimeoutError as error:
            raise InUse from error
        finally:
            self._at.pop(upload_id, None)

    async def _draft(self, upload_id: str) -> Draft:
        loop = asyncio.get_running_loop()
        end = loop.time() + _PATIENCE
        while True:
            try:
                return await intake.draft(self._house, upload_id)
            except Busy as error:
                # A connection that is gone may not have been heard of here.
                if (holder := self._at.get(upload_id)) and not holder.expired():
                    holder.reschedule(loop.time())
                if loop.time() > end:
                    raise InUse from error
                # It may be let go of by another process, which nothing here would tell.
                await asyncio.sleep(_LOOK_AGAIN)

    def _expiry(self) -> str:
        return self._house.clock.after(self._house.policy.upload_lifetime)
