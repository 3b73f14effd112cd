"""Chat directly from peer to peer: once, in order, through lost connections."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from direct import chat as chats
from direct import link as links
from direct.api import OPEN, SIGNAL, Refused

from tests.direct.conftest import Meet, Side, connected
from tests.patience import PATIENCE
from tests.stage import until

HISTORY = "query($c: ID!) { messages(channelId: $c) { nodes { id body author { id } } } }"


def said(side: Side) -> list[str]:
    return [message.body for message in side.chat.messages]


async def arrives(side: Side, *bodies: str) -> None:
    await until(lambda: [message.body for message in side.heard] == list(bodies))


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is not heard of any more is missed sooner."""
    monkeypatch.setattr(chats, "PING", 0.2)
    monkeypatch.setattr(links, "DEAD", 1.0)


async def test_what_one_says_the_other_hears_and_acknowledges(meet: Meet) -> None:
    ada, ben = await meet()
    async with connected(ada, ben):
        ada.chat.say("¡hola!")
        await arrives(ben, "¡hola!")
        ben.chat.say("hello")
        await arrives(ada, "hello")
        await until(lambda: not ada.chat.waiting and not ben.chat.waiting)
        assert said(ada) == said(ben) == ["¡hola!", "hello"]
        assert ada.states == ben.states == ["connecting", "direct"]


async def test_what_is_said_before_there_is_a_connection_waits_for_it(meet: Meet) -> None:
    ada, ben = await meet()
    ada.chat.say("one")
    ada.chat.say("two")
    assert ada.chat.waiting == 2
    async with connected(ada, ben):
        await arrives(ben, "one", "two")
        await until(lambda: not ada.chat.waiting)


async def test_a_peer_that_comes_later_finds_the_pending_offer(meet: Meet) -> None:
    ada, ben = await meet()
    ada.begin(ben)
    await until(lambda: ada.link._offering)
    peer = ada.link.id
    ben.begin(ada)
    await asyncio.gather(ada.link.connected(), ben.link.connected())
    assert ada.link.id == peer


async def test_other_peers_are_told_that_an_offer_to_all_was_answered(meet: Meet) -> None:
    ada, ben = await meet()
    ada.begin(ben)
    await until(lambda: ada.link._offering)
    ben.begin(ada)
    await asyncio.gather(ada.link.connected(), ben.link.connected())
    signals = ben.api.signals(str(uuid.uuid4()))
    heard = [signal async for signal in stop_after(signals, "BYE")]
    assert [one["kind"] for one in heard if one["fromPeer"] == ada.link.id] == ["OFFER", "BYE"]
    assert heard[-1]["payload"] == {"reason": "answered"}
    # Which is nothing to those who are connected.
    assert ada.states == ben.states == ["connecting", "direct"]


async def stop_after(signals: AsyncGenerator[Any, None], kind: str) -> AsyncIterator[Any]:
    """Up to the first of a kind."""
    async with asyncio.timeout(PATIENCE), aclosing(signals):
        async for signal in signals:
            yield signal
            if signal["kind"] == kind:
                return


