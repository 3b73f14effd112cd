"""Keyset paging: how much was asked for, from where, and what a page says of its neighbours."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import orjson

from resolvers.errors import BadUserInput

T = TypeVar("T")

DEFAULT_SIZE = 50
LARGEST_SIZE = 100


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A stretch of a list, each item with its cursor."""

    items: Sequence[T]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool
    reached: str | None = None
    """Where to go on from, if that is not behind the last item."""


def size(field: str, asked: int | None) -> int:
    """How many items to return. Raises BadUserInput unless it is 1 to 100 or not given."""
    if asked is None:
        return DEFAULT_SIZE
    if not 1 <= asked <= LARGEST_SIZE:
        raise BadUserInput(field, f"must be 1 to {LARGEST_SIZE}")
    return asked


Key = tuple[int | str, ...]


def encode(key: Key) -> str:
    """The opaque cursor for an item with this key."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def decode(cursor: str | None, start: Key) -> Key:
    """The key in a cursor, or `start` without one. Raises BadUserInput for any other text."""
    if cursor is None:
        return start
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key: Any = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        key = None
    parts = cast("list[Any]", key) if isinstance(key, list) else []
    if list(map(type, parts)) != list(map(type, start)) or not all(map(_storable, parts)):
        raise BadUserInput("after", "is not a cursor of this list")
    return tuple(parts)


def _storable(part: int | str) -> bool:
    """Whether both engines can compare a column with it."""
    return "\0" not in part if isinstance(part, str) else abs(part) < 2**63


def forward(
    found: Sequence[T], wanted: int, cursor: str | None, key: Callable[[T], Key]
) -> Page[T]:
    """The page made of what was found when `wanted` + 1 were looked for after `cursor`."""
    items = found[:wanted]
    return Page(
        items,
        [encode(key(item)) for item in items],
        has_next=len(found) > wanted,
        has_previous=cursor is not None,
    )
