"""Several nodes of one server: whatever the bus between them does, nobody misses anything."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from redis.asyncio.client import PubSub

from adapters import bus
from adapters.bus import Bus
from models import events as log
from models import messages as rows
from models.accounts import FOREVER
from models.channels import ChannelRow
from models.writer import Transaction
from resolvers import channels, events, feed, line, members, messages, moderation
from resolvers.errors import Banned
from resolvers.house import Caller, House
from resolvers.rights import ChannelKind, Role
from resolvers.sessions import Doorkeeper
from schema.api import api
from schema.context import Context
from schema.operations import Asked, Operations, Rules
from server.opening import CannotStart, open_house
from tests.resolvers.people import somebody
from tests.stage import (
    Redis,
    a_redis,
    free_port,
    fresh_database,
    read_step_by_step,
    settings_for,
    until,
)


class Nodes(NamedTuple):
    """Two nodes over one database and one bus; Ada is on the first."""

    redis: Redis
    one: House
    other: House
    ada: Caller
    lobby: ChannelRow

    def on_other(self, caller: Caller) -> Caller:
        """The same person on the other node."""
        return Caller(self.other, caller.user, caller.session_id)


@pytest.fixture
async def nodes(tmp_path: Path) -> AsyncIterator[Nodes]:
    async with AsyncExitStack() as stack:
        redis = stack.enter_context(a_redis(tmp_path))
        url = await stack.enter_async_context(fresh_database())
        settings = settings_for(tmp_path, url, bus_url=redis.url)
        one = await stack.enter_async_context(open_house(settings))
        other = await stack.enter_async_context(open_house(settings))
        ada = await somebody(one, "ada")
        lobby = await channels.create(ada, ChannelKind.PUBLIC, name="lobby")
        yield Nodes(redis, one, other, ada, lobby)


class Follower:
    """Somebody who follows a channel on the other node."""

    def __init__(self, nodes: Nodes) -> None:
        self.heard: list[str] = []
        self._nodes = nodes
        self._task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        ada, lobby = self._nodes.on_other(self._nodes.ada), self._nodes.lobby
        start = self._nodes.other.feed.cursor(0)
        async with aclosing(await messages.follow(ada, lobby.id, start)) as deliveries:
            async for delivery in deliveries:
                self.heard.append(delivery.item.body)

    async def hears(self, *bodies: str) -> None:
        """Waits until this has been heard, and makes sure that it is all."""
        await until(lambda: len(self.heard) >= len(bodies))
        assert self.heard == [*bodies]

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


@pytest.fixture
async def follower(nodes: Nodes) -> AsyncIterator[Follower]:
    following = Follower(nodes)
    yield following
    await following.stop()


async def say(nodes: Nodes, body: str) -> None:
    await messages.send(nodes.ada, nodes.lobby.id, body)


async def test_what_is_said_on_one_node_is_heard_on_the_other(
    nodes: Nodes, follower: Follower
) -> None:
    for number in range(3):
        await say(nodes, f"{number}")
        await follower.hears(*(f"{n}" for n in range(number + 1)))


async def test_nobody_misses_anything_while_redis_is_gone_nor_when_it_is_back(
    nodes: Nodes, follower: Follower, caplog: pytest.LogCaptureFixture
) -> None:
    await say(nodes, "before")
    await follower.hears("before")
    nodes.redis.kill()
    await say(nodes, "without it")
    await follower.hears("before", "without it")
    nodes.redis.start()
    await until(
        lambda: nodes.other.feed._line._bus._broadcast and nodes.one.feed._line._bus._broadcast
    )
    await say(nodes, "after")
    await follower.hears("before", "without it", "after")
    told = [record.getMessage() for record in caplog.records]
    assert [sum(word in line for line in told) for word in ("is lost", "is back")] == [2, 2]


@pytest.fixture
def never_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only rings, and the loss of the bus, make a node read the log."""
    monkeypatch.setattr(feed, "_DOUBT", 1_000)
    monkeypatch.setattr(line, "_SILENCE", 1_000)


