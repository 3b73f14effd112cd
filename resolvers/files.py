"""Files: read, sent with messages, and deleted."""

from collections.abc import Sequence

from adapters.ids import parsed_id
from models import files
from models.accounts import FOREVER
from models.connection import Connection
from models.events import EventKind
from models.files import FileRow, FileStatus
from models.shedding import shed
from models.writer import Transaction
from resolvers import access, audit, paging, versions
from resolvers.access import channel_for
from resolvers.audit import Action
from resolvers.channels import happened
from resolvers.errors import (
    BadUserInput,
    Forbidden,
    NotFound,
    UnsupportedFile,
)
from resolvers.house import Caller
from resolvers.paging import Page

MOST_IN_MESSAGE = 10
_END = (FOREVER, "ffffffff-ffff-ffff-ffff-ffffffffffff")


async def one(caller: Caller, file_id: str) -> FileRow:
    """The file with this id. Raises NotFound."""
    return await access.file_for(caller.db, caller, file_id)


async def page(
    caller: Caller, channel_id: str, first: int | None, after: str | None
) -> Page[FileRow]:
    """The files of a channel, newest first. Raises NotFound."""
    wanted = paging.size("first", first)
    created_at, file_id = paging.decode(after, _END)
    row = await channel_for(caller.db, caller, channel_id, "files")
    found = await files.page(caller.db, row.id, (str(created_at), str(file_id)), wanted + 1)
    return paging.forward(found, wanted, after, lambda file: (file.created_at, file.id))


async def delete(caller: Caller, file_id: str) -> str:
    """Takes a file away with all its versions, also from the messages that refer to it.

    Raises NotFound, Forbidden for who neither uploaded it nor keeps order in its channel.
    """

    async def unit(transaction: Transaction, caller: Caller) -> str:
        row = await access.file_for(transaction.db, caller, file_id, "deleteFile")
        await gone(transaction, caller, [row.id])
        if row.uploader_id != caller.user_id:
            audit.note(
                transaction,
                caller,
                Action.FILE_DELETED,
                row.uploader_id,
                row.channel_id,
                fileId=row.id,
            )
        return row.id

    return await caller.write(unit)


async def gone(transaction: Transaction, caller: Caller, file_ids: Sequence[str]) -> None:
    """Within a unit: takes files away, and tells so."""
    for one in await shed(transaction.db, file_ids):
        happened(transaction, caller, EventKind.FILE_UPDATED, one.channel_id, one.id)


async def attachable(
    db: Connection, caller: Caller, channel_id: str, file_ids: Sequence[str]
) -> None:
    """Within a unit: looks whether a message of the caller may refer to these files.

    Raises NotFound; Forbidden for another's; BadUserInput for one of another channel, and
    UnsupportedFile for one with malware.
    """
    for file_id in file_ids:
        row = await access.file_for(db, caller, file_id)
        if row.uploader_id != caller.user_id:
            raise Forbidden("A message refers to files of its author alone.")
        if row.channel_id != channel_id:
            raise BadUserInput("fileIds", "must be of files in this channel")
        if row.current.status == FileStatus.QUARANTINED:
            raise UnsupportedFile("Malware was found in this file.")


def attached(given: Sequence[str] | None) -> list[str]:
    """The ids of the files that a message is to refer to. Raises BadUserInput, NotFound."""
    ids = [parsed_id(one) for one in given or ()]
    if None in ids:
        raise NotFound("file")
    known = list(dict.fromkeys(one for one in ids if one))
    if len(known) > MOST_IN_MESSAGE:
        raise BadUserInput("fileIds", f"may name {MOST_IN_MESSAGE} files at the most")
    return known


async def mend(transaction: Transaction, caller: Caller, file_ids: Sequence[str]) -> None:
    """Within a unit: has files that lost versions show one that they have, and tells so."""
    for file_id, left in (await files.versions(transaction.db, list(file_ids))).items():
        await files.show(transaction.db, file_id, versions.current(left).id)
        kind = EventKind.FILE_UPDATED
        happened(transaction, caller, kind, left[0].channel_id, file_id)
