"""Fan-out: whoever follows alike is told the same, at the cost of one, and as if alone."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets import ConnectionClosed

from adapters.clock import Clock
from adapters.tokens import Tokens
from models.events import EventRow
from resolvers.house import House
from schema.sharing import Happened, Shared
from server.fanout import Fanout
from server.opening import add_admin
from server.serving import Running, running
from server.settings import Settings
from server.socket import Socket as Socket_
from tests.cast import FOLLOW, MESSAGE, Json, Person, Socket, sign_in, sign_up
from tests.patience import PATIENCE
from tests.server.test_slow import (
    SMALL,
    Talker,
    a_slow_socket,
    a_small_server,
    number,
    read_to_the_end,
)
from tests.stage import PASSWORD, a_redis, a_server, fresh_database, settings_for, until
from tests.streams import event_stream, part_stream

EVENTS = """subscription($after: Cursor) { events(after: $after) { __typename cursor channelId
  ... on MessageAdded { message { body author { username } } } } }"""
BAN = 'mutation($u: ID!) { banUser(input: { userId: $u, reason: "enough" }) { id } }'
REMOVE = "mutation($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }"
ADD = "mutation($c: ID!, $u: [ID!]!) { addMembers(channelId: $c, userIds: $u) { id } }"
HIDE = "mutation($c: ID!) { updateChannel(input: { id: $c, kind: PRIVATE }) { id } }"
DELETE = "mutation($c: ID!) { deleteChannel(id: $c) }"


pytestmark = pytest.mark.skipif(
    "sharing" not in Settings().shortcuts, reason="without `sharing` nobody is carried"
)


def bodies(count: int) -> str:
    """A document that follows a channel with each body so many times over."""
    many = " ".join(f"b{each}: body" for each in range(count))
    return f"subscription($c: ID!) {{ messageAdded(channelId: $c) {{ {many} }} }}"


async def until_one_is_cut_off(server: Running, talker: Talker, quick: Socket) -> list[Json]:
    """Talks until one of two is, and has the other read; returns what they heard."""
    heard: list[Json] = []
    while len(server.house.devices) == 2:
        assert talker.said < 10_000
        await talker.say(20)
        heard += [await quick.next() for _ in range(20)]
    return heard


def fanout_of(house: House) -> Fanout:
    """The one that carries on this node."""
    takers = [getattr(take, "__self__", None) for take in house.feed._readers]
    return next(each for each in takers if isinstance(each, Fanout))


@pytest.fixture
def fanout(server: Running) -> Fanout:
    return fanout_of(server.house)


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[Happened]:
    """What was answered for all at once."""
    found: list[Happened] = []
    answer = Shared.answer

    async def counted(self: Shared, happened: Happened) -> Any:
        found.append(happened)
        return await answer(self, happened)

    monkeypatch.setattr(Shared, "answer", counted)
    return found


@pytest.fixture(autouse=True)
async def nobody_stays(server: Running, fanout: Fanout) -> AsyncIterator[None]:
    await until(lambda: not len(fanout))
    yield
    await until(lambda: not len(server.house.devices))
    await until(lambda: not (fanout._groups or fanout._rooms or fanout._owners))
    assert not fanout._waiting


async def all_that_comes(socket: Socket) -> list[Json]:
    """Every message before the close."""
    came: list[Json] = []
    with suppress(ConnectionClosed):
        async with asyncio.timeout(PATIENCE):
            while True:
                came.append(await socket.receive())
    return came


async def carried(fanout: Fanout, count: int) -> None:
    """Waits until so many have a seat."""
    await until(lambda: len(fanout) == count)


async def test_a_report_disturbs_nobody_but_those_who_keep_order(
    ada: Person, ben: Person, admin: Person, fanout: Fanout
) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    message = await ben.send(lobby, "hm")
    promote = "mutation($id: ID!) { setRole(userId: $id, role: MODERATOR) { id } }"
    report = 'mutation($m: ID!) { reportMessage(messageId: $m, reason: "bad") }'
    async with ada.socket() as of_ada, ben.socket() as of_ben:
        for socket in (of_ada, of_ben):
            await socket.subscribe("subscription { events { __typename } }")
        await carried(fanout, 2)
        await admin.do(promote, id=ben.id)
        for socket in (of_ada, of_ben):
            assert (await socket.next())["__typename"] == "UserUpdated"
        await carried(fanout, 2)
        (seat,) = fanout._owners[ada.id]
        await ada.do(report, m=message["id"])
        assert (await of_ben.next())["__typename"] == "ReportsChanged"
        await ada.send(lobby, "and on")
        assert (await of_ada.next())["__typename"] == "MessageAdded"
        assert list(fanout._owners[ada.id]) == [seat]


async def test_many_who_follow_in_the_same_words_are_told_by_one_execution(
    ada: Person, fanout: Fanout, executed: list[Happened]
) -> None:
    lobby = await ada.create_channel()
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(ada.socket()) for _ in range(10)]
        for socket in sockets:
            for name in ("a", 'b"\\'):
                await socket.subscribe(FOLLOW, name, channelId=lobby["id"])
        await carried(fanout, 20)
        sent = [await ada.send(lobby, f"¡hola {each}! \u2028") for each in range(3)]
        for socket in sockets:
            told = [await socket.receive() for _ in range(6)]
            for name in ("a", 'b"\\'):
                own = [each["payload"] for each in told if each["id"] == name]
                assert own == [{"data": {"messageAdded": message}} for message in sent]
    assert len(executed) == 3


async def test_who_resumes_somewhere_else_is_told_with_the_others_once_they_are_live(
    ada: Person, fanout: Fanout, executed: list[Happened]
) -> None:
    lobby = await ada.create_channel()
    sent = [await ada.send(lobby, f"{each}") for each in range(5)]
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(ada.socket()) for _ in sent]
        for socket, start in zip(sockets, sent, strict=True):
            await socket.subscribe(FOLLOW, channelId=lobby["id"], after=start["cursor"])
        await carried(fanout, len(sockets))
        assert len(fanout._groups) == 1
        sent.append(await ada.send(lobby, "live"))
        for missed, socket in enumerate(sockets, start=1):
            assert [await socket.next() for _ in sent[missed:]] == sent[missed:]
    assert len(executed) == 1


async def test_other_words_get_their_own_answers(ada: Person, fanout: Fanout) -> None:
    lobby = await ada.create_channel()
    document = """subscription($c: ID!, $full: Boolean!, $cut: Boolean = false) {
      said: messageAdded(channelId: $c) {
        text: body @skip(if: $cut) ...More @include(if: $full) __typename } }
      fragment More on Message { by: author { ...Name } } fragment Name on User { username }"""
    async with ada.socket() as socket:
        given = {
            "full": {"full": True},
            "short": {"full": False},
            "cut": {"full": False, "cut": True},
        }
        for name, variables in given.items():
            await socket.subscribe(document, name, c=lobby["id"], **variables)
        await socket.subscribe(FOLLOW, "plain", channelId=lobby["id"])
        await carried(fanout, 4)
        assert len(fanout._groups) == 4
        sent = await ada.send(lobby, "hola")
        told = {}
        for _ in range(4):
            message = await socket.receive()
            told[message["id"]] = message["payload"]["data"]
    short = {"text": "hola", "__typename": "Message"}
    assert told == {
        "full": {
            "said": {"text": "hola", "by": {"username": ada.username}, "__typename": "Message"}
        },
        "short": {"said": short},
        "cut": {"said": {"__typename": "Message"}},
        "plain": {"messageAdded": sent},
    }


async def test_a_variable_that_is_null_is_not_one_that_is_absent(
    ada: Person, fanout: Fanout
) -> None:
    lobby = await ada.create_channel()
    document = """subscription($c: ID!, $full: Boolean = true) {
      messageAdded(channelId: $c) { id body @include(if: $full) } }"""
    async with ada.socket() as socket:
        await socket.subscribe(document, "absent", c=lobby["id"])
        await carried(fanout, 1)
        await socket.subscribe(document, "null", c=lobby["id"], full=None)
        await until(lambda: len(fanout) == 2)
        await ada.send(lobby, "hola")
        told = {}
        for _ in range(2):
            message = await socket.receive()
            told[message["id"]] = message
    assert told["absent"]["payload"]["data"]["messageAdded"]["body"] == "hola"
    assert told["null"]["payload"]["errors"]


async def test_messages_and_events_come_on_one_socket(ada: Person, fanout: Fanout) -> None:
    lobby = await ada.create_channel()
    async with ada.socket() as socket:
        await socket.subscribe(FOLLOW, "messages", channelId=lobby["id"])
        await socket.subscribe(EVENTS, "events")
        await carried(fanout, 2)
        sent = [await ada.send(lobby, f"{each}") for each in range(3)]
        told: dict[str, list[str]] = {"messages": [], "events": []}
        for _ in range(6):
            message = await socket.receive()
            told[message["id"]].append(next(iter(message["payload"]["data"].values()))["cursor"])
        cursors = [message["cursor"] for message in sent]
        assert told == {"messages": cursors, "events": cursors}


async def test_sockets_and_streams_are_told_together(
    ada: Person, fanout: Fanout, executed: list[Happened]
) -> None:
    lobby = await ada.create_channel()
    given = {"channelId": lobby["id"]}
    async with (
        ada.socket() as socket,
        event_stream(ada, FOLLOW, **given) as stream,
        part_stream(ada, FOLLOW, **given) as parts,
    ):
        await socket.subscribe(FOLLOW, **given)
        await carried(fanout, 3)
        for each in range(3):
            sent = await ada.send(lobby, f"{each} " + "¡hola! " * 500 * each)
            answer = {"data": {"messageAdded": sent}}
            assert (await socket.receive())["payload"] == answer
            assert await stream.next() == ("next", sent["cursor"], answer)
            assert await parts.next() == {"payload": answer}
    assert len(executed) == 3


async def test_messages_of_any_length_arrive_whole(ada: Person, fanout: Fanout) -> None:
    lobby = await ada.create_channel()
    async with ada.socket() as socket:
        await socket.subscribe(bodies(1), "short", c=lobby["id"])
        await socket.subscribe(bodies(20), "long", c=lobby["id"])
        await carried(fanout, 2)
        for length in (*range(40, 70), 125, 126, 127, 3_200, 3_300, 4_000):
            await ada.send(lobby, "x" * length)
            for _ in range(2):
                message = await socket.receive()
                said = message["payload"]["data"]["messageAdded"]
                assert set(said.values()) == {"x" * length}


async def test_what_depends_on_who_asks_is_told_to_each_by_themselves(
    ada: Person, ben: Person, fanout: Fanout
) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    document = f"""subscription {{ events {{ cursor
      ... on MessageAdded {{ message {{ {MESSAGE} }} }}
      ... on MemberUpdated {{ userId member {{ role }} }}
      ... on MemberRemoved {{ user {{ username email }} }} }} }}"""
    role = """mutation($c: ID!, $u: ID!) {
      setMemberRole(channelId: $c, userId: $u, role: ADMIN) { role } }"""
    async with ada.socket() as hers, ben.socket() as his:
        for socket in (hers, his):
            await socket.subscribe(document)
        await carried(fanout, 2)
        sent = await ada.send(lobby, "hola")
        for socket in (hers, his):
            assert (await socket.next())["message"] == sent
        answer = await ada.ask(role, c=lobby["id"], u=ben.id)
        if "errors" not in answer:
            for socket in (hers, his):
                told = await socket.next()
                assert (told["userId"], told["member"]) == (ben.id, {"role": "ADMIN"})
        await ada.do(REMOVE, c=lobby["id"], u=ben.id)
        for socket in (hers, his):
            told = await socket.receive()
            assert told["payload"]["data"]["events"]["user"]["username"] == ben.username
        await ada.send(lobby, "after")
        assert (await hers.next())["message"]["body"] == "after"


async def test_who_is_made_a_member_with_the_channel_hears_of_its_making(
    ada: Person, ben: Person, fanout: Fanout
) -> None:
    async with ben.socket() as his, ada.socket() as hers:
        for socket in (his, hers):
            await socket.subscribe(EVENTS)
        await carried(fanout, 2)
        plans = await ada.create_channel("PRIVATE", memberIds=[ben.id])
        await ada.send(plans, "hola")
        for socket in (hers, his):
            told = [await socket.next() for _ in range(4)]
            kinds = [each["__typename"] for each in told]
            assert kinds == ["ChannelCreated", "MemberAdded", "MemberAdded", "MessageAdded"]


async def test_who_joins_and_leaves_hears_of_what_is_theirs(
    ada: Person, ben: Person, fanout: Fanout
) -> None:
    lobby = await ada.create_channel()
    async with ben.socket() as socket:
        await socket.subscribe(EVENTS)
        await carried(fanout, 1)
        await ada.send(lobby, "before")
        told: list[Json] = []
        for body in ("within", "again"):
            await ben.join(lobby)
            await ada.send(lobby, body)
            while not told or told[-1].get("message", {}).get("body") != body:
                told.append(await socket.next())
            await ben.do("mutation($c: ID!) { leaveChannel(id: $c) }", c=lobby["id"])
            await ada.send(lobby, "after")
        told.append(await socket.next())
        kinds = ["MemberAdded", "MessageAdded", "MemberRemoved"]
        assert [each["__typename"] for each in told] == kinds * 2


@pytest.mark.parametrize("document", [FOLLOW, EVENTS])
async def test_a_ban_ends_all_that_is_carried_and_nothing_said_after_it_is_sent(
    ada: Person, ben: Person, admin: Person, fanout: Fanout, document: str
) -> None:
    lobby = await ada.create_channel()
    await ben.join(lobby)
    given = {"channelId": lobby["id"]} if document == FOLLOW else {}
    async with ben.socket() as socket, event_stream(ben, document, **given) as stream:
        await socket.subscribe(document, **given)
        await carried(fanout, 2)
        await asyncio.gather(admin.do(BAN, u=ben.id), *(ada.send(lobby, "?") for _ in range(5)))
        await ada.send(lobby, "after")
        assert "after" not in json.dumps(await all_that_comes(socket))
        assert socket.connection.close_code == 4403
        while event := await stream.next():
            assert "after" not in json.dumps(event.data)


async def test_a_removal_ends_what_was_followed_of_the_channel(
    ada: Person, ben: Person, fanout: Fanout
) -> None:
    plans = await ada.create_channel("PRIVATE", memberIds=[ben.id])
    async with ben.socket() as one, ben.socket() as all_of_it:
        await one.subscribe(FOLLOW, channelId=plans["id"])
        await all_of_it.subscribe(EVENTS)
        await carried(fanout, 2)
        await ada.do(REMOVE, c=plans["id"], u=ben.id)
        await ada.send(plans, "after")
        message = await one.receive()
        assert message["payload"]["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert (await one.receive())["type"] == "complete"
        assert (await all_of_it.next())["__typename"] == "MemberRemoved"
        own = await ben.create_channel()
        assert (await all_of_it.next())["channelId"] == own["id"]


@pytest.mark.parametrize("mutation", [HIDE, DELETE])
async def test_an_outsider_is_told_when_there_is_nothing_more_for_them(
    ada: Person, outsider: Person, fanout: Fanout, mutation: str
) -> None:
    lobby = await ada.create_channel()
    async with outsider.socket() as socket:
        await socket.subscribe(FOLLOW, channelId=lobby["id"])
        await carried(fanout, 1)
        sent = await ada.send(lobby, "before")
        assert await socket.next() == sent
        await ada.do(mutation, c=lobby["id"])
        if mutation == HIDE:
            await ada.send(lobby, "after")
        message = await socket.receive()
        assert message["payload"]["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert (await socket.receive())["type"] == "complete"


async def test_who_goes_leaves_no_seat(ada: Person, fanout: Fanout) -> None:
    lobby = await ada.create_channel()
    async with ada.socket() as socket:
        for each in range(5):
            await socket.subscribe(FOLLOW, f"{each}", channelId=lobby["id"])
        await socket.subscribe(EVENTS, "events")
        await carried(fanout, 6)
        for each in range(5):
            await socket.send({"type": "complete", "id": f"{each}"})
        await carried(fanout, 1)
        await ada.send(lobby, "hola")
        assert (await socket.receive())["id"] == "events"
    await carried(fanout, 0)
    assert (fanout._groups, fanout._rooms, fanout._owners) == ({}, {}, {})


async def test_who_comes_first_may_go_first(ada: Person, ben: Person, fanout: Fanout) -> None:
    lobby = await ada.create_channel()
    async with ben.socket() as his:
        async with ada.socket() as hers:
            await hers.subscribe(FOLLOW, channelId=lobby["id"])
            await carried(fanout, 1)
            await his.subscribe(FOLLOW, channelId=lobby["id"])
            await carried(fanout, 2)
        await carried(fanout, 1)
        await ben.join(lobby)
        sent = await ben.send(lobby, "hola")
        assert await his.next() == sent


async def test_who_does_not_read_what_is_carried_is_closed_and_resumes_and_others_go_on(
    tmp_path: Path,
) -> None:
    async with a_small_server(tmp_path) as (server, ada, talker):
        fanout, channel_id = fanout_of(server.house), talker.channel["id"]
        async with a_slow_socket(ada) as slow, ada.socket() as quick:
            for socket in (slow, quick):
                await socket.subscribe(FOLLOW, channelId=channel_id)
            await carried(fanout, 2)
            heard = await until_one_is_cut_off(server, talker, quick)
            read = await read_to_the_end(slow)
            assert slow.connection.close_code == 1013
            assert [number(message) for message in heard] == list(range(talker.said))
        assert read == heard[: len(read)]
        assert len(read) < talker.said
        async with ada.socket() as again:
            await again.follow(talker.channel, after=read[-1]["cursor"])
            read += [await again.next() for _ in range(talker.said - len(read))]
        assert read == heard


async def test_however_much_is_said_at_once_no_more_is_kept_than_may_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one that is behind, no more than one message is kept beyond the bound."""
    most: list[int] = []
    write = Socket_.write

    def watched(self: Socket_, frames: bytes) -> None:
        write(self, frames)
        most.append(self._connection.unsent())

    monkeypatch.setattr(Socket_, "write", watched)
    async with a_small_server(tmp_path) as (server, ada, talker):
        fanout = fanout_of(server.house)
        async with a_slow_socket(ada) as slow:
            await slow.subscribe(bodies(20), c=talker.channel["id"])
            await carried(fanout, 1)
            await talker.say(100)
            await until(lambda: fanout._position == server.house.feed.head)
    assert max(most) < SMALL + 20 * 9_000


