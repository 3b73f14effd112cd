"""graphql-transport-ws: every message, every shape that is none, and every way to be closed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import websockets

from models.messages import MessageRow
from server.serving import Running
from tests.cast import FOLLOW, SEND, Person, Socket, open_socket, sign_up
from tests.patience import PATIENCE
from tests.stage import a_server, until

INIT = {"type": "connection_init"}
ME = {"id": "1", "type": "subscribe", "payload": {"query": "{ me { username } }"}}
SERVER = {"query": "{ server { name } }"}


async def raw(person: Person, *messages: bytes | str) -> tuple[int, str]:
    """How a socket is closed on which this is said, signed in."""
    async with person.socket() as socket:
        for message in messages:
            await socket.connection.send(message)
        return await socket.closing()


SHAPES: list[Any] = [
    1,
    -1.5,
    True,
    None,
    "text",
    "connection_init",
    [],
    [INIT],
    {},
    {"id": "1"},
    {"type": None},
    {"type": 1},
    {"type": []},
    {"type": {}},
    {"type": ""},
    {"type": "unknown"},
    {"type": "CONNECTION_INIT"},
    {"type": "connection_ack"},
    {"type": "next", "id": "1", "payload": {}},
    {"type": "error", "id": "1", "payload": []},
    {"type": "start", "id": "1", "payload": SERVER},
    {"type": "stop", "id": "1"},
    {"type": "connection_terminate"},
    {**INIT, "payload": 1},
    {**INIT, "payload": "text"},
    {**INIT, "payload": []},
    {**INIT, "payload": True},
    {"type": "ping", "payload": 1},
    {"type": "ping", "payload": "text"},
    {"type": "ping", "payload": []},
    {"type": "pong", "payload": 1},
    {"type": "pong", "payload": [1]},
    {"type": "complete"},
    {"type": "complete", "id": None},
    {"type": "complete", "id": 1},
    {"type": "complete", "id": ""},
    {"type": "complete", "id": ["1"]},
    {"type": "complete", "id": "x" * 257},
    {"type": "subscribe"},
    {"type": "subscribe", "id": "1"},
    {"type": "subscribe", "payload": SERVER},
    {"type": "subscribe", "id": None, "payload": SERVER},
    {"type": "subscribe", "id": 1, "payload": SERVER},
    {"type": "subscribe", "id": "", "payload": SERVER},
    {"type": "subscribe", "id": {}, "payload": SERVER},
    {"type": "subscribe", "id": "x" * 257, "payload": SERVER},
    {"type": "subscribe", "id": "x" * 1_000_000, "payload": SERVER},
    {"type": "subscribe", "id": "1", "payload": None},
    {"type": "subscribe", "id": "1", "payload": 1},
    {"type": "subscribe", "id": "1", "payload": "{ head }"},
    {"type": "subscribe", "id": "1", "payload": []},
    {"type": "subscribe", "id": "1", "payload": {}},
    {"type": "subscribe", "id": "1", "payload": {"query": None}},
    {"type": "subscribe", "id": "1", "payload": {"query": 1}},
    {"type": "subscribe", "id": "1", "payload": {"query": ["{ head }"]}},
    {"type": "subscribe", "id": "1", "payload": {"query": {"a": 1}}},
    {"type": "subscribe", "id": "1", "payload": {**SERVER, "variables": 1}},
    {"type": "subscribe", "id": "1", "payload": {**SERVER, "variables": "x"}},
    {"type": "subscribe", "id": "1", "payload": {**SERVER, "variables": []}},
    {"type": "subscribe", "id": "1", "payload": {**SERVER, "variables": False}},
    {"type": "subscribe", "id": "1", "payload": {**SERVER, "operationName": 1}},
    {"type": "subscribe", "id": "1", "payload": {**SERVER, "operationName": []}},
    {"type": "subscribe", "id": "1", "payload": {**SERVER, "extensions": 1}},
    {"type": "subscribe", "id": "1", "payload": {**SERVER, "extensions": ""}},
    {"type": "subscribe", "id": "1", "payload": {**SERVER, "extensions": []}},
]
TEXTS: list[bytes | str] = [
    *map(json.dumps, SHAPES),
    "",
    " ",
    "nonsense",
    "{",
    '{"type": "ping"} {"type": "ping"}',
    '{"type": "ping", "payload": {"x": NaN}}',
    '{"type": "ping", "payload": {"x": ' + "[" * 300 + "]" * 300 + "}}",
    '{"type": "ping", "payload": {"x": ' + "9" * 5_000 + "}}",
    '{"type": "ping", "payload": {"x": "\\ud800"}}',
    '{"type": "subscribe", "id": "\\ud800", "payload": {"query": "{ head }"}}',
    "[" * 100_000,
    "[" * 100_000 + "]" * 100_000,
    "\0",
    "\ufeff" + json.dumps({"type": "ping"}),
    "x" * 1_048_576,
    "x" * 1_048_577,
    json.dumps({"type": "ping", "payload": {"x": "y" * 2_000_000}}),
    b"",
    b"\0\1\2",
    json.dumps({"type": "ping"}).encode(),
    b"x" * 2_000_000,
]


@pytest.mark.parametrize("message", TEXTS, ids=lambda message: repr(message)[:60])
async def test_what_is_no_message_closes_the_socket_with_4400(
    ada: Person, message: bytes | str
) -> None:
    code, reason = await raw(ada, message)
    assert code == 4400
    assert reason


@pytest.mark.parametrize("message", TEXTS[:20], ids=lambda message: repr(message)[:60])
async def test_so_it_does_before_the_init(ada: Person, message: bytes | str) -> None:
    async with open_socket(ada.url) as socket:
        await socket.connection.send(message)
        assert (await socket.closing())[0] == 4400


async def test_a_message_of_countless_fragments_is_malformed(ada: Person) -> None:
    async with ada.socket() as socket:

        async def fragments() -> AsyncIterator[str]:
            for _ in range(2_000):
                yield ""

        with suppress(websockets.ConnectionClosed):
            await socket.connection.send(fragments())
        assert (await socket.closing())[0] == 4400


async def test_what_is_said_before_an_end_that_the_protocol_below_makes_is_no_bug(
    ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    ping = b'{"type":"ping"}'
    frames = b"".join(
        b"\x81" + bytes([0x80 | len(m)]) + bytes(4) + m for m in (*[ping] * 9, b"\xff")
    )
    for _ in range(5):
        async with ada.socket() as socket:
            socket.connection.transport.write(frames)
            assert (await socket.closing())[0] == 1007
    assert "a bug" not in caplog.text


async def test_a_bug_in_the_beginning_closes_the_socket(
    ada: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret details")

    monkeypatch.setattr("resolvers.sessions.Doorkeeper.caller", broken)
    async with open_socket(ada.url) as socket:
        await socket.send({**INIT, "payload": {"authorization": "Bearer x"}})
        assert await socket.closing() == (1011, "Something went wrong on the server.")
    assert len(caplog.records) == 1


async def test_who_has_begun_in_time_is_left_alone(narrow: Running) -> None:
    async with open_socket(narrow.url) as socket:
        await socket.send(INIT)
        assert await socket.receive() == {"type": "connection_ack"}
        # Another, that does not begin, tells when the time is over.
        async with open_socket(narrow.url) as late:
            assert (await late.closing())[0] == 4408
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}


async def test_who_does_not_read_is_cut_off_when_the_session_ends(
    ada: Person, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.socket._CLOSE_SECONDS", 0.1)
    async with ada.socket() as socket:
        socket.connection.transport.pause_reading()
        large = json.dumps({"type": "ping", "payload": {"x": "y" * 1_000_000}})
        flood = asyncio.create_task(flooding(socket, large))
        await ada.do("mutation { logout }")
        await until(lambda: server.house.devices.count(ada.id) == 0)
        flood.cancel()
        socket.connection.transport.abort()


async def test_who_does_not_read_what_they_follow_is_cut_off(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    async with a_server(tmp_path, request_timeout=1) as server:
        ada, ben = [await sign_up(server.url, http, name) for name in ("ada", "ben")]
        lobby = await ada.create_channel()
        await ben.join(lobby)
        async with ada.socket() as reads, ben.socket() as stalls:
            head = await ada.do("{ head }")
            await reads.follow(lobby, head)
            for number in range(20):
                await stalls.subscribe(FOLLOW, str(number), channelId=lobby["id"], after=head)
            stalls.connection.transport.pause_reading()
            for _ in range(40):
                sent = await ada.send(lobby, "🎈" * 8_000)
                assert (await reads.next())["id"] == sent["id"]
            await until(lambda: server.house.devices.count(ben.id) == 0)
            assert server.house.devices.count(ada.id) == 1
            stalls.connection.transport.abort()


async def flooding(socket: Socket, message: str) -> None:
    """Says more than can be answered to somebody who does not listen."""
    with suppress(websockets.ConnectionClosed, OSError):
        for _ in range(100):
            await socket.connection.send(message)


UPGRADE = (
    b"GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@pytest.mark.parametrize(
    "header",
    [b"Content-Length: 5", b"Transfer-Encoding: chunked", b"X: " + b"y" * 9_000, b"X: y\r\n" * 200],
    ids=["a length", "chunks", "a long header", "many headers"],
)
async def test_a_handshake_that_is_none_is_answered_and_over(
    server: Running, header: bytes
) -> None:
    address = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(UPGRADE + header.rstrip() + b"\r\n\r\n")
    async with asyncio.timeout(PATIENCE):
        assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
    writer.close()


async def test_a_flood_of_frames_does_not_keep_others_waiting(ada: Person) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with ada.socket() as socket:
        pong = b"\x8a\x80" + bytes(4)
        looping = asyncio.create_task(others())
        socket.connection.transport.write(pong * 40_000)
        before = turns
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}
        looping.cancel()
        assert turns - before > 40


async def test_answers_to_pings_that_nobody_reads_are_not_kept(
    ada: Person, server: Running
) -> None:
    async with ada.socket() as socket:
        socket.connection.transport.pause_reading()
        ping = b"\x89" + bytes([0x80 | 125]) + bytes(4) + b"x" * 125
        for _ in range(2_000):
            socket.connection.transport.write(ping * 500)
            await asyncio.sleep(0)
            if server.house.devices.count(ada.id) == 0:
                break
        await until(lambda: server.house.devices.count(ada.id) == 0)
        socket.connection.transport.abort()


async def test_text_that_is_no_utf_8_is_closed_as_websocket_has_it(ada: Person) -> None:
    async with ada.socket() as socket:
        await socket.connection.send(b"\xff", text=True)
        assert (await socket.closing())[0] == 1007


@pytest.mark.parametrize("frame", [b"\x83\x80" + bytes(4), b"\xc1\x80" + bytes(4), b"\x81\x00"])
async def test_what_is_no_frame_is_closed_as_websocket_has_it(ada: Person, frame: bytes) -> None:
    async with ada.socket() as socket:
        socket.connection.transport.write(frame)
        assert (await socket.closing())[0] == 1002


@pytest.mark.parametrize("payload", [None, {}, {"authorization": None}, {"other": 1}, ...])
async def test_who_says_nothing_of_themselves_is_nobody(ada: Person, payload: Any) -> None:
    async with open_socket(ada.url) as socket:
        await socket.send(INIT if payload is ... else {**INIT, "payload": payload})
        assert await socket.receive() == {"type": "connection_ack"}
        await socket.send(ME)
        answer = (await socket.receive())["payload"]
        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("name", ["authorization", "Authorization"])
async def test_the_init_may_bring_a_token(ada: Person, name: str) -> None:
    async with open_socket(ada.url) as socket:
        await socket.send({**INIT, "payload": {name: f"Bearer {ada.token}"}})
        assert await socket.receive() == {"type": "connection_ack"}
        await socket.send(ME)
        assert (await socket.receive())["payload"]["data"]["me"]["username"] == ada.username


@pytest.mark.parametrize("given", ["Bearer nonsense", "Bearer", "nonsense", "", 1, {}, ["x"]])
async def test_a_token_that_is_no_good_closes_the_socket(ada: Person, given: Any) -> None:
    async with open_socket(ada.url) as socket:
        await socket.send({**INIT, "payload": {"authorization": given}})
        assert await socket.closing() == (4403, "Forbidden")


async def test_an_operation_before_the_ack_is_unauthorized(ada: Person) -> None:
    async with open_socket(ada.url) as socket:
        await socket.send(ME)
        assert await socket.closing() == (4401, "Unauthorized")


async def test_a_second_init_is_one_too_many(ada: Person) -> None:
    async with ada.socket() as socket:
        await socket.send(INIT)
        assert await socket.closing() == (4429, "Too many initialisation requests")


async def test_an_id_that_is_in_use_closes_the_socket(ada: Person) -> None:
    lobby = await ada.create_channel()
    name = "ñ" * 200
    async with ada.socket() as socket:
        await socket.subscribe(FOLLOW, name, channelId=lobby["id"])
        await socket.subscribe(FOLLOW, name, channelId=lobby["id"])
        code, reason = await socket.closing()
        assert code == 4409
        assert reason.startswith("Subscriber for ñ")
        assert len(reason.encode()) <= 123


async def test_an_id_is_free_again_once_its_operation_is_complete(ada: Person) -> None:
    lobby = await ada.create_channel()
    async with ada.socket() as socket:
        for _ in range(3):
            await socket.send(ME)
            assert (await socket.receive())["type"] == "next"
            assert await socket.receive() == {"id": "1", "type": "complete"}
        await socket.follow(lobby)
        await socket.send({"id": "1", "type": "complete"})
        await socket.send(ME)
        assert (await socket.receive())["payload"]["data"]["me"]["username"] == ada.username


async def test_only_one_subprotocol_is_spoken(ada: Person) -> None:
    for offered in (None, ["graphql-ws"], ["graphql-sse", "x"]):
        async with open_socket(ada.url, subprotocols=offered) as socket:
            assert (await socket.closing())[0] == 4406
    offered = ["graphql-ws", "graphql-transport-ws"]
    async with open_socket(ada.url, subprotocols=offered) as socket:
        assert socket.connection.subprotocol == "graphql-transport-ws"


async def test_pings_are_answered_with_what_they_bring(ada: Person) -> None:
    async with open_socket(ada.url) as socket:
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}
        await socket.send({"type": "ping", "payload": None})
        assert await socket.receive() == {"type": "pong"}
        for payload in ({}, {"at": 1, "deep": [{"a": "ñ"}]}):
            await socket.send({"type": "ping", "payload": payload})
            assert await socket.receive() == {"type": "pong", "payload": payload}


async def test_what_needs_no_answer_gets_none(ada: Person) -> None:
    async with ada.socket() as socket:
        await socket.send({"type": "pong"})
        await socket.send({"type": "pong", "payload": {"x": 1}})
        await socket.send({"type": "complete", "id": "never begun"})
        await socket.send({"type": "ping", "unknown": "is passed over"})
        assert await socket.receive() == {"type": "pong"}


NOT_BEGUN = [
    ({"query": "{ me {"}, "BAD_QUERY"),
    ({"query": "{ nothing }"}, "BAD_QUERY"),
    ({"query": ""}, "BAD_QUERY"),
    ({"query": "query A { head } query B { head }"}, "BAD_QUERY"),
    ({"query": "{ head }", "operationName": "B"}, "BAD_QUERY"),
    ({"query": "subscription { messageAdded { id } }"}, "BAD_QUERY"),
    ({"query": "query($id: ID!) { user(id: $id) { id } }"}, "BAD_USER_INPUT"),
    ({"query": FOLLOW, "variables": {"channelId": None}}, "BAD_USER_INPUT"),
    ({"query": FOLLOW, "variables": {"channelId": "x"}}, "NOT_FOUND"),
    ({"query": FOLLOW, "variables": {"channelId": "x", "after": 1}}, "BAD_USER_INPUT"),
    ({"query": "{ " + "a: head " * 100 + "}"}, "TOO_COMPLEX"),
    ({"extensions": {"persistedQuery": {"sha256Hash": "x"}}}, "BAD_QUERY"),
    ({"query": "{ head }", "variables": {"x": "\ud800"}}, "BAD_USER_INPUT"),
]


@pytest.mark.parametrize(("payload", "code"), NOT_BEGUN)
async def test_what_cannot_be_begun_is_an_error_of_the_operation_alone(
    ada: Person, payload: Any, code: str
) -> None:
    async with ada.socket() as socket:
        await socket.send({"id": "bad", "type": "subscribe", "payload": payload})
        message = await socket.receive()
        assert (message["id"], message["type"]) == ("bad", "error")
        assert message["payload"][0]["extensions"]["code"] == code
        await socket.send(ME)
        assert (await socket.receive())["payload"]["data"]["me"]["username"] == ada.username


async def test_what_fails_in_a_field_is_told_beside_the_data(ada: Person) -> None:
    async with ada.socket() as socket:
        await socket.subscribe('{ me { username } user(id: "x") { id } }')
        payload = (await socket.receive())["payload"]
        assert payload["data"] == {"me": {"username": ada.username}, "user": None}
        assert payload["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert await socket.receive() == {"id": "1", "type": "complete"}


async def test_an_operation_that_is_completed_says_nothing_more(ada: Person) -> None:
    lobby = await ada.create_channel()
    async with ada.socket() as socket:
        await socket.follow(lobby)
        await socket.send({"id": "1", "type": "complete"})
        await socket.subscribe(SEND, "send", input={"channelId": lobby["id"], "body": "hola"})
        assert [(await socket.receive())["id"] for _ in range(2)] == ["send", "send"]


@pytest.fixture(scope="module")
async def narrow(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A server that is short of patience and of room."""
    given = {"request_timeout": 0.3, "max_sockets": 3}
    async with a_server(tmp_path_factory.mktemp("data"), **given) as server:
        yield server


