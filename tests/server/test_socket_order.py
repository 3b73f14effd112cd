"""In which order things happen on a socket: its other side is played here, step by step."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.websockets import WebSocket

from resolvers import accounts
from resolvers.house import House
from resolvers.sessions import Doorkeeper
from schema.api import api
from schema.context import Context
from schema.operations import Answer, Operations, Rules
from server import socket as module
from server.connections import CONNECTION, Connection
from server.socket import PROTOCOL, Socket, SocketLimits
from server.staying import _Expiry
from tests.patience import PATIENCE
from tests.stage import PASSWORD, until

INIT = {"type": "connection_init"}
HEAD = {"id": "1", "type": "subscribe", "payload": {"query": "{ head }"}}


class Played:
    """A client, and the protocol between it and the server."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.heard: list[str] = []
        self.lets_close = asyncio.Event()
        self.lets_close.set()
        self.cut = self.hurried = False
        self.unread = 0
        self.once_complete: list[dict[str, Any]] = []
        """Is said while the first `complete` is still being sent."""
        self.queue.put_nowait({"type": "websocket.connect"})

    def says(self, message: dict[str, Any]) -> None:
        self.queue.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    def leaves(self) -> None:
        self.queue.put_nowait({"type": "websocket.disconnect", "code": 1006})

    def hurry(self) -> None:
        self.hurried = True
        self.lets_close.set()

    def abort(self) -> None:
        self.cut = True
        self.leaves()

    async def send(self, message: dict[str, Any]) -> None:
        """What the server sends."""
        if message["type"] == "websocket.send":
            self.heard.append(json.loads(message["text"])["type"])
            if self.heard[-1] == "complete" and self.once_complete:
                self.says(self.once_complete.pop())
                for _ in range(10):
                    await asyncio.sleep(0)
        else:
            self.heard.append(message["type"].removeprefix("websocket."))
            if self.heard[-1] == "close":
                await self.lets_close.wait()
                self.leaves()


@pytest.fixture
def client() -> Played:
    return Played()


@asynccontextmanager
async def begun(
    house: House, client: Played, token: str | None = None, *, init: bool = True
) -> AsyncIterator[Socket]:
    """Within it, a socket that has been acknowledged; then the client leaves."""
    scope = {
        "type": "websocket",
        "subprotocols": [PROTOCOL],
        "headers": [],
        "client": None,
        "extensions": {
            CONNECTION: Connection(
                lambda: client.unread, client.hurry, client.abort, lambda _: None, lambda: True
            )
        },
    }
    websocket = WebSocket(scope, client.queue.get, client.send)
    context = Context(house, Doorkeeper(house), token)
    socket = Socket(websocket, context, Operations(api, Rules()), SocketLimits())
    running = asyncio.create_task(socket.run())
    if init:
        client.says(INIT)
    await until(lambda: client.heard[-1:] == ["connection_ack" if init else "accept"])
    yield socket
    client.leaves()
    async with asyncio.timeout(PATIENCE):
        await running


async def test_an_id_is_free_before_its_end_is_said(house: House, client: Played) -> None:
    client.once_complete = [HEAD]
    async with begun(house, client):
        client.says(HEAD)
        await until(lambda: client.heard.count("complete") == 2 or "close" in client.heard)
        assert "close" not in client.heard


async def test_who_does_not_let_it_be_closed_is_cut(
    house: House, client: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_CLOSE_SECONDS", 0)
    client.lets_close.clear()
    async with begun(house, client) as socket:
        socket.end(4403, "over")
        await until(lambda: client.cut)


async def test_nothing_runs_any_more_while_a_socket_is_being_closed(
    house: House, client: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def begin(*_: object, **__: object) -> Answer:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return Answer({})

    monkeypatch.setattr(Operations, "begin", begin)
    client.lets_close.clear()
    async with begun(house, client) as socket:
        client.says(HEAD)
        await began.wait()
        socket.end(4403, "over")
        await until(ended.is_set)
        assert not client.cut
        client.lets_close.set()


async def test_nothing_is_said_once_it_is_being_closed(house: House, client: Played) -> None:
    async with begun(house, client) as socket:
        socket.end(4403, "over")
        await socket._send({"type": "pong"})
        await until(lambda: "close" in client.heard)
    assert client.heard[-2:] == ["connection_ack", "close"]


async def test_whoever_has_left_already_is_no_bug(
    house: House,
    client: Played,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def closed(*_: object) -> None:
        raise RuntimeError("Unexpected ASGI message")

    monkeypatch.setattr(WebSocket, "close", closed)
    async with begun(house, client) as socket:
        socket.end(4403, "over")
    assert not caplog.records


async def test_a_socket_leaves_no_timer_behind(
    house: House, client: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    timers: list[asyncio.TimerHandle] = []
    loop = asyncio.get_running_loop()
    later = loop.call_later

    def recorded(seconds: float, call: Any, *given: Any) -> asyncio.TimerHandle:
        timer = later(seconds, call, *given)
        if isinstance(getattr(call, "__self__", None), Socket | _Expiry):
            timers.append(timer)
        return timer

    sign_in = await accounts.register(house, "ada", PASSWORD)
    monkeypatch.setattr(loop, "call_later", recorded)
    async with begun(house, client, sign_in.access_token):
        assert len(timers) == 2
    async with begun(house, Played(), init=False):
        assert len(timers) == 3
    assert all(timer.cancelled() for timer in timers)


async def test_of_many_operations_each_begins_in_a_turn_of_its_own(
    house: House, client: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, begun_at = 0, list[int]()

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async def begin(*_: object, **__: object) -> Answer:
        begun_at.append(turns)
        return Answer({})

    monkeypatch.setattr(Operations, "begin", begin)
    beside = asyncio.create_task(others())
    async with begun(house, client):
        for number in range(50):
            client.says({**HEAD, "id": str(number)})
        await until(lambda: len(begun_at) == 50)
    beside.cancel()
    assert len(set(begun_at)) == 50
