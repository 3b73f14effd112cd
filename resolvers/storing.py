"""Storing: what was uploaded becomes a file, or a newer version of one."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import NamedTuple

import orjson

from adapters import kinds
from adapters.drafts import Draft
from adapters.ids import first_of, new_id, parsed_id
from adapters.pictures import Seen
from models import blobs, files, messages
from models.connection import Connection
from models.events import EventKind
from models.files import FileRow, FileStatus, VersionRow
from models.writer import Transaction
from resolvers import access, intake, keeping, text, versions
from resolvers.access import channel_for
from resolvers.channels import digest, happened
from resolvers.errors import (
    BadUserInput,
    Conflict,
    NotFound,
    QuotaExceeded,
    UnsupportedFile,
)
from resolvers.house import Caller, House

MOST_VERSIONS = 1_000
"""Of one file."""
MOST_PARENTS = 20
"""Of one version."""
_THUMBNAIL = 480
"""In pixels, of the longer side."""


class Wanted(NamedTuple):
    """What is to become of an upload."""

    channel_id: str
    name: str
    file_id: str | None = None
    """That of the file if it is to be a new one."""
    version_id: str | None = None
    replaces_id: str | None = None
    parent_ids: list[str] | None = None
    """None: what the file shows when it comes."""


class _Stored(NamedTuple):
    """What the bytes are, once they have their place."""

    sha256: str
    size: int
    content_type: str
    seen: Seen | None
    thumbnail: str | None


def wanted(
    channel_id: str,
    name: str,
    *,
    chosen_id: str | None = None,
    replaces_id: str | None = None,
    parent_ids: Sequence[str] | None = None,
) -> Wanted:
    """What a client wants of an upload. Raises BadUserInput, NotFound.

    `chosen_id` is that of the file, or of the version if it replaces one.
    """
    chosen = access.chosen_id("id", chosen_id)
    called = text.file_name("file", name)
    if replaces_id is None:
        if parent_ids:
            raise BadUserInput("parentIds", "go with replacesId")
        file_id = chosen or new_id()
        return Wanted(channel_id, called, file_id, first_of(file_id))
    replaced = parsed_id(replaces_id)
    if replaced is None:
        raise NotFound("file")
    parents = None if parent_ids is None else _parents(parent_ids, replaced)
    return Wanted(channel_id, called, None, chosen or new_id(), replaced, parents)


async def store(caller: Caller, draft: Draft, wanted: Wanted, counted: int = 0) -> FileRow:
    """Makes of what was uploaded a file, or a version of one, and returns that file.

    `counted` is how many bytes of it are counted as being under way. With ids of the client's
    choice it may be repeated: the same input finds what is there. Raises NotFound, Forbidden,
    BadUserInput, Conflict, PayloadTooLarge, QuotaExceeded, UnsupportedFile, Unavailable.
    """
    intake.unused(draft)
    with intake.filling():
        given = await _digest(caller, draft, wanted)
    # All that takes long is done only for those who may, and once.
    if there := await _again(caller.db, caller, wanted, given):
        return await access.file_for(caller.db, caller, there)
    await _destination(caller.db, caller, wanted)
    await intake.room(caller.db, caller, draft.size, counted)
    house = caller.house
    async with AsyncExitStack() as opened:
        content_type = await draft.look(lambda path: kinds.kind_of(path, wanted.name))
        _check_type(house, content_type)
        small, seen = await _small(caller, draft, content_type, opened)
        size = draft.size

        async def refer(hashes: list[str]) -> str:
            thumbnail = hashes[1] if len(hashes) > 1 else None
            stored = _Stored(hashes[0], size, content_type, seen, thumbnail)
            return await caller.write(
                lambda transaction, caller: _add(
                    transaction, caller, wanted, stored, given, counted
                )
            )

        drafts = [draft] if small is None else [draft, small]
        file_id = await keeping.keep(house, drafts, refer)
    return await access.file_for(caller.db, caller, file_id)


async def _add(
    transaction: Transaction,
    caller: Caller,
    wanted: Wanted,
    stored: _Stored,
    given: str,
    counted: int,
) -> str:
    db = transaction.db
    if there := await _again(db, caller, wanted, given):
        return there
    channel_id, file = await _destination(db, caller, wanted)
    await intake.room(db, caller, stored.size, counted)
    before = (await files.versions(db, [file.id]))[file.id] if file else []
    parents = [] if file is None else wanted.parent_ids
    row = VersionRow(
        id=wanted.version_id or new_id(),
        file_id=file.id if file else wanted.file_id or new_id(),
        number=before[-1].number + 1 if before else 1,
        parents=orjson.dumps([file.current.id] if file and parents is None else parents).decode(),
        author_id=caller.user_id,
        name=wanted.name,
        content_type=stored.content_type,
        size=stored.size,
        sha256=stored.sha256,
        status=FileStatus.PENDING if caller.house.shelf.scanner else FileStatus.READY,
        width=stored.seen and stored.seen.width,
        height=stored.seen and stored.seen.height,
        thumbnail=stored.thumbnail,
        created_at=caller.house.clock.now(),
        digest=given,
        channel_id=channel_id,
        link_number=0,
    )
    if file is None:
        await files.add(db, row)
    else:
        _check_graph(before, row)
        await files.add_version(db, row)
        await files.show(db, file.id, versions.current([*before, row]).id)
    await blobs.fasten(db, [one for one in (row.sha256, row.thumbnail) if one])
    happened(transaction, caller, EventKind.FILE_UPDATED, channel_id, row.file_id)
    return row.file_id


async def _destination(
    db: Connection, caller: Caller, wanted: Wanted
) -> tuple[str, FileRow | None]:
    """The channel that it goes to, and the file that gets a new version, if one does."""
    row = await channel_for(db, caller, wanted.channel_id, "uploadFile")
    if wanted.replaces_id is None:
        return row.id, None
    file = await access.file_for(db, caller, wanted.replaces_id, "uploadFile")
    if file.channel_id != row.id:
        raise BadUserInput("channelId", "is not that of the file")
    return row.id, file


async def _again(db: Connection, caller: Caller, wanted: Wanted, given: str) -> str | None:
    """The file that an earlier try has made or added to; None if there was none.

    Raises Conflict where the id is another's, NotFound where what was made is gone.
    """
    version_id = wanted.version_id or ""
    there = await files.version(db, version_id)
    if there is not None:
        if there.author_id != caller.user_id or there.digest != given:
            raise Conflict("id", "This id is in use.")
        return there.file_id
    buried = await messages.buried(db, version_id)
    if buried is not None:
        if buried.digest == given:
            raise NotFound("file")
        raise Conflict("id", "This id is in use.")
    return None


async def _digest(caller: Caller, draft: Draft, wanted: Wanted) -> str:
    content = await draft.sha256()
    whereto = (parsed_id(wanted.channel_id), wanted.replaces_id, wanted.parent_ids)
    return digest(caller.user_id, whereto, wanted.name, content)


async def _small(
    caller: Caller, draft: Draft, content_type: str, opened: AsyncExitStack
) -> tuple[Draft | None, Seen | None]:
    """Of a picture, a small one; where it was taken is taken out of the picture itself."""
    if not content_type.startswith("image/"):
        return None, None
    blotted = await caller.house.shelf.pictures.blot_out(draft.path)
    if blotted is None:
        raise UnsupportedFile("This picture cannot be looked through for where it was taken.")
    if blotted:
        draft.changed()
    seen = await caller.house.shelf.pictures.look(draft.path, _THUMBNAIL)
    if seen is None:
        return None, None
    small = await intake.draft(caller.house)
    opened.push_async_callback(small.close)
    await small.write(seen.small)
    return small, seen


def _check_type(house: House, content_type: str) -> None:
    policy = house.policy
    taken = not policy.file_types or kinds.listed(content_type, policy.file_types)
    if not taken or kinds.listed(content_type, policy.refused_types):
        raise UnsupportedFile(f"This server takes no files of the type {content_type}.")


def _check_graph(before: Sequence[VersionRow], row: VersionRow) -> None:
    if len(before) >= MOST_VERSIONS:
        told = f"A file has {MOST_VERSIONS} versions at the most."
        raise QuotaExceeded(told, limit=MOST_VERSIONS, used=len(before))
    if versions.would_circle(before, row.id, row.parent_ids):
        raise BadUserInput("parentIds", "would make a version come from itself")


def _parents(given: Sequence[str], file_id: str) -> list[str]:
    """The versions that one was made from: that of the file's own id is the first one."""
    ids = [parsed_id(one) for one in given]
    if None in ids:
        raise BadUserInput("parentIds", "must be UUIDs")
    if not 1 <= len(ids) <= MOST_PARENTS:
        raise BadUserInput("parentIds", f"must name 1 to {MOST_PARENTS} versions")
    known = (first_of(file_id) if one == file_id else one for one in ids)
    return sorted({one for one in known if one})
