"""Drafts: bytes that are arriving, on the disk of this machine, never whole in memory.

A draft that has a name can be left and gone on with later; one without is gone when it is closed.
Whoever is at a draft holds a lock on its file, so that others can tell what nobody is at any more.
"""

import asyncio
import errno
import hashlib
import os
import shutil
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import uuid4

from adapters import files
from adapters.files import Busy

T = TypeVar("T")
PIECE = 1024 * 1024
"""In bytes: so much is gathered before a thread writes it, and no more is in memory."""
_THREADS = 4
_REMEMBERED = 1_000
_FULL = (errno.ENOSPC, errno.EDQUOT)


class NoSpace(Exception):
    """The disk is full."""


class _Hashed(NamedTuple):
    """How far the hash of a file has come, and what the file was like then."""

    hash: Any
    size: int
    stamp: tuple[int, int]


class Drafts:
    """The drafts in one folder."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError if the folder cannot be made."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self.pool = ThreadPoolExecutor(_THREADS, "drafts")
        self._hashed: OrderedDict[str, _Hashed] = OrderedDict()

    def close(self) -> None:
        """Waits for what is being written."""
        self.pool.shutdown()

    def free(self) -> int:
        """How many bytes the disk has left."""
        return shutil.disk_usage(self.folder).free

    async def begin(self, name: str | None = None) -> "Draft":
        """A draft; of one with a name what came before is still there. Raises Busy, NoSpace."""
        return await self._on_thread(lambda: self._begin(name))

    async def come(self, name: str) -> int:
        """How many bytes of a draft are there."""
        return await self._on_thread(lambda: _size(self.folder / name))

    async def forget(self, name: str) -> bool:
        """Takes a draft away; False if somebody is at it."""
        return await self._on_thread(lambda: self._forget(name))

    def left(self) -> list[str]:
        """The names of all files that nobody is at."""
        names = sorted(path.name for path in self.folder.iterdir())
        return [name for name in names if not self._held(name)]

    def recall(self, name: str, stamp: tuple[int, int]) -> _Hashed | None:
        """How far the hash of a draft has come, if it is as it was then."""
        known = self._hashed.pop(name, None)
        return known if known and known.stamp == stamp else None

    def remember(self, name: str, hashed: _Hashed) -> None:
        """Keeps the hash of a draft that is left."""
        self._hashed[name] = hashed
        if len(self._hashed) > _REMEMBERED:
            self._hashed.popitem(last=False)

    def _begin(self, name: str | None) -> "Draft":
        path = self.folder / (name or f"{uuid4()}.once")
        while True:
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError as error:
                raise _told(error) from error
            try:
                files.lock(descriptor)
            except Busy:
                os.close(descriptor)
                raise
            if os.fstat(descriptor).st_nlink:
                return Draft(self, path, descriptor, named=name is not None)
            os.close(descriptor)  # It was taken away before it was locked.

    def _forget(self, name: str) -> bool:
        self._hashed.pop(name, None)
        path = self.folder / name
        if self._held(name):
            return False
        path.unlink(missing_ok=True)
        return True

    def _held(self, name: str) -> bool:
        try:
            descriptor = os.open(self.folder / name, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            files.lock(descriptor)
        except Busy:
            return True
        finally:
            os.close(descriptor)
        return False

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.pool, work)


class Draft:
    """Bytes that are arriving; to be closed in any case."""

    def __init__(self, drafts: Drafts, path: Path, descriptor: int, *, named: bool) -> None:
        self.path = path
        self.kept = False
        """Whether it has its place among the blobs already."""
        self._drafts = drafts
        self._descriptor = descriptor
        self._named = named
        self._waiting: list[bytes] = []
        self._gathered = 0
        self._written = os.fstat(descriptor).st_size
        self._working: asyncio.Future[Any] | None = None
        known = drafts.recall(path.name, self._stamp())
        self._hash, self._hashed = (known.hash, known.size) if known else (hashlib.sha256(), 0)
        os.lseek(descriptor, 0, os.SEEK_END)

    @property
    def size(self) -> int:
        """How many bytes have come."""
        return self._written + self._gathered

    async def write(self, data: bytes) -> None:
        """Takes the next bytes. Raises NoSpace."""
        self._waiting.append(data)
        self._gathered += len(data)
        if self._gathered >= PIECE:
            await self._flush()

    async def save(self) -> None:
        """Returns once all that came is on the disk. Raises NoSpace."""
        await self._flush()
        await self._run(lambda: files.sync(self._descriptor))

    async def cut(self, size: int) -> None:
        """Forgets what came behind so many bytes."""
        await self._flush()

        def cut() -> None:
            os.ftruncate(self._descriptor, size)
            os.lseek(self._descriptor, size, os.SEEK_SET)
            self._written = size
            if self._hashed > size:
                self.changed()

        await self._run(cut)

    async def sha256(self) -> str:
        """The SHA-256 of all that came, in hexadecimal digits."""
        await self._flush()
        await self._run(self._hash_the_rest)
        return str(self._hash.hexdigest())

    async def look(self, work: Callable[[Path], T]) -> T:
        """What work makes of the file as it is, in a thread."""
        await self._flush()
        return await self._run(lambda: work(self.path))

    def changed(self) -> None:
        """The file was changed in place: what is known of its hash is so no more."""
        self._hash, self._hashed = hashlib.sha256(), 0

    def abandon(self) -> None:
        """Has it go when it is closed, though it has a name."""
        self._named = False

    async def close(self) -> None:
        """Leaves it: one with a name can be gone on with."""
        await self._idle()
        if self._descriptor < 0:
            return
        if not self._named:
            self.path.unlink(missing_ok=True)
        elif os.fstat(self._descriptor).st_nlink:
            self._drafts.remember(self.path.name, _Hashed(self._hash, self._hashed, self._stamp()))
        os.close(self._descriptor)
        self._descriptor = -1

    async def _flush(self) -> None:
        if not self._gathered:
            return
        data = b"".join(self._waiting)
        self._waiting, self._gathered = [], 0
        # What is written counts from now on, also while nobody waits for it any more.
        await self._run(lambda: self._write(data))

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            done = os.write(self._descriptor, rest)
            rest = rest[done:]
        if self._hashed == self._written:
            self._hash.update(data)
            self._hashed += len(data)
        self._written += len(data)

    def _hash_the_rest(self) -> None:
        with suppress(AttributeError):
            os.posix_fadvise(self._descriptor, self._hashed, 0, os.POSIX_FADV_SEQUENTIAL)
        while data := os.pread(self._descriptor, PIECE, self._hashed):
            self._hash.update(data)
            self._hashed += len(data)

    def _stamp(self) -> tuple[int, int]:
        found = os.fstat(self._descriptor)
        return found.st_size, found.st_mtime_ns

    async def _run(self, work: Callable[[], T]) -> T:
        """In a thread: the one that is at the file, also if who waits for it is cancelled."""
        await self._idle()
        running = asyncio.get_running_loop().run_in_executor(self._drafts.pool, work)
        self._working = running
        try:
            return await asyncio.shield(running)
        except OSError as error:
            raise _told(error) from error

    async def _idle(self) -> None:
        """Waits until no thread is at the file."""
        while self._working is not None and not self._working.done():
            await asyncio.wait([self._working])


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _told(error: OSError) -> Exception:
    return NoSpace() if error.errno in _FULL else error
