"""Channels and their members, as clients see them."""

from uuid import uuid4

import pytest

from tests.cast import CHANNEL, SEND, Person
from tests.conftest import SignUp, own_name

CREATE = f"mutation($input: CreateChannelInput!) {{ createChannel(input: $input) {{ {CHANNEL} }} }}"
UPDATE = f"mutation($input: UpdateChannelInput!) {{ updateChannel(input: $input) {{ {CHANNEL} }} }}"
DIRECT = f"mutation($id: ID!) {{ openDirectChannel(userId: $id) {{ {CHANNEL} }} }}"
DELETE = "mutation($id: ID!) { deleteChannel(id: $id) }"
LEAVE = "mutation($id: ID!) { leaveChannel(id: $id) }"
SEEN = f"query($id: ID!) {{ channel(id: $id) {{ {CHANNEL} createdBy {{ id }} }} }}"
MINE = """query($first: Int, $after: String) { channels(first: $first, after: $after) {
  nodes { id } pageInfo { hasNextPage endCursor } } }"""
PUBLIC = "query($search: String) { publicChannels(search: $search) { nodes { id } } }"
ADD = f"""mutation($id: ID!, $users: [ID!]!) {{
  addMembers(channelId: $id, userIds: $users) {{ {CHANNEL} }} }}"""
REMOVE = f"""mutation($id: ID!, $user: ID!) {{
  removeMember(channelId: $id, userId: $user) {{ {CHANNEL} }} }}"""
ROLE = f"""mutation($id: ID!, $user: ID!, $role: ChannelRole!) {{
  setChannelRole(channelId: $id, userId: $user, role: $role) {{ {CHANNEL} }} }}"""
MESSAGE = "query($id: ID!) { message(id: $id) { id } }"
MEMBERS = """query($id: ID!, $first: Int, $after: String) { channel(id: $id) {
  members(first: $first, after: $after) {
    nodes { role user { id } } pageInfo { hasNextPage endCursor } } } }"""


async def roles(person: Person, channel: dict[str, str]) -> dict[str, str]:
    listed = (await person.do(MEMBERS, id=channel["id"]))["members"]["nodes"]
    return {node["user"]["id"]: node["role"] for node in listed}


async def test_who_makes_a_channel_owns_it(ada: Person) -> None:
    channel = await ada.create_channel("PUBLIC", name="  lobby ", topic="come in")
    assert (channel["kind"], channel["name"], channel["topic"]) == ("PUBLIC", "lobby", "come in")
    assert channel["membership"] == {"role": "OWNER", "unreadCount": 0, "lastRead": None}
    seen = await ada.do(SEEN, id=channel["id"])
    assert seen["createdBy"] == {"id": ada.id}


@pytest.mark.parametrize("kind", ["GROUP", "PRIVATE", "PUBLIC"])
async def test_the_people_named_are_members_from_the_beginning(
    ada: Person, ben: Person, kind: str
) -> None:
    channel = await ada.create_channel(kind, memberIds=[ben.id, ben.id, ada.id])
    assert channel["memberCount"] == 2
    assert await roles(ben, channel) == {ada.id: "OWNER", ben.id: "MEMBER"}


async def test_a_retry_with_the_same_id_finds_the_channel(ada: Person, ben: Person) -> None:
    given = {"kind": "PRIVATE", "name": "plans", "memberIds": [ben.id], "id": str(uuid4())}
    made = await ada.do(CREATE, input=given)
    assert made["id"] == given["id"]
    assert await ada.do(CREATE, input=given) == made
    assert await ada.code(CREATE, input={**given, "name": "other"}) == "CONFLICT"
    assert await ben.code(CREATE, input=given) == "CONFLICT"
    await ada.do(DELETE, id=made["id"])
    assert await ada.code(CREATE, input=given) == "NOT_FOUND"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "PUBLIC"}, "name"),
        ({"kind": "PRIVATE", "name": "  "}, "name"),
        ({"kind": "PUBLIC", "name": "x" * 81}, "name"),
        ({"kind": "PUBLIC", "name": "a\nb"}, "name"),
        ({"kind": "PUBLIC", "name": "a\0b"}, "name"),
        ({"kind": "PUBLIC", "name": "a", "topic": "x" * 251}, "topic"),
        ({"kind": "PUBLIC", "name": "a", "id": "not a uuid"}, "id"),
        ({"kind": "DIRECT"}, "memberIds"),
        ({"kind": "DIRECT", "name": "a", "memberIds": [str(uuid4())]}, "name"),
        ({"kind": "GROUP", "memberIds": [str(uuid4()) for _ in range(50)]}, "memberIds"),
        (
            {"kind": "PUBLIC", "name": "a", "memberIds": [str(uuid4()) for _ in range(501)]},
            "memberIds",
        ),
    ],
)
async def test_a_bad_channel_is_refused(ada: Person, given: dict[str, object], field: str) -> None:
    refusal = await ada.refused(CREATE, input=given)
    assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", field)


