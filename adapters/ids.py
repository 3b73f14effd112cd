"""Ids: UUIDv7 (RFC 9562), so that they sort by the time they were made."""

from uuid import UUID, uuid5

import uuid_utils


def new_id() -> str:
    """A fresh UUIDv7 in its usual text form."""
    return str(uuid_utils.uuid7())


def parsed_id(text: str) -> str | None:
    """The canonical form of a UUID that a client sent, or None if it is none.

    Any version is taken: what matters is that the client's retry carries the same one.
    """
    try:
        parsed = UUID(text)
    except ValueError:
        return None
    canonical = str(parsed)
    return canonical if len(text) == len(canonical) and text.lower() == canonical else None


def first_of(whole: str) -> str:
    """The id of the first part of something, which follows from its own (UUIDv5, RFC 9562)."""
    return str(uuid5(UUID(whole), "first"))
