"""Live messages over graphql-transport-ws."""

import asyncio
import time

import pytest

from adapters.clock import Clock
from adapters.tokens import Tokens
from resolvers.sessions import Doorkeeper
from server.serving import Running
from tests.cast import FOLLOW, MESSAGE, SEND, Person, open_socket
from tests.stage import until


async def test_ben_sees_what_ada_says_as_she_says_it(ada: Person, ben: Person) -> None:
    lobby = await ada.create_channel()
    await ben.join(lobby)
    async with ben.socket() as socket:
        await socket.follow(lobby, after=await ben.do("{ head }"))
        for number in range(3):
            sent = await ada.send(lobby, f"hola {number}")
            assert await socket.next() == sent


async def test_with_a_cursor_what_was_missed_comes_first_and_nothing_comes_twice(
    ada: Person,
) -> None:
    lobby = await ada.create_channel()
    sent = [await ada.send(lobby, f"before {number}") for number in range(120)]
    async with ada.socket() as socket:
        await socket.follow(lobby, after=sent[9]["cursor"])
        later = [ada.send(lobby, f"meanwhile {number}") for number in range(20)]
        meanwhile = await asyncio.gather(*later)
        sent += sorted(meanwhile, key=lambda one: int(one["cursor"].split(".")[1]))
        assert [await socket.next() for _ in range(130)] == sent[10:]


async def test_without_a_cursor_it_begins_now(ada: Person, server: Running) -> None:
    lobby = await ada.create_channel()
    await ada.send(lobby, "before")
    async with ada.socket() as socket:
        await socket.subscribe(FOLLOW, channelId=lobby["id"])
        await until(lambda: server.house.feed.bells.waiting.get(lobby["id"]))
        sent = await ada.send(lobby, "after")
        assert await socket.next() == sent


async def test_queries_and_mutations_work_over_the_socket_too(ada: Person) -> None:
    lobby = await ada.create_channel()
    async with ada.socket() as socket:
        await socket.subscribe(SEND, "a", input={"channelId": lobby["id"], "body": "hola"})
        assert (await socket.next())["body"] == "hola"
        assert await socket.receive() == {"id": "a", "type": "complete"}
        await socket.subscribe("{ me { id } }", "b")
        assert await socket.next() == {"id": ada.id}


