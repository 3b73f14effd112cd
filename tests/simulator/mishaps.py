"""What befalls the machines: crashes, clocks that are set, a wire that fails, a log that is cut."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from tortoise.exceptions import OperationalError

from resolvers import events
from resolvers.errors import Unavailable
from tests.simulator.bus import Wire
from tests.simulator.nodes import Lost, Node
from tests.simulator.surroundings import Surroundings


class Mishaps:
    """Happen to the nodes and to the wire between them."""

    def __init__(
        self,
        around: Surroundings,
        nodes: list[Node],
        wire: Wire,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._around = around
        self._chance = around.chance
        self._nodes = nodes
        self._wire = wire
        self._spawn = spawn
        for node in nodes:
            node.died = self._died

    def befall(self) -> bool:
        """Now and then something happens; whether it did."""
        what = self._chance.weighted(_MISHAPS)
        if what is not None:
            what(self, self._chance.pick(self._nodes))
        return what is not None

    async def start(self, node: Node) -> None:
        """Tries until the node is up."""
        while not node.up:
            try:
                await node.start()
            except (ConnectionError, OperationalError):
                await asyncio.sleep(0.3)
        self._around.note("is up", node=node.name)

    def crash(self, node: Node) -> None:
        self._around.note("crashes", node=node.name)
        node.crash()

    def crash_after_commit(self, node: Node) -> None:
        if node.up:
            self._around.note("will crash", node=node.name)
            node.crash_after_commit()

    def set_clock(self, node: Node) -> None:
        seconds = self._chance.pick((-20.0, -1.0, 1.0, 20.0, 1200.0))
        self._around.note("clock is set", node=node.name, by=seconds)
        node.clock.step(seconds)

    def break_wire(self, _: Node) -> None:
        async def mend() -> None:
            await asyncio.sleep(self._chance.between(0, 6))
            self._wire.mend()

        self._around.note("wire breaks")
        self._wire.break_down()
        self._spawn(mend())

    def silence_wire(self, _: Node) -> None:
        self._around.note("wire falls silent")
        self._wire.fall_silent()

    def forget(self, node: Node) -> None:
        age = timedelta(seconds=self._chance.between(0, 10))

        async def forget() -> None:
            try:
                await node.ask(events.forget(node.house, age))
            except (Lost, Unavailable):
                self._around.note("not forgotten")

        if node.up:
            self._spawn(forget())

    def _died(self, node: Node) -> None:
        async def revive() -> None:
            await node.bury()
            await asyncio.sleep(self._chance.between(0, 3))
            await self.start(node)

        self._spawn(revive())


_MISHAPS: dict[Callable[[Mishaps, Node], None] | None, float] = {
    None: 100,
    Mishaps.crash: 2,
    Mishaps.crash_after_commit: 2,
    Mishaps.set_clock: 3,
    Mishaps.break_wire: 1.5,
    Mishaps.silence_wire: 1.5,
    Mishaps.forget: 3,
}
"""How often each happens beside what people do."""
