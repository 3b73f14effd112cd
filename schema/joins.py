"""Joins: fields whose objects are rows that are read together with those of the objects beside.

One description of a join serves both ways to execute: field by field, and list by list.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.dataloader import DataLoader

from schema.context import Context, Info
from schema.loaders import Loaders

JOIN = "join"


def _nowhere(source: Any, context: Context) -> None:
    """No row is at hand before it is read."""


@dataclass(frozen=True, slots=True)
class Join:
    """From an object to the one that another row makes."""

    loader: Callable[[Loaders], DataLoader[Any, Any]]
    """What reads the rows."""
    key: Callable[[Any], Hashable | None]
    """Which row belongs to an object; None if none does."""
    make: Callable[[Any, Context], Any]
    """The object that a row makes."""
    at_hand: Callable[[Any, Context], Any] = _nowhere
    """The row that belongs to an object, if it is known without being read."""
    absent: Callable[[], Exception] | None = None
    """What is raised where a row that has to be there is not; None: the field is null."""

    async def one(self, source: Any, context: Context) -> Any:
        """The object that belongs to this one."""
        key = self.key(source)
        if key is None:
            return None
        row = self.at_hand(source, context)
        if row is None:
            row = await self.loader(context.loaders).load(key)
        if row is None and self.absent is not None:
            raise self.absent()
        return None if row is None else self.make(row, context)


def joined(kind: Any, join: Join, description: str) -> Any:
    """A field of this type, described so to clients."""

    async def resolve(root: Any, info: Info) -> Any:
        return await join.one(root, info.context)

    return strawberry.field(
        resolver=resolve, graphql_type=kind, description=description, metadata={JOIN: join}
    )
