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
_MOST_PIPELINED = 16
_MOST_FRAMES = 1_000
_MOST_UNREAD = 256 * 1024
"""In bytes: of answers to pings, for a client that does not read them."""
_PIECE = 4096
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
_NO_HANDSHAKE = _answer(b"400 Bad Request", b"This is no handshake of a WebSocket.")


def protocols(
    seconds: float,
) -> tuple[type["BoundedHttpProtocol"], type["BoundedSocketProtocol"]]:
    """Protocols for HTTP and for WebSocket that wait for a client so many seconds."""
    bounds = {"seconds": seconds}
    return (
        type("HttpProtocol", (BoundedHttpProtocol,), bounds),
        type("SocketProtocol", (BoundedSocketProtocol,), bounds),
    )


class _Unread(asyncio.Protocol):
    """A connection that is cut when what was written to it is not read any more."""

    seconds: float = 30
    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop
    _stalled: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """Begins to watch whether the client reads."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """It does."""
        super().resume_writing()
        self._watch_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """Watches no more."""
        self._watch_no_more()
        super().connection_lost(exc)

    def _watch(self) -> None:
        self._watch_no_more()
        left = self.transport.get_write_buffer_size()
        self._stalled = self.loop.call_later(self.seconds, self._look_again, left)

    def _watch_no_more(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _look_again(self, left_before: int) -> None:
        if self.transport.get_write_buffer_size() < left_before:
            self._watch()
        else:
            self.transport.abort()


class BoundedHttpProtocol(_Unread, HttpToolsProtocol):
    """HTTP, where a client that sends half a request, or no end of them, is not waited for."""

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
        # Whatever is raised in a callback of the parser is answered by send_400_response.
        if len(self.pipeline) >= _MOST_PIPELINED:
            raise ValueError("too many requests before the first is answered")
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


class BoundedSocketProtocol(_Unread, WebSocketsSansIOProtocol):
    """WebSocket, where no client can keep the server to itself, nor have it keep what is unread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn = _Connection(max_size=self.config.ws_max_size, logger=self.logger)
        self._received = b""
        self._feeding = False

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets what was not looked at yet."""
        self._received = b""
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Takes what has come, which can be tens of thousands of frames, piece by piece."""
        self._received += data
        if not self._feeding:
            self._feed()

    def handle_connect(self, event: Request) -> None:
        """Lets the application cut the connection, where a client does not let it close it."""
        super().handle_connect(event)
        if hasattr(self, "scope"):
            scope = cast("dict[str, Any]", self.scope)
            scope["extensions"][CONNECTION] = {"abort": self.transport.abort}

    def handle_ping(self) -> None:
        """Answers, unless the answers before are not read."""
        super().handle_ping()
        if self.transport.get_write_buffer_size() > _MOST_UNREAD:
            self.transport.abort()

    def handle_cont(self, event: Frame) -> None:
        """Takes the next piece of a message, of which there may not be any number."""
        if len(self.frames) >= _MOST_FRAMES:
            self.conn.fail(MALFORMED, "Too many fragments")
            self.handle_parser_exception()
            return
        super().handle_cont(event)

    def keepalive_timeout(self) -> None:
        """Cuts the connection of a client that is gone: what it was sent is not waited for."""
        super().keepalive_timeout()
        self.transport.abort()

    def send_500_response(self) -> None:
        """Says so, unless the handshake was refused already."""
        if not self.conn.eof_sent:
            super().send_500_response()

    def _feed(self) -> None:
        piece, self._received = self._received[:_PIECE], self._received[_PIECE:]
        super().data_received(piece)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            # uvicorn would wait for ever.
            self.transport.write(_NO_HANDSHAKE)
            self.transport.close()
        closing = self.transport.is_closing()
        self._feeding = bool(self._received) and not closing
        if self._feeding:
            self.transport.pause_reading()
            self.loop.call_soon(self._feed)
        elif not self.read_paused and not closing:
            self.transport.resume_reading()


class _Connection(ServerProtocol):
    def fail(self, code: CloseCode | int, reason: str = "") -> None:
        """Closes with 4400 for size, as the protocol above has it for whatever is malformed."""
        super().fail(MALFORMED if code == CloseCode.MESSAGE_TOO_BIG else code, reason)

    def send_close(self, code: CloseCode | int | None = None, reason: str = "") -> None:
        """Closes with 1001 when the server stops, also where nobody but uvicorn is left to say it.

        It would say 1012, a restart, of which it cannot know.
        """
        if code == CloseCode.SERVICE_RESTART:
            code, reason = CloseCode.GOING_AWAY, "The server stops"
        super().send_close(code, reason)
