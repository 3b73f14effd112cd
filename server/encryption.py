"""TLS on the same port as plain HTTP, so that whoever forgot the `s` can be sent where it is."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Coroutine
from typing import Any

from server.opening import CannotStart
from server.settings import Settings

_HANDSHAKE = 0x16
"""What a TLS connection begins with (RFC 8446, section 5.1), and no HTTP request does."""
_SECONDS = 10
"""For the first byte, and for the handshake."""
_PAUSE = 0.1
_BACKLOG = 2048


def encryption(settings: Settings) -> ssl.SSLContext | None:
    """What encrypts, with the certificate of the settings, if they name one. Raises CannotStart."""
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise CannotStart(
            f"The certificate {settings.tls_cert} with the key {settings.tls_key} "
            f"cannot be used: {error}"
        ) from error
    return context


class EncryptedListener:
    """Takes connections, encrypted ones and plain ones, and finds out which is which."""

    def __init__(self, certificate: ssl.SSLContext, make: Callable[[], asyncio.Protocol]) -> None:
        """`make` makes what speaks on a connection."""
        self._certificate = certificate
        self._make = make
        self._tasks: set[asyncio.Task[None]] = set()

    def listen(self, listening: socket.socket) -> None:
        """Begins to take the connections of a bound socket."""
        listening.settimeout(0)
        listening.listen(_BACKLOG)
        self._begin(self._accept(listening))

    async def close(self) -> None:
        """Takes no more; those that are there go on."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = await asyncio.get_running_loop().sock_accept(listening)
            except OSError:  # too many open files: some will be closed
                await asyncio.sleep(_PAUSE)
            else:
                self._begin(self._welcome(connection))

    async def _welcome(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_SECONDS):
                encrypted = await _first_byte(connection) == _HANDSHAKE
            await loop.connect_accepted_socket(
                self._make,
                connection,
                ssl=self._certificate if encrypted else None,
                ssl_handshake_timeout=_SECONDS if encrypted else None,
            )
        except OSError:  # gone, too slow, or no TLS that we speak
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise


async def _first_byte(connection: socket.socket) -> int | None:
    """The first byte that comes, which stays where it is; None if the connection is closed."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(connection, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(connection)
    return next(iter(connection.recv(1, socket.MSG_PEEK)), None)
