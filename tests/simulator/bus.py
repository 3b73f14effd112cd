"""A bus between the nodes that is late, loses rings, falls silent and breaks."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from adapters.bus import Heard
from tests.simulator.chance import Chance

_RING, _LOST = "ring", "lost"


class Wire:
    """What all nodes are connected to."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.broken = False
        self._loses = chance.pick((0.0, 0.1, 0.5))
        self._latest = chance.pick((0.001, 0.05, 0.5))
        self._listeners: list[asyncio.Queue[str]] = []

    def ring(self) -> None:
        """Tells all who listen, at some time, if at all."""
        for listener in self._listeners:
            if not self.chance.happens(self._loses):
                late = self.chance.between(0, self._latest)
                asyncio.get_running_loop().call_later(late, listener.put_nowait, _RING)

    def fall_silent(self) -> None:
        """Tells those who listen nothing more, not even that."""
        self._listeners = []

    def break_down(self) -> None:
        """Hangs up on everybody, and takes no calls."""
        self.broken = True
        for listener in self._listeners:
            listener.put_nowait(_LOST)
        self._listeners = []

    def mend(self) -> None:
        """Works again."""
        self.broken = False

    def listen(self) -> "asyncio.Queue[str]":
        """What is rung from now on."""
        rings: asyncio.Queue[str] = asyncio.Queue()
        self._listeners.append(rings)
        return rings

    def hang_up(self, rings: "asyncio.Queue[str]") -> None:
        """This one listens no more."""
        self._listeners = [other for other in self._listeners if other is not rings]


class SimulatedBus:
    """One node's end of the wire: a Doorbell."""

    crosses = True

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def open(self) -> None:
        """See Doorbell."""
        await self._reach()

    async def ring(self) -> None:
        """See Doorbell."""
        await self._reach()
        self._wire.ring()

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[Heard]:
        """See Doorbell."""
        await self._reach()
        rings = self._wire.listen()

        async def heard() -> str:
            if (ring := await rings.get()) == _LOST:
                raise ConnectionError("the wire is broken")
            return ring

        try:
            yield heard
        finally:
            self._wire.hang_up(rings)

    async def _reach(self) -> None:
        await self._wire.chance.pause()
        if self._wire.broken:
            raise ConnectionError("the wire is broken")
