"""A socket that speaks graphql-transport-ws: from its handshake to its end.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import asyncio
from contextlib import ExitStack, aclosing, suppress
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from resolvers.devices import FORBIDDEN
from resolvers.errors import ChatError
from schema.context import Context
from schema.errors import bug
from schema.operations import Asked, Operations
from schema.scalars import ErrorCode
from server import socket_messages
from server.credentials import bearer
from server.requests import LARGEST_ANSWER, BadRequest, not_unicode, too_large
from server.socket_messages import (
    Complete,
    Init,
    Malformed,
    NotUnicode,
    Ping,
    Pong,
    Subscribe,
)
from server.socket_protocol import CONNECTION, MALFORMED

PROTOCOL = "graphql-transport-ws"

UNAUTHORIZED, UNACCEPTABLE, INIT_TIMEOUT = 4401, 4406, 4408
ID_IN_USE, SECOND_INIT, TRY_LATER, BUG = 4409, 4429, 1013, 1011
_CUT = 1006
_CLOSE_SECONDS = 5
_LONGEST_REASON = 123
"""In bytes (RFC 6455, section 5.5)."""


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """What one socket, and one user with all of theirs, may take."""

    init_seconds: float = 5
    operations: int = 100
    """At a time."""
    sockets: int = 100
    """Of one user, or from one address of those who are not signed in."""


class Socket:
    """One connection of one client."""

    def __init__(
        self, websocket: WebSocket, context: Context, operations: Operations, limits: SocketLimits
    ) -> None:
        self._websocket = websocket
        self._context = context
        self._operations = operations
        self._limits = limits
        self._running: dict[str, asyncio.Task[None]] = {}
        self._until_closed = ExitStack()
        self._beginning = asyncio.Lock()
        self._init_received = False
        self._closing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Speaks with the client until either side closes the socket."""
        if PROTOCOL not in self._websocket.scope["subprotocols"]:
            await self._websocket.accept()
            await self._close(UNACCEPTABLE, f"Subprotocol must be {PROTOCOL}")
            return
        await self._websocket.accept(PROTOCOL)
        overdue = self._later(self._limits.init_seconds, INIT_TIMEOUT, "Connection init timeout")
        try:
            while self._closing is None:
                await self._hear(await self._message(), overdue)
        except WebSocketDisconnect:
            pass
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets to know
            self.end(BUG, bug(error)["message"])
        finally:
            overdue.cancel()
            self._until_closed.close()
            await self._stop()
            if self._closing is not None:
                await self._closing

    def end(self, code: int, reason: str) -> None:
        """Closes the socket: nothing more is sent, and what runs on it ends."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._end(code, reason))

    async def _message(self) -> str | None:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message["code"])
        return message.get("text")

    async def _hear(self, text: str | None, overdue: asyncio.TimerHandle) -> None:
        try:
            said = socket_messages.read(text)
        except Malformed as error:
            self.end(MALFORMED, str(error))
            return
        match said:
            case Init(payload):
                overdue.cancel()
                await self._begin(payload)
            case Ping(payload):
                await self._echo(payload)
            case Subscribe():
                await self._subscribe(said)
            case NotUnicode(operation_id):
                await self._refuse(operation_id, [not_unicode().formatted])
            case Complete(operation_id):
                self._cancel(operation_id)
            case Pong():
                pass

    async def _echo(self, payload: dict[str, Any] | None) -> None:
        try:
            await self._send({"type": "pong"} | ({} if payload is None else {"payload": payload}))
        except orjson.JSONEncodeError:  # it reads what is nested deeper than what it writes
            self.end(MALFORMED, "The payload is nested too deeply")

    async def _begin(self, payload: dict[str, Any]) -> None:
        if self._init_received:
            self.end(SECOND_INIT, "Too many initialisation requests")
            return
        self._init_received = True
        given = next((v for name, v in payload.items() if name.lower() == "authorization"), None)
        if given is not None:
            self._context.token = bearer(given) or ""
        if await self._registered():
            await self._send({"type": "connection_ack"})

    async def _registered(self) -> bool:
        """Whether the socket may stay; from now on it is closed when its token or session ends."""
        context = self._context
        token = context.token
        if token is None:
            client = self._websocket.client
            return self._counted(f"from {client.host}" if client else "from somewhere")
        try:
            caller, expires = await context.doorkeeper.caller(token)
            if not self._counted(caller.user_id, caller.session_id):
                return False
            # Once more, for what happened before we were to be reached.
            await context.doorkeeper.caller(token)
        except ChatError:
            self.end(FORBIDDEN, "Forbidden")
            return False
        left = expires - context.house.clock.seconds()
        expiry = self._later(left, FORBIDDEN, "The access token has expired")
        self._until_closed.callback(expiry.cancel)
        return True

    def _counted(self, owner: str, *others: str) -> bool:
        devices = self._context.house.devices
        if devices.count(owner) >= self._limits.sockets:
            self.end(TRY_LATER, "Too many sockets")
            return False
        self._until_closed.enter_context(devices.connected(owner, *others, close=self.end))
        return True

    async def _subscribe(self, message: Subscribe) -> None:
        if not self._init_received:
            self.end(UNAUTHORIZED, "Unauthorized")
        elif message.id in self._running:
            self.end(ID_IN_USE, f"Subscriber for {message.id} already exists")
        elif len(self._running) >= self._limits.operations:
            most = self._limits.operations
            told = f"A socket may have {most} operations at a time."
            await self._refuse(message.id, [BadRequest(told, code=ErrorCode.TOO_COMPLEX).formatted])
        else:
            task = asyncio.create_task(self._operate(message.id, message.asked))
            self._running[message.id] = task

    async def _operate(self, operation_id: str, asked: Asked) -> None:
        """Runs one operation to its end."""
        with suppress(WebSocketDisconnect):
            async with self._beginning:
                # One begins after the other, and others have their turn in between.
                await asyncio.sleep(0)
            try:
                errors = await self._answer(operation_id, asked)
            except WebSocketDisconnect:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the client gets to know
                errors = [bug(error)]
            # Before the end is said, so that the client can use the id again at once.
            self._running.pop(operation_id, None)
            if errors:
                await self._refuse(operation_id, errors)
            else:
                await self._send({"id": operation_id, "type": "complete"})

    async def _answer(self, operation_id: str, asked: Asked) -> list[dict[str, Any]]:
        """Sends what the operation gives, or returns why it was not begun."""
        async with aclosing(self._operations.stream(asked, self._context)) as answers:
            async for answer in answers:
                if not answer.begun:
                    errors: list[dict[str, Any]] = answer.formatted["errors"]
                    return errors
                message = {"id": operation_id, "type": "next", "payload": answer.formatted}
                text = orjson.dumps(message)
                if len(text) > LARGEST_ANSWER:
                    return [too_large().formatted]
                await self._send_text(text)
        return []

    def _cancel(self, operation_id: str) -> None:
        if task := self._running.pop(operation_id, None):
            task.cancel()

    async def _refuse(self, operation_id: str, errors: list[dict[str, Any]]) -> None:
        await self._send({"id": operation_id, "type": "error", "payload": errors})

    async def _send(self, message: dict[str, Any]) -> None:
        await self._send_text(orjson.dumps(message))

    async def _send_text(self, text: bytes) -> None:
        if self._closing is not None:
            return
        try:
            await self._websocket.send_text(text.decode())
        except RuntimeError as error:  # the protocol below has closed it already
            raise WebSocketDisconnect(_CUT) from error

    def _later(self, seconds: float, code: int, reason: str) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, self.end, code, reason)

    async def _end(self, code: int, reason: str) -> None:
        for task in self._running.values():
            task.cancel()
        await self._close(code, reason)

    async def _close(self, code: int, reason: str) -> None:
        short = reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
        with suppress(WebSocketDisconnect, RuntimeError):
            try:
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await self._websocket.close(code, short)
            except TimeoutError:  # the client does not even read what it was sent before
                self._websocket.scope["extensions"][CONNECTION]["abort"]()

    async def _stop(self) -> None:
        tasks = list(self._running.values())
        self._running.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
