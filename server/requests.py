"""A GraphQL request in an HTTP request: read, bounded and checked before anybody looks into it."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any, cast
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import Headers
from starlette.types import Receive

from schema.operations import Asked
from schema.scalars import ErrorCode
from server.forms import NotAForm, parts_of

LARGEST_BODY = 1024 * 1024
_PARAMETERS = ("query", "operationName", "variables", "extensions")
_JSON = "application/json"
_FORM = "multipart/form-data"


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


NOT_UNICODE = BadRequest("Text must not contain lone surrogates.", code=ErrorCode.BAD_USER_INPUT)


def is_json(headers: Headers) -> bool:
    """Whether the body says that it is JSON: no page of another site can send that unasked."""
    return _media_type(headers) == _JSON


async def posted(
    headers: Headers, receive: Receive, seconds: float, answered: AsyncExitStack
) -> Asked:
    """The request in a body, which has so many seconds to arrive. Raises BadRequest.

    Its files are there until it is answered.
    """
    media = _media_type(headers)
    if media not in (_JSON, _FORM):
        raise BadRequest(f"The Content-Type must be {_JSON} or {_FORM}.", 415)
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise BadRequest("The body must not be compressed.", 415)
    if media == _JSON and _charset(headers) not in ("", "utf-8", "utf8"):
        raise BadRequest("JSON must be in UTF-8.", 415)
    try:
        async with asyncio.timeout(seconds):
            content = await _body(receive, LARGEST_BODY)
    except TimeoutError as error:
        raise BadRequest("The request did not arrive in time.", 408) from error
    if media == _JSON:
        return asked(_decoded(content))
    try:
        return asked(await parts_of(headers, content, _decoded, answered))
    except NotAForm as error:
        raise BadRequest(str(error)) from error


def in_url(query_string: bytes) -> Asked:
    """The request in the query of a URL. Raises BadRequest."""
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict"
        )
    except ValueError as error:
        raise BadRequest("The URL is not properly encoded.") from error
    given = [(name, value) for name, value in pairs if name in _PARAMETERS]
    fields: dict[str, Any] = dict(given)
    if len(fields) < len(given):
        raise BadRequest("A parameter is given twice.")
    for name in ("variables", "extensions"):
        if fields.get(name):
            fields[name] = _decoded(fields[name].encode())
    return asked({name: value for name, value in fields.items() if value != ""})


def asked(given: object) -> Asked:
    """The request in a JSON value that has come in whatever way. Raises BadRequest."""
    if isinstance(given, list):
        raise BadRequest("Send one operation in each request, not a list of them.")
    if not isinstance(given, dict):
        raise BadRequest("The request must be a JSON object.")
    fields = cast("dict[str, Any]", given)
    query, name, variables, extensions = (
        fields.get(key) for key in ("query", "operationName", "variables", "extensions")
    )
    if query is None and not extensions:
        raise BadRequest("The request must have a `query`.")
    for key, value, kind, wanted in (
        ("query", query, str, "text"),
        ("operationName", name, str, "text"),
        ("variables", variables, dict, "an object"),
        ("extensions", extensions, dict, "an object"),
    ):
        if value is not None and not isinstance(value, kind):
            raise BadRequest(f"`{key}` must be {wanted}.")
    return Asked(query, variables, name or None, extensions)


def has_surrogates(content: str | bytes) -> bool:
    """Whether this is JSON but for text that is not Unicode, which orjson refuses."""
    try:
        text = json.dumps(json.loads(content), ensure_ascii=False)
    except (ValueError, RecursionError):
        return False
    return any("\ud800" <= character <= "\udfff" for character in text)


async def _body(receive: Receive, limit: int) -> bytes:
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


def _decoded(content: bytes) -> object:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        if has_surrogates(content):
            raise NOT_UNICODE from error
        raise BadRequest("The request is not valid JSON.") from error


def _media_type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _charset(headers: Headers) -> str:
    _, _, parameters = headers.get("content-type", "").lower().partition("charset=")
    return parameters.partition(";")[0].strip().strip('"')
