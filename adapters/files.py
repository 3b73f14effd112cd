"""What is done with files the same way everywhere: locked, and brought to the disk."""

import os
import sys
from pathlib import Path

if sys.platform != "win32":
    import fcntl


class Busy(Exception):
    """Somebody else has what only one may have at a time."""


def lock(descriptor: int, *, shared: bool = False) -> None:
    """Locks an open file against other processes and other descriptors until it is closed.

    Does nothing on Windows, where one process has the data folder. Raises Busy.
    """
    if sys.platform != "win32":
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy from error


def sync(descriptor: int) -> None:
    """Returns once what was written is on the disk. Raises OSError."""
    if sys.platform == "darwin":
        # There fsync leaves the bytes in the drive's cache.
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Returns once the names in a folder are on the disk. Raises OSError."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            sync(descriptor)
        finally:
            os.close(descriptor)
