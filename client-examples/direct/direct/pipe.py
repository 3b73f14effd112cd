"""A data channel as something to send to and to receive from, with an end."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiortc import RTCDataChannel

PROTOCOL = "tertulia.direct.1"
PIECE = 16 * 1024
_FULL, _LOW = 1024 * 1024, 256 * 1024
"""In bytes: how much may wait to be sent, and at how little there may be more."""
_LONGEST_FRAME = 64 * 1024
_MOST, _MOST_FRAMES = 16 * 1024 * 1024, 4_096
"""So much may wait to be received: who sends more does not keep to what is agreed."""


class Broken(Exception):
    """The channel is closed, on purpose or because the connection is lost."""


class Pipe:
    """One data channel."""

    def __init__(self, channel: RTCDataChannel, heard: Callable[[], None] = lambda: None) -> None:
        """`heard` is called with whatever comes: the other side is there."""
        self._channel = channel
        self._came: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._moved = asyncio.Event()
        self._opened = asyncio.Event()
        self._closed = False
        channel.bufferedAmountLowThreshold = _LOW
        self._heard = heard
        self._pending = 0
        channel.on("message", self._take)
        channel.on("bufferedamountlow", self._moved.set)
        channel.on("open", self._opened.set)
        channel.on("close", self.end)
        if channel.readyState == "open":
            self._opened.set()

    def _take(self, data: str | bytes) -> None:
        self._heard()
        self._pending += len(data)
        self._came.put_nowait(data)
        if self._pending > _MOST or self._came.qsize() > _MOST_FRAMES:
            self.close()

    def end(self) -> None:
        """Nothing can be sent or comes any more."""
        self._closed = True
        self._came.put_nowait(None)
        self._moved.set()
        self._opened.set()

    def close(self) -> None:
        """Closes the channel."""
        if not self._closed:
            self.end()
            self._channel.close()

    @property
    def closed(self) -> bool:
        """Whether it is."""
        return self._closed

    async def opened(self) -> None:
        """Waits until something can be sent. Raises Broken."""
        await self._opened.wait()
        self._check()

    async def send(self, data: bytes) -> None:
        """Sends a piece of a file, as soon as there is room for it. Raises Broken."""
        while self._channel.bufferedAmount > _FULL and not self._closed:
            self._moved.clear()
            await self._moved.wait()
        self._check()
        self._channel.send(data)

    def tell(self, kind: str, **what: Any) -> None:
        """Sends a frame. Raises Broken."""
        self._check()
        self._channel.send(json.dumps({"type": kind, **what}, ensure_ascii=False))

    async def receive(self) -> dict[str, Any] | bytes:
        """The next frame that can be understood, or piece of a file. Raises Broken."""
        while True:
            came = await self._came.get()
            if came is None:
                raise Broken
            self._pending -= len(came)
            if isinstance(came, bytes):
                return came
            frame = _understood(came)
            if frame is not None:
                return frame

    async def over(self) -> None:
        """Waits until it is closed, whatever may still come."""
        while not self._closed:
            await self._came.get()

    def _check(self) -> None:
        if self._closed or self._channel.readyState != "open":
            raise Broken


def _understood(text: str) -> dict[str, Any] | None:
    if len(text) > _LONGEST_FRAME:
        return None
    try:
        frame = json.loads(text)
    except ValueError:
        return None
    return frame if isinstance(frame, dict) and isinstance(frame.get("type"), str) else None
