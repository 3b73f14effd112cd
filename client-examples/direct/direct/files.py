"""Files from peer to peer: offered, accepted, sent piece by piece, and gone on with."""

import asyncio
import hashlib
import mimetypes
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from direct.pipe import PIECE, Pipe

Progress = Callable[[int, int], None]
"""Called with how many bytes have come or gone, and how many there are."""
_TOLD = 1024 * 1024
_READ = 256 * 1024


class NotSent(Exception):
    """The other side does not want the file, or what has come is not what was sent."""


class Outgoing:
    """A file on its way to the other side, over one connection after the other."""

    def __init__(self, path: Path, progress: Progress | None = None) -> None:
        self.id = str(uuid.uuid4())
        self.path = path
        self.size = path.stat().st_size
        self.sha256 = ""
        self._progress = progress or (lambda _, __: None)
        self._going = asyncio.Event()
        self._going.set()

    def pause(self, pipe: Pipe) -> None:
        """Sends no more for now."""
        self._going.clear()
        pipe.tell("pause")

    def resume(self, pipe: Pipe) -> None:
        """Goes on."""
        self._going.set()
        pipe.tell("resume")

    async def send(self, pipe: Pipe) -> None:
        """Sends it, or the rest of it. Raises Broken; NotSent where it is not to be sent at all."""
        await pipe.opened()
        kind = mimetypes.guess_type(self.path.name)[0] or "application/octet-stream"
        pipe.tell("offer", id=self.id, name=self.path.name, size=self.size, contentType=kind)
        with self.path.open("rb") as file:
            offset = await self._accepted(pipe)
            hashed = await asyncio.to_thread(_hash_of, file, offset)
            sending = asyncio.create_task(self._pour(pipe, file, offset, hashed))
            try:
                await self._heed(pipe)
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
        pipe.close()

    async def _accepted(self, pipe: Pipe) -> int:
        while True:
            frame = await pipe.receive()
            if isinstance(frame, dict) and frame["type"] == "accept":
                offset = frame.get("offset")
                if not isinstance(offset, int) or not 0 <= offset <= self.size:
                    pipe.tell("failed", reason="offset")
                    raise NotSent("the other side is at a place that there is not")
                return offset
            _not_refused(frame)

    async def _pour(self, pipe: Pipe, file: BinaryIO, offset: int, hashed: Any) -> None:
        left = self.size - offset
        while left:
            block = file.read(min(_READ, left))
            if not block:
                pipe.tell("failed", reason="changed")
                pipe.end()
                return
            hashed.update(block)
            left -= len(block)
            for at in range(0, len(block), PIECE):
                await self._going.wait()
                await pipe.send(block[at : at + PIECE])
        self.sha256 = hashed.hexdigest()
        pipe.tell("done", sha256=self.sha256)

    async def _heed(self, pipe: Pipe) -> None:
        while True:
            frame = await pipe.receive()
            kind = frame["type"] if isinstance(frame, dict) else ""
            if kind == "received":
                self._progress(self.size, self.size)
                return
            if kind == "progress":
                self._progress(int(frame["offset"]), self.size)  # type: ignore[index]
            elif kind == "pause":
                self._going.clear()
            elif kind == "resume":
                self._going.set()
            _not_refused(frame)


class Incoming:
    """A folder to which files come; what has come in part stays there until the rest comes."""

    def __init__(
        self,
        folder: Path,
        wanted: Callable[[dict[str, Any]], bool] = lambda _: True,
        progress: Progress | None = None,
    ) -> None:
        """`wanted` looks at an offer and says whether it is."""
        self._folder = folder
        self._wanted = wanted
        self._progress = progress or (lambda _, __: None)

    async def receive(self, pipe: Pipe) -> Path:
        """Takes a file that is offered; returns where it is. Raises Broken, NotSent."""
        offer = await pipe.receive()
        if not isinstance(offer, dict) or not _is_offer(offer) or not self._wanted(offer):
            pipe.tell("decline", reason="not wanted")
            raise NotSent("it is not wanted")
        part, size = self._folder / f".{uuid.UUID(offer['id'])}.part", offer["size"]
        with part.open("a+b") as file:
            offset = file.tell()
            if offset > size:
                file.truncate(0)
                offset = 0
            hashed = await asyncio.to_thread(_hash_of, file, offset)
            pipe.tell("accept", offset=offset)
            sha256 = await self._collect(pipe, file, offset, size, hashed)
        if sha256 != hashed.hexdigest():
            part.unlink()
            pipe.tell("failed", reason="hash")
            raise NotSent("what has come is not what was sent")
        place = self._place(offer["name"])
        part.rename(place)
        pipe.tell("received", sha256=sha256)
        return place

    async def _collect(
        self, pipe: Pipe, file: BinaryIO, offset: int, size: int, hashed: Any
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
                    self._progress(offset, size)
                    pipe.tell("progress", offset=offset)
            elif frame["type"] == "done":
                file.flush()
                return str(frame.get("sha256"))
            else:
                _not_refused(frame)

    def _place(self, name: str) -> Path:
        """Where nothing is yet, under this name if possible."""
        last = re.split(r"[/\\]", name)[-1].strip(" .") or "file"
        safe = re.sub(r"[\x00-\x1f\x7f<>:\"|?*]", "_", last)[-200:]
        place, number = self._folder / safe, 1
        while place.exists():
            number += 1
            stem, dot, suffix = safe.rpartition(".")
            numbered = f"{stem} ({number}).{suffix}" if dot and stem else f"{safe} ({number})"
            place = self._folder / numbered
        return place


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


