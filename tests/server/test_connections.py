"""Connections and their bounds: the other side is played here, byte by byte where it matters."""

import asyncio

import httpx

from server.connections import BoundedConnection
from server.serving import Running
from tests.cast import Person
from tests.patience import PATIENCE

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Filler: " + b"y" * 1_000 + b"\r\n\r\n"


class Pipe:
    """What is left of it for a client to read."""

    def __init__(self) -> None:
        self.left, self.cut = 10, False

    def get_write_buffer_size(self) -> int:
        return self.left

    def abort(self) -> None:
        self.cut = True


class Told(asyncio.Protocol):
    """Where uvicorn's protocol would be told about pausing."""

    def pause_writing(self) -> None:
        pass

    def resume_writing(self) -> None:
        pass


class Connection(BoundedConnection, Told):
    seconds = 1_000.0

    def __init__(self) -> None:
        self.transport = Pipe()
        self.loop = asyncio.get_running_loop()


async def test_who_reads_slowly_is_not_cut_off_and_who_does_not_read_is() -> None:
    connection = Connection()
    connection.pause_writing()
    first = connection._stalled
    assert first
    connection.transport.left = 9
    connection._look_again(10)
    assert not connection.transport.cut
    assert connection._stalled not in (None, first)
    connection._look_again(9)
    assert connection.transport.cut


async def test_who_has_read_everything_is_not_watched_any_more() -> None:
    connection = Connection()
    connection.pause_writing()
    watching = connection._stalled
    connection.resume_writing()
    assert watching
    assert watching.cancelled()
    assert connection._stalled is None


async def test_many_heads_that_come_in_pieces_are_not_one_large_one(
    server: Running, http: httpx.AsyncClient
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for _ in range(50):
        writer.write(HEALTH[:900])
        # Once it has answered somebody else it has seen the first piece by itself.
        await http.get(f"{server.url}/healthz")
        writer.write(HEALTH[900:])
        async with asyncio.timeout(PATIENCE):
            said = await reader.readuntil(b'{"status":"alive"}')
        assert said.startswith(b"HTTP/1.1 200 ")
    writer.close()


async def test_guards_stand_at_every_answer_to_a_socket_too(
    ada: Person, server: Running, http: httpx.AsyncClient
) -> None:
    async with ada.socket() as socket:
        response = socket.connection.response
        assert response
        assert response.headers["x-content-type-options"] == "nosniff"
        assert len(response.headers["x-request-id"]) == 36