async def test_who_does_not_begin_in_time_is_closed(narrow: Running) -> None:
    async with open_socket(narrow.url) as socket:
        assert (await socket.closing())[0] == 4408


async def test_a_socket_has_only_so_many_operations_at_a_time(ada: Person) -> None:
    lobby = await ada.create_channel()
    async with ada.socket() as socket:
        for number in range(100):
            await socket.subscribe(FOLLOW, str(number), channelId=lobby["id"])
        await socket.subscribe(FOLLOW, "one more", channelId=lobby["id"])
        message = await socket.receive()
        assert (message["id"], message["type"]) == ("one more", "error")
        assert message["payload"][0]["extensions"]["code"] == "TOO_COMPLEX"
        await socket.send({"id": "0", "type": "complete"})
        await socket.send(ME | {"id": "one more"})
        assert (await socket.receive())["type"] == "next"


async def test_a_user_has_only_so_many_sockets(narrow: Running, http: httpx.AsyncClient) -> None:
    ada, ben = [await sign_up(narrow.url, http, name) for name in ("ada", "ben")]
    async with ada.socket(), ada.socket(), ada.socket() as last:
        async with open_socket(narrow.url) as one_more:
            given = {"authorization": f"Bearer {ada.token}"}
            await one_more.send({**INIT, "payload": given})
            assert await one_more.closing() == (1013, "Too many sockets")
        async with ben.socket() as another:
            await another.send({"type": "ping"})
            assert await another.receive() == {"type": "pong"}
        await last.connection.close()
        await until(lambda: narrow.house.devices.count(ada.id) == 2)
        async with ada.socket():
            pass