async def test_a_channel_with_somebody_unknown_is_not_made(ada: Person) -> None:
    given = {"kind": "GROUP", "memberIds": [str(uuid4())], "id": str(uuid4())}
    assert await ada.code(CREATE, input=given) == "NOT_FOUND"
    assert await ada.code(SEEN, id=given["id"]) == "NOT_FOUND"


async def test_two_people_have_one_direct_channel_however_it_is_opened(
    ada: Person, ben: Person
) -> None:
    opened = await ada.do(DIRECT, id=ben.id)
    assert (opened["kind"], opened["name"], opened["memberCount"]) == ("DIRECT", None, 2)
    for again in (
        await ben.do(DIRECT, id=ada.id),
        await ada.do(CREATE, input={"kind": "DIRECT", "memberIds": [ben.id]}),
    ):
        assert again["id"] == opened["id"]


async def test_one_can_write_notes_to_oneself(ada: Person) -> None:
    notes = await ada.do(DIRECT, id=ada.id)
    assert notes["memberCount"] == 1
    assert (await ada.do(DIRECT, id=ada.id))["id"] == notes["id"]
    await ada.send(notes, "buy milk")


async def test_a_direct_channel_cannot_be_changed_left_or_joined_by_others(
    ada: Person, ben: Person, outsider: Person
) -> None:
    direct = await ada.do(DIRECT, id=ben.id)
    assert await outsider.code(SEEN, id=direct["id"]) == "NOT_FOUND"
    assert await ada.code(UPDATE, input={"id": direct["id"], "name": "us"}) == "FORBIDDEN"
    assert await ada.code(LEAVE, id=direct["id"]) == "FORBIDDEN"
    assert await ada.code(DELETE, id=direct["id"]) == "FORBIDDEN"
    assert await ada.code(ADD, id=direct["id"], users=[outsider.id]) == "FORBIDDEN"


async def test_in_a_channel_what_is_absent_stays_and_null_clears(ada: Person) -> None:
    channel = await ada.create_channel("GROUP", name="us", topic="plans")
    same = await ada.do(UPDATE, input={"id": channel["id"]})
    assert same == channel
    cleared = await ada.do(UPDATE, input={"id": channel["id"], "name": None, "topic": None})
    assert (cleared["name"], cleared["topic"]) == (None, None)
    public = await ada.create_channel("PUBLIC")
    refusal = await ada.refused(UPDATE, input={"id": public["id"], "name": None})
    assert refusal["field"] == "name"


async def test_the_owner_changes_the_kind(ada: Person, ben: Person, outsider: Person) -> None:
    channel = await ada.create_channel("GROUP", name="us", memberIds=[ben.id])
    change = {"id": channel["id"], "kind": "PUBLIC"}
    assert await ben.code(UPDATE, input=change) == "FORBIDDEN"
    assert (await ada.do(UPDATE, input=change))["kind"] == "PUBLIC"
    assert (await outsider.do(SEEN, id=channel["id"]))["kind"] == "PUBLIC"
    await ada.do(UPDATE, input={"id": channel["id"], "kind": "PRIVATE"})
    assert await outsider.code(SEEN, id=channel["id"]) == "NOT_FOUND"
    assert (await ada.refused(UPDATE, input={**change, "kind": "DIRECT"}))["field"] == "kind"


async def test_a_deleted_channel_is_gone_for_everybody(ada: Person, ben: Person) -> None:
    channel = await ada.create_channel("PUBLIC", memberIds=[ben.id])
    message = await ada.send(channel, "hola")
    assert await ada.do(DELETE, id=channel["id"]) == channel["id"]
    for person in (ada, ben):
        assert await person.code(SEEN, id=channel["id"]) == "NOT_FOUND"
        assert (
            await person.code("query($id: ID!) { message(id: $id) { id } }", id=message["id"])
            == "NOT_FOUND"
        )
        assert channel["id"] not in [node["id"] for node in (await person.do(MINE))["nodes"]]
    assert await ada.code(DELETE, id=channel["id"]) == "NOT_FOUND"
    other = await ada.create_channel()
    reused = {"channelId": other["id"], "body": "hola", "id": message["id"]}
    assert await ada.code(SEND, input=reused) == "CONFLICT"