async def test_what_was_missed_without_redis_is_read_as_soon_as_it_is_back(
    never_in_doubt: None, nodes: Nodes, follower: Follower
) -> None:
    await say(nodes, "before")
    await follower.hears("before")
    nodes.redis.kill()
    await until(lambda: not nodes.other.feed._line._bus._broadcast)
    await say(nodes, "without it")
    # It has nothing to ring for any more, as if its rings had been lost.
    nodes.one.feed._line._unrung.clear()
    nodes.redis.start()
    await follower.hears("before", "without it")


async def test_a_redis_that_hangs_costs_nobody_a_message_and_stops_nobody(
    impatient: None, nodes: Nodes, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "_SECONDS", 0.1)
    await say(nodes, "before")
    await follower.hears("before")
    nodes.redis.signal(signal.SIGSTOP)
    await until(lambda: not nodes.other.feed._line._bus._broadcast)
    await say(nodes, "while it hangs")
    await follower.hears("before", "while it hangs")
    nodes.redis.signal(signal.SIGCONT)
    await until(lambda: nodes.other.feed._line._bus._broadcast)
    await say(nodes, "after")
    await follower.hears("before", "while it hangs", "after")


async def test_a_ring_that_is_lost_costs_nobody_a_message(
    nodes: Nodes, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say(nodes, "rung")
    await follower.hears("rung")

    async def lost(_: Bus) -> None: ...

    monkeypatch.setattr(Bus, "ring", lost)
    await say(nodes, "not rung")
    await follower.hears("rung", "not rung")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "_SILENCE", 0.05)


