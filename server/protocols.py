"""What goes over a connection before the application hears of it: uvicorn's, with bounds."""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.server import ServerProtocol

MALFORMED = 4400
_LARGEST_HEAD = 32 * 1024
_MOST_FRAMES = 1_000
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


def http_protocol(seconds: float) -> type[HttpToolsProtocol]:
    """A protocol for connections on which the head of a request has so many seconds to arrive."""
    return type("HttpProtocol", (BoundedHttpProtocol,), {"head_seconds": seconds})


class BoundedHttpProtocol(HttpToolsProtocol):
    """HTTP, where a client that sends half a request, or no end of headers, is not waited for."""

    head_seconds: float = 30
    _overdue: asyncio.TimerHandle | None = None
    _head_size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins to wait for the first request."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits no more."""
        self._head_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Lets a request that begins here have its time, too."""
        if self._overdue is None and self._is_idle:
            self._await_head()
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Begins to measure a head."""
        self._head_size = 0
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
        """Hands the request on."""
        self._head_is_here()
        super().on_headers_complete()

    @property
    def _is_idle(self) -> bool:
        # uvicorn begins with None, whatever its annotation says.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is None or cycle.response_complete

    def _measure(self, size: int) -> None:
        self._head_size += size
        if self._head_size > _LARGEST_HEAD:
            # Whatever is raised in a callback of the parser is answered with 400.
            raise ValueError("the head is too large")

    def _await_head(self) -> None:
        self._overdue = self.loop.call_later(self.head_seconds, self._give_up)

    def _head_is_here(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def _give_up(self) -> None:
        self._overdue = None
        if not self.transport.is_closing():
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Says what is wrong, and that the head is too large where it is that."""
        if self._head_size <= _LARGEST_HEAD:
            super().send_400_response(msg)
            return
        self.transport.write(_TOO_LARGE)
        self.transport.close()


class SocketProtocol(WebSocketsSansIOProtocol):
    """WebSocket, where a message that is too large is malformed like any other."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn = _Connection(max_size=self.config.ws_max_size, logger=self.logger)

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
