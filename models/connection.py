"""What the queries need of a connection, on either engine, and how they write their SQL."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

Row = Sequence[Any]


class Connection(Protocol):
    """SQLite or PostgreSQL; statements mark their parameters with `?` on both."""

    async def fetch(self, sql: str, *values: Any) -> Sequence[Row]:
        """Runs one statement and returns its rows, those of RETURNING included."""
        ...

    async def run_many(self, sql: str, values: Iterable[Sequence[Any]]) -> None:
        """Runs one statement once for each tuple of values."""
        ...


def marks(values: Sequence[object]) -> str:
    """The parameter marks for `IN (...)`; for no values, the marks of a list that holds nothing."""
    return ", ".join("?" * len(values)) if values else "NULL"


def prefix(text: str) -> str:
    """The LIKE pattern, with ESCAPE '!', for what begins with this text."""
    for special in "!%_":
        text = text.replace(special, "!" + special)
    return text + "%"