async def test_so_has_an_address_of_those_who_are_nobody(narrow: Running) -> None:
    async with AsyncExitStack() as opened:
        *some, last = [await opened.enter_async_context(open_socket(narrow.url)) for _ in range(4)]
        for socket in some:
            await socket.send(INIT)
            assert await socket.receive() == {"type": "connection_ack"}
        await last.send(INIT)
        assert (await last.closing())[0] == 1013
    await until(lambda: len(narrow.house.devices) == 0)


async def test_a_bug_on_a_socket_is_told_by_its_id(
    ada: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with ada.socket() as socket:

        async def broken(*_: object) -> None:
            raise RuntimeError("secret details")

        monkeypatch.setattr("schema.context.Context.for_operation", broken)
        await socket.send(ME)
        message = await socket.receive()
        assert message["type"] == "error"
        [error] = message["payload"]
        assert error["extensions"]["code"] == "INTERNAL"
        assert error["extensions"]["errorId"] in str(caplog.records[0].msg)
        monkeypatch.undo()
        await socket.send(ME)
        assert (await socket.receive())["type"] == "next"


async def test_a_bug_in_the_middle_of_a_stream_is_told_and_ends_it(
    ada: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def follow(*_: object) -> AsyncIterator[MessageRow]:
        async def rows() -> AsyncIterator[MessageRow]:
            raise RuntimeError("secret details")
            yield

        return rows()

    monkeypatch.setattr("resolvers.messages.follow", follow)
    async with ada.socket() as socket:
        await socket.subscribe(FOLLOW, channelId="any")
        message = await socket.receive()
        assert message["type"] == "next"
        [error] = message["payload"]["errors"]
        assert error["extensions"]["code"] == "INTERNAL"
        assert error["extensions"]["errorId"] in str(caplog.records[0].msg)
        assert (await socket.receive())["type"] == "complete"


async def test_the_cost_of_an_operation_is_told_over_the_socket_too(ada: Person) -> None:
    async with ada.socket() as socket:
        payload = {"query": "{ users(first: 5) { nodes { id } } }", "extensions": {"cost": True}}
        await socket.send({"id": "1", "type": "subscribe", "payload": payload})
        told = (await socket.receive())["payload"]["extensions"]
        assert told == {"cost": {"estimated": 11, "limit": 10_000}}
