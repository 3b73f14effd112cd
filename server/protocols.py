"""What goes over a connection before the application hears of it: uvicorn's, with bounds."""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request
from websockets.server import ServerProtocol

CONNECTION = "tertulia.connection"
"""An extension of the scope: `abort` cuts the connection at once."""
MALFORMED = 4400
_LARGEST_HEAD = 32 * 1024
_MOST_FRAMES = 1_000
_ANSWER = (
    b"HTTP/1.1 %s\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s"
)


def _answer(status: bytes, message: bytes) -> bytes:
    body = b'{"errors":[{"message":"%s","extensions":{"code":"BAD_QUERY"}}]}' % message
    return _ANSWER % (status, len(body), body)


_TOO_LARGE = _answer(
    b"431 Request Header Fields Too Large", b"The head of the request is too large."
)
_TOO_LATE = _answer(b"408 Request Timeout", b"The request did not arrive in time.")


def http_protocol(seconds: float) -> type[HttpToolsProtocol]:
    """A protocol that gives the head of a request, and then its body, so many seconds each."""
    return type("HttpProtocol", (BoundedHttpProtocol,), {"seconds": seconds})


class BoundedHttpProtocol(HttpToolsProtocol):
    """HTTP, where a client that sends half a request, or no end of headers, is not waited for."""

    seconds: float = 30
    _overdue: asyncio.TimerHandle | None = None
    _in_head = False
    _head_size = 0
    _unfinished = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits no more."""
        self._wait_no_more()
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
        self._in_head = False
        self._wait_no_more()
        super().on_headers_complete()
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

    def _measure(self, size: int) -> None:
        self._head_size += size
        if self._head_size > _LARGEST_HEAD:
            # Whatever is raised in a callback of the parser is answered by send_400_response.
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


class SocketProtocol(WebSocketsSansIOProtocol):
    """WebSocket, where a message that is too large is malformed like any other."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn = _Connection(max_size=self.config.ws_max_size, logger=self.logger)

    def handle_connect(self, event: Request) -> None:
        """Lets the application cut the connection, where a client does not let it close it."""
        super().handle_connect(event)
        if hasattr(self, "scope"):
            scope = cast("dict[str, Any]", self.scope)
            scope["extensions"][CONNECTION] = {"abort": self.transport.abort}

    def keepalive_timeout(self) -> None:
        """Cuts the connection of a client that is gone: what it was sent is not waited for."""
        super().keepalive_timeout()
        self.transport.abort()

    def handle_cont(self, event: Frame) -> None:
        """Takes the next piece of a message, of which there may not be any number."""
        if len(self.frames) >= _MOST_FRAMES:
            self.conn.fail(MALFORMED, "Too many fragments")
            self.handle_parser_exception()
            return
        super().handle_cont(event)


class _Connection(ServerProtocol):
    def fail(self, code: CloseCode | int, reason: str = "") -> None:
        """Closes with 4400 for size, as the protocol above has it for whatever is malformed."""
        super().fail(MALFORMED if code == CloseCode.MESSAGE_TOO_BIG else code, reason)
