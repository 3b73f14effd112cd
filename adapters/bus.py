"""The doorbell between the processes of one server: broadcaster over memory or Redis."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress

from broadcaster import Broadcast
from broadcaster._backends.base import BroadcastBackend
from broadcaster._backends.memory import MemoryBackend
from broadcaster._backends.redis import RedisBackend
from broadcaster._base import Event
from redis import RedisError

_CHANNEL = "tertulia.log"
_RING, _LOST = "ring", "lost"
_SECONDS = 5
"""How long the other side may take for anything it is asked."""

Heard = Callable[[], Awaitable[None]]
"""Waits for the next ring. Raises ConnectionError once none can come any more."""


class Bus:
    """Rings when the log has grown. A ring has no content and may be lost: the log is the truth."""

    def __init__(self, url: str) -> None:
        """`url` is memory:// for one process or redis:// between several."""
        self._url = url
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
        """Tells every process, this one included, that there is something new in the log.

        Raises ConnectionError where nobody can be told at the moment.
        """
        if self._broadcast is None:
            raise ConnectionError("the bus is not connected")
        with _as_connection_error():
            async with asyncio.timeout(_SECONDS):
                await self._broadcast.publish(_CHANNEL, _RING)

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[Heard]:
        """Within it rings are heard, and can be rung. Raises ConnectionError, as `heard` may.

        A node enters it once at a time: this is its one subscription.
        """
        async with self._connected() as broadcast:
            with _as_connection_error():
                async with broadcast.subscribe(_CHANNEL) as rings:

                    async def heard() -> None:
                        if (await rings.get()).message == _LOST:
                            raise ConnectionError("the connection of the bus is lost")

                    self._broadcast = broadcast
                    try:
                        yield heard
                    finally:
                        self._broadcast = None

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator[Broadcast]:
        backend: BroadcastBackend = (
            _RedisBackend(self._url) if self.crosses else MemoryBackend(self._url)
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

    def __init__(self, url: str) -> None:
        super().__init__(url)
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
                    await self._queue.put(Event(_CHANNEL, _RING))
        except (RedisError, OSError):
            await self._queue.put(Event(_CHANNEL, _LOST))


@contextmanager
def _as_connection_error() -> Generator[None]:
    """Whatever Redis or the network has against it is a ConnectionError.

    Broadcaster itself raises KeyError where it could not subscribe, for whatever reason.
    """
    try:
        yield
    except (RedisError, OSError, KeyError) as error:  # a TimeoutError is an OSError
        raise ConnectionError(str(error) or type(error).__name__) from error
