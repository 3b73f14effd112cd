"""Answers in one piece: their JSON, their media types and their statuses.

https://graphql.github.io/graphql-over-http/draft/
"""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from schema.operations import Answer
from schema.scalars import ErrorCode
from server.negotiation import Media
from server.requests import BadRequest

ANSWERS = (Media.RESPONSE, Media.JSON)
_HEADERS = {
    media: [
        (b"content-type", f"{media}; charset=utf-8".encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"Accept"),
    ]
    for media in ANSWERS
}


class JsonResponse(Response):
    """Its headers are ready-made: making them would cost as much as the rest of it."""

    def __init__(self, answer: dict[str, Any], status: int, media: Media) -> None:
        self._media = media
        super().__init__(orjson.dumps(answer), status)

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        """Sets them."""
        length = (b"content-length", b"%d" % len(self.body))
        self.raw_headers = [*_HEADERS[self._media], length]


def answered(answer: Answer, media: Media) -> Response:
    """The response with an answer."""
    response = JsonResponse(answer.formatted, _status(answer, media), media)
    if answer.errors and (seconds := retry_after(answer)):
        response.headers["retry-after"] = str(seconds)
    return response


def retry_after(answer: Answer) -> int:
    """In how many seconds something may be asked again that was asked too often; 0: nothing was."""
    facts = [error.extensions or {} for error in answer.errors or ()]
    return max((int(told.get("retryAfter", 0)) for told in facts), default=0)


def refused(error: BadRequest, media: Media) -> Response:
    """The response to what cannot be executed."""
    response = JsonResponse({"errors": [error.formatted]}, error.status, media)
    if error.status == 405:
        response.headers["allow"] = "GET, POST"
    return response


def _status(answer: Answer, media: Media) -> int:
    if not answer.begun and retry_after(answer):
        return 429
    facts = (answer.errors or [])[0].extensions or {} if answer.errors else {}
    if not answer.begun and facts.get("code") == ErrorCode.PAYLOAD_TOO_LARGE.value:
        return 413
    if answer.begun or media is Media.JSON:
        return 200
    return 403 if facts.get("code") == ErrorCode.FORBIDDEN.value else 400
