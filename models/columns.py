"""Columns that occur in many tables."""

from typing import Any

from tortoise.fields import CharField


def id_column(**options: Any) -> CharField[str]:
    """A UUID in its 36 characters, the same on both engines and on the wire."""
    return CharField(max_length=36, **options)


def instant_column(**options: Any) -> CharField[str]:
    """A moment as `adapters.clock.Instant`: RFC 3339, UTC, milliseconds, always 24 characters."""
    return CharField(max_length=24, **options)
