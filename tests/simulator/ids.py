"""Ids and secrets that are the same in every run of a seed."""

from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from types import SimpleNamespace
from unittest.mock import patch

import adapters.ids
import adapters.tokens
from tests.simulator.chance import Chance


def short(text: str | None) -> str:
    """The number in an id, for people."""
    return f"#{int(text[:8], 16)}" if text else "-"


@contextmanager
def seeded_ids(chance: Chance, first: int) -> Generator[None]:
    """Within it, ids are numbered, and nothing else is random either."""
    numbers = count(first)
    uuids = SimpleNamespace(uuid7=lambda: chance.uuid(next(numbers)))
    secrets = SimpleNamespace(token_urlsafe=lambda _: chance.uuid(next(numbers)))
    with (
        patch.object(adapters.ids, "uuid_utils", uuids),
        patch.object(adapters.tokens, "secrets", secrets),
    ):
        yield
