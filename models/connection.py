"""What the queries need of a connection, on either engine, and how they write their SQL."""

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Row = Sequence[Any]


class Connection(Protocol):
    """SQLite or PostgreSQL; statements mark their parameters with `?` on both."""

    @property
    def on_sqlite(self) -> bool:
        """Whether it is SQLite, for the few statements that are not the same on both."""
        ...

    async def fetch(self, sql: str, *values: Any) -> Sequence[Row]:
        """Runs one statement and returns its rows, those of RETURNING included."""
        ...

    async def visit(self, work: "Callable[[Connection], Coroutine[Any, Any, T]]") -> T:
        """Runs queries that belong together, one after the other, with no waiting in between.

        `work` may wait for nothing but the connection that it is given, and may be begun again.
        """
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
