"""Replies and threads, as clients see them."""

from uuid import uuid4

import pytest

from tests.cast import SEND, Json, Person

SEEN = "id body threadId replyCount replyTo { id body } thread { id }"
REPLY = f"mutation($input: SendMessageInput!) {{ sendMessage(input: $input) {{ {SEEN} }} }}"
ONE = f"query($id: ID!) {{ message(id: $id) {{ {SEEN} }} }}"
THREAD = f"""query($id: ID!, $first: Int, $after: Cursor, $last: Int, $before: Cursor) {{
  thread(messageId: $id, first: $first, after: $after, last: $last, before: $before) {{
    nodes {{ {SEEN} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"""


async def reply(person: Person, to: Json, body: str, channel: Json, **given: Json) -> Json:
    what = {"channelId": channel["id"], "body": body, "replyToId": to["id"], **given}
    return await person.do(REPLY, input=what)


async def bodies(person: Person, message: Json, **window: Json) -> list[str]:
    page = await person.do(THREAD, id=message["id"], **window)
    return [node["body"] for node in page["nodes"]]


@pytest.fixture
async def lobby(ada: Person, ben: Person) -> Json:
    return await ada.create_channel("PRIVATE", memberIds=[ben.id])


async def test_a_reply_says_to_what(ada: Person, ben: Person, lobby: Json) -> None:
    root = await ada.send(lobby, "who comes?")
    answer = await reply(ben, root, "I do", lobby)
    assert answer["replyTo"] == {"id": root["id"], "body": "who comes?"}
    assert (answer["threadId"], answer["thread"]) == (root["id"], {"id": root["id"]})
    further = await reply(ada, answer, "fine", lobby)
    assert (further["replyTo"]["id"], further["threadId"]) == (answer["id"], root["id"])
    seen = await ada.do(ONE, id=root["id"])
    assert (seen["replyTo"], seen["threadId"], seen["replyCount"]) == (None, None, 2)


async def test_a_thread_has_what_began_it_and_all_replies(
    ada: Person, ben: Person, lobby: Json
) -> None:
    root = await ada.send(lobby, "root")
    first = await reply(ben, root, "first", lobby)
    await ada.send(lobby, "beside it")
    last = await reply(ada, first, "second", lobby)
    for message in (root, first, last):
        assert await bodies(ben, message) == ["root", "first", "second"]
    beside = await ada.send(lobby, "alone")
    assert await bodies(ben, beside) == ["alone"]
    history = [node["body"] for node in (await ben.history(lobby))["nodes"]]
    assert history == ["root", "first", "beside it", "second", "alone"]


async def test_a_thread_is_paged_either_way(ada: Person, lobby: Json) -> None:
    root = await ada.send(lobby, "0")
    for number in range(1, 6):
        await reply(ada, root, f"{number}", lobby)
    assert await bodies(ada, root, first=2) == ["0", "1"]
    assert await bodies(ada, root, last=2) == ["4", "5"]
    page = await ada.do(THREAD, id=root["id"], first=4)
    assert page["pageInfo"]["hasNextPage"]
    assert not page["pageInfo"]["hasPreviousPage"]
    assert await bodies(ada, root, after=page["pageInfo"]["endCursor"]) == ["4", "5"]
    assert await bodies(ada, root, before=page["pageInfo"]["endCursor"], last=2) == ["1", "2"]
    answer = await ada.ask(THREAD, id=root["id"], first=1, last=1)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_what_is_replied_to_is_in_the_same_channel(
    ada: Person, ben: Person, outsider: Person, lobby: Json
) -> None:
    elsewhere = await ada.create_channel("PRIVATE")
    hidden = await ada.send(elsewhere, "hidden")
    for unknown in (hidden["id"], str(uuid4())):
        given = {"channelId": lobby["id"], "body": "x", "replyToId": unknown}
        assert await ben.code(SEND, input=given) == "NOT_FOUND"
    given = {"channelId": lobby["id"], "body": "x", "replyToId": "x"}
    assert (await ben.refused(SEND, input=given))["field"] == "replyToId"
    assert await outsider.code(THREAD, id=hidden["id"]) == "NOT_FOUND"


async def test_a_thread_is_of_one_channel_alone(ada: Person, ben: Person, outsider: Person) -> None:
    gone = await ada.create_channel("PUBLIC")
    for person in (ben, outsider):
        await person.join(gone)
    root = await ada.send(gone, "root")
    hidden = await ada.create_channel("PRIVATE", memberIds=[ben.id])
    await ada.do("mutation($id: ID!) { deleteChannel(id: $id) }", id=gone["id"])
    own = await outsider.create_channel("PRIVATE")
    for person, channel in ((ben, hidden), (outsider, own)):
        given = {"channelId": channel["id"], "body": "x", "replyToId": root["id"]}
        assert await person.code(SEND, input=given) == "NOT_FOUND"


async def test_a_retried_reply_is_counted_once(ada: Person, lobby: Json) -> None:
    root = await ada.send(lobby, "root")
    given = str(uuid4())
    first = await reply(ada, root, "once", lobby, id=given)
    assert await reply(ada, root, "once", lobby, id=given) == first
    assert (await ada.do(ONE, id=root["id"]))["replyCount"] == 1
    plain = {"channelId": lobby["id"], "body": "once", "id": given}
    assert await ada.code(SEND, input=plain) == "CONFLICT"


async def test_a_reply_outlives_what_it_replied_to(ada: Person, lobby: Json) -> None:
    root = await ada.send(lobby, "root")
    answer = await reply(ada, root, "answer", lobby)
    await ada.do("mutation($id: ID!) { deleteMessage(id: $id) { id } }", id=root["id"])
    seen = await ada.do(ONE, id=answer["id"])
    assert seen["replyTo"] == {"id": root["id"], "body": ""}
    assert await bodies(ada, answer) == ["", "answer"]
