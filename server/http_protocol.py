"""HTTP, before the application hears of it: uvicorn's, with bounds."""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from server.connections import CONNECTION, BoundedConnection, Connection, refusal

_LARGEST_HEAD = 32 * 1024
_MOST_PIPELINED = 16
_TOO_LARGE = refusal(
    b"431 Request Header Fields Too Large", b"The head of the request is too large."
)
_TOO_LATE = refusal(b"408 Request Timeout", b"The request did not arrive in time.")


class BoundedHttpProtocol(BoundedConnection, HttpToolsProtocol):
    """HTTP, where a client that sends half a request, or no end of them, is not waited for."""

    _overdue: asyncio.TimerHandle | None = None
    _in_head = False
    _head_size = 0
    _unfinished = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._cycles: list[RequestResponseCycle] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins to wait for the first request."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits no more."""
        self._wait_no_more()
        # uvicorn tells only the last request, and not the one that is being answered.
        for cycle in self._cycles:
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Waits for a request from its first byte on, and be it an empty line."""
        # uvicorn begins with None, whatever its annotation says.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if self._overdue is None and (cycle is None or cycle.response_complete):
            self._wait()
        super().data_received(data)
        if self._in_head:
            # A header that does not end is not told by the parser.
            self._unfinished += len(data)
            if self._unfinished > _LARGEST_HEAD:
                self._end_with(_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Begins to measure a head."""
        self._head_size = self._unfinished = 0
        self._in_head = True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Measures the URL."""
        self._measure(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Measures a header."""
        self._measure(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Hands the request on, and begins to wait for its body."""
        # Whatever is raised in a callback of the parser is answered by send_400_response.
        if len(self.pipeline) >= _MOST_PIPELINED:
            raise ValueError("too many requests before the first is answered")
        self._in_head = False
        self._wait_no_more()
        scope = cast("dict[str, Any]", self.scope)
        super().on_headers_complete()
        # The application has not begun with it yet.
        scope["extensions"] = {CONNECTION: self._connection(self.cycle)}
        self._cycles = [cycle for cycle in self._cycles if not cycle.response_complete]
        self._cycles.append(self.cycle)
        self._wait()

    def on_message_complete(self) -> None:
        """Waits no more: all is here."""
        self._wait_no_more()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Leaves the connection to another protocol, which has its own patience."""
        self._wait_no_more()
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Says what is wrong, and that the head is too large where it is that."""
        if self._head_size <= _LARGEST_HEAD:
            super().send_400_response(msg)
        else:
            self._end_with(_TOO_LARGE)

    def _connection(self, cycle: RequestResponseCycle) -> Connection:
        transport = self.transport

        def write(body: bytes) -> None:
            transport.write(b"%x\r\n%s\r\n" % (len(body), body) if cycle.chunked_encoding else body)

        def is_open() -> bool:
            return not (cycle.disconnected or cycle.response_complete or transport.is_closing())

        def go_on() -> None:
            # While it is waited for, and not for the next request.
            if self._overdue is not None and self.cycle is cycle and cycle.more_body:
                self._wait_no_more()
                self._wait()

        unsent, hurry = transport.get_write_buffer_size, self.flow.resume_writing
        return Connection(unsent, hurry, transport.abort, write, is_open, go_on)

    def _measure(self, size: int) -> None:
        self._head_size += size
        if self._head_size > _LARGEST_HEAD:
            raise ValueError("the head is too large")

    def _wait(self) -> None:
        self._overdue = self.loop.call_later(self.seconds, self._give_up)

    def _wait_no_more(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def _give_up(self) -> None:
        self._overdue = None
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if cycle is None or cycle.response_started:
            self._end_with(b"")
            return
        # Whoever waits for the body hears that there is nobody any more.
        cycle.disconnected = True
        cycle.message_event.set()
        self._end_with(_TOO_LATE)

    def _end_with(self, said: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(said)
            self.transport.close()
