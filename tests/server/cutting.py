"""A proxy that cuts connections in the middle of what is sent through them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

_PIECE = 256 * 1024


class Cutter:
    """Passes everything on, and cuts connections after so many bytes, one after the other."""

    def __init__(self, port: int, after: Sequence[int]) -> None:
        self._port = port
        self._left = list(after)
        self.url = ""
        self.cut = 0
        """How many connections have been cut."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        answering = asyncio.create_task(self._pass(there, writer))
        budget = [self._left[0]] if self._left else []
        try:
            while data := await reader.read(_PIECE):
                back.write(data)
                await back.drain()
                if budget:
                    budget[0] -= len(data)
                    if budget[0] < 0 and self._left:
                        self._left.pop(0)
                        self.cut += 1
                        writer.transport.abort()
                        back.transport.abort()
                        return
        except ConnectionError:
            pass
        finally:
            answering.cancel()
            back.close()
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(_PIECE):
                writer.write(data)
                await writer.drain()
            writer.close()


@asynccontextmanager
async def a_cutter(port: int, after: Sequence[int]) -> AsyncIterator[Cutter]:
    """One in front of a server on the loopback, which cuts as many connections as are listed."""
    cutter = Cutter(port, after)
    server = await asyncio.start_server(cutter.serve, "127.0.0.1", 0)
    cutter.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield cutter