async def test_a_carried_stream_that_is_not_read_costs_nobody_else_anything(
    tmp_path: Path,
) -> None:
    async with a_small_server(tmp_path, request_timeout=1) as (server, ada, talker):
        fanout = fanout_of(server.house)
        given = {"channelId": talker.channel["id"]}
        async with event_stream(ada, FOLLOW, **given), ada.socket() as quick:
            await quick.subscribe(FOLLOW, **given)
            await carried(fanout, 2)
            heard = await until_one_is_cut_off(server, talker, quick)
            assert [number(message) for message in heard] == list(range(talker.said))
            await carried(fanout, 1)


async def test_a_token_that_expires_ends_what_is_carried(ada: Person, server: Running) -> None:
    fanout = fanout_of(server.house)
    me = server.house.tokens.check(ada.token or "", time.time())
    assert me
    short = Tokens(server.house.tokens._keys, lifetime=2)
    token, _ = short.issue(me.user_id, me.session_id, Clock().seconds())
    async with ada.socket(authorization=f"Bearer {token}") as socket:
        await socket.subscribe(EVENTS)
        await carried(fanout, 1)
        assert await socket.closing(at_once=True) == (4403, "The access token has expired")


async def test_a_session_that_runs_out_ends_what_is_carried_at_the_next_event(
    ada: Person, fanout: Fanout, monkeypatch: pytest.MonkeyPatch
) -> None:
    lobby = await ada.create_channel()
    async with ada.socket() as socket:
        await socket.subscribe(FOLLOW, channelId=lobby["id"])
        await carried(fanout, 1)
        (seat,) = fanout._owners[ada.id]
        monkeypatch.setattr(seat, "until", "2020-01-01T00:00:00.000Z")
        # It was renewed since: the look that follows finds that out.
        sent = await ada.send(lobby, "hola")
        assert await socket.next() == sent
        await carried(fanout, 1)
        assert seat not in fanout._owners[ada.id]


