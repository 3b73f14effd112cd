"""Sizes of the product, made so small that a short run meets their ends."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from resolvers import events, feed, messages
from server import fanout
from tests.simulator.chance import Chance

_KNOBS = (
    (events, "_AT_ONCE", (1, 3, 10, 100)),
    (events, "_WINDOW", (1, 5, 50, 10_000)),
    (events, "_FORGOTTEN_AT_ONCE", (1, 3, 1_000)),
    (messages, "_AT_ONCE", (1, 3, 100)),
    (feed, "_PAGE", (1, 3, 10, 500)),
    (fanout, "_AT_ONCE", (1, 3, 100)),
    (fanout, "_MOST_WAITING", (3, 10_000)),
    (fanout, "_SLICE", (1, 3, 500)),
)


@contextmanager
def turned(chance: Chance) -> Generator[None]:
    """Within it, each of them is as large as chance has it."""
    with ExitStack() as within:
        for module, name, sizes in _KNOBS:
            within.enter_context(patch.object(module, name, chance.pick(sizes)))
        yield
