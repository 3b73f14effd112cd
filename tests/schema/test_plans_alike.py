"""Documents drawn at random have the answers that they have without plans, in any world."""

import asyncio
import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
from graphql import parse, validate

from schema.api import api
from tests.patience import PATIENCE
from tests.schema.any_documents import Writer
from tests.schema.odd_worlds import World, without_a_house
from tests.schema.outcomes import ask, twice

FEW, LOTS = 400, 10_000
ODDS = (0, 0.01, 0.05, 0.05, 0.2)
"""How much of a world is not as it should be."""


async def differences(seed: int) -> list[str]:
    """How what plans make of a document differs from what is made without them, if it does."""
    chance = Random(seed)
    text, variables = Writer(chance).document()
    node, odds = parse(text), chance.choice(ODDS)
    if seed % 50 == 0:
        assert validate(api.core, node) == []
    stock = await ask(World(seed, odds), node, variables)
    fast = await ask(World(seed, odds), node, variables, twice(node))
    same = sorted(map(repr, stock.errors)) == sorted(map(repr, fast.errors))
    found = {
        "data": stock.data != fast.data,
        "unfinished": stock.unfinished < fast.unfinished,
        "nulls": stock.data == fast.data and stock.nulls != fast.nulls,
        "errors": not same,
    }
    if any(found[what] for what in ("data", "unfinished", "nulls")):
        print(f"seed {seed}, odds {odds}\n{text}\n{variables}\n{stock}\n{fast}")
    return [what for what in found if found[what]]


@contextmanager
def collecting_by_hand() -> Iterator[None]:
    """Collects garbage only where it is asked for.

    The warning of a coroutine that nobody awaited cannot be filtered inside of a named tuple, which
    is made where `__import__` is not known.
    """
    gc.collect()
    gc.disable()
    try:
        yield
        gc.collect()
    finally:
        gc.enable()


async def compare(seeds: range) -> None:
    """Fails for any difference that can be seen, and prints the seed and the document."""
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: told.append(what))
    counts: Counter[str] = Counter()
    with without_a_house(), collecting_by_hand():
        for seed in seeds:
            async with asyncio.timeout(PATIENCE):
                counts.update(await differences(seed))
            if seed % 100 == 0:
                gc.collect()
    assert not told
    assert not {"data", "unfinished", "nulls"} & set(counts), counts
    assert counts["errors"] <= len(seeds) / 100


# What graphql-core cancels before it begins has coroutines that are never awaited, plans or not.
cancelling = pytest.mark.filterwarnings(
    r"ignore:coroutine '(?!Executor\._read_first).*' was never awaited"
)


@cancelling
async def test_any_document_has_the_answer_that_it_has_without_plans() -> None:
    await compare(range(FEW))


@cancelling
@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_ten_thousand_documents_have_the_answers_that_they_have_without_plans() -> None:
    await compare(range(FEW, FEW + LOTS))