async def test_offers_that_cross_make_one_connection(
    meet: Meet, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben = await meet()
    offered, both = 0, asyncio.Event()
    for side in (ada, ben):
        do = side.api.do

        async def together(document: str, do: Any = do, **given: Any) -> Any:
            nonlocal offered
            if document == SIGNAL and given["input"]["kind"] == "OFFER":
                offered += 1
                if offered == 2:
                    both.set()
                await both.wait()
            return await do(document, **given)

        monkeypatch.setattr(side.api, "do", together)
    async with connected(ada, ben):
        assert offered == 2
        ada.chat.say("one")
        ben.chat.say("two")
        await arrives(ben, "one")
        await arrives(ada, "two")
        assert (ada.link._peer, ben.link._peer) == (ben.link.id, ada.link.id)


async def test_it_goes_on_over_the_next_connection_when_the_network_was_gone(meet: Meet) -> None:
    ada, ben = await meet()
    async with connected(ada, ben):
        ada.chat.say("one")
        await arrives(ben, "one")
        ben.cut()
        ada.chat.say("two")
        ben.chat.say("three")
        await arrives(ben, "one", "two")
        await arrives(ada, "three")
        await until(lambda: not ada.chat.waiting and not ben.chat.waiting)
        assert len(ben.heard) == 2
        assert "connecting" in ada.states[2:]
        assert ada.states[-1] == "direct"


async def test_it_goes_on_with_a_program_that_begins_anew(meet: Meet) -> None:
    ada, ben = await meet()
    async with connected(ada, ben):
        await ben.end()
        ada.chat.say("are you there?")
        await until(lambda: "queued" in ada.states)
        ben.begin(ada)
        await arrives(ben, "are you there?")


async def test_who_leaves_is_not_waited_for(meet: Meet) -> None:
    ada, ben = await meet()
    async with connected(ada, ben):
        await ben.link.leave()
        await until(lambda: "offline" in ada.states)
        # Until there is something to say to them.
        ada.chat.say("come back")
        await until(lambda: ada.states[-1] == "connecting")


async def test_who_does_not_want_to_talk_is_left_in_peace(meet: Meet) -> None:
    ada, ben = await meet()
    ada.begin(ben)
    await until(lambda: ada.link._offering)
    said = {"fromPeer": str(uuid.uuid4()), "toUser": ada.api.user_id, "kind": "BYE"}
    await ben.api.do(SIGNAL, input={**said, "payload": {"reason": "declined"}})
    await until(lambda: ada.states == ["connecting", "offline"])
    assert ada.link._parted
    # They may still offer.
    ben.begin(ada)
    await until(lambda: ada.states[-1] == "direct")
    assert not ada.link._parted


async def test_what_comes_twice_is_shown_once(meet: Meet) -> None:
    ada, ben = await meet()
    async with connected(ada, ben):
        frame = {"id": "0192", "body": "again", "at": "2026-01-01T00:00:00.000Z"}
        for _ in range(3):
            ada.chat._pipe.tell("message", **frame)
        ada.chat.say("last")
        await arrives(ben, "again", "last")


async def test_what_cannot_be_understood_is_nothing(meet: Meet) -> None:
    ada, ben = await meet()
    async with connected(ada, ben):
        send = ada.chat._pipe._channel.send
        for frame in (
            *("", "hola", "[]", "5", '"x"', "{}", '{"type": 5}', '{"type": "unheard of"}'),
            *('{"type": "message"}', '{"type": "message", "id": 5, "body": "x", "at": null}'),
            *('{"type": "ack"}', '{"type": "saved"}', '{"type": "hello", "save": 5}', b"bytes"),
            json.dumps({"type": "message", "id": "i", "at": "a", "body": "x" * 70_000}),
            json.dumps({"type": "message", "id": "i", "at": "a", "body": "x" * 8_001}),
        ):
            send(frame)
        ada.chat.say("hola")
        await arrives(ben, "hola")


async def test_both_have_it_saved_in_one_order_if_they_agree(meet: Meet) -> None:
    ada, ben = await meet()
    channel = (await ada.api.do(OPEN, user=ben.api.user_id))["id"]
    saving = [asyncio.create_task(side.chat.hand_over(side.api, channel)) for side in (ada, ben)]
    async with connected(ada, ben):
        for side, body in ((ada, "one"), (ben, "two"), (ada, "three"), (ben, "four")):
            side.chat.say(body)
            await until(lambda body=body: body in said(ada) and body in said(ben))
        ada.chat.agree(agree=True)
        await until(lambda: ben.chat.theirs.get("save"))
        assert (await ada.api.do(HISTORY, c=channel))["nodes"] == []
        ben.chat.agree(agree=True)
        await until(lambda: len(ada.chat.saved) == len(ben.chat.saved) == 4)
        kept = (await ada.api.do(HISTORY, c=channel))["nodes"]
        assert [one["body"] for one in kept] == ["one", "two", "three", "four"]
        assert [one["id"] for one in kept] == [one.id for one in ada.chat.messages]
        assert kept[1]["author"]["id"] == ben.api.user_id
        # Once more, as after a crash in between.
        ada.chat.saved.clear()
        ada.chat._tell_changed()
        ben.chat.say("five")
        await until(lambda: len(ben.chat.saved) == 5)
        kept = (await ada.api.do(HISTORY, c=channel))["nodes"]
        assert [one["body"] for one in kept] == ["one", "two", "three", "four", "five"]
    for task in saving:
        task.cancel()


async def test_what_the_server_would_not_take_is_not_said(meet: Meet) -> None:
    ada, ben = await meet()
    async with connected(ada, ben):
        with pytest.raises(ValueError, match="8000 characters"):
            ada.chat.say("x" * 8_001)
        ada.chat.say("😀" * 8_000)
        await until(lambda: [len(one.body) for one in ben.heard] == [8_000])
        await until(lambda: not ada.chat.waiting)


async def test_where_the_server_refuses_it_one_agrees_no_more(meet: Meet) -> None:
    ada, ben = await meet()
    channel = (await ada.api.do(OPEN, user=ben.api.user_id))["id"]
    refused: list[Refused] = []
    saving = asyncio.create_task(ada.chat.hand_over(ada.api, channel, refused.append))
    async with connected(ada, ben):
        for side in (ada, ben):
            side.chat.agree(agree=True)
        ada.chat.say("")
        await until(lambda: refused and not ada.chat.agreed and not ben.chat.agreed)
        ada.chat.say("and on")
        await until(lambda: len(ben.heard) == 2)
        assert not saving.done()
    saving.cancel()


async def test_one_who_sends_a_file_only_is_there(
    meet: Meet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a slow line what keeps a connection alive waits behind the file."""
    ada, ben = await meet()
    async with connected(ada, ben):
        monkeypatch.setattr(ada.chat._pipe._channel, "send", lambda _: None)
        pipe, heard = ada.link.open_file(), ben.link._connection
        await pipe.opened()
        began = heard.heard_at
        while heard.heard_at < began + 2 * links.DEAD:
            last = heard.heard_at
            pipe.tell("ping")
            await until(lambda last=last: heard.heard_at > last)
        assert len(ben.states) == 2
        await until(lambda: len(ben.states) > 2)


async def test_a_second_program_of_the_other_is_told_that_one_is_busy(
    meet: Meet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "ATTEMPT", 2.0)
    ada, ben = await meet()
    async with connected(ada, ben):
        other = Side(ben.api, ben.folder)
        other.begin(ada)
        try:
            await until(lambda: "offline" in other.states)
            ada.chat.say("still here?")
            await arrives(ben, "still here?")
            assert not other.heard
        finally:
            await other.end()


async def test_an_answer_that_cannot_be_understood_harms_nobody(meet: Meet) -> None:
    ada, ben = await meet()
    async with connected(ada, ben):
        sdp = "v=0\r\ns=-\r\nm=audio 9 X 0\r\na=fingerprint:sha-256 AB\r\n"
        said = {"fromPeer": ben.link.id, "toUser": ada.api.user_id, "kind": "OFFER"}
        await ben.api.do(SIGNAL, input={**said, "payload": {"type": "offer", "sdp": sdp}})
        async with asyncio.timeout(PATIENCE):
            ada.chat.say("and on")
            await arrives(ben, "and on")
