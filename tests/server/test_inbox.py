"""The inbox, and what admins see of all channels."""

from pathlib import Path

import httpx

from tests.cast import Json, Person, sign_up
from tests.stage import a_server

INBOX = """query($unread: Boolean, $first: Int, $after: String) {
  inbox(unread: $unread, first: $first, after: $after) {
    nodes { channel { id kind membership { unreadCount } } message { body author { id } } }
    pageInfo { hasNextPage endCursor } } }""".replace(
    "$unread: Boolean", "$unread: Boolean! = false"
)
ALL = """query($search: String) { allChannels(search: $search, first: 100) {
  nodes { id kind name topic memberCount messageCount createdBy { id } } } }"""
JOIN = "mutation($id: ID!) { joinChannel(id: $id) { id membership { role } } }"
EVENTS = """query($after: Cursor!) { events(after: $after) { events {
  __typename actor { id } ... on MemberAdded { userId } } } }"""


async def test_the_inbox_has_the_latest_of_every_conversation(ada: Person, ben: Person) -> None:
    made = [
        await ada.create_channel(kind, memberIds=[ben.id])
        for kind in ("PUBLIC", "PRIVATE", "GROUP", "DIRECT")
    ]
    for channel in made:
        await ada.send(channel, f"in {channel['kind']}")
    await ben.send(made[0], "me too")
    nodes = (await ben.do(INBOX))["nodes"]
    assert [node["channel"]["kind"] for node in nodes] == ["PUBLIC", "DIRECT", "GROUP", "PRIVATE"]
    assert nodes[0]["message"] == {"body": "me too", "author": {"id": ben.id}}
    assert [node["channel"]["membership"]["unreadCount"] for node in nodes] == [0, 1, 1, 1]
    unread = (await ben.do(INBOX, unread=True))["nodes"]
    assert unread == nodes[1:]
    first = await ben.do(INBOX, unread=True, first=2)
    assert first["nodes"] == unread[:2]
    rest = await ben.do(INBOX, unread=True, after=first["pageInfo"]["endCursor"])
    assert rest["nodes"] == unread[2:]


async def test_where_nothing_was_said_there_is_nothing_latest(ada: Person) -> None:
    await ada.create_channel("GROUP")
    assert [node["message"] for node in (await ada.do(INBOX))["nodes"]] == [None]


async def test_admins_list_every_channel_without_what_is_said_there(
    ada: Person, ben: Person, admin: Person
) -> None:
    made = {
        kind: await ada.create_channel(kind, memberIds=[ben.id])
        for kind in ("PUBLIC", "PRIVATE", "GROUP", "DIRECT")
    }
    await ada.send(made["PRIVATE"], "secret")
    listed = {node["id"]: node for node in (await admin.do(ALL))["nodes"]}
    for kind, channel in made.items():
        seen = listed[channel["id"]]
        assert (seen["kind"], seen["memberCount"]) == (kind, 2)
        assert seen["createdBy"] == (None if kind == "DIRECT" else {"id": ada.id})
    assert listed[made["PRIVATE"]["id"]]["messageCount"] == 1
    assert await ada.code(ALL) == "FORBIDDEN"


async def test_a_channel_is_found_by_its_name(ada: Person, admin: Person) -> None:
    made = await ada.create_channel("PRIVATE", name="Überraschung")
    found = await admin.do(ALL, search="überrasch")
    assert made["id"] in [node["id"] for node in found["nodes"]]
    assert (await admin.do(ALL, search="nothing like it"))["nodes"] == []


async def test_an_admin_reads_a_private_channel_only_after_joining_visibly(
    ada: Person, ben: Person, admin: Person
) -> None:
    plans = await ada.create_channel("PRIVATE", memberIds=[ben.id])
    await ada.send(plans, "secret")
    head = await ben.do("{ head }")
    read = "query($id: ID!) { messages(channelId: $id) { nodes { body } } }"
    assert await admin.code(read, id=plans["id"]) == "NOT_FOUND"
    joined = await admin.do(JOIN, id=plans["id"])
    assert joined["membership"] == {"role": "MEMBER"}
    assert (await admin.do(read, id=plans["id"]))["nodes"] == [{"body": "secret"}]
    told = (await ben.do(EVENTS, after=head))["events"]
    added = {"__typename": "MemberAdded", "actor": {"id": admin.id}, "userId": admin.id}
    assert told == [added]


async def test_an_admin_joins_no_talk_between_a_few(
    ada: Person, ben: Person, admin: Person
) -> None:
    for kind in ("GROUP", "DIRECT"):
        channel = await ada.create_channel(kind, memberIds=[ben.id])
        assert await admin.code(JOIN, id=channel["id"]) == "NOT_FOUND"


async def test_how_many_are_a_few_can_be_set(tmp_path: Path, http: httpx.AsyncClient) -> None:
    async with a_server(tmp_path, group_size=3) as server:
        people = [await sign_up(server.url, http, f"person{n}") for n in range(4)]
        ada, *others = people
        await _too_many(ada, [person.id for person in others])


async def _too_many(ada: Person, others: list[str]) -> None:
    create = "mutation($input: CreateChannelInput!) { createChannel(input: $input) { id } }"
    refusal = await ada.refused(create, input={"kind": "GROUP", "memberIds": others})
    assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", "memberIds")
    group: Json = await ada.create_channel("GROUP", memberIds=others[:2])
    add = "mutation($c: ID!, $u: [ID!]!) { addMembers(channelId: $c, userIds: $u) { id } }"
    assert (await ada.refused(add, c=group["id"], u=others))["field"] == "userIds"
