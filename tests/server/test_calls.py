"""Calls: who is in them, who is told, and how they end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from resolvers import vanishing
from resolvers.house import House
from resolvers.switchboard import Peer as Name
from server.serving import Running
from tests.cast import Json, Person, Socket
from tests.conftest import SignUp
from tests.patience import PATIENCE
from tests.peers import CALL, JOIN, LEAVE, OFFER, WATCH, Peer, heard, silent
from tests.stage import a_server, until

BAN = 'mutation($u: ID!) { banUser(input: { userId: $u, reason: "x" }) { id } }'
BLOCK = "mutation($u: ID!) { blockUser(userId: $u) { id } }"
MUTE = "mutation($c: ID!, $u: ID!) { muteMember(channelId: $c, userId: $u) { id } }"
REMOVE = "mutation($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }"
DECLINE = "mutation($c: ID!) { declineCall(channelId: $c) }"
MEDIA = f"mutation($input: SetCallMediaInput!) {{ setCallMedia(input: $input) {{ {CALL} }} }}"
THERE = f"query($c: ID!) {{ channel(id: $c) {{ call {{ {CALL} }} }} }}"
ACTIVE = f"{{ activeCalls {{ {CALL} }} }}"
EVENTS = """query($after: Cursor) { events(after: $after, first: 100) { events {
  kind: __typename channelId actor { id }
  ... on CallStarted { callId } ... on CallEnded { callId } ... on CallMissed { callId }
  ... on CallInvited { callId call { ringingUntil } } ... on CallAccepted { callId } } } }"""


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """One that takes who is gone for gone at once."""
    async with a_server(tmp_path_factory.mktemp("data"), presence_grace=0) as started:
        yield started


@pytest.fixture
async def room(ada: Person, ben: Person) -> Json:
    return await ada.create_channel("GROUP", memberIds=[ben.id])


@pytest.fixture
async def direct(ada: Person, ben: Person) -> Json:
    return await ada.create_channel("DIRECT", memberIds=[ben.id])


@pytest.fixture
def adas(ada: Person) -> Peer:
    return Peer(ada)


@pytest.fixture
def bens(ben: Person) -> Peer:
    return Peer(ben)


async def call_in(person: Person, channel: Json) -> Json:
    return (await person.do(THERE, c=channel["id"]))["call"]


def peers(call: Json) -> list[str]:
    return [one["peer"] for one in call["participants"]]


async def happened(person: Person, after: str) -> list[str]:
    """The kinds of events about calls since then."""
    told = (await person.do(EVENTS, after=after))["events"]
    return [event["kind"] for event in told if event["kind"].startswith("Call")]


async def watching(socket: Socket, channel: Json, name: str = "1") -> Json:
    """Begins to watch a channel's call; returns how it is."""
    await socket.subscribe(WATCH, name, c=channel["id"])
    return await socket.next()


async def test_the_first_one_begins_a_call_and_the_last_one_ends_it(
    adas: Peer, bens: Peer, room: Json
) -> None:
    start = await adas.person.do("{ head }")
    assert await call_in(adas.person, room) is None
    call = await adas.join(room)
    assert peers(call) == [adas.id]
    assert call["startedBy"]["id"] == adas.person.id
    assert call["ringingUntil"] is None
    assert call["channel"]["id"] == room["id"]
    both = await bens.join(room)
    assert (both["id"], peers(both)) == (call["id"], [adas.id, bens.id])
    assert both["participants"][1]["user"]["id"] == bens.person.id
    assert await call_in(bens.person, room) == both
    assert await adas.leave(room) == call["id"]
    assert peers(await call_in(bens.person, room)) == [bens.id]
    assert await bens.leave(room) == call["id"]
    assert await call_in(bens.person, room) is None
    assert await happened(bens.person, start) == [
        *("CallStarted", "CallUpdated", "CallUpdated", "CallEnded")
    ]


