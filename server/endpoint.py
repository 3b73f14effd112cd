"""The GraphQL endpoint: who calls, over HTTP and over sockets."""

from datetime import timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UNSET

from resolvers.errors import ChatError
from resolvers.house import Caller, House
from resolvers.sessions import Doorkeeper
from schema.api import api
from schema.context import Context
from server.socket import SocketHandler

_INIT_WITHIN = timedelta(seconds=5)
_BEARER = "bearer "


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

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """A context for this request or socket, with whoever its Authorization header names."""
        headers = request.headers
        identity = await self.identify(headers.get("authorization"))
        expires = identity[1] if isinstance(identity, tuple) else None
        return Context(
            self.house,
            identity[0] if isinstance(identity, tuple) else identity,
            headers.get("user-agent"),
            expires=expires,
        )

    async def identify(self, authorization: object) -> tuple[Caller, float] | ChatError | None:
        """Who presents this header and until when, or why it is no good; None without one."""
        if not isinstance(authorization, str) or authorization[:7].lower() != _BEARER:
            return None
        try:
            return await self._doorkeeper.caller(authorization[7:].strip())
        except ChatError as refusal:
            return refusal

    async def on_ws_connect(self, context: Context) -> Any:
        """Signs a socket in by what its `connection_init` carries, if it carries anything."""
        given = context.connection_params.get("authorization")
        if given is not None:
            identity = await self.identify(given)
            if not isinstance(identity, tuple):
                raise ConnectionRejectionError
            context.identity, context.expires = identity
        elif isinstance(context.identity, ChatError):
            raise ConnectionRejectionError
        return UNSET

    def decode_json(self, data: str | bytes) -> object:
        """Strict JSON: no NaN, no lone surrogates."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> str:
        """JSON as text, which a socket sends as a text frame."""
        return orjson.dumps(data).decode()
