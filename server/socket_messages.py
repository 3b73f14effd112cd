"""What a client may say over graphql-transport-ws, and nothing else.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import json
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import orjson

from schema.operations import Asked
from server.requests import BadRequest, asked, has_surrogates

_LONGEST_ID = 256


class Malformed(Exception):
    """The message is none of the protocol; the socket is closed with 4400."""


@dataclass(frozen=True, slots=True)
class Init:
    """The first message: who one is."""

    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there? The payload comes back."""

    payload: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Pong:
    """I am here."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """An operation to run."""

    id: str
    asked: Asked


@dataclass(frozen=True, slots=True)
class NotUnicode:
    """An operation that cannot be run, because text in it is not Unicode."""

    id: str


@dataclass(frozen=True, slots=True)
class Complete:
    """An operation to end."""

    id: str


Said: TypeAlias = Init | Ping | Pong | Subscribe | NotUnicode | Complete


def read(text: str | None) -> Said:
    """The message in a text frame; None for a binary one. Raises Malformed."""
    if text is None:
        raise Malformed("Messages must be text")
    try:
        message: object = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if not has_surrogates(text):
            raise Malformed("Messages must be JSON") from error
        return _not_unicode(json.loads(text))
    if not isinstance(message, dict):
        raise Malformed("Messages must be JSON objects")
    return _said(cast("dict[str, Any]", message))


def _said(fields: dict[str, Any]) -> Said:
    match fields.get("type"):
        case "connection_init":
            return Init(_payload(fields) or {})
        case "ping":
            return Ping(_payload(fields))
        case "pong":
            _payload(fields)
            return Pong()
        case "subscribe":
            return Subscribe(_id(fields), _asked(fields))
        case "complete":
            return Complete(_id(fields))
        case _:
            raise Malformed("There is no message of this type")


def _not_unicode(message: object) -> NotUnicode:
    """What half a character in somebody's text comes to: their operation fails, no other."""
    if isinstance(message, dict) and cast("dict[str, Any]", message).get("type") == "subscribe":
        found = _id(cast("dict[str, Any]", message))
        if found.isascii() or not has_surrogates(json.dumps(found)):
            return NotUnicode(found)
    raise Malformed("Messages must be Unicode")


def _payload(message: dict[str, Any]) -> dict[str, Any] | None:
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise Malformed("The payload must be an object")
    return cast("dict[str, Any] | None", payload)


def _id(message: dict[str, Any]) -> str:
    found = message.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= _LONGEST_ID:
        raise Malformed(f"The id must be text of 1 to {_LONGEST_ID} characters")
    return found


def _asked(message: dict[str, Any]) -> Asked:
    payload = _payload(message)
    if payload is None:
        raise Malformed("There must be a payload")
    try:
        return asked(payload)
    except BadRequest as error:
        raise Malformed(str(error).rstrip(".")) from error
