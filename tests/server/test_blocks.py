"""Blocks and notification levels, as clients see them."""

import pytest

from tests.cast import SEND, Json, Person

BLOCK = "mutation($u: ID!) { blockUser(userId: $u) { id } }"
UNBLOCK = "mutation($u: ID!) { unblockUser(userId: $u) { id } }"
BLOCKED = """query($first: Int, $after: String) { blockedUsers(first: $first, after: $after) {
  nodes { user { id } } pageInfo { hasNextPage endCursor } } }"""
DIRECT = "mutation($u: ID!) { openDirectChannel(userId: $u) { id } }"
CREATE = "mutation($input: CreateChannelInput!) { createChannel(input: $input) { id } }"
ADD = "mutation($c: ID!, $u: [ID!]!) { addMembers(channelId: $c, userIds: $u) { id } }"
EDIT = 'mutation($m: ID!) { editMessage(input: { id: $m, body: "x" }) { id } }'
REACT = 'mutation($m: ID!) { addReaction(messageId: $m, emoji: "👍") { id } }'
COUNT = "query($id: ID!) { channel(id: $id) { membership { mentionCount } } }"
LEVEL = """mutation($c: ID!, $l: NotificationLevel!) {
  setNotifications(channelId: $c, level: $l) { membership { notifications } } }"""
SEEN = "query($id: ID!) { channel(id: $id) { membership { notifications } } }"


async def blocked(person: Person) -> list[str]:
    return [node["user"]["id"] for node in (await person.do(BLOCKED))["nodes"]]


async def test_whom_one_blocks_is_on_ones_own_list_alone(ada: Person, ben: Person) -> None:
    assert await ada.do(BLOCK, u=ben.id) == {"id": ben.id}
    await ada.do(BLOCK, u=ben.id)
    assert (await blocked(ada), await blocked(ben)) == ([ben.id], [])
    await ada.do(UNBLOCK, u=ben.id)
    await ada.do(UNBLOCK, u=ben.id)
    assert await blocked(ada) == []


async def test_the_list_is_paged(ada: Person, ben: Person, outsider: Person, admin: Person) -> None:
    for other in (ben, outsider, admin):
        await ada.do(BLOCK, u=other.id)
    first = await ada.do(BLOCKED, first=2)
    assert first["pageInfo"]["hasNextPage"]
    rest = await ada.do(BLOCKED, first=2, after=first["pageInfo"]["endCursor"])
    found = [node["user"]["id"] for node in first["nodes"] + rest["nodes"]]
    assert found == [admin.id, outsider.id, ben.id]


async def test_nobody_blocks_themself_or_nobody(ada: Person) -> None:
    assert await ada.code(BLOCK, u=ada.id) == "BAD_USER_INPUT"
    assert await ada.code(BLOCK, u="7d2c8c3e-3bb4-4b6f-9b55-0c8a1f6f3d10") == "NOT_FOUND"


async def test_nothing_is_said_between_them_directly(ada: Person, ben: Person) -> None:
    direct = await ada.do(DIRECT, u=ben.id)
    before = await ben.send(direct, "hola")
    await ada.do(BLOCK, u=ben.id)
    for person in (ada, ben):
        given = {"channelId": direct["id"], "body": "x"}
        assert await person.code(SEND, input=given) == "FORBIDDEN"
        assert await person.code(REACT, m=before["id"]) == "FORBIDDEN"
    assert await ben.code(EDIT, m=before["id"]) == "FORBIDDEN"
    assert await ben.do(DIRECT, u=ada.id) == direct
    assert [m["body"] for m in (await ada.history(direct))["nodes"]] == ["hola"]
    await ada.do(UNBLOCK, u=ben.id)
    await ben.send(direct, "again")


async def test_who_is_blocked_brings_the_other_into_nothing(ada: Person, ben: Person) -> None:
    await ada.do(BLOCK, u=ben.id)
    assert await ben.code(DIRECT, u=ada.id) == "FORBIDDEN"
    for kind in ("GROUP", "PRIVATE"):
        given = {"kind": kind, "name": "trap", "memberIds": [ada.id]}
        assert await ben.code(CREATE, input=given) == "FORBIDDEN"
    own = await ben.create_channel("PRIVATE")
    assert await ben.code(ADD, c=own["id"], u=[ada.id]) == "FORBIDDEN"
    assert (await ada.do("{ channels { nodes { id } } }"))["nodes"] == []


async def test_their_mentions_do_not_count(ada: Person, ben: Person, outsider: Person) -> None:
    lobby = await ben.create_channel("PRIVATE", memberIds=[ada.id, outsider.id])
    await ben.send(lobby, f"@{ada.username} @channel")
    await outsider.send(lobby, f"@{ada.username}")
    await ada.do(BLOCK, u=ben.id)
    assert (await ada.do(COUNT, id=lobby["id"]))["membership"]["mentionCount"] == 1
    await ada.do(UNBLOCK, u=ben.id)
    assert (await ada.do(COUNT, id=lobby["id"]))["membership"]["mentionCount"] == 2


@pytest.fixture
async def lobby(ada: Person, ben: Person) -> Json:
    return await ada.create_channel("PRIVATE", memberIds=[ben.id])


async def test_everybody_chooses_what_to_be_told(ada: Person, ben: Person, lobby: Json) -> None:
    assert await ben.do(SEEN, id=lobby["id"]) == {"membership": {"notifications": "ALL"}}
    for level in ("MENTIONS", "NONE", "NONE", "ALL", "MENTIONS"):
        told = await ben.do(LEVEL, c=lobby["id"], l=level)
        assert told == {"membership": {"notifications": level}}
    assert await ada.do(SEEN, id=lobby["id"]) == {"membership": {"notifications": "ALL"}}
    assert await ben.do(SEEN, id=lobby["id"]) == {"membership": {"notifications": "MENTIONS"}}
