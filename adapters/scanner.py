"""The scanner: ClamAV's clamd, over its INSTREAM command (clamd(8), COMMANDS).

Ours, as the one library that is free to use with it speaks TCP alone, and Debian's clamd listens on
a socket in the file system.
"""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

_PIECE = 256 * 1024
_LONGEST_REPLY = 4_096
_SECONDS = 120.0
"""For so long a scan is waited for."""
_TO_CONNECT = 10.0


class ScannerDown(Exception):
    """It cannot be asked now."""


class ScanFailed(Exception):
    """It could not look at this file, whatever the reason: it may have hung up, or given up."""


class TooLargeToScan(Exception):
    """It does not take as much as that."""


class Scanner:
    """One clamd."""

    def __init__(self, address: str) -> None:
        """`address` is `tcp://host:port` or `unix:///path`."""
        self._address = urlsplit(address)
        self.failed: Counter[str] = Counter()
        """How often it could not look at something, by what whoever asks calls it."""

    async def scan(self, path: Path) -> str | None:
        """What is wrong with a file, None if nothing.

        Raises ScannerDown, TooLargeToScan, ScanFailed.
        """
        connection = await self._connected()
        try:
            async with asyncio.timeout(_SECONDS):
                reply = await _asked(connection, path)
        except (OSError, TimeoutError) as error:
            raise ScanFailed(str(error) or type(error).__name__) from error
        finally:
            connection.close()
        said = reply.removeprefix("stream: ")
        if said == "OK":
            return None
        if said.endswith(" FOUND"):
            return said.removesuffix(" FOUND")
        if "size limit exceeded" in said:
            raise TooLargeToScan(said)
        raise ScanFailed(said)

    async def _connected(self) -> socket.socket:
        try:
            async with asyncio.timeout(_TO_CONNECT):
                return await self._socket()
        except (OSError, TimeoutError) as error:
            raise ScannerDown(str(error) or type(error).__name__) from error

    async def _socket(self) -> socket.socket:
        loop = asyncio.get_running_loop()
        if self._address.scheme == "unix":
            family, where = socket.AF_UNIX, self._address.path
        else:
            host, port = self._address.hostname, self._address.port
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            family, _, _, _, where = found[0]
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.settimeout(0)
        try:
            await loop.sock_connect(connection, where)
        except BaseException:
            connection.close()
            raise
        return connection


async def _asked(connection: socket.socket, path: Path) -> str:
    """What is said of a file. Raises OSError."""
    # A socket by itself: a stream would drop what was said to it once it cannot be written to.
    loop = asyncio.get_running_loop()
    with suppress(ConnectionError):
        await loop.sock_sendall(connection, b"zINSTREAM\0")
        async for piece in _pieces(path):
            if _answered(connection):
                break  # It is too much, and nobody listens any more.
            await loop.sock_sendall(connection, struct.pack("!L", len(piece)) + piece)
        else:
            await loop.sock_sendall(connection, struct.pack("!L", 0))
    reply = b""
    while b"\0" not in reply and len(reply) < _LONGEST_REPLY:
        said = await loop.sock_recv(connection, _LONGEST_REPLY)
        if not said:
            raise ConnectionError("clamd has hung up")
        reply += said
    return reply.partition(b"\0")[0].decode("utf-8", "replace")


def _answered(connection: socket.socket) -> bool:
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
