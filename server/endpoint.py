"""The GraphQL endpoint: who calls, over HTTP and over sockets."""

from datetime import timedelta
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UNSET

from resolvers.errors import ChatError
from resolvers.house import House
from resolvers.sessions import Doorkeeper
from schema.api import api
from schema.context import Context
from server.requests import BadRequest, asked, body
from server.socket import SocketHandler

_INIT_WITHIN = timedelta(seconds=5)
_BEARER = "bearer "
_JSON = "application/json"
_VISITOR = """This is Tertulia's GraphQL API. Send it a query by POST, as JSON:

    curl URL -H 'content-type: application/json' -d '{"query": "{ server { name } }"}'
"""
LARGEST_BODY = 1024 * 1024


class Endpoint(GraphQL[Context, None]):
    """`/graphql`: queries and mutations over HTTP, everything over graphql-transport-ws."""

    graphql_transport_ws_handler_class = SocketHandler

    def __init__(self, house: House) -> None:
        super().__init__(
            api,
            graphql_ide=None,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=_INIT_WITHIN,
        )
        self.house = house
        self._doorkeeper = Doorkeeper(house)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers the everyday request directly; whatever else comes is Strawberry's."""
        if scope["type"] == "http" and scope["method"] == "POST":
            headers = Headers(scope=scope)
            if headers.get("content-type", "").partition(";")[0].strip().lower() == _JSON:
                answer = await self._answer(headers, receive)
                await answer(scope, receive, send)
                return
        if scope["type"] == "http" and scope["method"] == "GET" and not scope["query_string"]:
            await PlainTextResponse(_VISITOR, 400)(scope, receive, send)
            return
        await super().__call__(scope, receive, send)

    async def _answer(self, headers: Headers, receive: Receive) -> Response:
        try:
            request = asked(await body(receive, LARGEST_BODY))
        except BadRequest as error:
            return _json({"errors": [error.formatted]}, error.status)
        context = self._context(headers)
        try:
            result = await api.execute(
                request.query, request.variables, context, operation_name=request.operation_name
            )
        except InvalidOperationTypeError:
            error = BadRequest("Subscriptions need a WebSocket.")
            return _json({"errors": [error.formatted]}, error.status)
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [error.formatted for error in result.errors]
        return _json(answer, 200)

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """A context for this request or socket, with the token of its Authorization header."""
        return self._context(request.headers)

    def _context(self, headers: Headers) -> Context:
        token = bearer(headers.get("authorization"))
        agent = headers.get("user-agent")
        return Context(self.house, self._doorkeeper, token, user_agent=agent)

    async def on_ws_connect(self, context: Context) -> Any:
        """Signs a socket in by what its `connection_init` carries, or else by its headers."""
        given = context.connection_params.get("authorization")
        if given is not None:
            context.token = bearer(given) or ""
        if isinstance(await self._doorkeeper.identity(context.token), ChatError):
            raise ConnectionRejectionError
        return UNSET

    def decode_json(self, data: str | bytes) -> object:
        """Strict JSON: no NaN, no lone surrogates."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> str:
        """JSON as text, which a socket sends as a text frame."""
        return orjson.dumps(data).decode()


def bearer(authorization: object) -> str | None:
    """The token in an Authorization header; None if there is none (RFC 6750, section 2.1)."""
    if not isinstance(authorization, str) or authorization[: len(_BEARER)].lower() != _BEARER:
        return None
    return authorization[len(_BEARER) :].strip()


def _json(answer: dict[str, Any], status: int) -> Response:
    return Response(orjson.dumps(answer), status, media_type=_JSON)
