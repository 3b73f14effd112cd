"""The GraphQL endpoint, `/graphql`: over HTTP and over sockets.

https://graphql.github.io/graphql-over-http/draft/
"""

from graphql import OperationType
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from resolvers import intake
from resolvers.errors import ChatError
from resolvers.intake import Intake
from schema.context import Context, Jar
from schema.operations import (
    ANSWERED_ONCE,
    HARMLESS,
    READING,
    Answer,
    Asked,
    Operations,
    WrongKind,
)
from server.answers import ANSWERS, answered, refused
from server.callers import Callers, Came
from server.credentials import Kept
from server.explorer import Explorer
from server.fanout import Carry
from server.negotiation import Media, names, negotiated
from server.requests import (
    LARGEST_ANSWER,
    BadRequest,
    in_url,
    is_json,
    posted,
    sent_as_form,
    too_large,
)
from server.socket import Socket, SocketLimits
from server.stream_forms import Parts
from server.streams import Stream, Streamed, StreamLimits

_NO_WAY_TO_ANSWER = (
    "Subscriptions need a WebSocket, /graphql/stream, or `Accept: multipart/mixed;"
    "subscriptionSpec=1.0`."
)


class Endpoint:
    """Everything over graphql-transport-ws, and over HTTP; subscriptions there in parts."""

    def __init__(
        self,
        callers: Callers,
        operations: Operations,
        sockets: SocketLimits,
        streams: StreamLimits,
        carry: Carry | None,
    ) -> None:
        """Without `carry` each subscription is executed by itself."""
        self._carry = carry
        self._callers = callers
        self._operations = operations
        self._sockets = sockets
        self._streams = streams
        self._explorer = Explorer()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speaks with a socket, or answers a request."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send).run()
        else:
            came = self._callers.came(scope, harmless=False)
            answering = await self._response(scope, came, receive)
            await answering(scope, receive, send)

    def _socket(self, scope: Scope, receive: Receive, send: Send) -> Socket:
        # Where a browser's socket comes from, the guard has looked at.
        context = self._callers.context(self._callers.came(scope, harmless=True), None)
        # There may be many of them for long: what their handshake said is not kept.
        scope["headers"] = []
        websocket = WebSocket(scope, receive, send)
        return Socket(websocket, context, self._operations, self._sockets, self._carry)

    async def _response(self, scope: Scope, came: Came, receive: Receive) -> ASGIApp:
        method, accept = scope["method"], came.headers.get("accept")
        if method == "GET" and negotiated(accept, (*ANSWERS, Media.PAGE)) is Media.PAGE:
            return self._explorer.page()
        media = negotiated(accept, ANSWERS)
        if media is None and not _takes_parts(came):
            told = BadRequest(f"Answers come as {' or '.join(ANSWERS)}.", 406)
            return refused(told, Media.JSON)
        media = media or Media.JSON
        if method not in ("GET", "POST"):
            return refused(BadRequest("Send GET or POST.", 405), media)
        try:
            if method == "POST":
                return await self._posted(scope, came, media, receive)
            return await self._answer(in_url(scope["query_string"]), came, media, READING)
        except BadRequest as error:
            return refused(error, media)

    async def _posted(self, scope: Scope, came: Came, media: Media, receive: Receive) -> ASGIApp:
        if is_json(came.headers):
            asked = await posted(came.headers, receive)
            return await self._answer(asked, came, media, ANSWERED_ONCE)

        async def begin() -> Intake:
            context = self._callers.context(came, None)
            return await intake.begin((await context.for_operation()).caller)

        try:
            async with sent_as_form(came.headers, scope, receive, begin) as asked:
                return await self._answer(asked, came, media, ANSWERED_ONCE)
        except ChatError as error:
            context = self._callers.context(came, None)
            return answered(await self._operations.refuse(error, context), media)

    async def _answer(
        self, asked: Asked, came: Came, media: Media, allowed: frozenset[OperationType]
    ) -> ASGIApp:
        jar = Jar(came.cookies.refresh_token, came.cookies.device_token) if came.trusted else None
        context = self._callers.context(came, jar)
        try:
            answer = await self._operations.answer(asked, context, allowed)
        except WrongKind as error:
            if error.kind is OperationType.MUTATION:
                raise BadRequest("Mutations have to be sent by POST.", 405) from error
            if not _takes_parts(came):
                raise BadRequest(_NO_WAY_TO_ANSWER) from error
            return self._in_parts(asked, context, media)
        response = answered(answer, media)
        if len(response.body) > LARGEST_ANSWER:
            raise too_large()
        if jar is not None:
            self._set(response, jar, came.cookies)
        return response

    def _in_parts(self, asked: Asked, context: Context, media: Media) -> Stream:
        def otherwise(answer: Answer) -> Response:
            return answered(answer, media)

        given = Streamed(asked, context, HARMLESS, Parts(), otherwise)
        return Stream(given, self._operations, self._streams, self._carry)

    def _set(self, response: Response, jar: Jar, cookies: Kept) -> None:
        if jar.sign_in is not None:
            lines = self._callers.cookies.with_tokens(jar.sign_in)
        elif jar.empty and cookies.any:
            lines = self._callers.cookies.without_tokens()
        else:
            return
        for line in lines:
            response.headers.append("set-cookie", line)


def _takes_parts(came: Came) -> bool:
    return names(came.headers.get("accept"), Media.PARTS)
