"""A socket that speaks graphql-transport-ws, and how it ends."""

import asyncio
from contextlib import ExitStack, suppress
from typing import Any

from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import ConnectionInitMessage

from resolvers.devices import FORBIDDEN
from resolvers.errors import ChatError
from schema.context import Context


class SocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """Counts as a connected device, and is closed when its token or its session ends."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._until_closed = ExitStack()
        self._registered = False
        self._closing: asyncio.Task[None] | None = None

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Registers the socket once it is acknowledged."""
        await super().handle_connection_init(message)
        if not self.connection_acknowledged or self._registered:
            return
        self._registered = True
        context = self.context
        devices, token = context.house.devices, context.token
        if token is None:
            self._until_closed.enter_context(devices.connected(close=self.end))
            return
        try:
            caller, expires = await context.doorkeeper.caller(token)
            ids = (caller.user_id, caller.session_id)
            self._until_closed.enter_context(devices.connected(*ids, close=self.end))
            # Once more, for what happened before we were to be reached.
            await context.doorkeeper.caller(token)
        except ChatError as refusal:
            self.end(FORBIDDEN, str(refusal))
            return
        left = expires - context.house.clock.seconds()
        expiry = asyncio.get_running_loop().call_later(
            left, self.end, FORBIDDEN, "The access token has expired"
        )
        self._until_closed.callback(expiry.cancel)

    def end(self, code: int, reason: str) -> None:
        """Closes the socket: nothing more is sent, and what runs on it ends."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._end(code, reason))

    async def shutdown(self) -> None:
        """Cleans up after the last message."""
        try:
            self._until_closed.close()
        finally:
            await super().shutdown()

    async def _end(self, code: int, reason: str) -> None:
        for operation_id in list(self.operations):
            await self.cleanup_operation(operation_id)
        with suppress(WebSocketDisconnected, RuntimeError):
            await self.websocket.close(code, reason)
