"""Files from peer to peer: offered, accepted, sent piece by piece, and gone on with."""

import asyncio
import contextlib
import errno
import hashlib
import mimetypes
import os
import re
import shutil
import unicodedata
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO
from weakref import WeakValueDictionary

from direct.pipe import PIECE, Broken, Pipe

Progress = Callable[[int, int], None]
"""Called with how many bytes have come or gone, and how many there are."""
_TOLD = 1024 * 1024
_READ = 256 * 1024
_LONGEST_NAME = 230
"""In bytes: what file systems have at the most is 255, and there may come a number to it."""


class NotSent(Exception):
    """It is not wanted, or cannot be read or kept, or what has come is not what was sent."""


class Outgoing:
    """A file on its way to the other side, over one connection after the other."""

    def __init__(self, path: Path, progress: Progress | None = None) -> None:
        self.id = str(uuid.uuid4())
        self.path = path
        self.size = path.stat().st_size
        self.sha256 = ""
        self._progress = progress or (lambda _, __: None)
        self._paused = {"here": False, "there": False}
        """By whom it is."""
        self._going = asyncio.Event()
        self._going.set()

    def pause(self, pipe: Pipe) -> None:
        """Sends no more for now, over whatever connection."""
        self._pause("here", paused=True)
        pipe.tell("pause")

    def resume(self, pipe: Pipe) -> None:
        """Goes on."""
        self._pause("here", paused=False)
        pipe.tell("resume")

    def _pause(self, by: str, *, paused: bool) -> None:
        self._paused[by] = paused
        if any(self._paused.values()):
            self._going.clear()
        else:
            self._going.set()

    async def send(self, pipe: Pipe) -> None:
        """Sends it, or the rest of it. Raises Broken; NotSent where it is not to be sent at all."""
        await pipe.opened()
        self._pause("there", paused=False)  # they may have wanted it over the connection before
        try:
            with self.path.open("rb") as file:
                await self._send(pipe, file)
        except OSError as error:
            with contextlib.suppress(Broken):
                pipe.tell("failed", reason="unreadable")
            raise NotSent(str(error)) from error
        finally:
            pipe.close()

    async def _send(self, pipe: Pipe, file: BinaryIO) -> None:
        kind = mimetypes.guess_type(self.path.name)[0] or "application/octet-stream"
        pipe.tell("offer", id=self.id, name=self.path.name, size=self.size, contentType=kind)
        offset = await self._accepted(pipe)
        hashed = await asyncio.to_thread(_hash_of, file, offset)
        sending = asyncio.create_task(self._pour(pipe, file, offset, hashed))
        heeding = asyncio.create_task(self._heed(pipe))
        try:
            await asyncio.wait((sending, heeding), return_when=asyncio.FIRST_COMPLETED)
            if sending.done() and isinstance(error := sending.exception(), OSError):
                raise error
            await heeding
        finally:
            for task in (sending, heeding):
                task.cancel()
            await asyncio.gather(sending, heeding, return_exceptions=True)

    async def _accepted(self, pipe: Pipe) -> int:
        while True:
            frame = await self._heard(pipe)
            if frame["type"] == "accept":
                offset = frame.get("offset")
                if not isinstance(offset, int) or not 0 <= offset <= self.size:
                    pipe.tell("failed", reason="offset")
                    raise NotSent("the other side is at a place that there is not")
                return offset

    async def _pour(self, pipe: Pipe, file: BinaryIO, offset: int, hashed: Any) -> None:
        left = self.size - offset
        while left:
            block = file.read(min(_READ, left))
            if not block:
                raise OSError("the file has become shorter")
            hashed.update(block)
            left -= len(block)
            for at in range(0, len(block), PIECE):
                await self._going.wait()
                await pipe.send(block[at : at + PIECE])
        self.sha256 = hashed.hexdigest()
        pipe.tell("done", sha256=self.sha256)

    async def _heed(self, pipe: Pipe) -> None:
        while True:
            frame = await self._heard(pipe)
            if frame["type"] == "received":
                self._progress(self.size, self.size)
                return
            if frame["type"] == "progress" and isinstance(offset := frame.get("offset"), int):
                self._progress(min(offset, self.size), self.size)

    async def _heard(self, pipe: Pipe) -> dict[str, Any]:
        """The next that the other side says; whether it is to wait is heeded at any time."""
        while not isinstance(frame := await pipe.receive(), dict):
            pass
        _not_refused(frame)
        if frame["type"] in ("pause", "resume"):
            self._pause("there", paused=frame["type"] == "pause")
        return frame


