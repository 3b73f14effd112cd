"""What holds for a connection, whatever is spoken on it."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

CONNECTION = "tertulia.connection"
"""An extension of the scope: the Connection of the request."""

_REFUSAL = (
    b"HTTP/1.1 %s\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s"
)


def refusal(status: bytes, message: bytes) -> bytes:
    """An answer for whoever does not get as far as the application."""
    body = b'{"errors":[{"message":"%s","extensions":{"code":"BAD_QUERY"}}]}' % message
    return _REFUSAL % (status, len(body), body)


@dataclass(frozen=True, slots=True)
class Connection:
    """What the application may know of the connection below it, and do to it."""

    unsent: Callable[[], int]
    """How many bytes wait to be sent, because the client does not read."""
    hurry: Callable[[], None]
    """Lets what is sent next be written, however much waits already: a last word."""
    abort: Callable[[], None]
    """Cuts it at once."""
    write: Callable[[bytes], None]
    """Sends a piece of an answer that goes on, or a message, at once: whoever calls it looks first
    whether it is open, and how much waits."""
    is_open: Callable[[], bool]
    """Whether anything can still be sent."""
    go_on: Callable[[], None] = lambda: None
    """Waits for the body of the request as long again: some of it has come."""


class BoundedConnection(asyncio.Protocol):
    """A connection that is cut when what was written to it is not read any more."""

    seconds: float = 30
    beat_seconds: float = 20
    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Lets the system give up a client that is not there any more to confirm what it gets."""
        super().connection_made(transport)
        found = cast("socket.socket | None", transport.get_extra_info("socket"))
        if found is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            patience = int(2000 * self.beat_seconds)
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, patience)

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
