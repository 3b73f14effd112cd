"""One seed, one run; many seeds, the first that fails."""

import gc
import hashlib
import multiprocessing
import tempfile
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from tests.simulator.chance import Chance
from tests.simulator.ids import seeded_ids
from tests.simulator.knobs import turned
from tests.simulator.loop import run
from tests.simulator.oracle import Violation
from tests.simulator.planted import PLANTED
from tests.simulator.surroundings import Surroundings
from tests.simulator.template import template
from tests.simulator.world import World

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of one's own is made in it
_SHOWN = 30
"""Lines of the trace."""
_OF_TROUBLE = {
    "the log cannot be read",
    "a batch of writes failed",
    "what has happened cannot be told to all at once",
}
"""What is logged as an error where the disk fails."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a seed."""

    seed: int
    plant: str | None
    trace: list[str]
    counts: Counter[str]
    failure: str | None

    @property
    def fingerprint(self) -> str:
        """The same for the same run."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()

    def __str__(self) -> str:
        """What went wrong, what led to it, and how to see it again."""
        again = f"python -m tests.simulator --first {self.seed} --seeds 1 --trace"
        planted = f" --plant '{self.plant}'" if self.plant else ""
        return "\n".join(
            [*self.trace[-_SHOWN:], f"seed {self.seed}: {self.failure}", again + planted]
        )


def simulate(seed: int, plant: str | None = None) -> Outcome:
    """Runs a seed, on a product with a fault in it if one is named."""
    around = Surroundings(Chance(seed))
    with ExitStack() as within:
        logs = within.enter_context(capture_logs())
        within.enter_context(_uncollected())
        within.enter_context(seeded_ids(around.chance, 100))
        within.enter_context(turned(around.chance))
        if plant:
            within.enter_context(PLANTED[plant]())
        run(_live(around, within.enter_context(_database())))
    failure = around.failure or _logged(logs, troubled=around.troubled)
    told = None if failure is None else f"{type(failure).__name__}: {failure}"
    return Outcome(seed, plant, around.trace, around.counts, told)


def simulate_all(
    seeds: Iterable[int], plant: str | None = None, jobs: int = 1
) -> Iterator[Outcome]:
    """The outcomes in the order of the seeds, from this process or from several others."""
    runs = partial(simulate, plant=plant)
    if jobs == 1:
        yield from map(runs, seeds)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(runs, seeds, chunksize=10)


async def _live(around: Surroundings, path: Path) -> None:
    around.model.founders |= template().founders
    await World(around, path, template().people).run(around.chance.number(30, 80))


@contextmanager
def _database() -> Generator[Path]:
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        path = Path(folder) / "simulated.db"
        path.write_bytes(template().content)
        yield path


@contextmanager
def _uncollected() -> Generator[None]:
    """When the collector runs depends on what ran before, and what it closes would notice."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _logged(logs: list[Any], *, troubled: bool) -> Violation | None:
    """What went wrong and was only written down."""
    for line in logs:
        expected = troubled and line["event"] in _OF_TROUBLE
        if line["log_level"] == "error" and not expected:
            return Violation(f"LOGGED: {line['event']}")
    return None
