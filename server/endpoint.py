"""The GraphQL endpoint, `/graphql`: over HTTP and over sockets.

https://graphql.github.io/graphql-over-http/draft/
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from graphql import OperationType
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from resolvers.house import House
from resolvers.sessions import Doorkeeper
from schema.context import Context, Jar
from schema.operations import ANSWERED_ONCE, READING, Answer, Asked, Operations, WrongKind
from schema.scalars import ErrorCode
from server.credentials import Cookies, Kept, bearer
from server.explorer import Explorer
from server.negotiation import Media, negotiated
from server.requests import (
    LARGEST_ANSWER,
    BadRequest,
    HeaderFields,
    headers_of,
    in_url,
    is_json,
    posted,
    sent_as_form,
    too_large,
)
from server.socket import Socket, SocketLimits

_PREFLIGHT = ("graphql-require-preflight", "apollo-require-preflight")
_ANSWERS = (Media.RESPONSE, Media.JSON)
_HEADERS = {
    media: [
        (b"content-type", f"{media}; charset=utf-8".encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"Accept"),
    ]
    for media in _ANSWERS
}


class _Came(NamedTuple):
    """What came with a request besides its operation."""

    headers: HeaderFields
    cookies: Kept
    trusted: bool
    """Whether no page of another site can have made a browser send it."""


class Endpoint:
    """Queries and mutations over HTTP, everything over graphql-transport-ws."""

    def __init__(
        self, house: House, operations: Operations, cookies: Cookies, sockets: SocketLimits
    ) -> None:
        self._house = house
        self._operations = operations
        self._cookies = cookies
        self._sockets = sockets
        self._doorkeeper = Doorkeeper(house)
        self._explorer = Explorer()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speaks with a socket, or answers a request."""
        headers = headers_of(scope)
        # Where a browser's socket comes from, the guard has looked at.
        trusted = scope["type"] == "websocket" or _asks_first(headers)
        came = _Came(headers, self._cookies.read(headers.get("cookie")), trusted)
        if scope["type"] == "websocket":
            websocket = WebSocket(scope, receive, send)
            context = self._context(came, None)
            await Socket(websocket, context, self._operations, self._sockets).run()
        else:
            answering = await self._response(scope, came, receive)
            await answering(scope, receive, send)

    async def _response(self, scope: Scope, came: _Came, receive: Receive) -> Response:
        method, accept = scope["method"], came.headers.get("accept")
        if method == "GET" and negotiated(accept, (*_ANSWERS, Media.PAGE)) is Media.PAGE:
            return self._explorer.page()
        media = negotiated(accept, _ANSWERS)
        if media is None:
            told = BadRequest(f"Answers come as {' or '.join(_ANSWERS)}.", 406)
            return _refused(told, Media.JSON)
        if method not in ("GET", "POST"):
            return _refused(BadRequest("Send GET or POST.", 405), media)
        try:
            if method == "POST":
                return await self._posted(came, media, receive)
            return await self._answer(in_url(scope["query_string"]), came, media, READING)
        except BadRequest as error:
            return _refused(error, media)

    async def _posted(self, came: _Came, media: Media, receive: Receive) -> Response:
        if is_json(came.headers):
            asked = await posted(came.headers, receive)
            return await self._answer(asked, came, media, ANSWERED_ONCE)
        async with sent_as_form(came.headers, receive) as asked:
            return await self._answer(asked, came, media, ANSWERED_ONCE)

    async def _answer(
        self, asked: Asked, came: _Came, media: Media, allowed: frozenset[OperationType]
    ) -> Response:
        jar = Jar(came.cookies.refresh_token) if came.trusted else None
        context = self._context(came, jar)
        try:
            answer = await self._operations.answer(asked, context, allowed)
        except WrongKind as error:
            if error.kind is OperationType.MUTATION:
                raise BadRequest("Mutations have to be sent by POST.", 405) from error
            raise BadRequest("Subscriptions need a WebSocket.") from error
        response = _JsonResponse(answer.formatted, _status(answer, media), media)
        if len(response.body) > LARGEST_ANSWER:
            raise too_large()
        if jar is not None:
            self._set(response, jar, came.cookies)
        return response

    def _context(self, came: _Came, jar: Jar | None) -> Context:
        """Who asks, by a header or else by a cookie. Raises BadRequest."""
        headers = came.headers
        token = bearer(headers.get("authorization"))
        if token is None and came.cookies.any:
            if not came.trusted:
                raise BadRequest(
                    f"With cookies, send JSON or one of the headers {', '.join(_PREFLIGHT)}.",
                    403,
                    ErrorCode.FORBIDDEN,
                )
            token = came.cookies.access_token
            if jar is not None:
                jar.signs_in = True
        return Context(self._house, self._doorkeeper, token, jar, headers.get("user-agent"))

    def _set(self, response: Response, jar: Jar, cookies: Kept) -> None:
        if jar.sign_in is not None:
            lines = self._cookies.with_tokens(jar.sign_in)
        elif jar.empty and cookies.any:
            lines = self._cookies.without_tokens()
        else:
            return
        for line in lines:
            response.headers.append("set-cookie", line)


def _asks_first(headers: HeaderFields) -> bool:
    """Whether a browser asks before it lets a page of another site send such headers."""
    return is_json(headers) or any(name in headers for name in _PREFLIGHT)


def _status(answer: Answer, media: Media) -> int:
    if answer.begun or media is Media.JSON:
        return 200
    facts = (answer.errors or [])[0].extensions or {}
    return 403 if facts.get("code") == ErrorCode.FORBIDDEN.value else 400


def _refused(error: BadRequest, media: Media) -> Response:
    response = _JsonResponse({"errors": [error.formatted]}, error.status, media)
    if error.status == 405:
        response.headers["allow"] = "GET, POST"
    return response


class _JsonResponse(Response):
    """Its headers are ready-made: making them would cost as much as the rest of it."""

    def __init__(self, answer: dict[str, Any], status: int, media: Media) -> None:
        self._media = media
        super().__init__(orjson.dumps(answer), status)

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        """Sets them."""
        length = (b"content-length", b"%d" % len(self.body))
        self.raw_headers = [*_HEADERS[self._media], length]
