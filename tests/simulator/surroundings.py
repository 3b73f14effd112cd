"""What everybody in a run has to do with: chance, the model, the trace."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.simulator.chance import Chance
from tests.simulator.oracle import Model


@dataclass
class Surroundings:
    """One for each run."""

    chance: Chance
    model: Model = field(default_factory=Model)
    trace: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    """How often what happened, so that a test can tell that it did happen."""
    troubled: bool = False
    """Whether the disk fails now and then."""
    settling: bool = False
    """Nobody begins anything new, and nobody is slow any more."""
    reopened: asyncio.Event = field(default_factory=asyncio.Event)
    """Those without a connection may have one again."""
    failed: asyncio.Event = field(default_factory=asyncio.Event)
    failure: BaseException | None = None
    """What was found first: the run ends with it."""
    numbers: "count[int]" = field(default_factory=lambda: count(10_000))
    """Of whatever has to be told apart."""

    def note(self, what: str, **details: Any) -> None:
        """Adds a line to the trace, and counts what happened."""
        self.counts[what] += 1
        told = " ".join(f"{name}={value}" for name, value in details.items())
        if self.failure is None:
            self.trace.append(f"{asyncio.get_running_loop().time():8.3f} {what} {told}".rstrip())

    def fail(self, error: BaseException) -> None:
        """Ends the run."""
        if self.failure is None:
            self.note("FAILS", why=f"{type(error).__name__}: {error}")
            self.failure = error
            self.failed.set()

    async def watch(self, work: Awaitable[Any]) -> None:
        """Does something that ends the run if it fails."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
            self.fail(error)

    def new_id(self) -> str:
        """An id of a client's choice."""
        return self.chance.uuid(next(self.numbers))

    async def dawdle(self) -> None:
        """Takes a while now and then, sometimes long."""
        await self.chance.pause()
        if not self.settling and self.chance.happens(0.1):
            await asyncio.sleep(self.chance.between(0, 1))
