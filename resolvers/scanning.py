"""Scanning: what is uploaded is looked through for malware before anybody gets it."""

import structlog

from adapters.scanner import ScanFailed, ScannerDown, TooLargeToScan
from models import files
from models.events import Event, EventKind
from models.files import FileStatus, VersionRow
from models.writer import Transaction
from resolvers import audit
from resolvers.audit import Action
from resolvers.house import House

_log = structlog.stdlib.get_logger(__name__)
_AT_ONCE = 50
_TRIES = 3
"""After so many a file that cannot be scanned is as good as malware."""


async def look_through(house: House) -> int:
    """Has the scanner look at all that waits for it; returns at how much it did.

    Where it is down everything waits, or is let through, as the owner of the server decided.
    """
    done, last = 0, ""
    while page := await files.pending(house.db, last, _AT_ONCE):
        for row in page:
            last = row.id
            try:
                found = await _found(house, row)
            except ScanFailed as error:
                # It is this file: the others are looked at all the same.
                _log.warning("a file cannot be scanned", version=row.id, reason=str(error))
                continue
            except ScannerDown as error:
                _log.warning("the scanner cannot be asked", reason=str(error))
                if house.policy.scanned_or_not_at_all:
                    return done
                found = None
            await _settle(house, row, found)
            done += 1
    return done


async def _found(house: House, row: VersionRow) -> str | None:
    """What is wrong with a version, None if nothing. Raises ScannerDown, ScanFailed."""
    scanner = house.shelf.scanner
    if scanner is None:
        return None  # There was one when it was uploaded.
    try:
        return await scanner.scan(house.shelf.blobs.path(row.sha256))
    except TooLargeToScan:
        return "too large to scan" if house.policy.scanned_or_not_at_all else None
    except ScanFailed:
        scanner.failed[row.id] += 1
        if scanner.failed[row.id] < _TRIES:
            raise
        del scanner.failed[row.id]
        return "cannot be scanned"


async def _settle(house: House, row: VersionRow, found: str | None) -> None:
    async def unit(transaction: Transaction) -> None:
        status = FileStatus.READY if found is None else FileStatus.QUARANTINED
        if not await files.settle(transaction.db, row.id, status):
            return
        now = house.clock.now()
        event = Event(
            EventKind.FILE_UPDATED, now, channel_id=row.channel_id, subject_id=row.file_id
        )
        transaction.append(event)
        if found is not None:
            audit.note_of_nobody(
                transaction,
                house,
                Action.FILE_QUARANTINED,
                row.author_id,
                fileId=row.file_id,
                versionId=row.id,
                found=found[:200],
            )

    await house.write(unit)
