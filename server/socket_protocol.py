"""WebSocket, before the application hears of it: uvicorn's, with bounds."""

from asyncio import BaseTransport
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from server.connections import CONNECTION, BoundedConnection, Connection, refusal

MALFORMED = 4400
_MOST_FRAMES = 1_000
_MOST_UNREAD = 256 * 1024
"""In bytes: of answers to pings, for a client that does not read them."""
_PIECE = 4096
_NO_HANDSHAKE = refusal(b"400 Bad Request", b"This is no handshake of a WebSocket.")


class BoundedSocketProtocol(BoundedConnection, WebSocketsSansIOProtocol):
    """WebSocket, where no client can keep the server to itself, nor have it keep what is unread."""

    buffer: int = 1024 * 1024

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn = _Connection(max_size=self.config.ws_max_size, logger=self.logger)
        self._received = b""
        self._feeding = False

    def connection_made(self, transport: BaseTransport) -> None:
        """Has it take so much, and no more, of what the client does not read at once."""
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=self.buffer)

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
            scope["extensions"][CONNECTION] = Connection(
                self.transport.get_write_buffer_size,
                self.writable.set,
                self.transport.abort,
                self.transport.write,
                self._is_open,
            )

    def start_keepalive(self) -> None:
        """Begins to ask for signs of life; nothing of the handshake is needed any more."""
        super().start_keepalive()
        del self.request, self.response

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

    def _is_open(self) -> bool:
        return self.conn.state is State.OPEN and not self.transport.is_closing()

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


def text_frame(length: int) -> bytes:
    """The head of a frame with so many bytes of text (RFC 6455, section 5.2)."""
    if length < 126:
        return b"\x81%c" % length
    if length < 65536:
        return b"\x81\x7e" + length.to_bytes(2, "big")
    return b"\x81\x7f" + length.to_bytes(8, "big")
