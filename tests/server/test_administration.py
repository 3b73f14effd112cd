"""What admins do to the accounts of others, as clients see it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from resolvers import purging
from server.opening import add_admin
from server.serving import Running
from tests.cast import Client, Person, sign_in, sign_up
from tests.conftest import own_name
from tests.stage import PASSWORD, a_server

DELETE = "mutation($id: ID!, $content: UserContent! = KEEP) { deleteUser(userId: $id, content: $content) }"  # fmt: skip  # noqa: E501
RESET = "mutation($id: ID!) { resetPassword(userId: $id) { url expiresAt } }"
ROLE = "mutation($id: ID!, $role: Role!) { setRole(userId: $id, role: $role) { role } }"
BAN = 'mutation($id: ID!) { banUser(input: { userId: $id, reason: "x" }) { id } }'
UPDATE = """mutation($input: UpdateUserInput!) {
  updateUser(input: $input) { username displayName email } }"""
USERS = """query($search: String, $role: Role, $banned: Boolean) {
  users(search: $search, role: $role, banned: $banned) { nodes { username } } }"""
LOGIN = "mutation($input: LoginInput!) { login(input: $input) { user { id } } }"
ME = "{ me { id } }"
SAID = """query($c: ID!) { messages(channelId: $c) { nodes {
  body author { username } reactions { emoji count users(first: 5) { id } } } } }"""
LIKE = 'mutation($m: ID!) { addReaction(messageId: $m, emoji: "👍") { id } }'


async def test_of_somebody_who_is_deleted_what_they_said_stays(
    admin: Person, ada: Person, ben: Person
) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    await ben.send(lobby, "I was here")
    mine = await ada.send(lobby, "hola")
    await ben.do(LIKE, m=mine["id"])
    async with ben.socket() as socket:
        assert await admin.do(DELETE, id=ben.id) == ben.id
        assert await socket.closing(at_once=True) == (4403, "The session has ended")
    first, second = (await ada.do(SAID, c=lobby["id"]))["nodes"]
    assert first == {"body": "I was here", "author": None, "reactions": []}
    assert second["reactions"] == [{"emoji": "👍", "count": 1, "users": []}]
    assert await ben.code(ME) == "UNAUTHENTICATED"
    given = {"username": ben.username, "password": PASSWORD}
    assert await ada.code(LOGIN, input=given) == "UNAUTHENTICATED"
    assert await admin.code("query($id: ID!) { user(id: $id) { id } }", id=ben.id) == "NOT_FOUND"
    members = "query($c: ID!) { channel(id: $c) { memberCount members { nodes { user { id } } } } }"
    there = await ada.do(members, c=lobby["id"])
    assert (there["memberCount"], there["members"]["nodes"]) == (1, [{"user": {"id": ada.id}}])


async def test_all_of_it_goes_however_much_and_however_late(
    admin: Person, ada: Person, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "PORTION", 4)
    lobby = await ada.create_channel(memberIds=[ben.id])
    for word in ("uno", "dos", "tres", "cuatro"):
        said = await ada.send(lobby, word)
        for emoji in ("👍", "🎉", "🫖"):
            react = (
                "mutation($m: ID!, $e: String!) { addReaction(messageId: $m, emoji: $e) { id } }"
            )
            await ben.do(react, m=said["id"], e=emoji)
    send = "mutation($i: SendMessageInput!) { sendMessage(input: $i) { id } }"
    given = {"channelId": lobby["id"], "body": "and this"}
    # Some of them are said in the transaction in which the account goes.
    *_, deleted = await asyncio.gather(
        *(ben.ask(send, i=given) for _ in range(12)),
        admin.do(DELETE, id=ben.id, content="DELETE"),
    )
    assert deleted == ben.id
    left = (await ada.do(SAID, c=lobby["id"]))["nodes"]
    assert [message["body"] for message in left] == ["uno", "dos", "tres", "cuatro"]
    assert [message["reactions"] for message in left] == [[], [], [], []]


async def test_or_it_goes_with_them(admin: Person, ada: Person, ben: Person) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    gone = await ben.send(lobby, "I was here")
    mine = await ada.send(lobby, "hola")
    await ben.do(LIKE, m=mine["id"])
    await admin.do(DELETE, id=ben.id, content="DELETE")
    (left,) = (await ada.do(SAID, c=lobby["id"]))["nodes"]
    assert left == {"body": "hola", "author": {"username": ada.username}, "reactions": []}
    message = "query($m: ID!) { message(id: $m) { id } }"
    assert await ada.code(message, m=gone["id"]) == "NOT_FOUND"


async def test_a_name_that_was_deleted_is_free_and_nothing_comes_with_it(
    admin: Person, ada: Person, ben: Person
) -> None:
    direct = await ada.create_channel("DIRECT", memberIds=[ben.id])
    await ben.send(direct, "between us")
    await admin.do(DELETE, id=ben.id)
    again = await sign_up(ada.url, ada.http, ben.username)
    assert again.id != ben.id
    assert await again.do("{ channels { nodes { id } } }") == {"nodes": []}
    assert await again.code(SAID, c=direct["id"]) == "NOT_FOUND"
    opened = await ada.do("mutation($u: ID!) { openDirectChannel(userId: $u) { id } }", u=again.id)
    assert opened["id"] != direct["id"]


async def test_channels_of_one_who_is_deleted_get_another_owner_or_come_to_their_end(
    admin: Person, ada: Person, ben: Person
) -> None:
    shared = await ada.create_channel("PRIVATE", memberIds=[ben.id])
    alone = await ada.create_channel("PRIVATE")
    await admin.do(DELETE, id=ada.id)
    role = "query($c: ID!) { channel(id: $c) { membership { role } } }"
    assert (await ben.do(role, c=shared["id"]))["membership"] == {"role": "OWNER"}
    left = await admin.do("{ allChannels(first: 100) { nodes { id } } }")
    assert {"id": shared["id"]} in left["nodes"]
    assert {"id": alone["id"]} not in left["nodes"]


async def test_a_link_is_good_no_more_once_the_password_was_changed(
    admin: Person, ada: Person, http: httpx.AsyncClient
) -> None:
    link = await admin.do(RESET, id=ada.id)
    change = """mutation($p: String!) {
      changePassword(input: { currentPassword: $p, newPassword: $p }) }"""
    await ada.do(change, p=PASSWORD)
    code = parse_qs(urlsplit(link["url"]).query)["code"][0]
    form = {"code": code, "password": "a table by the window"}
    assert (await http.post(f"{ada.url}/set-password", data=form)).status_code == 400
    assert (await ada.do(ME))["id"] == ada.id


async def test_a_new_password_is_chosen_with_a_link_that_is_good_once(
    admin: Person, ada: Person, http: httpx.AsyncClient
) -> None:
    bot = await ada.do(
        """mutation($p: String!) { createApiToken(input: { name: "b", scope: READ, password: $p })
           { token } }""",
        p=PASSWORD,
    )
    link = await admin.do(RESET, id=ada.id)
    assert (await ada.do(ME))["id"] == ada.id  # Until it is used everything stays as it is.
    code = parse_qs(urlsplit(link["url"]).query)["code"][0]
    form = {"code": code, "password": "a table by the window"}
    assert (await http.post(f"{ada.url}/set-password", data=form)).status_code == 200
    assert await ada.code(ME) == "UNAUTHENTICATED"
    assert await Client(ada.url, http, bot["token"]).code(ME) == "UNAUTHENTICATED"
    given = {"username": ada.username, "password": PASSWORD}
    assert await ada.code(LOGIN, input=given) == "UNAUTHENTICATED"
    await sign_in(ada.url, http, ada.username, "a table by the window")
    assert (await http.post(f"{ada.url}/set-password", data=form)).status_code == 400


async def test_a_second_link_makes_the_first_worthless(
    admin: Person, ada: Person, http: httpx.AsyncClient
) -> None:
    first, second = [await admin.do(RESET, id=ada.id) for _ in range(2)]
    statuses = []
    for link in (first, second):
        code = parse_qs(urlsplit(link["url"]).query)["code"][0]
        form = {"code": code, "password": "a table by the window"}
        statuses.append((await http.post(f"{ada.url}/set-password", data=form)).status_code)
    assert statuses == [400, 200]


async def test_admins_change_what_others_see_of_a_user(admin: Person, ada: Person) -> None:
    name = own_name("adah")
    changed = {"userId": ada.id, "username": name, "email": f"{name}@example.org"}
    told = await admin.do(UPDATE, input=changed)
    assert told == {"username": name, "displayName": name, "email": f"{name}@example.org"}
    named = await admin.do(UPDATE, input={"userId": ada.id, "displayName": "Ada"})
    assert named == {**told, "displayName": "Ada"}
    assert await admin.do(UPDATE, input={"userId": ada.id, "username": ada.username}) == {
        **named,
        "username": ada.username,
    }
    await sign_in(ada.url, ada.http, ada.username)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"username": "x"}, "BAD_USER_INPUT"),
        ({"email": "nowhere"}, "BAD_USER_INPUT"),
        ({"username": "%bens"}, "CONFLICT"),
    ],
)
async def test_a_bad_change_changes_nothing(
    admin: Person, ada: Person, ben: Person, changes: dict[str, str], code: str
) -> None:
    given = {name: value.replace("%bens", ben.username) for name, value in changes.items()}
    assert await admin.code(UPDATE, input={"userId": ada.id, **given}) == code
    assert (await ada.do("{ me { username } }"))["username"] == ada.username


async def test_users_are_listed_by_role_and_by_whether_they_are_banned(
    admin: Person, ada: Person, ben: Person
) -> None:
    async def listed(**given: object) -> set[str]:
        page = await admin.do(USERS, **given)
        return {node["username"] for node in page["nodes"]}

    await admin.do(ROLE, id=ada.id, role="MODERATOR")
    await admin.do(BAN, id=ben.id)
    assert await listed(search=ada.username, role="MODERATOR") == {ada.username}
    assert await listed(search=ada.username, role="MEMBER") == set()
    assert await listed(search=ben.username, banned=True) == {ben.username}
    assert await listed(search=ben.username, banned=False) == set()
    assert await listed(search=ada.username, banned=False) == {ada.username}


@pytest.fixture
async def alone(tmp_path: Path, http: httpx.AsyncClient) -> AsyncIterator[tuple[Running, Person]]:
    """A server with one admin."""
    async with a_server(tmp_path) as started:
        await add_admin(started.house, "root", PASSWORD)
        yield started, await sign_in(started.url, http, "root")


async def test_the_last_admin_stays(alone: tuple[Running, Person], http: httpx.AsyncClient) -> None:
    server, root = alone
    assert await root.code(ROLE, id=root.id, role="MODERATOR") == "CONFLICT"
    assert await root.code(DELETE, id=root.id) == "CONFLICT"
    assert await root.code(BAN, id=root.id) == "FORBIDDEN"
    other = await sign_up(server.url, http, "other")
    await root.do(ROLE, id=other.id, role="ADMIN")
    await root.do(BAN, id=other.id)
    # Another who is shut out is no help.
    assert await root.code(ROLE, id=root.id, role="MEMBER") == "CONFLICT"
    await root.do("mutation($id: ID!) { unbanUser(userId: $id) { id } }", id=other.id)
    await other.do(ROLE, id=root.id, role="MEMBER")
    assert await other.code(DELETE, id=other.id) == "CONFLICT"
    # Nor is one who has not chosen a password.
    create = 'mutation { createUser(input: { username: "new", role: ADMIN }) { setPasswordUrl } }'
    assert await other.do(create)
    assert await other.code(DELETE, id=other.id) == "CONFLICT"


async def test_an_admin_may_go_if_there_is_another(
    alone: tuple[Running, Person], http: httpx.AsyncClient
) -> None:
    server, root = alone
    other = await sign_up(server.url, http, "other")
    await root.do(ROLE, id=other.id, role="ADMIN")
    assert await root.do(DELETE, id=root.id) == root.id
    assert await root.code(ME) == "UNAUTHENTICATED"
    assert (await other.do("{ me { role } }"))["role"] == "ADMIN"


@pytest.mark.parametrize(("minutes", "seconds"), [(60, 900), (20, 300)])
async def test_an_admin_who_is_there_renews_their_session_in_time(
    minutes: int, seconds: int, tmp_path: Path, http: httpx.AsyncClient
) -> None:
    async with a_server(tmp_path, admin_idle_minutes=minutes) as server:
        await add_admin(server.house, "root", PASSWORD)
        login = "mutation($input: LoginInput!) { login(input: $input) { accessTokenExpiresAt } }"
        given = {"username": "root", "password": PASSWORD}
        until = (await Client(server.url, http).do(login, input=given))["accessTokenExpiresAt"]
        left = datetime.fromisoformat(until) - datetime.now(UTC)
        assert seconds - 60 < left.total_seconds() <= seconds


async def test_an_admins_session_ends_after_an_hour_without_use(
    alone: tuple[Running, Person], http: httpx.AsyncClient
) -> None:
    server, root = alone
    expiry = "SELECT expires_at FROM sessions WHERE user_id = ? AND expires_at > ?"
    soon, later = (
        server.house.clock.after(server.house.policy.admin_session_lifetime * n) for n in (1, 2)
    )
    assert len(await server.house.db.fetch(expiry, root.id, server.house.clock.now())) == 1
    assert await server.house.db.fetch(expiry, root.id, soon) == []
    other = await sign_up(server.url, http, "other")
    assert len(await server.house.db.fetch(expiry, other.id, later)) == 1
    await root.do(ROLE, id=other.id, role="ADMIN")
    assert await server.house.db.fetch(expiry, other.id, later) == []
