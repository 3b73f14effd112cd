"""Bodies of requests, piece by piece: as long as one keeps coming it is waited for."""

from collections.abc import AsyncGenerator
from typing import cast

from starlette.types import Receive, Scope

from server.connections import CONNECTION, Connection

_ENOUGH = 64 * 1024
"""In bytes: with each so much, the patience for a request begins anew."""


class BrokenOff(Exception):
    """The client is gone, or has sent too little for too long."""


async def pieces(scope: Scope, receive: Receive) -> AsyncGenerator[bytes]:
    """The pieces of a body as they come. Raises BrokenOff."""
    connection = cast("Connection | None", scope.get("extensions", {}).get(CONNECTION))
    come = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BrokenOff
        piece: bytes = message.get("body", b"")
        if piece:
            yield piece
        come += len(piece)
        if come >= _ENOUGH and connection is not None:
            come = 0
            connection.go_on()
        if not message.get("more_body"):
            return
