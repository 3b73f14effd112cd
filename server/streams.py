"""Answers that go on: a subscription over plain HTTP, for as long as the connection may stay.

The stream ends by itself when the operation does. Everything else that ends it, from an expired
token to the end of the server, breaks it off: the client reconnects and goes on where it was, and
is told then if it may not.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from graphql import OperationType
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from resolvers.devices import FORBIDDEN
from resolvers.errors import Banned, ChatError, Unauthenticated
from schema.context import Context
from schema.operations import Answer, Asked, Operations, Outdated, WrongKind
from schema.scalars import ErrorCode
from server.answers import answered, refused, retry_after
from server.connections import CONNECTION, Connection
from server.fanout import Carry
from server.negotiation import Media
from server.requests import LARGEST_ANSWER, BadRequest, too_large
from server.seats import Told
from server.staying import Crowded, Stay, stay, told_reason, why_ended
from server.stream_forms import Form

_CLOSE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """What a stream may take."""

    streams: int = 100
    """Of one user together with their sockets, or from one address of those not signed in."""
    beat_seconds: float = 20
    """How often a sign of life is sent."""
    buffer: int = 1024 * 1024
    """In bytes: what may wait unread before only this client is waited for."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """A request to be answered with a stream."""

    asked: Asked
    context: Context
    allowed: frozenset[OperationType]
    form: Form
    otherwise: Callable[[Answer], Response] | None = None
    """How an operation is answered that has one answer; None: as a stream, too."""


class Stream:
    """One stream, from its request to its end."""

    def __init__(
        self,
        request: Streamed,
        operations: Operations,
        limits: StreamLimits,
        carry: Carry | None = None,
    ) -> None:
        """Without `carry` everything is executed for this stream alone."""
        self._carry = carry
        self._connection: Connection | None = None
        self._stay: Stay | None = None
        self._request = request
        self._form = request.form
        self._operations = operations
        self._limits = limits
        self._turn = asyncio.Lock()
        self._ended = asyncio.Event()
        self._why: tuple[ErrorCode, str] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers."""
        self._connection = scope.get("extensions", {}).get(CONNECTION)
        try:
            await self._answered(scope, receive, send)
        finally:
            if self._stay is not None:
                self._stay.leave()

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            begun = await self._begin()
        except BadRequest as error:
            begun = refused(error, Media.JSON)
        if isinstance(begun, Response):
            await begun(scope, receive, send)
            return
        async with aclosing(begun):
            await self._run(begun, receive, send)

    def end(self, code: int, reason: str) -> None:
        """Breaks the stream off: nothing more is answered."""
        told = ErrorCode.UNAUTHENTICATED if code == FORBIDDEN else ErrorCode.UNAVAILABLE
        self._why = self._why or (told, reason)
        self._ended.set()

    async def _begin(self) -> Response | AsyncGenerator[Answer, None]:
        """Raises BadRequest."""
        given = self._request
        await self._count()
        try:
            share = None
            if self._carry and self._connection:
                share = partial(self._carry, _Outlet(self._connection, self._form, self._takes))
            begun = await self._operations.begin(given.asked, given.context, given.allowed, share)
        except WrongKind as error:
            raise BadRequest("Mutations have to be sent by POST.", 405) from error
        if isinstance(begun, Answer):
            if not begun.begun and retry_after(begun):
                return answered(begun, Media.JSON)
            return _only(begun) if given.otherwise is None else given.otherwise(begun)
        # By the second look they are let in: they may have been just now.
        if self._stay is not None or await self._count():
            return begun
        await begun.aclose()
        raise BadRequest("Not now. Try again in a moment.", 503, ErrorCode.UNAVAILABLE)

    async def _count(self) -> bool:
        """Whether the stream will be ended when it has to be. Raises BadRequest."""
        address = self._request.context.address or "somewhere"
        most = self._limits.streams
        try:
            self._stay = await stay(self._request.context, address, most, self.end)
        except Crowded as error:
            raise BadRequest("Too many streams.", 503, ErrorCode.UNAVAILABLE) from error
        except ChatError:
            # What is wrong with the token, the operation itself tells.
            return False
        return True

    async def _run(
        self, answers: AsyncGenerator[Answer, None], receive: Receive, send: Send
    ) -> None:
        headers = [
            (b"content-type", self._form.media.encode()),
            (b"cache-control", b"no-store"),
            (b"vary", b"Accept"),
            # nginx would keep it all until the end.
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._write(send, self._form.opening)
        answering = asyncio.create_task(self._answer(answers, send))
        others = [
            asyncio.create_task(self._beat(send)),
            asyncio.create_task(_gone(receive)),
            asyncio.create_task(self._ended.wait()),
        ]
        try:
            await asyncio.wait([answering, *others], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (answering, *others):
                task.cancel()
            await asyncio.gather(answering, *others, return_exceptions=True)
        await self._finish(answering, send)

    async def _finish(self, answering: "asyncio.Task[None]", send: Send) -> None:
        if self._why is not None:
            code, reason = self._why
            last = self._form.broken_off(code, await told_reason(self._request.context, reason))
        elif answering.cancelled():
            last = b""
        else:
            answering.result()
            last = self._form.complete
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await send({"type": "http.response.body", "body": last})
        except TimeoutError:  # the client does not even read what it was sent before
            if self._connection is not None:
                self._connection.abort()

    def _takes(self, connection: Connection) -> bool:
        if self._ended.is_set() or not connection.is_open():
            return False
        return connection.unsent() <= self._limits.buffer

    async def _answer(self, answers: AsyncGenerator[Answer, None], send: Send) -> None:
        try:
            async for answer in answers:
                body = orjson.dumps(answer.formatted)
                if len(body) > LARGEST_ANSWER:
                    told = orjson.dumps({"errors": [too_large().formatted]})
                    await self._write(send, self._form.answer(told, None))
                    return
                cursor = answer.delivery.cursor if answer.delivery else None
                await self._write(send, self._form.answer(body, cursor))
        except (Unauthenticated, Banned, Outdated) as error:
            self.end(*why_ended(error))

    async def _beat(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self._limits.beat_seconds)
            await self._write(send, self._form.beat)

    async def _write(self, send: Send, content: bytes) -> None:
        async with self._turn:
            await send({"type": "http.response.body", "body": content, "more_body": True})


@dataclass(frozen=True, slots=True)
class _Outlet:
    """One stream, as those are written to who follow alike."""

    connection: Connection
    form: Form
    is_taking: Callable[[Connection], bool]

    def takes(self) -> bool:
        """See Outlet."""
        return self.is_taking(self.connection)

    def write(self, told: Sequence[Told]) -> None:
        """See Outlet."""
        self.connection.write(b"".join(self.form.answer(body, cursor) for body, cursor in told))


async def _only(answer: Answer) -> AsyncGenerator[Answer, None]:
    yield answer


async def _gone(receive: Receive) -> None:
    """Returns once the client has hung up."""
    message: dict[str, Any] = {}
    while message.get("type") != "http.disconnect":
        message = dict(await receive())
