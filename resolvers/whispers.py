"""Whispers: what the nodes of a server tell each other and nobody writes down; it may be lost."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, Protocol, cast
from uuid import uuid4

import orjson
import structlog

from adapters.bus import Heard, hang_up

_log = structlog.stdlib.get_logger(__name__)
_PAUSE = 0.5
"""In seconds, before something that failed is tried again."""
_SILENCE = 5.0
"""After so many seconds without a word we say something ourselves, to hear whether it comes."""
_MOST_UNSAID = 1_000

Whisper = dict[str, Any]


class Wire(Protocol):
    """Where whispers are sent and heard."""

    @property
    def crosses(self) -> bool:
        """Whether there may be other processes."""
        ...

    async def send(self, text: str) -> None:
        """Raises ConnectionError where nobody can be told."""
        ...

    def listening(self) -> AbstractAsyncContextManager[Heard]:
        """Within it one can hear and send. Raises ConnectionError, and so may what it gives."""
        ...


class Whispers:
    """This node's end of the wire."""

    def __init__(self, wire: Wire) -> None:
        self.node = uuid4().hex
        self._wire = wire
        self._life = ""
        self._hearers: dict[str, Callable[[str, Whisper], None]] = {}
        self._met: list[Callable[[], None]] = []
        self._unsaid: deque[Whisper] = deque(maxlen=_MOST_UNSAID)
        self._something = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def crosses(self) -> bool:
        """Whether there may be other nodes."""
        return self._wire.crosses

    def on(self, kind: str, hear: Callable[[str, Whisper], None]) -> None:
        """Calls `hear` with the name of the node and what it says, for whispers of this kind."""
        self._hearers[kind] = hear

    def on_meeting(self, meet: Callable[[], None]) -> None:
        """Calls `meet` whenever others can be heard again, who may have said something before."""
        self._met.append(meet)

    def open(self, life: str) -> None:
        """Begins to listen to those of the same database."""
        self._life = life
        if self.crosses:
            self._tasks = [
                asyncio.create_task(self._send(), name="whispering"),
                asyncio.create_task(self._listen(), name="overhearing"),
            ]

    async def close(self) -> None:
        """Says what is still to be said, if that takes no time, and hears no more."""
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(_PAUSE):
                while self._tasks and self._unsaid:
                    await self._wire.send(orjson.dumps(self._unsaid.popleft()).decode())
        await hang_up(self._tasks)

    def tell(self, kind: str, **said: Any) -> None:
        """Tells the other nodes, as soon as they can be told."""
        if self.crosses:
            self._unsaid.append({"life": self._life, "node": self.node, "kind": kind, **said})
            self._something.set()

    async def _send(self) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            while self._unsaid:
                said = self._unsaid[0]
                try:
                    await self._wire.send(orjson.dumps(said).decode())
                except Exception:  # noqa: BLE001 - whatever it is, the listener mends it
                    await asyncio.sleep(_PAUSE)
                else:
                    # At the end of the server the rest is said by who closes.
                    if self._unsaid and self._unsaid[0] is said:
                        self._unsaid.popleft()

    async def _listen(self) -> None:
        while True:
            try:
                async with self._wire.listening() as heard:
                    for meet in self._met:
                        meet()
                    while True:
                        await self._heed(heard)
            except Exception as error:  # noqa: BLE001 - only the end of the server may end this
                if not isinstance(error, ConnectionError):
                    _log.exception("whispers are lost")
            await asyncio.sleep(_PAUSE)

    async def _heed(self, heard: Heard) -> None:
        try:
            async with asyncio.timeout(_SILENCE):
                text = await heard()
        except TimeoutError:
            await self._wire.send("{}")
            try:
                async with asyncio.timeout(_SILENCE):
                    text = await heard()
            except TimeoutError as error:
                raise ConnectionError("nothing is heard any more") from error
        self._take(text)

    def _take(self, text: str) -> None:
        try:
            said = orjson.loads(text)
        except orjson.JSONDecodeError:
            return
        if not isinstance(said, dict):
            return
        whisper = cast("Whisper", said)
        if whisper.get("life") != self._life or whisper.get("node") == self.node:
            return
        if hear := self._hearers.get(str(whisper.get("kind"))):
            hear(str(whisper["node"]), whisper)
