"""A loop over sockets and nothing else: the least that fan-out costs on what Tertulia stands on.

python -m tests.bench.bare PORT
"""

import gc
import json
import sys
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

AUTHOR = {"id": str(uuid4()), "username": "user0", "displayName": "user0"}
SAMPLE = {"id": str(uuid4()), "cursor": "0123abcd.12345", "createdAt": "2026-01-31T18:04:05.123Z"}

subscribers: set[WebSocket] = set()


async def post(request: Request) -> JSONResponse:
    """Sends everybody a text as long as the one that ours would send."""
    body = (await request.json())["variables"]["body"]
    added = {"messageAdded": {**SAMPLE, "body": body, "author": AUTHOR}}
    frame = {"id": str(uuid4()), "type": "next", "payload": {"data": added}}
    text = json.dumps(frame, separators=(",", ":"))
    for subscriber in list(subscribers):
        await subscriber.send_text(text)
    return JSONResponse({"data": {}})


async def follow(socket: WebSocket) -> None:
    """As much of graphql-transport-ws as the client needs to begin."""
    await socket.accept("graphql-transport-ws")
    try:
        await socket.receive_text()
        await socket.send_text('{"type":"connection_ack"}')
        await socket.receive_text()
        subscribers.add(socket)
        await socket.receive_text()
    except WebSocketDisconnect:
        subscribers.discard(socket)


def main(port: int) -> None:
    routes = [Route("/graphql", post, methods=["POST"]), WebSocketRoute("/graphql", follow)]
    print('{"channel": "x", "tokens": ["x"]}', flush=True)
    gc.collect()
    gc.freeze()
    uvicorn.run(
        Starlette(routes=routes),
        port=port,
        loop="uvloop",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