async def test_a_bus_that_has_fallen_silent_is_noticed_and_listened_to_anew(
    impatient: None, nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    listened: list[Bus] = []
    listening = Bus.listening

    def counted(one: Bus) -> object:
        listened.append(one)
        return listening(one)

    monkeypatch.setattr(Bus, "listening", counted)
    own = nodes.other.feed._line._bus
    assert isinstance(own, Bus)
    assert own._broadcast
    # A connection that looks alive and brings nothing any more.
    own._broadcast._subscribers.clear()
    await until(lambda: own in listened)
    # Whoever leaves while it is being opened again leaves a connection behind.
    await until(lambda: own._broadcast and own._broadcast._subscribers)


async def test_a_node_closes_even_while_it_subscribes(
    impatient: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribing = asyncio.Event()
    subscribe = PubSub.subscribe

    async def slowly(*given: Any) -> Any:
        if broken:
            subscribing.set()
            await asyncio.sleep(0.1)
        return await subscribe(*given)

    broken: list[Bus] = []
    monkeypatch.setattr(PubSub, "subscribe", slowly)
    with a_redis(tmp_path) as redis:
        async with (
            fresh_database() as url,
            open_house(settings_for(tmp_path, url, bus_url=redis.url)) as house,
        ):
            own = house.feed._line._bus
            assert isinstance(own, Bus)
            assert own._broadcast
            broken.append(own)
            own._broadcast._subscribers.clear()
            await subscribing.wait()


async def test_a_ban_counts_on_the_other_node_before_it_has_heard_of_it(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben, root = await somebody(nodes.one, "ben"), await somebody(nodes.one, "root", Role.ADMIN)
    token, _ = nodes.one.tokens.issue(ben.user_id, ben.session_id, nodes.one.clock.seconds())
    context = Context(nodes.other, Doorkeeper(nodes.other), token)
    assert isinstance((await context.for_operation()).identity, Caller)  # and is remembered

    async def lost(_: Bus) -> None: ...

    monkeypatch.setattr(Bus, "ring", lost)
    monkeypatch.setattr(feed, "_DOUBT", 1_000)
    monkeypatch.setattr(line, "_SILENCE", 1_000)
    await moderation.ban(root, ben.user_id, "enough", None)
    assert isinstance((await context.for_operation()).identity, Banned)


async def test_a_query_on_the_other_node_is_not_answered_with_what_stands_behind_a_ban(
    never_in_doubt: None, nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben, root = await somebody(nodes.one, "ben"), await somebody(nodes.one, "root", Role.ADMIN)
    read = rows.newest

    async def lost(_: Bus) -> None: ...

    async def meanwhile(*given: Any) -> Any:
        await moderation.ban(root, ben.user_id, "enough", None)
        return await read(*given)

    monkeypatch.setattr(Bus, "ring", lost)
    monkeypatch.setattr(rows, "newest", meanwhile)
    read_step_by_step(nodes.other, monkeypatch)
    token, _ = nodes.one.tokens.issue(ben.user_id, ben.session_id, nodes.one.clock.seconds())
    context = Context(nodes.other, Doorkeeper(nodes.other), token)
    document = f'{{ messages(channelId: "{nodes.lobby.id}") {{ nodes {{ body }} }} }}'
    answer = await Operations(api, Rules()).answer(Asked(document), context)
    assert answer.formatted["errors"][0]["extensions"]["code"] == "BANNED"


async def test_who_follows_on_the_other_node_gets_nothing_behind_their_removal(
    nodes: Nodes,
) -> None:
    ben = await somebody(nodes.one, "ben")
    await members.join(ben, nodes.lobby.id)
    start = nodes.one.feed.cursor(nodes.one.feed.head)
    async with aclosing(await events.follow(nodes.on_other(ben), start)) as deliveries:
        await say(nodes, "before")
        assert (await anext(deliveries)).item.kind == "MessageAdded"
        await members.leave(ben, nodes.lobby.id)
        await say(nodes, "after")
        await members.join(ben, nodes.lobby.id)
        kinds = [(await anext(deliveries)).item.kind for _ in range(2)]
        assert kinds == ["MemberRemoved", "MemberAdded"]


async def test_a_cursor_of_one_node_is_good_on_the_other_at_once(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(_: Bus) -> None: ...

    monkeypatch.setattr(Bus, "ring", lost)
    monkeypatch.setattr(feed, "_DOUBT", 1_000)
    monkeypatch.setattr(line, "_SILENCE", 1_000)
    async with nodes.other.feed._reading:  # A ring from before may still be under way.
        await say(nodes, "hola")
        cursor = nodes.one.feed.cursor(nodes.one.feed.head)
        assert nodes.other.feed.head < nodes.one.feed.head
    page = await events.page(nodes.on_other(nodes.ada), cursor, None)
    assert (page.rows, page.next, page.more) == ([], cursor, False)


async def test_a_node_that_slept_through_what_is_forgotten_takes_nothing_for_granted(
    nodes: Nodes,
) -> None:
    ben, root = await somebody(nodes.one, "ben"), await somebody(nodes.one, "root", Role.ADMIN)
    token, _ = nodes.one.tokens.issue(ben.user_id, ben.session_id, nodes.one.clock.seconds())
    context = Context(nodes.other, Doorkeeper(nodes.other), token)
    assert isinstance((await context.for_operation()).identity, Caller)  # and is remembered
    closed: list[tuple[int, str]] = []

    async def forget(transaction: Transaction) -> int:
        return await log.forget(transaction.db, FOREVER, 1_000)

    nodes.other.devices.arrive(ben.user_id, close=lambda *how: closed.append(how))
    async with nodes.other.feed._reading:  # asleep
        await moderation.ban(root, ben.user_id, "enough", None)
        await say(nodes, "the newest")
        assert await nodes.one.write(forget) > 5
    assert isinstance((await context.for_operation()).identity, Banned)
    assert closed == [(1001, "Connect again")]


async def test_a_server_whose_bus_is_not_there_does_not_start(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, bus_url=f"redis://127.0.0.1:{free_port()}")
    with pytest.raises(CannotStart, match="bus cannot be opened"):
        async with open_house(settings):
            pass
