"""Plans: what a document selects of an object, compiled to Python functions.

graphql-core looks up, resolves and completes every field of every object by itself. Where nothing
of a selection is out of the ordinary, a plan makes the same dicts in one go: first the rows that
its joins need are read, each kind at once, then the dicts are built. Whatever surprises a plan (a
null where there must not be one, a value of another type, an error) makes it give up, and the
stock code decides about the same objects: so errors and their paths are always graphql-core's.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn, TypeAlias

from schema.context import Context
from schema.joins import Join

Made: TypeAlias = list[dict[Any, Any]]
"""For each load, the objects that were made, by their keys; None for a row that is not there."""


class Surprise(Exception):
    """The objects are not what the plan was made for."""


class Source(NamedTuple):
    """Where the objects of a selection come from."""

    load: int | None
    """The load that made those to begin with; None: those that the plan was asked for."""
    step: Callable[[Any], Iterable[Any]] | None = None
    """From each of those that come before to those of the selection; None: to itself."""
    before: "Source | None" = None

    def objects(self, first: Sequence[Any]) -> Sequence[Any]:
        """Those of the selection, from those to begin with."""
        if self.step is None or self.before is None:
            return first
        return [found for thing in self.before.objects(first) for found in self.step(thing)]

    def attribute(self, name: str) -> "Source":
        """What an attribute of these is, where it is not None."""

        def step(thing: Any) -> Iterable[Any]:
            found = getattr(thing, name)
            return () if found is None else (found,)

        return Source(self.load, step, self)

    def items(self) -> "Source":
        """What is in these, which are lists."""

        def step(items: Any) -> Iterable[Any]:
            return [item for item in listed(items) if item is not None]

        return Source(self.load, step, self)

    def of_class(self, wanted: type) -> "Source":
        """Those of a class."""

        def step(thing: Any) -> Iterable[Any]:
            return (thing,) if type(thing) is wanted else ()

        return Source(self.load, step, self)


class Load(NamedTuple):
    """One reading of rows: for which objects, and by which join."""

    source: Source
    join: Join


@dataclass(frozen=True, slots=True)
class Plan:
    """One selection, compiled."""

    build: Callable[[Any, Made], Any]
    """Makes the dict of one object. Raises whatever comes, Surprise above all."""
    loads: list[Load]
    levels: list[list[int]]
    """Which loads can be done at once, and what has to be done before."""

    def at_hand(self, roots: Sequence[Any], context: Context) -> Made | None:
        """All that the joins need, if nothing of it has to be read."""
        made: Made = [{} for _ in self.loads]
        for number in range(len(self.loads)):
            if self._look(number, roots, made, context):
                return None
        return made

    async def read(self, roots: Sequence[Any], context: Context) -> Made:
        """All that the joins need."""
        made: Made = [{} for _ in self.loads]
        for level in self.levels:
            missing = [(n, keys) for n in level if (keys := self._look(n, roots, made, context))]
            await asyncio.gather(*(self._fill(n, keys, made, context) for n, keys in missing))
        return made

    def _look(
        self, number: int, roots: Sequence[Any], made: Made, context: Context
    ) -> dict[Any, None]:
        """Makes the objects whose rows are at hand; returns the keys of the others."""
        source, join = self.loads[number]
        key_of, at_hand, make = join.key, join.at_hand, join.make
        found, missing = made[number], dict[Any, None]()
        first = roots
        if source.load is not None:
            first = [thing for thing in made[source.load].values() if thing is not None]
        for thing in source.objects(first):
            key = key_of(thing)
            if key is None or key in found or key in missing:
                continue
            row = at_hand(thing, context)
            if row is None:
                missing[key] = None
            else:
                found[key] = make(row, context)
        return missing

    async def _fill(self, number: int, keys: dict[Any, None], made: Made, context: Context) -> None:
        join, found = self.loads[number].join, made[number]
        rows = await join.loader(context.loaders).load_many(keys)
        for key, row in zip(keys, rows, strict=True):
            found[key] = None if row is None else join.make(row, context)


def surprised(*_: object) -> NoReturn:
    """Gives up. Raises Surprise."""
    raise Surprise


def listed(value: Any) -> Sequence[Any]:
    """The value, if it is a list that can be gone through twice. Raises Surprise."""
    return value if type(value) in (list, tuple) else surprised()
