"""A server that answers everything with the same bytes: how fast the client could go.

python -m tests.bench.canned PORT
"""

import asyncio
import sys
from typing import Any

import uvloop

BODY = b'{"data":{"sendMessage":{"id":"x"}}}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


class Canned(asyncio.Protocol):
    """Takes each chunk that arrives for a request."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(ANSWER)


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Canned, "127.0.0.1", port)
    print('{"channel": "x", "tokens": ["x"]}', flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
