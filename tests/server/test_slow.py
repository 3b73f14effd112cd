"""Slow clients and dead ones: closed in time, at no cost to anybody else, and able to resume."""

import asyncio
import json
import os
import socket as sockets
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import psutil
import pytest
from websockets import ConnectionClosed
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

from resolvers import channels, messages
from resolvers.house import Caller
from resolvers.rights import ChannelKind
from server.serving import Running
from tests.cast import FOLLOW, Json, Person, Socket, open_socket, sign_up
from tests.patience import PATIENCE
from tests.resolvers.people import somebody
from tests.server.process import serving
from tests.stage import a_server, needed, until

LONG = "¡hola! " * 1_000
SMALL = 256 * 1024
MUCH = f"""subscription($channelId: ID!) {{ messageAdded(channelId: $channelId) {{
  {" ".join(f"body{number}: body" for number in range(25))} }} }}"""


@asynccontextmanager
async def a_slow_socket(person: Person) -> AsyncIterator[Socket]:
    """A socket with room for little, on which nothing is read but what is asked for."""
    host, _, port = person.url.removeprefix("http://").partition(":")
    with sockets.socket() as small:
        small.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        small.connect((host, int(port)))
        small.setblocking(False)
        async with open_socket(person.url, sock=small, max_queue=1) as socket:
            given = {"authorization": f"Bearer {person.token}"}
            await socket.send({"type": "connection_init", "payload": given})
            assert (await socket.receive())["type"] == "connection_ack"
            yield socket
            # Or it would first read all that is left, for a proper goodbye.
            socket.connection.transport.abort()


@dataclass
class Talker:
    """Somebody who has a lot to say, and needs no connection for it."""

    caller: Caller
    channel: Json
    said: int = 0

    async def say(self, count: int) -> None:
        """So many long messages, numbered from 0 on."""
        bodies = [f"{number} {LONG}" for number in range(self.said, self.said + count)]
        # They are written in the order in which they are handed in.
        channel_id = self.channel["id"]
        await asyncio.gather(*(messages.send(self.caller, channel_id, body) for body in bodies))
        self.said += count


async def a_talker(server: Running) -> Talker:
    """One with a channel of their own that is open to all."""
    caller = await somebody(server.house, "talker")
    row = await channels.create(caller, ChannelKind.PUBLIC, name="lobby")
    return Talker(caller, {"id": row.id})


@asynccontextmanager
async def a_small_server(
    folder: Path, **changes: object
) -> AsyncIterator[tuple[Running, Person, Talker]]:
    """A server that keeps little of what is not read, with somebody to listen and one to talk."""
    async with (
        a_server(folder, socket_buffer=SMALL, **changes) as server,
        httpx.AsyncClient(timeout=PATIENCE) as http,
    ):
        yield server, await sign_up(server.url, http, "ada"), await a_talker(server)


def number(message: Json) -> int:
    """Which of the talker's messages it is."""
    return int(message["body"].partition(" ")[0])


async def read_to_the_end(socket: Socket) -> list[Json]:
    """Every message that still comes before the close."""
    read: list[Json] = []
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                read.append(await socket.next())
    except ConnectionClosed:
        return read


async def test_who_does_not_read_is_closed_with_1013_and_resumes_where_they_were(
    tmp_path: Path,
) -> None:
    async with a_small_server(tmp_path) as (server, ada, talker):
        start = await ada.do("{ head }")
        async with a_slow_socket(ada) as slow:
            await slow.follow(talker.channel, after=start)
            await until(lambda: server.house.feed.bells.waiting.get(talker.channel["id"]))
            while len(server.house.devices):
                assert talker.said < 10_000
                await talker.say(50)
            read = await read_to_the_end(slow)
            closed = slow.connection
            assert closed.close_code == 1013
            assert closed.close_reason == "Too slow: resume after the last cursor"
        assert 0 < len(read) < talker.said
        async with ada.socket() as again:
            await again.follow(talker.channel, after=read[-1]["cursor"])
            read += [await again.next() for _ in range(talker.said - len(read))]
        assert [number(message) for message in read] == list(range(talker.said))


async def test_who_replays_a_long_history_slowly_is_waited_for(tmp_path: Path) -> None:
    async with a_small_server(tmp_path) as (_, ada, talker):
        start = await ada.do("{ head }")
        await talker.say(1_000)
        async with a_slow_socket(ada) as slow:
            await slow.subscribe(FOLLOW, channelId=talker.channel["id"], after=start)
            for expected in range(talker.said):
                assert number(await slow.next()) == expected
                if expected % 100 == 0:  # others have their turn, and nothing is read meanwhile
                    await ada.do("{ head }")


async def test_answers_that_wait_unread_are_bounded_together(tmp_path: Path) -> None:
    async with a_small_server(tmp_path) as (server, ada, talker):
        await talker.say(100)
        page = "query($c: ID!) { messages(channelId: $c, last: 100) { nodes { body } } }"
        async with a_slow_socket(ada) as slow:
            for name in range(90):
                await slow.subscribe(page, str(name), c=talker.channel["id"])
            await until(lambda: not len(server.house.devices))
            assert (await slow.closing())[0] == 1013


