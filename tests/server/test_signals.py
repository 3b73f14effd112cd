"""Signals between peers: who may send what to whom, and what comes of it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from resolvers import signals
from resolvers.switchboard import Peer as Name
from server.serving import Running
from tests.cast import Json, Person, sign_up
from tests.conftest import SignUp
from tests.peers import (
    ANSWER,
    CANDIDATE,
    FINGERPRINT,
    LISTEN,
    OFFER,
    SDP,
    SEND,
    Peer,
    heard,
    silent,
)
from tests.stage import a_server, until

BAN = 'mutation($u: ID!) { banUser(input: { userId: $u, reason: "x" }) { id } }'
REMOVE = "mutation($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }"
BLOCK = "mutation($u: ID!) { blockUser(userId: $u) { id } }"


@pytest.fixture
async def lobby(ada: Person, ben: Person) -> Json:
    return await ada.create_channel("PRIVATE", memberIds=[ben.id])


@pytest.fixture
def adas(ada: Person, lobby: Json) -> Peer:
    return Peer(ada)


@pytest.fixture
def bens(ben: Person, lobby: Json) -> Peer:
    return Peer(ben)


async def test_a_peer_hears_what_is_said_to_it(adas: Peer, bens: Peer) -> None:
    async with bens.listening() as socket:
        sent = await adas.offer(bens)
        (signal,) = await heard(socket, 1)
    assert signal == sent
    assert signal["kind"] == "OFFER"
    assert signal["payload"] == OFFER
    assert (signal["fromUser"]["id"], signal["fromPeer"]) == (adas.person.id, adas.id)
    assert signal["toPeer"] == bens.id
    kept = datetime.fromisoformat(signal["expiresAt"]) - datetime.fromisoformat(signal["createdAt"])
    assert kept == timedelta(seconds=60)


async def test_what_was_said_to_a_peer_that_was_away_waits_for_it(adas: Peer, bens: Peer) -> None:
    await adas.offer(bens)
    await adas.send(bens, "CANDIDATE", CANDIDATE)
    await adas.send(bens, "CANDIDATE")
    async with bens.listening() as socket:
        told = await heard(socket, 3)
    assert [signal["kind"] for signal in told] == ["OFFER", "CANDIDATE", "CANDIDATE"]
    assert [signal["payload"] for signal in told] == [OFFER, CANDIDATE, None]


async def test_a_peer_goes_on_after_what_it_has_handled(adas: Peer, bens: Peer) -> None:
    first = await adas.offer(bens)
    second = await adas.send(bens, "CANDIDATE", CANDIDATE)
    async with bens.listening(after=first["id"]) as socket:
        assert await heard(socket, 1) == [second]
        await silent(socket)
    async with bens.listening(after=second["id"]) as socket:
        third = await adas.send(bens, "BYE")
        assert await heard(socket, 1) == [third]


async def test_a_stream_of_events_goes_on_by_itself(adas: Peer, bens: Peer) -> None:
    first, second = await adas.offer(bens), await adas.send(bens, "BYE")
    headers = {
        "authorization": f"Bearer {bens.person.token}",
        "accept": "text/event-stream",
        "last-event-id": first["id"],
    }
    body = {"query": LISTEN, "variables": {"peer": bens.id}}
    url = f"{bens.person.url}/graphql/stream"
    async with bens.person.http.stream("POST", url, json=body, headers=headers) as answer:
        told: list[str] = []
        async for line in answer.aiter_lines():
            told.append(line)
            if line.startswith("data: {"):
                break
    assert f"id: {second['id']}" in told
    data = next(line.removeprefix("data: ") for line in told if line.startswith("data: {"))
    assert json.loads(data)["data"]["signals"] == second


async def test_without_a_peer_all_of_them_hear_it_also_those_to_come(
    adas: Peer, bens: Peer
) -> None:
    async with bens.listening() as socket:
        sent = await adas.offer(bens.person)
        assert await heard(socket, 1) == [sent]
    async with Peer(bens.person).listening() as socket:
        assert await heard(socket, 1) == [sent]


async def test_other_peers_hear_nothing_of_it(
    adas: Peer, bens: Peer, outsider: Person, lobby: Json
) -> None:
    async with (
        Peer(bens.person).listening() as other,
        Peer(outsider, bens.id).listening() as pretender,
        bens.listening() as socket,
    ):
        await adas.offer(bens)
        await heard(socket, 1)
        await silent(other)
        await silent(pretender)


async def test_two_tabs_of_one_person_can_signal_and_do_not_hear_themselves(adas: Peer) -> None:
    other = Peer(adas.person)
    async with adas.listening() as own, other.listening() as socket:
        sent = await adas.offer(adas.person)
        assert await heard(socket, 1) == [sent]
        await silent(own)


async def test_each_peer_hears_everything_in_order(adas: Peer, bens: Peer) -> None:
    async with bens.listening() as socket:
        sent = [await adas.send(bens, "CANDIDATE", CANDIDATE) for _ in range(20)]
        assert await heard(socket, 20) == sent


async def test_a_long_queue_comes_whole_and_in_order(adas: Peer, bens: Peer) -> None:
    sent = [(await adas.send(bens, "CANDIDATE"))["id"] for _ in range(230)]
    async with bens.listening() as socket:
        assert [signal["id"] for signal in await heard(socket, 230)] == sent


async def test_what_nobody_hears_expires(
    adas: Peer, bens: Peer, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await adas.offer(bens)
    ahead = timedelta(seconds=61)
    monkeypatch.setattr(server.house.clock, "_source", lambda: datetime.now(UTC) + ahead)
    late = await adas.send(bens, "BYE")
    async with bens.listening() as socket:
        assert await heard(socket, 1) == [late]
    assert await signals.forget(server.house) >= 1
    assert await signals.forget(server.house) == 0


async def test_a_retry_says_it_once(adas: Peer, bens: Peer) -> None:
    chosen = str(uuid4())
    sent = await adas.offer(bens, id=chosen)
    assert sent["id"] == chosen
    assert await adas.offer(bens, id=chosen) == sent
    async with bens.listening() as socket:
        assert await heard(socket, 1) == [sent]
        await silent(socket)
    assert await code(adas, bens, "BYE", id=chosen) == "CONFLICT"


async def code(sender: Peer, to: Peer | Person, kind: str, payload: Json = None, **m: Json) -> str:
    return await sender.person.code(SEND, input=sender.said(to, kind, payload, **m))


async def test_only_those_who_share_a_channel_signal(adas: Peer, outsider: Person) -> None:
    assert await code(adas, outsider, "OFFER", OFFER) == "FORBIDDEN"
    shared = await outsider.create_channel("PUBLIC")
    assert await code(adas, outsider, "OFFER", OFFER) == "FORBIDDEN"
    await adas.person.join(shared)
    assert await adas.offer(outsider)


async def test_an_id_is_the_same_in_capitals(adas: Peer, bens: Peer) -> None:
    async with bens.listening() as socket:
        said = adas.said(bens, "OFFER", OFFER)
        sent = await adas.person.do(SEND, input={**said, "toUser": said["toUser"].upper()})
        assert await heard(socket, 1) == [sent]


async def test_nobody_signals_to_a_user_who_is_not_there(adas: Peer) -> None:
    nobody = Peer(adas.person)
    said = {**adas.said(nobody, "OFFER", OFFER), "toUser": str(uuid4())}
    assert await adas.person.code(SEND, input=said) == "NOT_FOUND"


async def test_what_somebody_has_said_who_is_banned_by_now_is_not_delivered(
    adas: Peer, bens: Peer, admin: Person
) -> None:
    await adas.offer(bens)
    await admin.do(BAN, u=adas.person.id)
    async with bens.listening() as socket:
        own = await Peer(bens.person).offer(bens)
        assert await heard(socket, 1) == [own]
    assert await code(bens, adas.person, "OFFER", OFFER) == "FORBIDDEN"
    assert await code(adas, bens, "OFFER", OFFER) == "BANNED"


async def test_who_is_banned_hears_no_more(adas: Peer, bens: Peer, admin: Person) -> None:
    async with bens.listening() as socket:
        await adas.offer(bens)
        await heard(socket, 1)
        await admin.do(BAN, u=bens.person.id)
        assert (await socket.closing(at_once=True))[0] == 4403


async def test_what_was_said_where_nothing_is_shared_any_more_is_not_delivered(
    adas: Peer, bens: Peer, lobby: Json
) -> None:
    await adas.offer(bens)
    await adas.person.do(REMOVE, c=lobby["id"], u=bens.person.id)
    async with bens.listening() as socket:
        own = await Peer(bens.person).offer(bens)
        assert await heard(socket, 1) == [own]


async def test_who_is_blocked_does_not_get_through_but_in_a_call_of_both(
    adas: Peer, bens: Peer, lobby: Json
) -> None:
    await bens.person.do(BLOCK, u=adas.person.id)
    assert await code(adas, bens, "OFFER", OFFER) == "FORBIDDEN"
    assert await code(bens, adas, "OFFER", OFFER) == "FORBIDDEN"
    call = await adas.join(lobby)
    await bens.join(lobby)
    assert (await adas.offer(bens, callId=call["id"]))["callId"] == call["id"]


async def test_what_somebody_has_said_before_they_were_blocked_is_not_delivered(
    adas: Peer, bens: Peer, lobby: Json
) -> None:
    await adas.offer(bens)
    await bens.person.do(BLOCK, u=adas.person.id)
    async with bens.listening() as socket:
        own = await Peer(bens.person).offer(bens)
        assert await heard(socket, 1) == [own]
        call = await bens.join(lobby)
        await adas.join(lobby)
        offer = await adas.offer(bens, callId=call["id"])
        assert await heard(socket, 1) == [offer]


async def test_a_call_that_one_does_not_take_part_in_is_no_way_around_a_block(
    adas: Peer, bens: Peer, lobby: Json
) -> None:
    call = await bens.join(lobby)
    await bens.person.do(BLOCK, u=adas.person.id)
    assert await code(adas, bens, "OFFER", OFFER, callId=call["id"]) == "FORBIDDEN"


async def test_a_signal_belongs_to_a_call_of_both_or_to_none(
    adas: Peer, bens: Peer, outsider: Person
) -> None:
    assert await code(adas, bens, "OFFER", OFFER, callId=str(uuid4())) == "NOT_FOUND"
    elsewhere = await adas.person.create_channel("GROUP", memberIds=[outsider.id])
    call = await adas.join(elsewhere)
    assert await code(adas, bens, "OFFER", OFFER, callId=call["id"]) == "NOT_FOUND"
    assert await adas.send(bens, "BYE", callId=str(uuid4()))


async def test_nobody_speaks_as_a_peer_of_somebody_else_in_a_call(
    adas: Peer, bens: Peer, lobby: Json
) -> None:
    call = await adas.join(lobby)
    await bens.join(lobby)
    as_ada = Peer(bens.person, adas.id)
    assert await code(as_ada, bens, "OFFER", OFFER, callId=call["id"]) == "CONFLICT"


WITHOUT_MEDIA = SDP.partition("m=")[0]
WITHOUT_FINGERPRINT = SDP.replace(f"a=fingerprint:{FINGERPRINT}\r\n", "")
MANY_LINES = SDP + "a=x:y\r\n" * 2_000
MANY_SECTIONS = SDP + SDP[SDP.index("m=") :] * 40


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("OFFER", None),
        ("OFFER", "v=0"),
        ("OFFER", []),
        ("OFFER", {}),
        ("OFFER", ANSWER),
        ("ANSWER", OFFER),
        ("OFFER", {"type": "offer"}),
        ("OFFER", {"type": "offer", "sdp": 5}),
        ("OFFER", {"type": "offer", "sdp": ""}),
        ("OFFER", {"type": "offer", "sdp": "hola"}),
        ("OFFER", {"type": "offer", "sdp": SDP + "\0"}),
        ("OFFER", {"type": "offer", "sdp": WITHOUT_MEDIA}),
        ("OFFER", {"type": "offer", "sdp": WITHOUT_FINGERPRINT}),
        ("OFFER", {"type": "offer", "sdp": SDP.replace("m=application 9", "m=application x")}),
        ("OFFER", {"type": "offer", "sdp": SDP.replace("5000", "9" * 5_000)}),
        ("OFFER", {"type": "offer", "sdp": MANY_LINES}),
        ("OFFER", {"type": "offer", "sdp": MANY_SECTIONS}),
        ("CANDIDATE", {}),
        ("CANDIDATE", "candidate:1"),
        ("CANDIDATE", {"candidate": "1 1 udp 1 192.0.2.2 1 typ host"}),
        ("CANDIDATE", {"candidate": "candidate:1 1 udp"}),
        ("CANDIDATE", {"candidate": "candidate:1 1 udp x 192.0.2.2 1 typ host"}),
        ("CANDIDATE", {**CANDIDATE, "candidate": "candidate:" + "1 " * 600}),
        ("CANDIDATE", {**CANDIDATE, "sdpMid": 0}),
        ("CANDIDATE", {**CANDIDATE, "sdpMid": "0" * 2_000}),
        ("CANDIDATE", {**CANDIDATE, "sdpMLineIndex": "0"}),
        ("CANDIDATE", {**CANDIDATE, "sdpMLineIndex": True}),
        ("CANDIDATE", {**CANDIDATE, "sdpMLineIndex": -1}),
        ("BYE", "adios"),
        ("BYE", {"reason": "x" * 2_000}),
    ],
)
async def test_a_payload_that_is_none_is_refused(
    adas: Peer, bens: Peer, kind: str, payload: Json
) -> None:
    said = adas.said(bens, kind, payload)
    refusal = await adas.person.refused(SEND, input=said)
    assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", "payload")


async def test_a_description_has_an_end(adas: Peer, bens: Peer) -> None:
    long = {"type": "offer", "sdp": SDP + "a=x:" + "y" * 65_536}
    refusal = await adas.person.refused(SEND, input=adas.said(bens, "OFFER", long))
    assert (refusal["code"], refusal["limit"]) == ("PAYLOAD_TOO_LARGE", 65_536)


async def test_a_payload_says_what_is_asked_for_and_nothing_else(adas: Peer, bens: Peer) -> None:
    sent = await adas.send(bens, "CANDIDATE", {**CANDIDATE, "fromUser": bens.person.id})
    assert sent["payload"] == CANDIDATE
    end = {"candidate": "", "sdpMid": "0"}
    nothing = {"sdpMLineIndex": None, "usernameFragment": None}
    assert (await adas.send(bens, "CANDIDATE", end))["payload"] == {**end, **nothing}
    assert (await adas.send(bens, "BYE", {"reason": "busy"}))["payload"] == {"reason": "busy"}


@pytest.mark.parametrize("field", ["fromPeer", "toPeer", "callId", "id"])
async def test_ids_are_uuids(adas: Peer, bens: Peer, field: str) -> None:
    said = {**adas.said(bens, "OFFER", OFFER), field: "mine"}
    refusal = await adas.person.refused(SEND, input=said)
    assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", field)


@pytest.mark.parametrize("given", [{"peer": "mine"}, {"peer": str(uuid4()), "after": "x"}])
async def test_who_listens_says_as_whom(adas: Peer, given: Json) -> None:
    async with adas.person.socket() as socket:
        await socket.subscribe(LISTEN, **given)
        message = await socket.receive()
        assert message["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_what_waits_for_somebody_has_an_end(
    adas: Peer, bens: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "_MOST_PENDING", 3)
    for _ in range(3):
        await adas.offer(bens)
    refusal = await adas.person.refused(SEND, input=adas.said(bens, "OFFER", OFFER))
    assert refusal == {"code": "QUOTA_EXCEEDED", "limit": 3, "used": 3}
    monkeypatch.setattr(signals, "_MOST_PENDING", 30)
    monkeypatch.setattr(signals, "_MOST_BYTES", 1_500)
    refusal = await adas.person.refused(SEND, input=adas.said(bens, "OFFER", OFFER))
    assert (refusal["code"], refusal["limit"]) == ("QUOTA_EXCEEDED", 1_500)
    assert await adas.send(bens, "BYE")


async def test_long_signals_count_for_more(tmp_path: Path, http: httpx.AsyncClient) -> None:
    limits = {"rate_limits": "on", "limits": "signals=10/m", "trusted_proxies": ""}
    async with a_server(tmp_path, **limits) as server:
        ada = await sign_up(server.url, http, "ada")
        tab = Peer(ada)
        for _ in range(4):
            await tab.send(ada, "BYE")
        long = {"type": "offer", "sdp": SDP + "a=x:" + "y" * 20_000}
        refusal = await ada.refused(SEND, input=tab.said(ada, "OFFER", long))
        assert refusal["code"] == "RATE_LIMITED"
        assert refusal["retryAfter"] > 0


async def test_a_signal_of_somebody_whose_account_is_deleted_is_gone(
    adas: Peer, bens: Peer, admin: Person, server: Running
) -> None:
    await adas.offer(bens)
    await admin.do("mutation($u: ID!) { deleteUser(userId: $u) }", u=adas.person.id)
    async with bens.listening() as socket:
        own = await Peer(bens.person).offer(bens)
        assert await heard(socket, 1) == [own]


async def test_who_has_left_is_not_reached_any_more(
    adas: Peer, bens: Peer, server: Running, signs_up: SignUp
) -> None:
    name = Name(bens.person.id, bens.id)
    async with bens.listening():
        await until(lambda: server.house.switchboard.is_here(name))
    await until(lambda: not server.house.switchboard.is_here(name))
    assert not server.house.switchboard._bells.waiting
