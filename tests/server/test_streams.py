"""Subscriptions over plain HTTP: server-sent events, and parts as Apollo's clients take them."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from adapters.clock import Clock
from adapters.tokens import Tokens
from resolvers.errors import Banned
from resolvers.following import Delivery
from resolvers.house import House
from resolvers.sessions import Doorkeeper
from schema.context import Context
from server.serving import Running
from tests.cast import FOLLOW, SEND, Client, Person, sign_up
from tests.patience import PATIENCE
from tests.stage import PASSWORD, a_server, until
from tests.streams import event_stream, part_stream

EVENTS = """subscription($after: Cursor) { events(after: $after) {
  __typename cursor ... on MessageAdded { message { body } } } }"""
BAN = "mutation($input: BanUserInput!) { banUser(input: $input) { id } }"
REMOVE = "mutation($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }"


async def following(server: Running, channel: dict[str, str], count: int = 1) -> None:
    """Waits until so many follow the channel."""
    await until(lambda: len(server.house.feed.bells.waiting.get(channel["id"], ())) == count)


async def test_a_stream_gives_what_was_missed_and_what_comes(ada: Person, server: Running) -> None:
    lobby = await ada.create_channel()
    first, second = [await ada.send(lobby, body) for body in ("one", "two")]
    async with event_stream(ada, FOLLOW, channelId=lobby["id"], after=first["cursor"]) as stream:
        assert await stream.next() == ("next", second["cursor"], {"data": {"messageAdded": second}})
        third = await ada.send(lobby, "three")
        assert await stream.next() == ("next", third["cursor"], {"data": {"messageAdded": third}})


async def test_a_stream_goes_on_after_the_last_event_that_arrived_whatever_it_began_with(
    ada: Person,
) -> None:
    lobby = await ada.create_channel()
    sent = [await ada.send(lobby, f"{number}") for number in range(5)]
    given = {"channelId": lobby["id"], "after": sent[0]["cursor"]}
    async with event_stream(ada, FOLLOW, sent[2]["cursor"], **given) as stream:
        assert [await stream.body() for _ in range(2)] == ["3", "4"]


async def test_every_event_has_an_id_to_go_on_from_selected_or_not(ada: Person) -> None:
    head = await ada.do("{ head }")
    lobby = await ada.create_channel()
    await ada.send(lobby, "hola")
    document = "subscription($after: Cursor) { events(after: $after) { __typename } }"
    names: list[str] = []
    last = head
    for _ in range(3):  # one event a connection, as if each were lost at once
        async with event_stream(ada, document, last) as stream:
            event = await stream.next()
        assert event
        assert event.id
        last = event.id
        names.append(event.data["data"]["events"]["__typename"])
    assert names == ["ChannelCreated", "MemberAdded", "MessageAdded"]


async def test_a_cursor_that_is_none_is_told_in_the_stream(ada: Person) -> None:
    for given, code in (("nonsense", "BAD_USER_INPUT"), ("00000000.7", "CURSOR_EXPIRED")):
        async with event_stream(ada, EVENTS, given) as stream:
            event = await stream.next()
            assert event
            assert event.data["errors"][0]["extensions"]["code"] == code
            assert await stream.next() == ("complete", None, None)


@pytest.mark.parametrize(
    "document", ["{ me { id } }", "mutation { updateProfile(input: {}) { id } }"]
)
async def test_what_has_one_answer_is_answered_and_complete(ada: Person, document: str) -> None:
    async with event_stream(ada, document) as stream:
        event = await stream.next()
        assert event
        assert (event.name, event.id) == ("next", None)
        assert next(iter(event.data["data"].values())) == {"id": ada.id}
        assert await stream.next() == ("complete", None, None)
        assert await stream.next() is None


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("subscription { nonsense }", "BAD_QUERY"),
        ("subscription {", "BAD_QUERY"),
        ('subscription { messageAdded(channelId: "nobody") { id } }', "NOT_FOUND"),
    ],
)
async def test_what_cannot_be_begun_is_told_in_the_stream(
    ada: Person, document: str, code: str
) -> None:
    async with event_stream(ada, document) as stream:
        event = await stream.next()
        assert event
        assert event.name == "next"
        assert "data" not in event.data
        assert event.data["errors"][0]["extensions"]["code"] == code
        assert await stream.next() == ("complete", None, None)


async def test_who_is_not_signed_in_is_told_so(anybody: Client) -> None:
    async with event_stream(anybody, EVENTS) as stream:
        event = await stream.next()
        assert event
        assert event.data["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_browsers_event_source_is_let_in_by_its_cookies(
    server: Running, ada: Person
) -> None:
    async with httpx.AsyncClient(base_url=server.url) as browser:
        login = "mutation($i: LoginInput!) { login(input: $i) { user { id } } }"
        given = {"username": ada.username, "password": PASSWORD, "useCookies": True}
        await browser.post("/graphql", json={"query": login, "variables": {"i": given}})
        headers = {"accept": "text/event-stream"}
        address = "/graphql/stream"
        came = await browser.get(address, params={"query": "{ me { id } }"}, headers=headers)
        assert ada.id in came.text
        leaving = {"query": "mutation { logout }"}
        refused = await browser.get(address, params=leaving, headers=headers)
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, POST")
        assert came.text.count("event: ") == 2
        from_elsewhere = {**headers, "sec-fetch-site": "same-site"}
        refused = await browser.get(
            address, params={"query": "{ me { id } }"}, headers=from_elsewhere
        )
        assert refused.status_code == 403


@pytest.mark.parametrize(
    ("method", "headers", "content", "status"),
    [
        ("POST", {"accept": "text/html"}, b'{"query":"{ head }"}', 406),
        ("POST", {"content-type": "application/json"}, b"{", 400),
        ("POST", {"content-type": "text/plain"}, b"{}", 415),
        ("PUT", {}, b"", 405),
        ("DELETE", {}, b"", 405),
    ],
)
async def test_what_is_no_request_for_a_stream_is_refused_by_its_status(
    server: Running,
    http: httpx.AsyncClient,
    method: str,
    headers: dict[str, str],
    content: bytes,
    status: int,
) -> None:
    address = f"{server.url}/graphql/stream"
    refused = await http.request(method, address, headers=headers, content=content)
    assert refused.status_code == status
    assert refused.json()["errors"][0]["extensions"]["code"] == "BAD_QUERY"


async def test_a_removed_member_is_told_and_gets_nothing_said_after(
    ada: Person, ben: Person, server: Running
) -> None:
    plans = await ada.create_channel("PRIVATE", memberIds=[ben.id])
    async with event_stream(ben, FOLLOW, channelId=plans["id"]) as stream:
        await following(server, plans)
        await ada.send(plans, "before")
        assert await stream.body() == "before"
        await ada.do(REMOVE, c=plans["id"], u=ben.id)
        await ada.send(plans, "after")
        event = await stream.next()
        assert event
        assert event.data["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert await stream.next() == ("complete", None, None)


async def test_a_ban_breaks_every_stream_off_and_nothing_said_after_it_is_sent(
    ada: Person, ben: Person, admin: Person, server: Running
) -> None:
    lobby = await ada.create_channel()
    await ben.join(lobby)
    async with (
        event_stream(ben, FOLLOW, channelId=lobby["id"]) as one,
        event_stream(ben, EVENTS) as other,
        part_stream(ben, FOLLOW, channelId=lobby["id"]) as parts,
    ):
        await following(server, lobby, 3)
        await admin.do(BAN, input={"userId": ben.id, "reason": "enough"})
        await ada.send(lobby, "after")
        for stream in (one, other):
            assert await stream.next() is None
            assert stream.comments[-1] == "UNAUTHENTICATED Banned: enough"
        told = {"message": "Banned: enough", "extensions": {"code": "UNAUTHENTICATED"}}
        assert await parts.next() == {"payload": None, "errors": [told]}
        assert await parts.next() is None


async def test_a_stream_is_broken_off_when_its_token_expires(ada: Person, server: Running) -> None:
    me = server.house.tokens.check(ada.token or "", time.time())
    assert me
    short = Tokens(server.house.tokens._keys, lifetime=4)
    ada.token, _ = short.issue(me.user_id, me.session_id, Clock().seconds())
    async with event_stream(ada, EVENTS) as stream:
        assert await stream.next() is None
        assert stream.comments[-1] == "UNAUTHENTICATED The access token has expired"


async def test_a_replay_is_broken_off_and_no_event_spoilt_when_its_token_expires(
    ada: Person, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    lobby = await ada.create_channel()
    start = await ada.do("{ head }")
    await asyncio.gather(*(ada.send(lobby, f"{number}") for number in range(50)))
    renew, later = Context.renew, time.time() + 3_600

    async def expiring(self: Context, delivery: Delivery[Any]) -> None:
        if delivery.item.body == "7":
            monkeypatch.setattr(Clock, "seconds", lambda _: later)
        await renew(self, delivery)

    monkeypatch.setattr(Context, "renew", expiring)
    given = {"channelId": lobby["id"], "after": start}
    async with event_stream(ada, FOLLOW, **given) as stream:
        bodies: list[str] = []
        while event := await stream.next():
            assert event.name == "next"
            assert "errors" not in event.data, event
            bodies.append(event.data["data"]["messageAdded"]["body"])
        assert "7" not in bodies
        assert stream.comments[-1].startswith("UNAUTHENTICATED ")


async def test_a_stream_that_is_let_in_at_the_second_look_is_ended_like_any_other(
    ada: Person, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, refused = Doorkeeper.caller, list[str]()

    async def caller(self: Doorkeeper, token: str, *given: str | None) -> Any:
        if not refused:
            refused.append(token)
            raise Banned("", None)
        return await look(self, token, *given)

    monkeypatch.setattr(Doorkeeper, "caller", caller)
    before = len(server.house.devices)
    async with event_stream(ada, EVENTS):
        assert refused
        await until(lambda: len(server.house.devices) == before + 1)


async def test_who_hangs_up_is_noticed_also_with_another_request_in_the_pipe(
    ada: Person, server: Running
) -> None:
    before = len(server.house.devices)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    query = quote("subscription { events { cursor } }")
    for path in (f"/graphql/stream?query={query}", "/healthz"):
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {ada.token}\r\n\r\n".encode()
        )
    assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
    await until(lambda: len(server.house.devices) == before + 1)
    writer.close()
    await until(lambda: len(server.house.devices) == before)


async def test_signing_out_breaks_the_streams_of_that_session_off(
    ada: Person, server: Running
) -> None:
    lobby = await ada.create_channel()
    async with event_stream(ada, EVENTS) as stream:
        await following(server, lobby)
        await ada.do("mutation { logout }")
        assert await stream.next() is None
        assert stream.comments[-1] == "UNAUTHENTICATED The session has ended"


async def test_a_server_that_stops_breaks_streams_off_at_once(tmp_path: Path) -> None:
    async with AsyncExitStack() as serving, httpx.AsyncClient(timeout=PATIENCE) as http:
        server = await serving.enter_async_context(a_server(tmp_path))
        ada = await sign_up(server.url, http, "ada")
        async with event_stream(ada, EVENTS) as stream, part_stream(ada, EVENTS) as parts:
            await until(lambda: len(server.house.feed.bells.waiting.get(ada.id, ())) == 2)
            stopping = asyncio.create_task(serving.aclose())
            assert await stream.next() is None
            assert stream.comments[-1] == "UNAVAILABLE The server stops"
            told = {"message": "The server stops", "extensions": {"code": "UNAVAILABLE"}}
            assert await parts.next() == {"payload": None, "errors": [told]}
            await stopping


async def test_who_comes_while_the_server_stops_is_sent_away(house: House) -> None:
    closed: list[tuple[int, str]] = []
    house.devices.dismiss()
    house.devices.arrive("ada", close=lambda *how: closed.append(how))
    assert closed == [(1001, "The server stops")]


async def test_streams_count_as_connected_and_leave_nothing_behind(
    ada: Person, server: Running
) -> None:
    lobby = await ada.create_channel()
    before = len(server.house.devices)
    for _ in range(5):
        async with event_stream(ada, EVENTS), part_stream(ada, EVENTS):
            assert len(server.house.devices) == before + 2
            await following(server, lobby, 2)
        await until(lambda: len(server.house.devices) == before)
        await until(lambda: lobby["id"] not in server.house.feed.bells.waiting)


async def test_a_user_may_have_only_so_many_streams_and_sockets(tmp_path: Path) -> None:
    async with a_server(tmp_path, max_sockets=2) as server, httpx.AsyncClient() as http:
        ada = await sign_up(server.url, http, "ada")
        async with ada.socket(), event_stream(ada, EVENTS):
            headers = {"authorization": f"Bearer {ada.token}"}
            given = {"query": EVENTS}
            refused = await http.post(f"{server.url}/graphql/stream", json=given, headers=headers)
            assert refused.status_code == 503
            assert refused.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"


async def test_a_quiet_stream_shows_that_it_is_alive(tmp_path: Path) -> None:
    async with a_server(tmp_path, keep_alive=0.05) as server, httpx.AsyncClient() as http:
        ada = await sign_up(server.url, http, "ada")
        lobby = await ada.create_channel()
        given = {"channelId": lobby["id"]}
        async with event_stream(ada, FOLLOW, **given) as events:
            pieces = events.response.aiter_text()
            assert "".join([await anext(pieces) for _ in range(4)]) == ":\n\n" * 4
        async with part_stream(ada, FOLLOW, **given) as parts:
            pieces = parts.response.aiter_text()
            opened = await anext(pieces)
            beats = "".join([await anext(pieces) for _ in range(3)])
            assert (opened, beats.count("{}")) == ("--graphql", 3)


async def test_parts_give_what_was_missed_and_what_comes(ada: Person) -> None:
    lobby = await ada.create_channel()
    first, second = [await ada.send(lobby, body) for body in ("one", "two")]
    async with part_stream(ada, FOLLOW, channelId=lobby["id"], after=first["cursor"]) as parts:
        kind = parts.response.headers["content-type"]
        assert kind == "multipart/mixed; boundary=graphql; subscriptionSpec=1.0"
        assert await parts.next() == {"payload": {"data": {"messageAdded": second}}}
        third = await ada.send(lobby, "three")
        assert await parts.next() == {"payload": {"data": {"messageAdded": third}}}


@pytest.mark.parametrize(
    ("document", "status"), [("{ me { id } }", 200), ("subscription { nonsense }", 200)]
)
async def test_who_takes_parts_gets_one_answer_in_one_piece(
    ada: Person, document: str, status: int
) -> None:
    async with part_stream(ada, document) as parts:
        assert parts.response.headers["content-type"] == "application/json; charset=utf-8"
        assert parts.response.status_code == status


@pytest.mark.parametrize(
    "accept", ["application/json", "*/*", "multipart/mixed, */*;q=0.1", "multipart/*, */*;q=0.1"]
)
async def test_a_subscription_without_a_way_to_answer_it_is_told_the_ways(
    ada: Person, accept: str
) -> None:
    headers = {"accept": accept, "authorization": f"Bearer {ada.token}"}
    refused = await ada.http.post(f"{ada.url}/graphql", json={"query": EVENTS}, headers=headers)
    assert refused.status_code == 400
    assert "/graphql/stream" in refused.json()["errors"][0]["message"]


async def test_the_end_of_a_subscription_ends_the_parts(
    ada: Person, ben: Person, server: Running
) -> None:
    plans = await ada.create_channel("PRIVATE", memberIds=[ben.id])
    async with part_stream(ben, FOLLOW, channelId=plans["id"]) as parts:
        await following(server, plans)
        await ada.do(REMOVE, c=plans["id"], u=ben.id)
        part = await parts.next()
        assert part
        assert part["payload"]["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert await parts.next() is None


async def test_messages_sent_by_post_on_the_stream_are_carried_out(ada: Person) -> None:
    lobby = await ada.create_channel()
    async with event_stream(ada, SEND, input={"channelId": lobby["id"], "body": "hola"}) as stream:
        assert await stream.body() == "hola"
    assert [node["body"] for node in (await ada.history(lobby))["nodes"]] == ["hola"]
