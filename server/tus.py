"""Resumable uploads: tus 1.0.0, with creation, expiration, checksum and termination.

https://tus.io/protocols/resumable-upload
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from resolvers import storing
from resolvers.errors import BadUserInput, ChatError
from resolvers.house import Caller, House
from resolvers.storing import Wanted
from resolvers.uploads import CHECKSUMS, InUse, Misplaced, Progress, Sum, Uploads, WrongSum
from schema.errors import presented
from server.bodies import BrokenOff, pieces
from server.callers import Callers
from server.requests import BadRequest, HeaderFields

PLACE = "/files/tus"
_VERSION = "1.0.0"
_EXTENSIONS = "creation,expiration,checksum,termination"
_PIECE_TYPE = "application/offset+octet-stream"
_PRICE = 50
"""Of a request, in fields to resolve."""
_LONGEST_METADATA = 16 * 1024
_STATUSES = {
    "UNAUTHENTICATED": 401,
    "BANNED": 403,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "CONFLICT": 409,
    "PAYLOAD_TOO_LARGE": 413,
    "QUOTA_EXCEEDED": 413,
    "UNSUPPORTED_FILE": 415,
    "RATE_LIMITED": 429,
    "UNAVAILABLE": 503,
    "INTERNAL": 500,
}
CHECKSUM_MISMATCH = 460
_OUTCOMES: dict[type[Exception], tuple[int, str]] = {
    Misplaced: (409, "The upload goes on at another offset."),
    InUse: (423, "Another connection is at this upload."),
    WrongSum: (CHECKSUM_MISMATCH, "What came is not what was sent."),
}


class _Refused(Exception):
    """What the protocol itself has a status for."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Tus:
    """The ASGI application at `/files/tus` and below."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self._house: House = callers.house
        self._uploads = Uploads(callers.house)
        self._methods: dict[str, Callable[..., Awaitable[Response]]] = {
            "POST": self._create,
            "HEAD": self._look,
            "PATCH": self._append,
            "DELETE": self._cancel,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        response = await self._answer(scope, receive)
        response.headers["tus-resumable"] = _VERSION
        response.headers["cache-control"] = "no-store"
        if response.status_code == 412:
            response.headers["tus-version"] = _VERSION
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        came = self._callers.came(scope, harmless=False)
        headers = came.headers
        method = headers.get("x-http-method-override", scope["method"]).upper()
        if method == "OPTIONS":
            return self._options()
        try:
            own = await self._callers.context(came, None).for_operation()
            await own.charge(_PRICE)
            upload_id = scope["path"][len(PLACE) :].strip("/")
            work = self._work(method, upload_id, headers)
            return await work(own.caller, upload_id, headers, scope, receive)
        except (_Refused, BadRequest, ChatError, Misplaced, InUse, WrongSum) as error:
            return _told(error)
        except BrokenOff:
            return Response(status_code=400)

    def _work(
        self, method: str, upload_id: str, headers: HeaderFields
    ) -> Callable[..., Awaitable[Response]]:
        """What the method asks for. Raises _Refused."""
        if headers.get("tus-resumable") != _VERSION:
            raise _Refused(412, f"Tus-Resumable must be {_VERSION}.")
        if method not in self._methods or (method == "POST") == bool(upload_id):
            raise _Refused(405, "Send POST to begin, and HEAD, PATCH or DELETE to an upload.")
        return self._methods[method]

    def _options(self) -> Response:
        return Response(
            status_code=204,
            headers={
                "tus-version": _VERSION,
                "tus-extension": _EXTENSIONS,
                "tus-max-size": str(self._house.policy.upload_bytes),
                "tus-checksum-algorithm": ",".join(CHECKSUMS),
            },
        )

    async def _create(self, caller: Caller, _: str, headers: HeaderFields, *__: object) -> Response:
        size = _number(headers, "upload-length")
        told = headers.get("upload-metadata", "")
        progress = await self._uploads.create(caller, size, _wanted(told), told)
        response = _progress(201, progress)
        response.headers["location"] = f"{PLACE}/{progress.row.id}"
        return response

    async def _look(self, caller: Caller, upload_id: str, *_: object) -> Response:
        progress = await self._uploads.look(caller, upload_id)
        response = _progress(200, progress)
        response.headers["upload-length"] = str(progress.row.size)
        if told := orjson.loads(progress.row.about)["told"]:
            response.headers["upload-metadata"] = told
        return response

    async def _append(
        self,
        caller: Caller,
        upload_id: str,
        headers: HeaderFields,
        scope: Scope,
        receive: Receive,
    ) -> Response:
        if headers.get("content-type", "").lower() != _PIECE_TYPE:
            raise _Refused(415, f"The Content-Type must be {_PIECE_TYPE}.")
        offset, expected = _number(headers, "upload-offset"), _sum(headers)
        body = pieces(scope, receive)
        try:
            progress = await self._uploads.append(caller, upload_id, offset, body, expected)
        finally:
            await body.aclose()
        return _progress(204, progress)

    async def _cancel(self, caller: Caller, upload_id: str, *_: object) -> Response:
        await self._uploads.cancel(caller, upload_id)
        return Response(status_code=204)


def _progress(status: int, progress: Progress) -> Response:
    row = progress.row
    expires = format_datetime(datetime.fromisoformat(row.expires_at), usegmt=True)
    headers = {"upload-offset": str(progress.offset), "upload-expires": expires}
    if row.file_id is not None:
        headers["tertulia-file-id"] = row.file_id
    return Response(status_code=status, headers=headers)


def _wanted(told: str) -> Wanted:
    """What is to become of an upload. Raises BadUserInput, NotFound, _Refused."""
    metadata = _metadata(told)
    if "channelId" not in metadata:
        raise BadUserInput("channelId", "must be among Upload-Metadata")
    parents = metadata.get("parentIds")
    return storing.wanted(
        metadata["channelId"],
        metadata.get("filename", ""),
        chosen_id=metadata.get("id"),
        replaces_id=metadata.get("replacesId"),
        parent_ids=parents.split(",") if parents else None,
    )


def _metadata(told: str) -> dict[str, str]:
    if len(told) > _LONGEST_METADATA:
        raise _Refused(400, "Upload-Metadata is too long.")
    found: dict[str, str] = {}
    for pair in filter(None, (one.strip() for one in told.split(","))):
        name, _, value = pair.partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise _Refused(400, "Upload-Metadata must be keys and values in Base64.") from error
    return found


def _number(headers: Mapping[str, str], name: str) -> int:
    digits = headers.get(name, "")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 17):
        raise _Refused(400, f"{name.title()} must be a number of bytes.")
    return int(digits)


def _sum(headers: Mapping[str, str]) -> Sum | None:
    given = headers.get("upload-checksum")
    if given is None:
        return None
    algorithm, _, digest = given.strip().partition(" ")
    if algorithm not in CHECKSUMS:
        raise _Refused(400, f"Upload-Checksum must be by one of {', '.join(CHECKSUMS)}.")
    try:
        return Sum(algorithm, base64.b64decode(digest, validate=True))
    except (binascii.Error, ValueError) as error:
        raise _Refused(400, "Upload-Checksum must have its sum in Base64.") from error


def _told(error: Exception) -> Response:
    """The response to what went wrong."""
    if isinstance(error, ChatError):
        shown = presented(GraphQLError(str(error), original_error=error)).formatted
        facts: dict[str, Any] = error.extensions
        status = _STATUSES.get(facts["code"], 400)
        headers = {"retry-after": str(facts["retryAfter"])} if "retryAfter" in facts else {}
        return _response(status, shown, headers)
    if isinstance(error, BadRequest):
        return _response(error.status, error.formatted, {})
    status, message = _OUTCOMES.get(type(error), (400, ""))
    if isinstance(error, _Refused):
        status, message = error.status, str(error)
    return _response(status, {"message": message}, {})


def _response(status: int, error: Mapping[str, Any], headers: dict[str, str]) -> Response:
    body = orjson.dumps({"errors": [error]})
    return Response(body, status, headers, media_type="application/json")