class Incoming:
    """A folder to which files come; what has come in part stays there until the rest comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._whole: dict[uuid.UUID, tuple[Path, int, str]] = {}
        """Where what has come is, how long it was and its SHA-256, by its id."""
        self._taking: WeakValueDictionary[uuid.UUID, asyncio.Lock] = WeakValueDictionary()

    async def receive(
        self,
        pipe: Pipe,
        wanted: Callable[[dict[str, Any]], bool] = lambda _: True,
        progress: Progress = lambda _, __: None,
    ) -> Path:
        """Takes a file that is offered; returns where it is. Raises Broken, NotSent.

        `wanted` looks at an offer and says whether it is. What has come already does not come
        twice: if its sender was not told, they are now.
        """
        offer = await pipe.receive()
        _not_refused(offer)
        if not isinstance(offer, dict) or not _is_offer(offer) or not wanted(offer):
            pipe.tell("decline", reason="not wanted")
            raise NotSent("it is not wanted")
        known = uuid.UUID(offer["id"])
        async with self._taking.setdefault(known, asyncio.Lock()):
            if known in self._whole and self._whole[known][1] == offer["size"]:
                return await self._tell_again(pipe, *self._whole[known])
            part = self._folder / f".{known}.part"
            try:
                return await self._take(pipe, offer, part, progress)
            except NotSent:
                part.unlink(missing_ok=True)
                raise
            except OSError as error:
                with contextlib.suppress(OSError):
                    part.unlink()  # it is not sent again, and may be what fills the disk
                with contextlib.suppress(Broken):
                    pipe.tell("failed", reason="storage")
                raise NotSent(f"it cannot be kept: {error}") from error

    async def _tell_again(self, pipe: Pipe, place: Path, size: int, sha256: str) -> Path:
        pipe.tell("accept", offset=size)
        while not isinstance(frame := await pipe.receive(), dict) or frame["type"] != "done":
            _not_refused(frame)
        if frame.get("sha256") != sha256:
            pipe.tell("failed", reason="hash")
            raise NotSent("another file has come under this id")
        pipe.tell("received", sha256=sha256)
        return place

    async def _take(
        self, pipe: Pipe, offer: dict[str, Any], part: Path, progress: Progress
    ) -> Path:
        size = offer["size"]
        with part.open("a+b") as file:
            offset = file.tell()
            if offset > size:
                file.truncate(0)
                offset = 0
            if size - offset > shutil.disk_usage(self._folder).free:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            hashed = await asyncio.to_thread(_hash_of, file, offset)
            pipe.tell("accept", offset=offset)
            sha256 = await self._collect(pipe, file, offset, size, hashed, progress)
        if sha256 != hashed.hexdigest():
            part.unlink()
            pipe.tell("failed", reason="hash")
            raise NotSent("what has come is not what was sent")
        place = self._place(offer["name"])
        part.rename(place)
        self._whole[uuid.UUID(offer["id"])] = (place, size, sha256)
        pipe.tell("received", sha256=sha256)
        return place

    async def _collect(
        self,
        pipe: Pipe,
        file: BinaryIO,
        offset: int,
        size: int,
        hashed: Any,
        progress: Progress,
    ) -> str:
        told = offset
        while True:
            frame = await pipe.receive()
            if isinstance(frame, bytes):
                if offset + len(frame) > size:
                    pipe.tell("failed", reason="size")
                    raise NotSent("more has come than was offered")
                file.write(frame)
                hashed.update(frame)
                offset += len(frame)
                if offset - told >= _TOLD or offset == size:
                    file.flush()
                    told = offset
                    progress(offset, size)
                    pipe.tell("progress", offset=offset)
            elif frame["type"] == "done":
                file.flush()
                return str(frame.get("sha256"))
            else:
                _not_refused(frame)

    def _place(self, name: str) -> Path:
        """Where nothing is yet, under this name if possible."""
        last = shown(re.split(r"[/\\]", name)[-1]).strip(" .") or "file"
        safe = Path(re.sub(r"[\x00-\x1f\x7f<>:\"|?*]", "_", last))
        suffix = _cut(safe.suffix, 50)
        stem = _cut(safe.stem, _LONGEST_NAME - len(suffix.encode()))
        place, number = self._folder / f"{stem}{suffix}", 1
        while place.exists():
            number += 1
            place = self._folder / f"{stem} ({number}){suffix}"
        return place


def shown(text: str) -> str:
    """What somebody else says, without what would steer a terminal or turn the text around."""
    return "".join("_" if unicodedata.category(one) in ("Cc", "Cf") else one for one in text)


def _cut(text: str, size: int) -> str:
    """As much of its beginning as goes into so many bytes."""
    return text.encode(errors="replace")[:size].decode(errors="ignore")


def _is_offer(frame: dict[str, Any]) -> bool:
    try:
        uuid.UUID(frame["id"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    size = frame.get("size")
    return (
        frame["type"] == "offer"
        and isinstance(frame.get("name"), str)
        and type(size) is int
        and size >= 0
    )


def _not_refused(frame: object) -> None:
    if isinstance(frame, dict) and frame["type"] in ("decline", "failed", "cancel"):
        raise NotSent(str(frame.get("reason") or frame["type"]))


def _hash_of(file: BinaryIO, upto: int) -> Any:
    """The SHA-256 of what is before a place, where the file then stands."""
    file.seek(0)
    hashed = hashlib.sha256()
    while upto and (block := file.read(min(_READ, upto))):
        hashed.update(block)
        upto -= len(block)
    return hashed