@asynccontextmanager
async def a_dead_socket(person: Person) -> AsyncIterator[asyncio.StreamReader]:
    """A connection that has begun to follow and answers nothing any more, not even a ping."""
    speaks = ClientProtocol(
        parse_uri(person.url.replace("http", "ws", 1) + "/graphql"),
        subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
    )
    host, _, port = person.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    speaks.send_request(speaks.connect())
    writer.writelines(speaks.data_to_send())
    while not any(isinstance(event, Response) for event in speaks.events_received()):
        speaks.receive_data(await reader.read(4096))
    given = {"authorization": f"Bearer {person.token}"}
    speaks.send_text(json.dumps({"type": "connection_init", "payload": given}).encode())
    writer.writelines(speaks.data_to_send())
    yield reader
    writer.close()


async def test_a_client_that_answers_no_ping_is_taken_for_dead(tmp_path: Path) -> None:
    async with a_server(tmp_path, keep_alive=0.1) as server, httpx.AsyncClient() as http:
        ada = await sign_up(server.url, http, "ada")
        async with a_dead_socket(ada) as reader:
            async with asyncio.timeout(PATIENCE):
                frames = b""
                while piece := await reader.read(4096):
                    frames += piece
            assert bytes([0x80 | Opcode.PING]) in frames
            assert (1011).to_bytes(2) + b"keepalive ping timeout" in frames
            await until(lambda: not len(server.house.devices))


async def test_a_client_that_answers_pings_stays(tmp_path: Path) -> None:
    async with a_server(tmp_path, keep_alive=0.5) as server, httpx.AsyncClient() as http:
        ada = await sign_up(server.url, http, "ada")
        async with ada.socket() as socket:
            pings: list[Frame] = []
            receive = socket.connection.protocol.recv_frame

            def count(frame: Frame) -> None:
                if frame.opcode is Opcode.PING:
                    pings.append(frame)
                receive(frame)

            socket.connection.protocol.recv_frame = count
            await until(lambda: len(pings) > 3)
            await socket.subscribe("{ me { id } }")
            assert await socket.next() == {"id": ada.id}


@contextmanager
def a_cable() -> Iterator[str]:
    """A network of two hosts, of which this is one; the other's namespace has the cable's name.

    Its address here is 10.213.0.1. Skips the test where none may be made.
    """
    needed("ip")
    name = f"t{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("network namespaces cannot be made here")
    try:
        for command in (
            f"ip link add {name} type veth peer name far netns {name}",
            f"ip addr add 10.213.0.1/30 dev {name}",
            f"ip link set {name} up",
            f"ip -n {name} addr add 10.213.0.2/30 dev far",
            f"ip -n {name} link set far up",
        ):
            subprocess.run(command.split(), check=True, capture_output=True)
        yield name
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


def cut(cable: str) -> None:
    subprocess.run(["ip", "link", "set", cable, "down"], check=True)


async def test_a_client_whose_cable_is_cut_is_taken_for_dead(tmp_path: Path) -> None:
    with a_cable() as cable:
        async with (
            a_server(tmp_path, host="10.213.0.1", keep_alive=0.2) as server,
            httpx.AsyncClient() as http,
        ):
            ada = await sign_up(server.url, http, "ada")
            far = await asyncio.create_subprocess_exec(
                *("ip", "netns", "exec", cable, needed("curl"), "-sN"),
                *("-H", f"authorization: Bearer {ada.token}", f"{server.url}/graphql/stream"),
                *("-G", "--data-urlencode", "query=subscription { events { cursor } }"),
                stdout=asyncio.subprocess.PIPE,
            )
            assert far.stdout
            assert await far.stdout.readline() == b":\n"
            assert len(server.house.devices) == 1
            cut(cable)
            await until(lambda: not len(server.house.devices))
            far.kill()
            await far.wait()


@pytest.mark.slow
async def test_memory_stays_flat_whatever_is_not_read(tmp_path: Path) -> None:
    given = {"TERTULIA_RATE_LIMITS": "off", "TERTULIA_SOCKET_BUFFER": str(SMALL)}
    async with AsyncExitStack() as stack:
        served = stack.enter_context(serving(tmp_path, **given))
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=PATIENCE))
        ada = await sign_up(served.url, http, "ada")
        lobby = await ada.create_channel()
        talking = await stack.enter_async_context(ada.socket())
        await talk(talking, lobby, 50)
        process = psutil.Process(served.process.pid)
        before = process.memory_info().rss
        for _ in range(30):
            slow = await stack.enter_async_context(a_slow_socket(ada))
            await slow.subscribe(MUCH, channelId=lobby["id"])
        await talk(talking, lobby, 200)
        grown = process.memory_info().rss - before
    # 30 of them have left 40 MB each unread.
    assert grown < 100 * 1024 * 1024, f"{grown / 1024 / 1024:.0f} MiB"


async def talk(socket: Socket, channel: Json, count: int) -> None:
    """Sends long messages over a socket, some at a time."""
    send = "mutation($i: SendMessageInput!) { sendMessage(input: $i) { id } }"
    for start in range(0, count, 50):
        for number in range(start, start + 50):
            given = {"channelId": channel["id"], "body": LONG, "id": str(uuid4())}
            await socket.subscribe(send, f"{number}", i=given)
        ends = 0
        while ends < 50:
            ends += (await socket.receive())["type"] == "complete"
