"""A GraphQL request in the body of an HTTP request, read and checked."""

import json
from dataclasses import dataclass
from typing import Any, cast

import orjson
from starlette.types import Receive

from schema.scalars import ErrorCode


class BadRequest(Exception):
    """The request cannot be executed; `status` is the HTTP status that says so."""

    def __init__(
        self, message: str, status: int = 400, code: ErrorCode = ErrorCode.BAD_QUERY, **facts: int
    ) -> None:
        super().__init__(message)
        self.status = status
        self.formatted: dict[str, Any] = {
            "message": message,
            "extensions": {"code": code.value, **facts},
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asks for."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


async def body(receive: Receive, limit: int) -> bytes:
    """The whole body, refused as soon as it is over the limit in bytes. Raises BadRequest."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The request was broken off.")
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise BadRequest(
                "The request is too large.", 413, ErrorCode.PAYLOAD_TOO_LARGE, limit=limit
            )
        if not message.get("more_body"):
            return part if not parts else b"".join([*parts, part])
        parts.append(part)


def asked(content: bytes) -> Asked:
    """The request in a body of JSON. Raises BadRequest."""
    try:
        given = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        if _has_surrogates(content):
            reason = "Text must not contain lone surrogates."
            raise BadRequest(reason, code=ErrorCode.BAD_USER_INPUT) from error
        raise BadRequest("The body is not valid JSON.") from error
    if not isinstance(given, dict):
        raise BadRequest("The body must be a JSON object.")
    fields = cast("dict[str, Any]", given)
    query, variables = fields.get("query"), fields.get("variables")
    name = fields.get("operationName")
    if not isinstance(query, str):
        raise BadRequest("The body must have a `query`, which is text.")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequest("`variables` must be an object.")
    if name is not None and not isinstance(name, str):
        raise BadRequest("`operationName` must be text.")
    return Asked(query, cast("dict[str, Any] | None", variables), name)


def _has_surrogates(content: bytes) -> bool:
    """Whether the body is JSON, but for text that is not Unicode, which orjson refuses."""
    try:
        text = json.dumps(json.loads(content), ensure_ascii=False)
    except (ValueError, RecursionError):
        return False
    return any("\ud800" <= character <= "\udfff" for character in text)