async def test_signing_out_ends_what_is_carried(ada: Person, fanout: Fanout) -> None:
    lobby = await ada.create_channel()
    async with ada.socket() as socket:
        await socket.subscribe(FOLLOW, channelId=lobby["id"])
        await carried(fanout, 1)
        await ada.do("mutation { logout }")
        assert await socket.closing(at_once=True) == (4403, "The session has ended")


async def test_a_server_that_stops_ends_what_is_carried(tmp_path: Path) -> None:
    async with AsyncExitStack() as serving, httpx.AsyncClient(timeout=PATIENCE) as http:
        server = await serving.enter_async_context(a_server(tmp_path))
        ada = await sign_up(server.url, http, "ada")
        lobby = await ada.create_channel()
        fanout = fanout_of(server.house)
        async with ada.socket() as socket, event_stream(ada, EVENTS) as stream:
            await socket.subscribe(FOLLOW, channelId=lobby["id"])
            await carried(fanout, 2)
            stopping = asyncio.create_task(serving.aclose())
            assert (await socket.closing(at_once=True))[0] == 1001
            assert await stream.next() is None
            await stopping
        assert not len(fanout)


async def test_without_the_shortcut_nobody_is_carried(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path, shortcuts="plans,people") as server,
        httpx.AsyncClient(timeout=PATIENCE) as http,
    ):
        ada = await sign_up(server.url, http, "ada")
        lobby = await ada.create_channel()
        assert not server.house.feed._readers
        async with ada.socket() as socket:
            await socket.follow(lobby, after=await ada.do("{ head }"))
            sent = await ada.send(lobby, "hola")
            assert await socket.next() == sent


