"""A socket that speaks graphql-transport-ws: from its handshake to its end.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from resolvers.devices import FORBIDDEN
from resolvers.errors import Banned, ChatError, Unauthenticated
from schema.context import Context
from schema.errors import bug
from schema.operations import Answer, Asked, Operations, Outdated
from schema.scalars import ErrorCode
from server import socket_messages
from server.connections import CONNECTION, Connection
from server.credentials import bearer
from server.fanout import Carry
from server.requests import LARGEST_ANSWER, BadRequest, not_unicode, too_large
from server.seats import Told
from server.socket_messages import (
    Complete,
    Init,
    Malformed,
    NotUnicode,
    Ping,
    Pong,
    Subscribe,
)
from server.socket_protocol import MALFORMED, text_frame
from server.staying import TRY_LATER, Crowded, Stay, stay, told_reason, why_ended

PROTOCOL = "graphql-transport-ws"

UNAUTHORIZED, UNACCEPTABLE, INIT_TIMEOUT = 4401, 4406, 4408
ID_IN_USE, SECOND_INIT, BUG = 4409, 4429, 1011
_CUT = 1006
_CLOSE_SECONDS = 5
_MOST_HELD = 2 * LARGEST_ANSWER
"""In bytes: of answers that wait until the client has read others."""
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
    buffer: int = 1024 * 1024
    """In bytes: what may wait unread when there is something new for one who follows live."""


class Socket:
    """One connection of one client."""

    def __init__(
        self,
        websocket: WebSocket,
        context: Context,
        operations: Operations,
        limits: SocketLimits,
        carry: Carry | None = None,
    ) -> None:
        """Without `carry` everything is executed for this socket alone."""
        self._carry = carry
        self._websocket = websocket
        self._context = context
        self._operations = operations
        self._limits = limits
        self._running: dict[str, asyncio.Task[None]] = {}
        self._stay: Stay | None = None
        self._connection: Connection = websocket.scope["extensions"][CONNECTION]
        self._held = 0
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
            if self._stay is not None:
                self._stay.leave()
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
        address, most = self._context.address or "somewhere", self._limits.sockets
        try:
            self._stay = await stay(self._context, address, most, self.end)
        except Crowded:
            self.end(TRY_LATER, "Too many sockets")
        except Banned as error:
            self.end(*why_ended(error))
        except ChatError:
            self.end(FORBIDDEN, "Forbidden")
        else:
            return True
        return False

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
            # One begins after the other, and others have their turn in between.
            await asyncio.sleep(0)

    async def _operate(self, operation_id: str, asked: Asked) -> None:
        """Runs one operation to its end."""
        with suppress(WebSocketDisconnect):
            try:
                errors = await self._answer(operation_id, asked)
            except WebSocketDisconnect:
                raise
            except (Unauthenticated, Banned, Outdated) as error:
                self.end(*why_ended(error))
                return
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
        share = partial(self._carry, _Outlet(self, operation_id)) if self._carry else None
        begun = await self._operations.begin(asked, self._context, share=share)
        if isinstance(begun, Answer):
            if not begun.begun:
                errors: list[dict[str, Any]] = begun.formatted["errors"]
                return errors
            return await self._tell(operation_id, begun)
        async with aclosing(begun) as answers:
            async for answer in answers:
                if errors := await self._tell(operation_id, answer):
                    return errors
        return []

    async def _tell(self, operation_id: str, answer: Answer) -> list[dict[str, Any]]:
        """Sends one answer, or returns why it cannot be sent."""
        message = {"id": operation_id, "type": "next", "payload": answer.formatted}
        text = orjson.dumps(message)
        if len(text) > LARGEST_ANSWER:
            return [too_large().formatted]
        if answer.delivery and answer.delivery.live and self._is_behind():
            self._fall_behind()
        await self._send_text(text)
        return []

    def takes(self) -> bool:
        """Whether something new can be written at once."""
        return self._closing is None and self._connection.is_open() and not self._is_behind()

    def write(self, frames: bytes) -> None:
        """Writes frames that are ready to be sent."""
        self._connection.write(frames)

    def _is_behind(self) -> bool:
        return self._connection.unsent() > self._limits.buffer

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
        self._held += len(text)
        try:
            if self._held > _MOST_HELD:
                self._fall_behind()
            else:
                await self._websocket.send_text(text.decode())
        except RuntimeError as error:  # the protocol below has closed it already
            raise WebSocketDisconnect(_CUT) from error
        finally:
            self._held -= len(text)

    def _fall_behind(self) -> None:
        """Closes the socket of a client that does not read: it can resume where it was."""
        self.end(TRY_LATER, "Too slow: resume after the last cursor")
        self._connection.hurry()

    def _later(self, seconds: float, code: int, reason: str) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, self.end, code, reason)

    async def _end(self, code: int, reason: str) -> None:
        for task in self._running.values():
            task.cancel()
        await self._close(code, await told_reason(self._context, reason))

    async def _close(self, code: int, reason: str) -> None:
        short = reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
        with suppress(WebSocketDisconnect, RuntimeError):
            try:
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await self._websocket.close(code, short)
            except TimeoutError:  # the client does not even read what it was sent before
                self._connection.abort()

    async def _stop(self) -> None:
        tasks = list(self._running.values())
        self._running.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Outlet:
    """One subscription on a socket, as those are written to who follow alike."""

    __slots__ = ("_head", "_socket")

    def __init__(self, socket: Socket, operation_id: str) -> None:
        self._socket = socket
        self._head = b'{"id":%s,"type":"next","payload":' % orjson.dumps(operation_id)

    def takes(self) -> bool:
        """See Outlet."""
        return self._socket.takes()

    def write(self, told: Sequence[Told]) -> None:
        """See Outlet."""
        parts: list[bytes] = []
        for body, _ in told:
            parts += (text_frame(len(self._head) + len(body) + 1), self._head, body, b"}")
        self._socket.write(b"".join(parts))
