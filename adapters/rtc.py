"""The server's own WebRTC peer (aiortc), as the server sees it: a process that answers offers."""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import structlog

_log = structlog.stdlib.get_logger(__name__)
_PATIENCE = 15.0
"""In seconds: for so long an answer is waited for; finding out one's own addresses takes some."""

_LONGEST_LINE = 1024 * 1024
"""In bytes, of what it says."""


class NotAnswered(Exception):
    """The offer cannot be taken."""


class PeerDown(Exception):
    """The process cannot be begun, has died, or does not answer."""


class Sent(NamedTuple):
    """A file that the peer sends."""

    id: str
    name: str
    size: int
    content_type: str
    path: Path


class Bounds(NamedTuple):
    """What a connection may take."""

    seconds: float
    size: int
    """In bytes that come."""


class ServerPeer:
    """The process, begun when it is needed."""

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        """`allowed` are networks that are connected to although they are this machine's alone."""
        self._allowed = list(allowed)
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._waiting: dict[str, asyncio.Future[str]] = {}
        self._ended: dict[str, Callable[[], None]] = {}

    async def answer(
        self,
        session_id: str,
        sdp: str,
        bounds: Bounds,
        ended: Callable[[], None],
        ice: Sequence[dict[str, Any]] = (),
        file: Sent | None = None,
    ) -> str:
        """The answer to an offer; `ended` is called when that connection is, once in any case.

        Raises NotAnswered, PeerDown.
        """
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[session_id], self._ended[session_id] = answer, ended
        asked = {
            "id": session_id,
            "sdp": sdp,
            "seconds": bounds.seconds,
            "bytes": bounds.size,
            "ice": list(ice),
            "allowed": self._allowed,
            "file": None if file is None else _described(file),
        }
        try:
            self._write(await self._running(), asked)
            async with asyncio.timeout(_PATIENCE):
                return await answer
        except BaseException as error:
            # Nobody waits for it any more, whether it has begun or not.
            self.end(session_id)
            self._forget(session_id)
            if isinstance(error, OSError | TimeoutError):
                raise PeerDown from error
            raise
        finally:
            self._waiting.pop(session_id, None)

    def end(self, session_id: str) -> None:
        """Ends a connection."""
        if self._process is not None and session_id in self._ended:
            with suppress(OSError):
                self._write(self._process, {"id": session_id, "end": True})

    async def close(self) -> None:
        """Ends the process with all its connections."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        if self._reading is not None:
            await asyncio.wait([self._reading])

    async def _running(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._process is None or self._process.returncode is not None:
                command = (sys.executable, "-m", "adapters.answering", *self._allowed)
                self._process = process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    limit=_LONGEST_LINE,
                )
                self._reading = asyncio.create_task(self._read(process), name="server peer")
            return self._process

    @staticmethod
    def _write(process: asyncio.subprocess.Process, what: dict[str, Any]) -> None:
        if process.stdin is None or process.stdin.is_closing():
            raise BrokenPipeError
        process.stdin.write(json.dumps(what).encode() + b"\n")

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        try:
            await self._take_all(process)
        except Exception:  # noqa: BLE001 - whatever it said: the next one begins anew
            _log.exception("the server's peer cannot be understood")
        finally:
            # Before anybody hears of it, and asks again.
            self._process = None
            with suppress(ProcessLookupError):
                process.kill()
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(PeerDown())
            for session_id in list(self._ended):
                self._forget(session_id)
            await process.wait()

    async def _take_all(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101 - as it was started
        while line := await process.stdout.readline():
            told = json.loads(line)
            answer = self._waiting.get(told["id"])
            if told.get("ended"):
                self._forget(told["id"])
            elif answer is not None and not answer.done():
                if "sdp" in told:
                    answer.set_result(told["sdp"])
                else:
                    _log.info("an offer cannot be answered", reason=told["error"])
                    answer.set_exception(NotAnswered(told["error"]))

    def _forget(self, session_id: str) -> None:
        if ended := self._ended.pop(session_id, None):
            ended()


def _described(file: Sent) -> dict[str, Any]:
    return {
        "id": file.id,
        "name": file.name,
        "size": file.size,
        "contentType": file.content_type,
        "path": str(file.path),
    }
