"""Blobs: bytes that are kept under the SHA-256 of what they are.

What arrives gets its place by a rename, once all of it is on the disk: nothing that has a place is
half of something, whenever the machine goes down. Equal content is there once.
"""

import asyncio
import os
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

from adapters import files
from adapters.drafts import Draft
from adapters.files import Busy

_NAME = re.compile("[0-9a-f]{64}")
_LOOK_AGAIN = 0.01
"""In seconds: how often it is looked at whether others are done."""


class Kept(NamedTuple):
    """A blob that has its place."""

    sha256: str
    size: int
    """In bytes."""


class Blobs(Protocol):
    """Where blobs are kept."""

    def growing(self) -> AbstractAsyncContextManager[None]:
        """Within it nothing is removed: what is kept is there until something refers to it."""
        ...

    def shrinking(self) -> AbstractAsyncContextManager[None]:
        """Within it nothing is kept: what nothing refers to stays so, and can be removed."""
        ...

    async def keep(self, draft: Draft) -> Kept:
        """Gives a draft its place, on the disk, within `growing`. Raises NoSpace."""
        ...

    async def remove(self, sha256: str) -> None:
        """Takes a blob away, if it is there, within `shrinking`."""
        ...

    def path(self, sha256: str) -> Path:
        """Where to read it as a file. It may not be there."""
        ...

    def all(self) -> Iterator[Kept]:
        """All there are."""
        ...


class LocalBlobs:
    """Those on the disk of this machine, in one folder: `ab/abcd...`, and a lock."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError if the folder cannot be made."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._lock = folder / "lock"

    def growing(self) -> AbstractAsyncContextManager[None]:
        """See Blobs."""
        return self._locked(shared=True)

    def shrinking(self) -> AbstractAsyncContextManager[None]:
        """See Blobs."""
        return self._locked(shared=False)

    async def keep(self, draft: Draft) -> Kept:
        """See Blobs."""
        sha256, size = await draft.sha256(), draft.size
        await draft.save()
        place = self.path(sha256)

        def move(path: Path) -> None:
            place.parent.mkdir(mode=0o700, exist_ok=True)
            files.sync_folder(self._folder)
            # In the place of an equal one, which it may be that nobody refers to any more.
            path.replace(place)
            files.sync_folder(place.parent)

        await draft.look(move)
        draft.kept = True
        return Kept(sha256, size)

    async def remove(self, sha256: str) -> None:
        """See Blobs."""
        await asyncio.to_thread(self.path(sha256).unlink, missing_ok=True)

    def path(self, sha256: str) -> Path:
        """See Blobs. Raises ValueError for what is no SHA-256."""
        if not _NAME.fullmatch(sha256):
            raise ValueError("not a SHA-256")
        return self._folder / sha256[:2] / sha256

    def all(self) -> Iterator[Kept]:
        """See Blobs."""
        for folder in sorted(self._folder.glob("[0-9a-f][0-9a-f]")):
            for path in sorted(folder.iterdir()):
                if _NAME.fullmatch(path.name):
                    yield Kept(path.name, path.stat().st_size)

    @asynccontextmanager
    async def _locked(self, *, shared: bool) -> AsyncGenerator[None]:
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while True:
                try:
                    files.lock(descriptor, shared=shared)
                    break
                except Busy:
                    # To wait within `flock` would hold a thread, and could not be cancelled.
                    await asyncio.sleep(_LOOK_AGAIN)
            yield
        finally:
            os.close(descriptor)
