"""Exports, as people get them."""

from typing import Any

import httpx
import pytest

from models.accounts import User
from models.writer import Transaction
from resolvers import exports
from resolvers.errors import Forbidden
from server.opening import add_admin
from server.serving import Running
from tests.cast import Json, Person
from tests.conftest import own_name
from tests.stage import PASSWORD

OWN = "{ export { url expiresAt } }"
CHANNEL = "query($c: ID!) { exportChannel(channelId: $c) { url } }"
EDIT = 'mutation($m: ID!) { editMessage(input: { id: $m, body: "mended" }) { id } }'
DELETE = "mutation($m: ID!) { deleteMessage(id: $m) { id } }"
REACT = 'mutation($m: ID!) { addReaction(messageId: $m, emoji: "👍") { id } }'
JOIN = "mutation($c: ID!) { joinChannel(id: $c) { id } }"
BLOCK = "mutation($u: ID!) { blockUser(userId: $u) { id } }"
BAN = 'mutation($u: ID!) { banUser(input: { userId: $u, reason: "x" }) { id } }'


async def fetched(http: httpx.AsyncClient, url: str) -> Any:
    response = await http.get(url)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-disposition"].startswith("attachment")
    return response.json()


@pytest.fixture
async def lobby(ada: Person, ben: Person) -> Json:
    return await ada.create_channel("PRIVATE", name="lobby", memberIds=[ben.id])


async def test_one_gets_everything_of_ones_own(
    ada: Person, ben: Person, lobby: Json, http: httpx.AsyncClient
) -> None:
    first, second = await ada.send(lobby, "holla"), await ada.send(lobby, "gone")
    bens = await ben.send(lobby, "ben's")
    await ada.do(EDIT, m=first["id"])
    await ada.do(DELETE, m=second["id"])
    await ada.do(REACT, m=bens["id"])
    await ben.do(REACT, m=first["id"])
    await ada.do(BLOCK, u=ben.id)
    link = await ada.do(OWN)
    found = await fetched(http, link["url"])
    assert found["format"] == "tertulia-export-1"
    assert (found["user"]["id"], found["user"]["username"]) == (ada.id, ada.username)
    assert [session["userAgent"] for session in found["sessions"]]
    assert [block["userId"] for block in found["blockedUsers"]] == [ben.id]
    assert [(c["id"], c["role"]) for c in found["channels"]] == [(lobby["id"], "OWNER")]
    assert [(r["messageId"], r["emoji"]) for r in found["reactions"]] == [(bens["id"], "👍")]
    assert [m["body"] for m in found["messages"]] == ["mended", ""]
    assert [v["body"] for v in found["messages"][0]["versions"]] == ["holla", "mended"]
    assert [r["userId"] for r in found["messages"][0]["reactions"]] == [ben.id]
    assert "password" not in str(found)


