"""What comes of a document, with plans and without, in a form that can be compared."""

import asyncio
import json
import re
from typing import Any, NamedTuple

from graphql import DocumentNode, ExecutionResult, GraphQLSchema, execute

from schema.api import api
from schema.compiling import Plans
from schema.executing import Executor
from tests.schema.odd_worlds import World

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


class Outcome(NamedTuple):
    """What came of a document."""

    data: str
    """In JSON, which tells true from 1 and has an order of keys."""
    errors: list[tuple[tuple[str | int, ...], str, str]]
    """The path, the message and the class of what was raised: it decides about the code."""
    unfinished: int
    """Tasks that are left behind."""

    @property
    def nulls(self) -> set[tuple[str | int, ...]]:
        """The places that errors have made null.

        Where several things go wrong below such a place, it depends on time which of them is
        told: graphql-core cancels the rest, and drops errors below what is null already. So
        there may be other errors, but not for other places.
        """
        return {self._null(path) for path, _, _ in self.errors}

    def _null(self, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
        value = json.loads(self.data)
        for length, step in enumerate(path):
            if value is None:
                return path[:length]
            value = value[step]
        assert value is None
        return path


def twice(node: DocumentNode) -> Plans:
    """The plans of a document that was there before."""
    plans = Plans(node)
    assert plans.again() is None
    again = plans.again()
    assert again is not None
    return again


async def executed(schema: GraphQLSchema, node: DocumentNode, **given: Any) -> Outcome:
    before = asyncio.all_tasks()
    begun = execute(schema, node, executor_class=Executor, **given)
    result = begun if isinstance(begun, ExecutionResult) else await begun
    for _ in range(500):
        unfinished = asyncio.all_tasks() - before
        if not unfinished:
            break
        await asyncio.sleep(0)
    errors = [
        (tuple(e.path or ()), e.message, type(e.original_error).__name__)
        for e in result.errors or ()
    ]
    # Two worlds of a seed have the same things at other places of the memory.
    data = _ADDRESS.sub("", json.dumps(result.data))
    return Outcome(data, errors, len(unfinished))


async def ask(
    world: World, node: DocumentNode, variables: Any = None, plans: Plans | None = None
) -> Outcome:
    """The document on the real schema, in a made-up world."""
    around = {"context_value": world.context(), "variable_values": variables}
    return await executed(api.core, node, plans=plans, **around)