async def test_who_may_not_read_a_channel_cannot_follow_it(ada: Person, outsider: Person) -> None:
    plans = await ada.create_channel("PRIVATE")
    async with outsider.socket() as socket:
        await socket.subscribe(FOLLOW, channelId=plans["id"])
        message = await socket.receive()
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_a_removed_member_gets_nothing_that_was_said_after(ada: Person, ben: Person) -> None:
    plans = await ada.create_channel("PRIVATE", memberIds=[ben.id])
    async with ben.socket() as socket:
        await socket.follow(plans, after=await ben.do("{ head }"))
        sent = await ada.send(plans, "before")
        assert await socket.next() == sent
        await ada.do(
            "mutation($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }",
            c=plans["id"],
            u=ben.id,
        )
        await ada.send(plans, "after")
        message = await socket.receive()
        assert message["payload"]["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert await socket.receive() == {"id": "1", "type": "complete"}


async def test_a_ban_closes_every_socket_and_nothing_said_after_it_is_sent(
    ada: Person, ben: Person, admin: Person
) -> None:
    lobby = await ada.create_channel()
    async with ben.socket() as one, ben.socket() as other:
        await one.follow(lobby, after=await ben.do("{ head }"))
        ban = "mutation($input: BanUserInput!) { banUser(input: $input) { id } }"
        await admin.do(ban, input={"userId": ben.id, "reason": "enough"})
        await ada.send(lobby, "after")
        for socket in (one, other):
            assert await socket.closing(at_once=True) == (4403, "Banned: enough")
    async with open_socket(ben.url) as again:
        await again.send({"type": "connection_init", "payload": {"authorization": f"Bearer {ben.token}"}})  # fmt: skip  # noqa: E501
        assert (await again.closing())[0] == 4403


async def test_signing_out_closes_the_sockets_of_that_session(ada: Person) -> None:
    async with ada.socket() as socket:
        await ada.do("mutation { logout }")
        assert (await socket.closing())[0] == 4403


async def test_a_socket_is_closed_when_its_token_expires(
    ada: Person, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = server.house.tokens.check(ada.token or "", time.time())
    assert me
    short = Tokens(server.house.tokens._keys, lifetime=2)
    token, _ = short.issue(me.user_id, me.session_id, Clock().seconds())
    async with ada.socket(authorization=f"Bearer {token}") as socket:
        assert await socket.closing(at_once=True) == (4403, "The access token has expired")


async def test_a_socket_with_a_bad_token_is_refused(ada: Person) -> None:
    async with open_socket(ada.url) as socket:
        await socket.send({"type": "connection_init", "payload": {"authorization": "Bearer x"}})
        assert (await socket.closing())[0] == 4403


async def test_a_socket_without_a_token_can_do_what_needs_none(ada: Person) -> None:
    async with open_socket(ada.url) as socket:
        await socket.send({"type": "connection_init"})
        assert (await socket.receive())["type"] == "connection_ack"
        await socket.subscribe("{ server { name } me { id } }")
        payload = (await socket.receive())["payload"]
        assert payload["data"] == {"server": {"name": "localhost"}, "me": None}
        assert payload["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_connected_sockets_are_counted(ada: Person, server: Running) -> None:
    counted = "{ server { connectedClients } }"
    before = (await ada.do(counted))["connectedClients"]
    async with ada.socket(), ada.socket():
        assert (await ada.do(counted))["connectedClients"] == before + 2
    await until(lambda: len(server.house.devices) == before)


async def test_nothing_is_left_behind_by_those_who_go(ada: Person, server: Running) -> None:
    lobby = await ada.create_channel()
    for _ in range(20):
        async with ada.socket() as socket:
            await socket.subscribe(FOLLOW, channelId=lobby["id"])
    feed = server.house.feed
    await until(lambda: lobby["id"] not in feed.bells.waiting and ada.id not in feed.bells.waiting)


async def test_authors_are_looked_up_afresh_for_each_event(ada: Person) -> None:
    lobby = await ada.create_channel()
    document = f"subscription($c: ID!) {{ messageAdded(channelId: $c, after: $a) {{ {MESSAGE} author {{ displayName }} }} }}"  # fmt: skip  # noqa: E501
    async with ada.socket() as socket:
        head = await ada.do("{ head }")
        await socket.subscribe(document.replace("$c: ID!", "$c: ID!, $a: Cursor"), c=lobby["id"], a=head)  # fmt: skip  # noqa: E501
        await ada.send(lobby, "one")
        assert (await socket.next())["author"]["displayName"] == ada.username
        await ada.do('mutation { updateProfile(input: { displayName: "Ada L." }) { id } }')
        await ada.send(lobby, "two")
        assert (await socket.next())["author"]["displayName"] == "Ada L."


async def test_on_an_open_socket_the_role_is_that_of_the_moment(ada: Person, admin: Person) -> None:
    role = "mutation($id: ID!, $role: Role!) { setRole(userId: $id, role: $role) { id } }"
    await admin.do(role, id=ada.id, role="MODERATOR")
    async with ada.socket() as socket:
        for number, expected in ((1, "MODERATOR"), (2, "MEMBER")):
            await admin.do(role, id=ada.id, role=expected)
            await socket.subscribe("{ me { role } }", str(number))
            assert await socket.next() == {"role": expected}
            assert (await socket.receive())["type"] == "complete"


async def test_a_ban_before_the_init_of_a_socket_counts(ada: Person, admin: Person) -> None:
    headers = {"authorization": f"Bearer {ada.token}"}
    async with open_socket(ada.url, additional_headers=headers) as socket:
        ban = "mutation($input: BanUserInput!) { banUser(input: $input) { id } }"
        await admin.do(ban, input={"userId": ada.id, "reason": "enough"})
        await socket.send({"type": "connection_init"})
        assert await socket.closing(at_once=True) == (4403, "Banned: enough")


async def test_a_session_that_ends_during_the_init_of_a_socket_counts(
    ada: Person, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, looked = Doorkeeper.caller, list[str]()

    async def caller(self: Doorkeeper, token: str, address: str | None = None) -> object:
        found = await look(self, token, address)
        if not looked:
            looked.append(token)
            before = server.house.feed.head
            await ada.do("mutation { logout }")
            # Heard of twice: as it was written here, and as it was read from the log.
            await until(lambda: server.house.feed._seen == server.house.feed.head > before)
        return found

    monkeypatch.setattr(Doorkeeper, "caller", caller)
    async with open_socket(ada.url) as socket:
        given = {"authorization": f"Bearer {ada.token}"}
        await socket.send({"type": "connection_init", "payload": given})
        assert await socket.closing(at_once=True) == (4403, "Forbidden")


async def test_the_head_is_from_before_anything_else_was_looked_at(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    lobby = await ada.create_channel()
    before = await ada.do("{ head }")
    identity, sent = Doorkeeper.identity, list[str]()

    async def meanwhile(self: Doorkeeper, *given: str | None) -> object:
        if not sent:
            sent.append("meanwhile")
            await ada.send(lobby, "meanwhile")
        return await identity(self, *given)

    monkeypatch.setattr(Doorkeeper, "identity", meanwhile)
    assert await ada.do("{ head }") == before


async def test_a_second_init_closes_the_socket_and_leaves_nothing_behind(
    ada: Person, server: Running
) -> None:
    lobby = await ada.create_channel()
    async with ada.socket() as socket:
        await socket.subscribe(FOLLOW, channelId=lobby["id"])
        await until(lambda: server.house.feed.bells.waiting.get(lobby["id"]))
        await socket.send({"type": "connection_init"})
        assert (await socket.closing())[0] == 4429
    await until(lambda: lobby["id"] not in server.house.feed.bells.waiting)
    assert ada.id not in server.house.devices._by_id


async def test_a_cursor_that_is_still_to_come_has_expired(ada: Person) -> None:
    lobby = await ada.create_channel()
    life, _, position = (await ada.do("{ head }")).partition(".")
    async with ada.socket() as socket:
        await socket.subscribe(
            FOLLOW, channelId=lobby["id"], after=f"{life}.{int(position) + 1000}"
        )
        message = await socket.receive()
        assert message["payload"][0]["extensions"]["code"] == "CURSOR_EXPIRED"
