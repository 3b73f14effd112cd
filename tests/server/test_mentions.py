"""Mentions and how they are counted, as clients see them."""

import pytest

from tests.cast import Json, Person
from tests.conftest import SignUp

COUNT = "query($id: ID!) { channel(id: $id) { membership { mentionCount unreadCount } } }"
NAMED = """query($id: ID!) { messages(channelId: $id) {
  nodes { body mentions { everybody user { id } } } } }"""
EDIT = """mutation($id: ID!, $b: String!) {
  editMessage(input: { id: $id, body: $b }) { id } }"""
DELETE = "mutation($id: ID!) { deleteMessage(id: $id) { id } }"
MARK = "mutation($c: ID!, $m: Cursor!) { markRead(channelId: $c, cursor: $m) { id } }"


async def mentions(person: Person, channel: Json) -> int:
    return (await person.do(COUNT, id=channel["id"]))["membership"]["mentionCount"]


async def named(person: Person, channel: Json) -> list[list[str | None]]:
    nodes = (await person.do(NAMED, id=channel["id"]))["nodes"]
    return [
        [None if one["everybody"] else one["user"]["id"] for one in node["mentions"]]
        for node in nodes
    ]


@pytest.fixture
async def lobby(ada: Person, ben: Person) -> Json:
    return await ada.create_channel("PRIVATE", memberIds=[ben.id])


async def test_a_name_calls_a_member(
    ada: Person, ben: Person, outsider: Person, lobby: Json
) -> None:
    await ada.send(lobby, f"hola, @{ben.username}. And @{outsider.username}, @nobody!")
    assert await named(ada, lobby) == [[ben.id]]
    assert (await mentions(ben, lobby), await mentions(ada, lobby)) == (1, 0)


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("@NAME", True),
        ("(@name)", True),
        ("@name's", True),
        ("@name...", True),
        ("line\n@name", True),
        ("mail@name", False),
        ("@namesake", False),
        ("`@name`", False),
        ("```\n@name\n```", False),
        ("https://example.org/@name", False),
    ],
)
async def test_a_name_is_a_word_of_its_own(
    ada: Person, ben: Person, lobby: Json, text: str, calls: bool
) -> None:
    name = ben.username.upper() if "NAME" in text else ben.username
    await ada.send(lobby, text.replace("NAME", name).replace("name", name))
    assert await mentions(ben, lobby) == int(calls)


async def test_only_who_keeps_order_calls_everybody(ada: Person, ben: Person, lobby: Json) -> None:
    await ben.send(lobby, "@channel")
    assert await named(ada, lobby) == [[]]
    await ada.send(lobby, f"@channel and @{ben.username}")
    assert None in (await named(ada, lobby))[1]
    assert await mentions(ben, lobby) == 1
    group = await ada.create_channel("GROUP", memberIds=[ben.id])
    await ben.send(group, "@channel")
    assert await mentions(ada, group) == 1


async def test_moderators_of_the_server_call_everybody_where_all_may_come(
    ada: Person, admin: Person
) -> None:
    lobby = await ada.create_channel("PUBLIC")
    await admin.join(lobby)
    await admin.send(lobby, "@channel")
    assert await mentions(ada, lobby) == 1


async def test_what_is_read_calls_no_more(ada: Person, ben: Person, lobby: Json) -> None:
    sent = [await ada.send(lobby, f"@{ben.username} {n}") for n in range(3)]
    assert await mentions(ben, lobby) == 3
    await ben.do(MARK, c=lobby["id"], m=sent[1]["cursor"])
    assert await mentions(ben, lobby) == 1
    await ben.send(lobby, "here I am")
    assert await mentions(ben, lobby) == 0


async def test_an_edit_or_a_deletion_changes_who_is_called(
    ada: Person, ben: Person, lobby: Json
) -> None:
    sent = await ada.send(lobby, "who?")
    await ada.do(EDIT, id=sent["id"], b=f"@{ben.username}")
    assert await mentions(ben, lobby) == 1
    await ada.do(EDIT, id=sent["id"], b="nobody")
    assert await mentions(ben, lobby) == 0
    await ada.do(EDIT, id=sent["id"], b="@channel")
    assert await mentions(ben, lobby) == 1
    await ada.do(DELETE, id=sent["id"])
    assert await mentions(ben, lobby) == 0


async def test_a_list_of_channels_has_the_counts(ada: Person, ben: Person, lobby: Json) -> None:
    other = await ada.create_channel("GROUP", memberIds=[ben.id])
    await ada.send(lobby, f"@{ben.username}")
    await ada.send(other, "quiet")
    nodes = (await ben.do("{ channels { nodes { id membership { mentionCount } } } }"))["nodes"]
    counts = {node["id"]: node["membership"]["mentionCount"] for node in nodes}
    assert counts == {lobby["id"]: 1, other["id"]: 0}


async def test_who_joins_later_is_not_called_by_what_was_said_before(
    ada: Person, signs_up: SignUp
) -> None:
    lobby = await ada.create_channel("PUBLIC")
    await ada.send(lobby, "@channel")
    cem = await signs_up("cem")
    await cem.join(lobby)
    assert await mentions(cem, lobby) == 0