async def test_what_cannot_be_told_to_all_is_told_to_each(
    ada: Person, fanout: Fanout, monkeypatch: pytest.MonkeyPatch
) -> None:
    lobby = await ada.create_channel()
    failed: list[int] = []

    async def fails(batch: list[EventRow]) -> None:
        failed.append(len(batch))
        raise ConnectionError

    async with ada.socket() as socket:
        await socket.subscribe(FOLLOW, channelId=lobby["id"])
        await carried(fanout, 1)
        monkeypatch.setattr(fanout, "_answers", fails)
        sent = [await ada.send(lobby, f"{each}") for each in range(3)]
        assert [await socket.next() for _ in sent] == sent
        assert failed
        await carried(fanout, 1)


async def test_a_ban_on_another_node_counts_before_anything_placed_behind_it_is_carried(
    tmp_path: Path,
) -> None:
    async with AsyncExitStack() as stack:
        redis = stack.enter_context(a_redis(tmp_path))
        url = await stack.enter_async_context(fresh_database())
        settings = settings_for(tmp_path, url, bus_url=redis.url)
        one = await stack.enter_async_context(running(settings))
        other = await stack.enter_async_context(running(settings))
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=PATIENCE))
        await add_admin(one.house, "admin", PASSWORD)
        admin = await sign_in(one.url, http, "admin")
        ada, ben = [await sign_up(one.url, http, name) for name in ("ada", "ben")]
        lobby = await ada.create_channel(memberIds=[ben.id])
        fanout = fanout_of(other.house)
        ben.url = ada.url = other.url
        async with ben.socket() as his, ada.socket() as hers:
            for socket in (his, hers):
                await socket.subscribe(FOLLOW, channelId=lobby["id"])
            await carried(fanout, 2)
            ada.url = one.url
            sent = [await ada.send(lobby, f"{each}") for each in range(5)]
            assert [await his.next() for _ in sent] == sent
            redis.kill()
            await admin.do(BAN, u=ben.id)
            sent += [await ada.send(lobby, "after")]
            assert [await hers.next() for _ in sent] == sent
            assert (await his.closing(at_once=True))[0] == 4403
