"""A GraphQL request in an HTTP request: read, bounded and checked before anybody looks into it."""

import json
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any, cast
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope

from schema.operations import Asked
from schema.scalars import ErrorCode
from server.bodies import BrokenOff, pieces
from server.forms import Begin, FieldsTooLarge, NotAForm, parts_of

HeaderFields = Mapping[str, str]

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
LARGEST_ANSWER = 8 * 1024 * 1024
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


def not_unicode() -> BadRequest:
    """What is said of text that has half a character in it."""
    return BadRequest("Text must not contain lone surrogates.", code=ErrorCode.BAD_USER_INPUT)


def too_large() -> BadRequest:
    """What is said instead of an answer that is larger than LARGEST_ANSWER."""
    most = LARGEST_ANSWER // 1024 // 1024
    return BadRequest(f"The answer would have more than {most} MiB.", code=ErrorCode.TOO_COMPLEX)


def over(limit: int) -> BadRequest:
    """What is said of a request that has more bytes than this."""
    return BadRequest("The request is too large.", 413, ErrorCode.PAYLOAD_TOO_LARGE, limit=limit)


def broken_off() -> BadRequest:
    """What is said, to nobody, where the client is gone."""
    return BadRequest("The request was broken off.")


def headers_of(scope: Scope) -> HeaderFields:
    """The headers of a request by their names in lower case; of one sent twice, the last."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def is_json(headers: HeaderFields) -> bool:
    """Whether the body says that it is JSON: no page of another site can send that unasked."""
    return _media_type(headers) == _JSON


async def posted(headers: HeaderFields, receive: Receive) -> Asked:
    """The request in a body of JSON. Raises BadRequest."""
    _check_type(headers, _JSON)
    if _charset(headers) not in ("", "utf-8", "utf8"):
        raise BadRequest("JSON must be in UTF-8.", 415)
    return asked(_decoded(await _body(receive, LARGEST_BODY)))


@asynccontextmanager
async def sent_as_form(
    headers: HeaderFields, scope: Scope, receive: Receive, begin: Begin
) -> AsyncGenerator[Asked]:
    """Within it, the request in a form, with its files. Raises BadRequest; what `begin` raises."""
    _check_type(headers, _FORM)
    async with AsyncExitStack() as closing:
        try:
            body = await closing.enter_async_context(aclosing(pieces(scope, receive)))
            given = await parts_of(headers, body, _decoded, begin, closing)
        except NotAForm as error:
            raise BadRequest(str(error)) from error
        except BrokenOff as error:
            raise broken_off() from error
        except FieldsTooLarge as error:
            raise over(error.limit) from error
        yield asked(given)


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
    if not isinstance(given, dict):
        raise BadRequest("The request must be a JSON object, and not a list of them.")
    fields = cast("dict[str, Any]", given)
    query: str | None = _field(fields, "query", str, "text")
    name: str | None = _field(fields, "operationName", str, "text")
    variables: dict[str, Any] | None = _field(fields, "variables", dict, "an object")
    extensions: dict[str, Any] | None = _field(fields, "extensions", dict, "an object")
    if query is None and "persistedQuery" not in (extensions or {}):
        raise BadRequest("The request must have a `query`.")
    return Asked(query, variables, name or None, extensions)


def has_surrogates(content: str | bytes) -> bool:
    """Whether this is JSON but for text that is not Unicode, which orjson refuses."""
    if not _SURROGATE.search(content if isinstance(content, bytes) else content.encode()):
        return False
    try:
        json.dumps(json.loads(content), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        pass
    return False


def _field(given: dict[str, Any], name: str, kind: type, wanted: str) -> Any:
    value = given.get(name)
    if value is not None and not isinstance(value, kind):
        raise BadRequest(f"`{name}` must be {wanted}.")
    return value


async def _body(receive: Receive, limit: int) -> bytes:
    """The whole body, refused as soon as it is over the limit in bytes. Raises BadRequest."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise broken_off()
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise over(limit)
        if not message.get("more_body"):
            return part if not parts else b"".join([*parts, part])
        parts.append(part)


def _decoded(content: bytes) -> object:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        if has_surrogates(content):
            raise not_unicode() from error
        raise BadRequest("The request is not valid JSON.") from error


def _check_type(headers: HeaderFields, wanted: str) -> None:
    if _media_type(headers) != wanted:
        raise BadRequest(f"The Content-Type must be {_JSON} or {_FORM}.", 415)
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise BadRequest("The body must not be compressed.", 415)


def _media_type(headers: HeaderFields) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _charset(headers: HeaderFields) -> str:
    _, _, parameters = headers.get("content-type", "").lower().partition("charset=")
    return parameters.partition(";")[0].strip().strip('"')