async def test_channels_are_listed_by_their_latest_activity(ada: Person) -> None:
    one, two, three = [await ada.create_channel(name=name) for name in ("one", "two", "three")]
    await ada.send(one, "hola")
    page = await ada.do(MINE, first=2)
    assert [node["id"] for node in page["nodes"]] == [one["id"], three["id"]]
    assert page["pageInfo"]["hasNextPage"]
    rest = await ada.do(MINE, after=page["pageInfo"]["endCursor"])
    assert [node["id"] for node in rest["nodes"]] == [two["id"]]


async def test_public_channels_are_found_by_parts_of_name_and_topic(
    ada: Person, outsider: Person
) -> None:
    token = own_name("q")
    public = await ada.create_channel("PUBLIC", name=f"Straße {token}", topic="Ünder")
    await ada.create_channel("PRIVATE", name=f"Straße {token}")
    for text in (token, token.upper(), f"strasse {token}"):
        found = (await outsider.do(PUBLIC, search=text))["nodes"]
        assert found == [{"id": public["id"]}], text
    assert (await outsider.do(PUBLIC, search=f"{token}%"))["nodes"] == []


async def test_a_public_channel_is_joined_and_left(ada: Person, ben: Person) -> None:
    channel = await ada.create_channel()
    joined = await ben.join(channel)
    assert joined["membership"]["role"] == "MEMBER"
    assert (await ben.join(channel))["memberCount"] == 2
    assert await ben.do(LEAVE, id=channel["id"]) == channel["id"]
    assert await ben.do(LEAVE, id=channel["id"]) == channel["id"]
    seen = await ben.do(SEEN, id=channel["id"])
    assert (seen["membership"], seen["memberCount"]) == (None, 1)


async def test_what_was_said_before_one_joined_is_not_unread(ada: Person, ben: Person) -> None:
    channel = await ada.create_channel()
    await ada.send(channel, "long before")
    last = await ada.send(channel, "before")
    joined = await ben.join(channel)
    assert joined["membership"]["unreadCount"] == 0
    await ada.send(channel, "after")
    seen = (await ben.do(SEEN, id=channel["id"]))["membership"]
    assert (seen["unreadCount"], seen["lastRead"]) == (1, last["cursor"])
    own = await ben.send(channel, "mine")
    seen = (await ben.do(SEEN, id=channel["id"]))["membership"]
    assert (seen["unreadCount"], seen["lastRead"]) == (0, own["cursor"])


async def test_members_are_added_and_removed(ada: Person, ben: Person, outsider: Person) -> None:
    channel = await ada.create_channel("PRIVATE", memberIds=[ben.id])
    assert await ben.code(ADD, id=channel["id"], users=[outsider.id]) == "FORBIDDEN"
    assert (await ada.do(ADD, id=channel["id"], users=[outsider.id, ben.id]))["memberCount"] == 3
    assert (await outsider.do(SEEN, id=channel["id"]))["name"] == "lobby"
    assert (await ada.do(REMOVE, id=channel["id"], user=outsider.id))["memberCount"] == 2
    assert await outsider.code(SEEN, id=channel["id"]) == "NOT_FOUND"
    assert await ada.code(REMOVE, id=channel["id"], user=outsider.id) == "NOT_FOUND"
    assert (await ada.refused(REMOVE, id=channel["id"], user=ada.id))["field"] == "userId"


async def test_one_removes_only_whom_one_stands_above(
    ada: Person, ben: Person, outsider: Person
) -> None:
    channel = await ada.create_channel("PRIVATE", memberIds=[ben.id, outsider.id])
    await ada.do(ROLE, id=channel["id"], user=ben.id, role="MODERATOR")
    assert await ben.code(REMOVE, id=channel["id"], user=ada.id) == "FORBIDDEN"
    await ada.do(ROLE, id=channel["id"], user=outsider.id, role="MODERATOR")
    assert await ben.code(REMOVE, id=channel["id"], user=outsider.id) == "FORBIDDEN"
    await ada.do(REMOVE, id=channel["id"], user=outsider.id)
    assert await roles(ada, channel) == {ada.id: "OWNER", ben.id: "MODERATOR"}