async def test_it_goes_on_page_by_page(
    ada: Person, lobby: Json, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_PAGE", 3)
    for number in range(8):
        await ada.send(lobby, f"{number}")
    found = await fetched(http, (await ada.do(OWN))["url"])
    assert [m["body"] for m in found["messages"]] == [f"{number}" for number in range(8)]


async def test_who_has_said_nothing_gets_an_empty_list(
    outsider: Person, http: httpx.AsyncClient
) -> None:
    assert (await fetched(http, (await outsider.do(OWN))["url"]))["messages"] == []


async def test_of_where_one_is_no_more_one_gets_ones_own_words_alone(
    ada: Person, ben: Person, lobby: Json, http: httpx.AsyncClient
) -> None:
    sent = await ben.send(lobby, "hola")
    remove = "mutation($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }"
    await ada.do(remove, c=lobby["id"], u=ben.id)
    await ada.do(REACT, m=sent["id"])
    found = await fetched(http, (await ben.do(OWN))["url"])
    assert [(m["body"], m["reactions"]) for m in found["messages"]] == [("hola", [])]


async def test_who_is_no_admin_any_more_gets_no_further_page(
    ada: Person, admin: Person, lobby: Json, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_PAGE", 1)
    for number in range(3):
        await ada.send(lobby, f"{number}")
    await admin.do(JOIN, c=lobby["id"])
    url = (await admin.do(CHANNEL, c=lobby["id"]))["url"]
    export = await exports.opened(server.house, url.rpartition("/")[2])
    parts = [await anext(export.parts) for _ in range(6)]
    assert b'"body":"0"' in parts[-1]
    await add_admin(server.house, own_name("another"), PASSWORD)

    async def demote(transaction: Transaction) -> None:
        await User.filter(id=admin.id).update(role="MEMBER")

    await server.house.write(demote)
    with pytest.raises(Forbidden):
        await anext(export.parts)


async def test_an_admin_gets_a_channel_that_they_may_read(
    ada: Person, ben: Person, admin: Person, lobby: Json, http: httpx.AsyncClient
) -> None:
    sent = await ben.send(lobby, "hola")
    await ada.do(REACT, m=sent["id"])
    assert await admin.code(CHANNEL, c=lobby["id"]) == "NOT_FOUND"
    assert await ada.code(CHANNEL, c=lobby["id"]) == "FORBIDDEN"
    await admin.do(JOIN, c=lobby["id"])
    found = await fetched(http, (await admin.do(CHANNEL, c=lobby["id"]))["url"])
    assert found["channel"]["name"] == "lobby"
    names = [member["username"] for member in found["members"]]
    assert names == [ada.username, ben.username, admin.username]
    (said,) = found["messages"]
    assert (said["body"], said["authorId"], said["number"]) == ("hola", ben.id, 1)
    assert said["reactions"][0]["userId"] == ada.id


async def test_a_link_ends_with_the_right_to_it(
    ada: Person, admin: Person, lobby: Json, server: Running, http: httpx.AsyncClient
) -> None:
    await admin.do(JOIN, c=lobby["id"])
    url = (await admin.do(CHANNEL, c=lobby["id"]))["url"]
    await fetched(http, url)
    await admin.do("mutation($c: ID!) { leaveChannel(id: $c) }", c=lobby["id"])
    assert (await http.get(url)).status_code == 404
    own = (await ada.do(OWN))["url"]
    await fetched(http, own)
    await admin.do(BAN, u=ada.id)
    assert (await http.get(own)).status_code == 404


async def test_a_link_ends_with_the_session(ada: Person, http: httpx.AsyncClient) -> None:
    url = (await ada.do(OWN))["url"]
    await ada.do("mutation { logout }")
    assert (await http.get(url)).status_code == 404


async def test_no_other_link_is_good(ada: Person, server: Running, http: httpx.AsyncClient) -> None:
    url = (await ada.do(OWN))["url"]
    place, _, text = url.rpartition("/")
    now = server.house.clock.seconds()
    forged = [
        f"{text[:-3]}abc",
        str(ada.token),
        "x",
        server.house.tokens.seal("export", {"sid": "x", "channel": ""}, now + 60),
        server.house.tokens.seal("export", {"sid": "x", "channel": ""}, now - 1),
        server.house.tokens.seal("file", {"sid": "x", "channel": ""}, now + 60),
    ]
    for other in forged:
        assert (await http.get(f"{place}/{other}")).status_code == 404
    ada.token = text
    assert await ada.code("{ me { id } }") == "UNAUTHENTICATED"


async def test_files_come_along_with_links_to_them(
    ada: Person, ben: Person, lobby: Json, http: httpx.AsyncClient
) -> None:
    file = await ada.upload(lobby, b"plan", "plan.txt")
    given = {"channelId": lobby["id"], "fileIds": [file["id"]]}
    await ada.do("mutation($i: SendMessageInput!) { sendMessage(input: $i) { id } }", i=given)
    await ben.upload(lobby, b"plan B", "b.txt", replacesId=file["id"])
    found = await fetched(http, (await ada.do(OWN))["url"])
    (mine,) = found["files"]
    assert (mine["fileId"], mine["name"], mine["size"]) == (file["id"], "plan.txt", 4)
    assert mine["sha256"] == file["sha256"]
    assert (await http.get(mine["url"])).content == b"plan"
    assert [m["fileIds"] for m in found["messages"]] == [[file["id"]]]
    (his,) = (await fetched(http, (await ben.do(OWN))["url"]))["files"]
    assert (his["parents"], his["fileId"]) == ([mine["versionId"]], file["id"])
    await ben.do("mutation($c: ID!) { leaveChannel(id: $c) }", c=lobby["id"])
    (his,) = (await fetched(http, (await ben.do(OWN))["url"]))["files"]
    assert (his["name"], his["url"]) == ("b.txt", None)