async def test_the_calls_in_ones_channels_are_listed(
    adas: Peer, bens: Peer, outsider: Person, room: Json
) -> None:
    call = await adas.join(room)
    other = await adas.person.create_channel("GROUP")
    alone = await Peer(adas.person).join(other)
    assert [one["id"] for one in await adas.person.do(ACTIVE)] == [call["id"], alone["id"]]
    assert [one["id"] for one in await bens.person.do(ACTIVE)] == [call["id"]]
    assert await outsider.do(ACTIVE) == []


async def test_who_joins_twice_is_in_it_once(adas: Peer, room: Json) -> None:
    call = await adas.join(room)
    assert await adas.join(room) == call
    results = await asyncio.gather(*(adas.join(room) for _ in range(5)))
    assert all(result == call for result in results)


async def test_two_who_begin_at_once_are_in_one_call(adas: Peer, bens: Peer, direct: Json) -> None:
    start = await adas.person.do("{ head }")
    one, other = await asyncio.gather(adas.join(direct), bens.join(direct))
    assert one["id"] == other["id"]
    call = await call_in(adas.person, direct)
    assert sorted(peers(call)) == sorted([adas.id, bens.id])
    assert call["ringingUntil"] is None
    assert await happened(adas.person, start) == [
        *("CallStarted", "CallInvited", "CallAccepted", "CallUpdated")
    ]