async def test_a_channel_is_handed_over_and_has_one_owner(ada: Person, ben: Person) -> None:
    channel = await ada.create_channel("PRIVATE", memberIds=[ben.id])
    down = await ada.refused(ROLE, id=channel["id"], user=ada.id, role="MEMBER")
    assert down["field"] == "role"
    await ada.do(ROLE, id=channel["id"], user=ben.id, role="OWNER")
    assert await roles(ada, channel) == {ada.id: "MODERATOR", ben.id: "OWNER"}
    assert await ada.code(DELETE, id=channel["id"]) == "FORBIDDEN"


async def test_the_owner_who_leaves_is_succeeded(signs_up: SignUp) -> None:
    ada, ben, chloe = [await signs_up(name) for name in ("ada", "ben", "chloe")]
    channel = await ada.create_channel("PRIVATE", memberIds=[ben.id])
    await ada.do(ADD, id=channel["id"], users=[chloe.id])
    await ada.do(ROLE, id=channel["id"], user=chloe.id, role="MODERATOR")
    await ada.do(LEAVE, id=channel["id"])
    assert await roles(ben, channel) == {ben.id: "MEMBER", chloe.id: "OWNER"}
    await chloe.do(LEAVE, id=channel["id"])
    assert await roles(ben, channel) == {ben.id: "OWNER"}
    await ben.do(LEAVE, id=channel["id"])
    assert await ben.code(SEEN, id=channel["id"]) == "NOT_FOUND"


async def test_a_public_channel_that_everybody_left_belongs_to_the_next_who_comes(
    ada: Person, ben: Person
) -> None:
    channel = await ada.create_channel("PUBLIC")
    await ada.do(LEAVE, id=channel["id"])
    assert (await ben.join(channel))["membership"]["role"] == "OWNER"


async def test_a_group_has_fifty_people_at_most(ada: Person, signs_up: SignUp) -> None:
    channel = await ada.create_channel("GROUP")
    people = [(await signs_up("p")).id for _ in range(50)]
    assert (await ada.do(ADD, id=channel["id"], users=people[:49]))["memberCount"] == 50
    refusal = await ada.refused(ADD, id=channel["id"], users=people[49:])
    assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", "userIds")
    assert (await ada.do(SEEN, id=channel["id"]))["memberCount"] == 50


async def test_members_are_paged(ada: Person, ben: Person, outsider: Person) -> None:
    channel = await ada.create_channel()
    await ben.join(channel)
    await outsider.join(channel)
    one = (await ada.do(MEMBERS, id=channel["id"], first=2))["members"]
    assert [node["user"]["id"] for node in one["nodes"]] == [ada.id, ben.id]
    assert one["pageInfo"]["hasNextPage"]
    two = (await ada.do(MEMBERS, id=channel["id"], after=one["pageInfo"]["endCursor"]))["members"]
    assert [node["user"]["id"] for node in two["nodes"]] == [outsider.id]
    assert not two["pageInfo"]["hasNextPage"]


async def test_an_admin_is_what_they_are_in_a_channel_that_is_not_public(
    ada: Person, admin: Person
) -> None:
    group = await ada.create_channel("GROUP", memberIds=[admin.id])
    assert await admin.code(UPDATE, input={"id": group["id"], "kind": "PUBLIC"}) == "FORBIDDEN"
    private = await ada.create_channel("PRIVATE", memberIds=[admin.id])
    await ada.do(ROLE, id=private["id"], user=admin.id, role="MODERATOR")
    assert await admin.code(REMOVE, id=private["id"], user=ada.id) == "FORBIDDEN"


async def test_an_admin_changes_the_kind_of_a_public_channel_only_from_inside(
    ada: Person, admin: Person
) -> None:
    channel = await ada.create_channel("PUBLIC")
    change = {"id": channel["id"], "kind": "PRIVATE"}
    assert await admin.code(UPDATE, input=change) == "FORBIDDEN"
    await admin.join(channel)
    assert (await admin.do(UPDATE, input=change))["kind"] == "PRIVATE"


async def test_an_admin_removes_anybody_from_a_public_channel(ada: Person, admin: Person) -> None:
    channel = await ada.create_channel("PUBLIC", memberIds=[admin.id])
    assert await ada.code(REMOVE, id=channel["id"], user=admin.id) == "FORBIDDEN"
    assert (await admin.do(REMOVE, id=channel["id"], user=ada.id))["memberCount"] == 1


async def test_a_retry_may_spell_the_ids_of_members_in_upper_case(ada: Person, ben: Person) -> None:
    given = {"kind": "GROUP", "memberIds": [ben.id], "id": str(uuid4())}
    made = await ada.do(CREATE, input=given)
    assert await ada.do(CREATE, input={**given, "memberIds": [ben.id.upper()]}) == made
