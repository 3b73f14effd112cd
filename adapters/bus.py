"""The doorbell between the processes of one server: broadcaster over memory or Redis."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from broadcaster import Broadcast
from broadcaster._base import Subscriber
from redis import RedisError

_CHANNEL = "tertulia.log"


class Bus:
    """Rings when the log has grown. A ring has no content and may be lost: the log is the truth."""

    def __init__(self, url: str) -> None:
        """`url` is memory:// for one process or redis:// between several."""
        self._broadcast = Broadcast(url)

    async def open(self) -> None:
        """Connects. Raises ConnectionError where the other side cannot be reached."""
        try:
            await self._broadcast.connect()
        except RedisError as error:
            raise ConnectionError(str(error)) from error

    async def close(self) -> None:
        """Disconnects."""
        await self._broadcast.disconnect()

    async def ring(self) -> None:
        """Tells every process, this one included, that there is something new in the log."""
        await self._broadcast.publish(_CHANNEL, "ring")

    @asynccontextmanager
    async def rings(self) -> AsyncGenerator[AsyncIterator[None]]:
        """Within it, an iterator that yields once for each ring."""
        async with self._broadcast.subscribe(_CHANNEL) as subscriber:
            yield _each(subscriber)


async def _each(subscriber: Subscriber) -> AsyncIterator[None]:
    while True:
        await subscriber.get()
        yield None
