"""What the processes of one server tell each other by: broadcaster over memory or Redis."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

from broadcaster import Broadcast
from broadcaster._backends.base import BroadcastBackend
from broadcaster._backends.memory import MemoryBackend
from broadcaster._backends.redis import RedisBackend
from broadcaster._base import Event
from redis import RedisError

LOG, WHISPERS = "tertulia.log", "tertulia.whispers"
"""The channels: of the doorbell that rings when the log has grown, and of what may be lost."""
_RING, _LOST = "ring", "lost"
_AGAIN = 0.5
"""In seconds, before what was cancelled in vain is cancelled again."""
_SECONDS = 5
"""How long the other side may take for anything it is asked."""

Heard = Callable[[], Awaitable[str]]
"""Waits for what is sent next. Raises ConnectionError once nothing can come any more."""


async def hang_up(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Ends what listens and what sends."""
    for task in tasks:
        # A cancellation that comes while the bus subscribes is lost.
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=_AGAIN)


class Bus:
    """One channel. Whatever is sent on it may be lost, doubled or late."""

    def __init__(self, url: str, channel: str = LOG) -> None:
        """`url` is memory:// for one process or redis:// between several."""
        self._url = url
        self._channel = channel
        self._broadcast: Broadcast | None = None

    @property
    def crosses(self) -> bool:
        """Whether other processes hear it."""
        return not self._url.startswith("memory")

    async def open(self) -> None:
        """Sees whether the other side can be reached. Raises ConnectionError."""
        async with self._connected():
            pass

    async def ring(self) -> None:
        """Tells every process, this one included, that there is something new.

        Raises ConnectionError where nobody can be told at the moment.
        """
        await self.send(_RING)

    async def send(self, text: str) -> None:
        """Tells every process, this one included. Raises ConnectionError, as `ring` does."""
        if self._broadcast is None:
            raise ConnectionError("the bus is not connected")
        with _as_connection_error():
            async with asyncio.timeout(_SECONDS):
                await self._broadcast.publish(self._channel, text)

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[Heard]:
        """Within it one can hear and send. Raises ConnectionError, as `heard` may.

        A node enters it once at a time: this is its one subscription.
        """
        async with self._connected() as broadcast:
            with _as_connection_error():
                async with broadcast.subscribe(self._channel) as sent:

                    async def heard() -> str:
                        text = str((await sent.get()).message)
                        if text == _LOST:
                            raise ConnectionError("the connection of the bus is lost")
                        return text

                    self._broadcast = broadcast
                    try:
                        yield heard
                    finally:
                        self._broadcast = None

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator[Broadcast]:
        backend: BroadcastBackend = (
            _RedisBackend(self._url, self._channel) if self.crosses else MemoryBackend(self._url)
        )
        broadcast = Broadcast(backend=backend)
        try:
            with _as_connection_error():
                async with asyncio.timeout(_SECONDS):
                    await broadcast.connect()
        except BaseException:
            await backend.disconnect()
            raise
        try:
            yield broadcast
        finally:
            await broadcast.disconnect()


class _RedisBackend(RedisBackend):
    """Broadcaster's, which says when it has lost its connection instead of falling silent."""

    def __init__(self, url: str, channel: str) -> None:
        super().__init__(url)
        self._channel = channel
        self._confirmed = asyncio.Event()

    async def disconnect(self) -> None:
        """Ends whatever is left of the connection."""
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.wait([self._listener])
        with suppress(RedisError, OSError):
            await super().disconnect()

    async def subscribe(self, channel: str) -> None:
        """Begins to listen, and returns once Redis has heard of it."""
        async with asyncio.timeout(_SECONDS):
            await super().subscribe(channel)
            await self._confirmed.wait()

    async def unsubscribe(self, channel: str) -> None:
        """Listens no more."""
        with suppress(RedisError, OSError):
            await super().unsubscribe(channel)

    async def _pubsub_listener(self) -> None:
        await self._ready.wait()
        try:
            async for message in self._pubsub.listen():
                if message["type"] == "subscribe":
                    self._confirmed.set()
                elif message["type"] == "message":
                    await self._queue.put(Event(self._channel, _text(message)))
        except (RedisError, OSError):
            await self._queue.put(Event(self._channel, _LOST))


def _text(message: Any) -> str:
    return message["data"].decode()


@contextmanager
def _as_connection_error() -> Generator[None]:
    """Whatever Redis or the network has against it is a ConnectionError.

    Broadcaster itself raises KeyError where it could not subscribe, for whatever reason.
    """
    try:
        yield
    except (RedisError, OSError, KeyError) as error:  # a TimeoutError is an OSError
        raise ConnectionError(str(error) or type(error).__name__) from error