async def test_those_who_come_in_one_moment_have_an_order(
    adas: Peer, room: Json, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    monkeypatch.setattr(server.house.clock, "_source", lambda: now)
    tabs = [Peer(adas.person) for _ in range(6)]
    for number, tab in enumerate(tabs, start=1):
        assert peers(await tab.join(room)) == [one.id for one in tabs[:number]]


async def test_two_tabs_of_one_person_are_two_participants(adas: Peer, room: Json) -> None:
    other = Peer(adas.person)
    await adas.join(room)
    assert peers(await other.join(room)) == [adas.id, other.id]


async def test_six_are_as_many_as_can_be(adas: Peer, bens: Peer, room: Json) -> None:
    for _ in range(5):
        await Peer(adas.person).join(room)
    await bens.join(room)
    refusal = await adas.person.refused(JOIN, c=room["id"], peer=adas.id)
    assert refusal == {"code": "QUOTA_EXCEEDED", "limit": 6, "used": 6}
    assert len(peers(await bens.join(room))) == 6
    await bens.leave(room)
    assert adas.id in peers(await adas.join(room))


async def test_of_many_who_come_at_once_six_are_let_in(adas: Peer, room: Json) -> None:
    coming = [Peer(adas.person) for _ in range(12)]
    answers = await asyncio.gather(
        *(adas.person.ask(JOIN, c=room["id"], peer=one.id) for one in coming)
    )
    assert sum("errors" not in answer for answer in answers) == 6
    assert len(peers(await call_in(adas.person, room))) == 6


async def test_a_peer_is_in_one_call(adas: Peer, room: Json) -> None:
    other = await adas.person.create_channel("GROUP")
    await adas.join(room)
    assert peers(await adas.join(other)) == [adas.id]
    assert await call_in(adas.person, room) is None


async def test_a_peer_is_its_owners_alone(adas: Peer, bens: Peer, room: Json) -> None:
    await adas.join(room)
    given = {"c": room["id"], "peer": adas.id}
    assert await bens.person.code(JOIN, **given) == "CONFLICT"
    assert await bens.person.code(LEAVE, **given) == "FORBIDDEN"
    media = {"channelId": room["id"], "peer": adas.id, "muted": True}
    assert await bens.person.code(MEDIA, input=media) == "FORBIDDEN"


async def test_who_is_not_in_it_has_left(adas: Peer, bens: Peer, room: Json) -> None:
    assert await adas.leave(room) is None
    await adas.join(room)
    assert await bens.leave(room) is None


async def test_a_peer_is_a_uuid(adas: Peer, room: Json) -> None:
    for document in (JOIN, LEAVE):
        refusal = await adas.person.refused(document, c=room["id"], peer="mine")
        assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", "peer")


async def test_what_is_heard_and_seen_of_somebody_is_told(
    adas: Peer, bens: Peer, room: Json
) -> None:
    await adas.join(room)
    async with bens.person.socket() as socket:
        call = await watching(socket, room)
        begun = call["participants"][0]
        assert (begun["muted"], begun["camera"], begun["screen"]) == (False, False, False)
        media = {"channelId": room["id"], "peer": adas.id}
        await adas.person.do(MEDIA, input={**media, "muted": True, "camera": True})
        told = (await socket.next())["participants"][0]
        assert (told["muted"], told["camera"], told["screen"]) == (True, True, False)
        await adas.person.do(MEDIA, input={**media, "muted": True})
        await adas.person.do(MEDIA, input={**media, "muted": False, "screen": True})
        told = (await socket.next())["participants"][0]
        assert (told["muted"], told["camera"], told["screen"]) == (False, True, True)
    media = {"channelId": room["id"], "peer": bens.id, "muted": True}
    assert await bens.person.code(MEDIA, input=media) == "NOT_FOUND"


async def test_a_third_who_comes_in_the_middle_is_told_to_all(
    adas: Peer, bens: Peer, signs_up: SignUp, room: Json
) -> None:
    cem = await signs_up("cem")
    add = "mutation($c: ID!, $u: ID!) { addMembers(channelId: $c, userIds: [$u]) { id } }"
    async with adas.person.socket() as socket:
        assert await watching(socket, room) is None
        await adas.join(room)
        await bens.join(room)
        await adas.person.do(add, c=room["id"], u=cem.id)
        third = Peer(cem)
        await third.join(room)
        told = [peers(call) for call in await heard(socket, 3)]
        assert told == [[adas.id], [adas.id, bens.id], [adas.id, bens.id, third.id]]
        await third.leave(room)
        assert peers(await socket.next()) == [adas.id, bens.id]


async def test_what_else_happens_in_the_channel_is_no_news_of_the_call(
    adas: Peer, room: Json
) -> None:
    async with adas.person.socket() as socket:
        assert await watching(socket, room) is None
        await adas.person.send(room, "hola")
        await silent(socket)
        await adas.join(room)
        assert peers(await socket.next()) == [adas.id]


async def test_a_tab_that_is_closed_without_a_word_is_out_of_the_call(
    adas: Peer, bens: Peer, room: Json
) -> None:
    async with adas.person.socket() as socket, adas.listening() as own:
        await adas.join(room)
        await watching(socket, room)
        async with bens.listening():
            await bens.join(room)
            assert peers(await socket.next()) == [adas.id, bens.id]
        # Its socket is gone, and nothing else was said.
        async with asyncio.timeout(PATIENCE):
            assert peers(await socket.next()) == [adas.id]
        await silent(own)


async def test_the_last_tab_that_is_closed_ends_the_call(
    adas: Peer, bens: Peer, room: Json
) -> None:
    async with bens.person.socket() as socket:
        async with adas.listening():
            await adas.join(room)
            await watching(socket, room)
        async with asyncio.timeout(PATIENCE):
            assert await socket.next() is None


async def test_a_tab_that_comes_back_at_once_has_never_left(
    adas: Peer, bens: Peer, room: Json, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_after = vanishing.look_after

    async def not_now(_: House) -> int:
        return 0

    # Nobody looks between the one socket and the other.
    monkeypatch.setattr(vanishing, "look_after", not_now)
    switchboard = server.house.switchboard
    async with bens.listening():
        await until(lambda: switchboard.is_here(Name(bens.person.id, bens.id)))
        await bens.join(room)
    async with bens.listening() as socket:
        await until(lambda: switchboard.is_here(Name(bens.person.id, bens.id)))
        await look_after(server.house)
        assert peers(await call_in(bens.person, room)) == [bens.id]
        await silent(socket)


async def test_a_tab_that_joins_before_it_listens_again_is_waited_for(
    bens: Peer, room: Json, server: Running
) -> None:
    name = Name(bens.person.id, bens.id)
    async with bens.listening():
        await until(lambda: server.house.switchboard.is_here(name))
    await until(lambda: server.house.switchboard.left_for(name) > 0)
    await bens.join(room)
    await vanishing.look_after(server.house)
    assert peers(await call_in(bens.person, room)) == [bens.id]


async def test_a_tab_that_comes_back_while_it_is_taken_out_stays(
    bens: Peer, room: Json, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, name = server.house, Name(bens.person.id, bens.id)
    look_after, write = vanishing.look_after, type(house).write

    async def not_now(_: House) -> int:
        return 0

    monkeypatch.setattr(vanishing, "look_after", not_now)
    async with bens.listening():
        await until(lambda: house.switchboard.is_here(name))
        await bens.join(room)
    await until(lambda: house.switchboard.left_for(name) > 0)

    async def after_they_are_back(house: House, unit: Any) -> Any:
        await back.enter_async_context(bens.listening())
        await until(lambda: house.switchboard.is_here(name))
        return await write(house, unit)

    async with AsyncExitStack() as back:
        monkeypatch.setattr(House, "write", after_they_are_back)
        await look_after(house)
        monkeypatch.undo()
        assert peers(await call_in(bens.person, room)) == [bens.id]


@pytest.mark.parametrize("how", ["remove", "ban", "mute", "leave", "delete the account"])
async def test_who_may_not_take_part_any_more_is_out_of_it(
    adas: Peer, bens: Peer, room: Json, admin: Person, how: str
) -> None:
    ada = adas.person
    await adas.join(room)
    async with ada.socket() as socket, bens.listening():
        await bens.join(room)
        await watching(socket, room)
        if how == "remove":
            await ada.do(REMOVE, c=room["id"], u=bens.person.id)
        elif how == "mute":
            await ada.do(MUTE, c=room["id"], u=bens.person.id)
            assert await bens.person.code(JOIN, c=room["id"], peer=bens.id) == "FORBIDDEN"
        elif how == "leave":
            await bens.person.do("mutation($c: ID!) { leaveChannel(id: $c) }", c=room["id"])
        elif how == "ban":
            await admin.do(BAN, u=bens.person.id)
        else:
            await admin.do("mutation($u: ID!) { deleteUser(userId: $u) }", u=bens.person.id)
        assert peers(await socket.next()) == [adas.id]


async def test_a_call_ends_with_its_channel(adas: Peer, room: Json) -> None:
    await adas.join(room)
    start = await adas.person.do("{ head }")
    async with adas.person.socket() as socket:
        await watching(socket, room)
        await adas.person.do("mutation($c: ID!) { deleteChannel(id: $c) }", c=room["id"])
        message = await socket.receive()
        assert message["payload"]["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert await adas.person.do(ACTIVE) == []
    assert await happened(adas.person, start) == ["CallEnded"]


async def test_who_is_no_member_any_more_is_told_nothing(
    adas: Peer, bens: Peer, room: Json
) -> None:
    async with bens.person.socket() as socket:
        await watching(socket, room)
        await adas.person.do(REMOVE, c=room["id"], u=bens.person.id)
        await adas.join(room)
        message = await socket.receive()
        assert message["payload"]["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_only_members_know_of_a_call(adas: Peer, outsider: Person) -> None:
    lobby = await adas.person.create_channel("PUBLIC")
    await adas.join(lobby)
    assert await call_in(outsider, lobby) is None
    assert await outsider.code(JOIN, c=lobby["id"], peer=str(uuid4())) == "FORBIDDEN"
    async with outsider.socket() as socket:
        await socket.subscribe(WATCH, c=lobby["id"])
        message = await socket.receive()
        assert message["payload"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_call_rings_until_the_other_joins(adas: Peer, bens: Peer, direct: Json) -> None:
    start = await bens.person.do("{ head }")
    call = await adas.join(direct)
    left = datetime.fromisoformat(call["ringingUntil"]) - datetime.now(UTC)
    assert timedelta(seconds=30) < left <= timedelta(seconds=45)
    told = (await bens.person.do(EVENTS, after=start))["events"]
    assert [event["kind"] for event in told] == ["CallStarted", "CallInvited"]
    assert told[1] == {
        "kind": "CallInvited",
        "channelId": direct["id"],
        "actor": {"id": adas.person.id},
        "callId": call["id"],
        "call": {"ringingUntil": call["ringingUntil"]},
    }
    # Another tab of who calls is no answer.
    assert (await Peer(adas.person).join(direct))["ringingUntil"] is not None
    assert (await bens.join(direct))["ringingUntil"] is None
    kinds = await happened(bens.person, start)
    assert kinds[2:] == ["CallUpdated", "CallAccepted", "CallUpdated"]


async def test_a_call_that_is_declined_is_over(adas: Peer, bens: Peer, direct: Json) -> None:
    start = await adas.person.do("{ head }")
    call = await adas.join(direct)
    assert await adas.person.do(DECLINE, c=direct["id"]) is None
    assert await bens.person.do(DECLINE, c=direct["id"]) == call["id"]
    assert await call_in(adas.person, direct) is None
    assert await happened(adas.person, start) == [
        *("CallStarted", "CallInvited", "CallDeclined", "CallEnded")
    ]
    assert await bens.person.do(DECLINE, c=direct["id"]) is None


async def test_who_has_answered_can_not_decline(adas: Peer, bens: Peer, direct: Json) -> None:
    await adas.join(direct)
    await bens.join(direct)
    assert await bens.person.do(DECLINE, c=direct["id"]) is None
    assert len(peers(await call_in(bens.person, direct))) == 2


async def test_a_caller_who_rings_off_has_been_missed(adas: Peer, bens: Peer, direct: Json) -> None:
    start = await bens.person.do("{ head }")
    await adas.join(direct)
    await adas.leave(direct)
    assert await happened(bens.person, start) == [
        *("CallStarted", "CallInvited", "CallMissed", "CallEnded")
    ]


async def test_a_call_that_rings_in_vain_is_missed(
    adas: Peer, bens: Peer, direct: Json, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = await bens.person.do("{ head }")
    async with adas.listening():
        await adas.join(direct)
        ahead = timedelta(seconds=46)
        monkeypatch.setattr(server.house.clock, "_source", lambda: datetime.now(UTC) + ahead)
        async with bens.person.socket() as socket:
            if await watching(socket, direct) is not None:
                async with asyncio.timeout(PATIENCE):
                    assert await socket.next() is None
    assert await happened(bens.person, start) == [
        *("CallStarted", "CallInvited", "CallMissed", "CallEnded")
    ]


async def test_nothing_rings_with_oneself(ada: Person, adas: Peer) -> None:
    own = await ada.create_channel("DIRECT", memberIds=[ada.id])
    assert (await adas.join(own))["ringingUntil"] is None


async def test_who_is_blocked_does_not_ring(adas: Peer, bens: Peer, direct: Json) -> None:
    await adas.join(direct)
    await bens.join(direct)
    await bens.person.do(BLOCK, u=adas.person.id)
    assert await call_in(adas.person, direct) is None
    assert await adas.person.code(JOIN, c=direct["id"], peer=adas.id) == "FORBIDDEN"


async def test_a_call_that_began_while_one_was_away_is_found_with_its_pending_offer(
    adas: Peer, bens: Peer, direct: Json
) -> None:
    async with adas.listening():
        call = await adas.join(direct)
        offer = await adas.send(bens.person, "OFFER", OFFER, callId=call["id"])
        found: Any = await bens.person.do(ACTIVE)
        assert [one["id"] for one in found] == [call["id"]]
        async with bens.listening() as socket:
            assert await heard(socket, 1) == [offer]
