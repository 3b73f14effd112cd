"""Presence and typing, as clients see them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from models import channels as rows
from models.connection import Connection
from server.serving import Running, running
from tests.cast import Client, Json, Person, Socket, sign_in, sign_up
from tests.conftest import SignUp
from tests.patience import PATIENCE
from tests.stage import PASSWORD, a_redis, a_server, fresh_database, settings_for, until

SEEN = "query($id: ID!) { user(id: $id) { online lastSeenAt } }"
CHANGES = "subscription { presenceChanged { id online } }"
TYPING = "subscription($c: ID!) { typing(channelId: $c) { channelId expiresAt user { id } } }"
TYPE = "mutation($c: ID!) { setTyping(channelId: $c) }"
LEAVE = "mutation($c: ID!) { leaveChannel(id: $c) }"
REMOVE = "mutation($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }"
BAN = 'mutation($u: ID!) { banUser(input: { userId: $u, reason: "x" }) { id } }'


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """One that takes who is gone for gone at once."""
    async with a_server(tmp_path_factory.mktemp("data"), presence_grace=0) as started:
        yield started


@pytest.fixture
async def lobby(ada: Person, ben: Person) -> Json:
    return await ada.create_channel("PRIVATE", memberIds=[ben.id])


async def seen(person: Person, other: Person) -> Json:
    return await person.do(SEEN, id=other.id)


async def is_online(person: Person, other: Person, *, online: bool = True) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await seen(person, other))["online"] is not online:
            pass


async def begun(socket: Socket, document: str, **variables: Json) -> None:
    """A subscription that is known to be there."""
    await socket.subscribe(document, **variables)
    await socket.subscribe("subscription { nothing }", "probe")
    assert (await socket.receive())["id"] == "probe"


async def test_who_is_connected_is_online(ada: Person, ben: Person, lobby: Json) -> None:
    assert (await seen(ada, ben))["online"] is False
    async with ben.socket():
        assert (await seen(ada, ben))["online"] is True
        async with ben.socket():
            pass
        assert (await seen(ada, ben))["online"] is True
    await is_online(ada, ben, online=False)


async def test_it_is_told_when_somebody_was_there_last(
    ada: Person, ben: Person, lobby: Json
) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    async with ben.socket():
        pass
    await is_online(ada, ben, online=False)
    last = datetime.fromisoformat((await seen(ada, ben))["lastSeenAt"])
    assert before < last <= datetime.now(UTC)


async def test_who_never_connected_was_there_when_they_signed_in(
    ada: Person, ben: Person, lobby: Json
) -> None:
    last = datetime.fromisoformat((await seen(ada, ben))["lastSeenAt"])
    assert datetime.now(UTC) - last < timedelta(minutes=5)


async def test_a_program_with_a_token_is_not_the_person(
    ada: Person, ben: Person, lobby: Json, server: Running
) -> None:
    before = (await seen(ada, ben))["lastSeenAt"]
    wanted = {"name": "bot", "scope": "READ", "password": PASSWORD}
    make = "mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }"
    bot = Client(ben.url, ben.http, (await ben.do(make, input=wanted))["token"])
    await bot.do("{ me { id } }")
    assert await server.house.usage.write_down(server.house.database) == 1
    assert (await seen(ada, ben))["lastSeenAt"] == before


async def test_only_those_who_share_a_channel_know(
    ada: Person, ben: Person, outsider: Person, admin: Person, lobby: Json
) -> None:
    async with ben.socket():
        nothing = {"online": None, "lastSeenAt": None}
        assert await seen(outsider, ben) == nothing
        assert await seen(admin, ben) == nothing
        assert (await seen(ben, ben))["online"] is True
        await ben.do(LEAVE, c=lobby["id"])
        assert await seen(ada, ben) == nothing


async def test_neighbours_are_told_live(
    ada: Person, ben: Person, outsider: Person, lobby: Json
) -> None:
    async with ada.socket() as adas, outsider.socket() as outsiders:
        await begun(adas, CHANGES)
        await begun(outsiders, CHANGES)
        async with ben.socket():
            assert await adas.next() == {"id": ben.id, "online": True}
        assert await adas.next() == {"id": ben.id, "online": False}
        shared = await ben.create_channel("GROUP", memberIds=[outsider.id])
        async with ben.socket():
            assert await outsiders.next() == {"id": ben.id, "online": True}
        assert await outsiders.next() == {"id": ben.id, "online": False}
        assert shared


async def test_who_is_no_neighbour_any_more_is_told_nothing(
    ada: Person, ben: Person, signs_up: SignUp, lobby: Json
) -> None:
    cem = await signs_up("cem")
    both = await ada.create_channel("GROUP", memberIds=[cem.id])
    async with ben.socket() as bens:
        await begun(bens, CHANGES)
        await ada.do(REMOVE, c=lobby["id"], u=ben.id)
        async with ada.socket():
            pass
        await ben.create_channel("GROUP", memberIds=[cem.id])
        async with cem.socket():
            assert await bens.next() == {"id": cem.id, "online": True}
    assert both


async def test_who_shared_a_channel_that_is_gone_is_told_nothing(
    ada: Person, ben: Person, signs_up: SignUp, lobby: Json
) -> None:
    cem = await signs_up("cem")
    await ben.create_channel("GROUP", memberIds=[cem.id])
    await ada.do("mutation($c: ID!) { deleteChannel(id: $c) }", c=lobby["id"])
    async with ben.socket() as bens:
        await begun(bens, CHANGES)
        async with ada.socket():
            pass
        async with cem.socket():
            assert await bens.next() == {"id": cem.id, "online": True}


async def test_who_is_removed_while_it_is_looked_up_where_they_are_is_told_nothing(
    ada: Person, ben: Person, server: Running, lobby: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, held = rows.living_places_of_user, asyncio.Event()
    waiting = asyncio.Event()

    async def late(db: Connection, user_id: str) -> list[str]:
        found = await read(db, user_id)
        if user_id == ben.id and not held.is_set():
            waiting.set()
            await held.wait()
        return found

    monkeypatch.setattr(rows, "living_places_of_user", late)
    async with ben.socket() as bens:
        await bens.subscribe(CHANGES)
        await waiting.wait()
        await ada.do(REMOVE, c=lobby["id"], u=ben.id)
        held.set()
        neighbours = server.house.company._neighbours
        await until(lambda: not any(o.channels or o.stale for o in neighbours._own[ben.id]))
        async with ada.socket():
            await bens.send({"type": "ping"})
            assert await bens.receive() == {"type": "pong"}


async def test_what_was_heard_before_a_removal_is_not_told_after_it(
    ada: Person, ben: Person, server: Running, lobby: Json
) -> None:
    company = server.house.company
    with company.reader(ben.id, lobby["id"]) as listener:
        company.typing(lobby["id"], ada.id)
        ((who, places),) = (await listener.heard()).items()
        assert (who, listener.is_in(places)) == (ada.id, True)
        await ada.do(REMOVE, c=lobby["id"], u=ben.id)
        assert not listener.is_in(places)


async def test_nobody_is_no_user(ada: Person, server: Running) -> None:
    async with ada.socket(nobody=True):
        assert not server.house.presence._here & {"from 127.0.0.1"}


async def test_a_short_absence_is_none(tmp_path: Path, http: httpx.AsyncClient) -> None:
    async with a_server(tmp_path, presence_grace=60) as server:
        ada, ben = [await sign_up(server.url, http, name) for name in ("ada", "ben")]
        await ada.create_channel("PRIVATE", memberIds=[ben.id])
        async with ada.socket() as adas:
            await begun(adas, CHANGES)
            for _ in range(3):
                async with ben.socket():
                    pass
            await until(lambda: server.house.devices.count(ben.id) == 0)
            assert (await seen(ada, ben))["online"] is True
            assert await adas.next() == {"id": ben.id, "online": True}
            await adas.send({"type": "ping"})
            assert await adas.receive() == {"type": "pong"}


async def test_nothing_is_stored_of_it(
    ada: Person, ben: Person, server: Running, lobby: Json
) -> None:
    head = await ada.do("{ head }")
    async with ben.socket() as bens:
        await is_online(ada, ben)
        await begun(bens, TYPING, c=lobby["id"])
        await ada.do(TYPE, c=lobby["id"])
        await bens.next()
    await is_online(ada, ben, online=False)
    assert await ada.do("{ head }") == head


async def test_others_are_told_who_is_typing(ada: Person, ben: Person, lobby: Json) -> None:
    async with ada.socket() as adas, ben.socket() as bens:
        await begun(adas, TYPING, c=lobby["id"])
        await begun(bens, TYPING, c=lobby["id"])
        assert await ada.do(TYPE, c=lobby["id"]) is True
        told = await bens.next()
        assert (told["channelId"], told["user"]) == (lobby["id"], {"id": ada.id})
        left = datetime.fromisoformat(told["expiresAt"]) - datetime.now(UTC)
        assert timedelta(0) < left <= timedelta(seconds=6)
        await ben.do(TYPE, c=lobby["id"])
        assert (await adas.next())["user"] == {"id": ben.id}


async def test_it_is_passed_on_every_two_seconds_at_most(
    ada: Person, ben: Person, server: Running, lobby: Json
) -> None:
    async with ben.socket() as bens:
        await begun(bens, TYPING, c=lobby["id"])
        for _ in range(5):
            assert await ada.do(TYPE, c=lobby["id"]) is True
        await bens.next()
        await bens.send({"type": "ping"})
        assert await bens.receive() == {"type": "pong"}


async def test_only_members_type_and_are_told(
    ada: Person, ben: Person, outsider: Person, lobby: Json
) -> None:
    open_to_all = await ada.create_channel("PUBLIC")
    assert await outsider.code(TYPE, c=lobby["id"]) == "NOT_FOUND"
    assert await outsider.code(TYPE, c=open_to_all["id"]) == "FORBIDDEN"
    async with outsider.socket() as socket:
        for channel, code in ((lobby, "NOT_FOUND"), (open_to_all, "FORBIDDEN")):
            await socket.subscribe(TYPING, c=channel["id"])
            refusal = await socket.receive()
            assert refusal["payload"][0]["extensions"]["code"] == code


async def test_who_is_removed_is_told_no_more(ada: Person, ben: Person, lobby: Json) -> None:
    async with ben.socket() as bens:
        await begun(bens, TYPING, c=lobby["id"])
        await ada.do(REMOVE, c=lobby["id"], u=ben.id)
        await ada.do(TYPE, c=lobby["id"])
        ended = await bens.receive()
        assert ended["type"] == "next"
        assert ended["payload"]["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_who_is_banned_is_told_no_more(
    ada: Person, ben: Person, admin: Person, lobby: Json
) -> None:
    async with ben.socket() as bens:
        await begun(bens, CHANGES)
        await admin.do(BAN, u=ben.id)
        async with ada.socket():
            assert await bens.closing(at_once=True) == (4403, "Banned: x")


async def test_blocked_people_do_not_see_each_other_typing(ada: Person, ben: Person) -> None:
    direct = await ada.create_channel("DIRECT", memberIds=[ben.id])
    await ada.do("mutation($u: ID!) { blockUser(userId: $u) { id } }", u=ben.id)
    for person in (ada, ben):
        assert await person.code(TYPE, c=direct["id"]) == "FORBIDDEN"


class Everywhere:
    """Two nodes of one server."""

    def __init__(self, one: Running, other: Running) -> None:
        self.one, self.other = one, other

    def at_other(self, person: Person) -> Person:
        """The same person at the other node."""
        there = Person.__new__(Person)
        there.__dict__.update(person.__dict__, url=self.other.url)
        return there


@pytest.fixture
async def everywhere(tmp_path: Path) -> AsyncIterator[Everywhere]:
    async with AsyncExitStack() as stack:
        redis = stack.enter_context(a_redis(tmp_path))
        url = await stack.enter_async_context(fresh_database())
        database = url or f"sqlite://{tmp_path / 'shared.db'}"
        settings = settings_for(tmp_path, database, bus_url=redis.url, presence_grace=0)
        nodes = [await stack.enter_async_context(running(settings)) for _ in range(2)]
        yield Everywhere(*nodes)


async def test_it_works_across_nodes(everywhere: Everywhere, http: httpx.AsyncClient) -> None:
    ada = await sign_up(everywhere.one.url, http, "ada")
    ben = everywhere.at_other(await sign_up(everywhere.one.url, http, "ben"))
    lobby = await ada.create_channel("PRIVATE", memberIds=[ben.id])
    async with ada.socket() as adas:
        await begun(adas, CHANGES)
        async with ben.socket() as bens:
            assert await adas.next() == {"id": ben.id, "online": True}
            await is_online(ben, ada)
            await begun(bens, TYPING, c=lobby["id"])
            await ada.do(TYPE, c=lobby["id"])
            assert (await bens.next())["user"] == {"id": ada.id}
            here = await sign_in(everywhere.one.url, http, "ben")
            async with here.socket():
                pass
            assert (await seen(ada, ben))["online"] is True
        assert await adas.next() == {"id": ben.id, "online": False}


async def test_a_node_that_comes_later_knows_who_is_there(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    async with AsyncExitStack() as stack:
        redis = stack.enter_context(a_redis(tmp_path))
        url = await stack.enter_async_context(fresh_database())
        database = url or f"sqlite://{tmp_path / 'shared.db'}"
        settings = settings_for(tmp_path, database, bus_url=redis.url, presence_grace=0)
        one = await stack.enter_async_context(running(settings))
        ada, ben = [await sign_up(one.url, http, name) for name in ("ada", "ben")]
        await ada.create_channel("PRIVATE", memberIds=[ben.id])
        async with ben.socket():
            await is_online(ada, ben)
            async with running(settings) as other:
                there = Everywhere(one, other).at_other(ada)
                await is_online(there, ben)
                async with there.socket():
                    await is_online(ben, ada)
            # A node that stops takes its people along.
            await is_online(ben, ada, online=False)
