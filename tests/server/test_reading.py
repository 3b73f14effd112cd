"""Reading: the numbers of messages, how far somebody has read, and who is told of it."""

import asyncio

import pytest

from server.serving import Running
from tests.cast import Json, Person, Socket
from tests.stage import until

READING = "membership { lastRead lastReadNumber unreadCount } lastMessage { number }"
MARK = f"""mutation($channelId: ID!, $cursor: Cursor!) {{
  markRead(channelId: $channelId, cursor: $cursor) {{ {READING} }} }}"""
CHANNEL = f"query($id: ID!) {{ channel(id: $id) {{ {READING} }} }}"
NUMBERS = "query($id: ID!) { messages(channelId: $id) { nodes { number } } }"
HEAD = "{ head }"
EVENTS = """query($after: Cursor!) { events(after: $after, first: 100) { events {
  __typename channelId actor { id } ... on ReadMarked { lastRead lastReadNumber } } } }"""
FOLLOW = """subscription($after: Cursor) { events(after: $after) {
  __typename ... on MessageAdded { message { body number } }
  ... on ReadMarked { channelId lastRead lastReadNumber } } }"""


async def mark(person: Person, channel: Json, cursor: str) -> Json:
    return await person.do(MARK, channelId=channel["id"], cursor=cursor)


async def reading(person: Person, channel: Json) -> Json:
    return (await person.do(CHANNEL, id=channel["id"]))["membership"]


async def marks_seen(person: Person, after: str) -> list[Json]:
    page = await person.do(EVENTS, after=after)
    return [event for event in page["events"] if event["__typename"] == "ReadMarked"]


@pytest.fixture
async def lobby(ada: Person, ben: Person) -> Json:
    return await ada.create_channel("PRIVATE", memberIds=[ben.id])


async def follow(socket: Socket, after: str) -> None:
    await socket.subscribe(FOLLOW, after=after)


async def test_messages_are_numbered_in_each_channel(ada: Person, lobby: Json) -> None:
    other = await ada.create_channel()
    sent = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { number } }"
    for number in (1, 2, 3):
        for channel in (lobby, other):
            given = {"channelId": channel["id"], "body": "hola"}
            assert (await ada.do(sent, input=given))["number"] == number
    nodes = (await ada.do(NUMBERS, id=lobby["id"]))["nodes"]
    assert [node["number"] for node in nodes] == [1, 2, 3]


async def test_a_retry_has_the_number_of_the_first_try(ada: Person, lobby: Json) -> None:
    sent = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { id number } }"
    first = await ada.do(sent, input={"channelId": lobby["id"], "body": "once"})
    again = {"channelId": lobby["id"], "body": "once", "id": first["id"]}
    assert await ada.do(sent, input=again) == first


async def test_what_is_read_is_marked_up_to_a_message(
    ada: Person, ben: Person, lobby: Json
) -> None:
    sent = [await ada.send(lobby, f"{number}") for number in range(5)]
    assert await reading(ben, lobby) == {"lastRead": None, "lastReadNumber": 0, "unreadCount": 5}
    marked = await mark(ben, lobby, sent[2]["cursor"])
    assert marked["lastMessage"] == {"number": 5}
    assert marked["membership"] == {
        "lastRead": sent[2]["cursor"],
        "lastReadNumber": 3,
        "unreadCount": 2,
    }
    assert await reading(ben, lobby) == marked["membership"]


async def test_it_only_moves_forward(ada: Person, ben: Person, lobby: Json) -> None:
    sent = [await ada.send(lobby, f"{number}") for number in range(3)]
    there = await mark(ben, lobby, sent[2]["cursor"])
    before = await ben.do(HEAD)
    assert await mark(ben, lobby, sent[0]["cursor"]) == there
    assert await mark(ben, lobby, sent[2]["cursor"]) == there
    assert await marks_seen(ben, before) == []


async def test_any_cursor_will_do(ada: Person, ben: Person, lobby: Json) -> None:
    before = await ben.do(HEAD)
    last = await ada.send(lobby, "hola")
    await ada.create_channel(name="somewhere else")
    assert (await mark(ben, lobby, before))["membership"]["lastReadNumber"] == 0
    marked = (await mark(ben, lobby, await ben.do(HEAD)))["membership"]
    assert (marked["lastRead"], marked["unreadCount"]) == (last["cursor"], 0)


async def test_one_hears_of_it_on_ones_own_devices_and_nobody_else_does(
    ada: Person, ben: Person, admin: Person, lobby: Json
) -> None:
    head = await ada.do(HEAD)
    sent = await ada.send(lobby, "hola")
    await mark(ben, lobby, sent["cursor"])
    assert await marks_seen(ben, head) == [
        {
            "__typename": "ReadMarked",
            "channelId": lobby["id"],
            "actor": {"id": ben.id},
            "lastRead": sent["cursor"],
            "lastReadNumber": 1,
        }
    ]
    assert await marks_seen(ada, head) == []
    assert await marks_seen(admin, head) == []


async def test_it_is_told_live_to_ones_own_devices_alone(
    ada: Person, ben: Person, server: Running, lobby: Json
) -> None:
    head = await ada.do(HEAD)
    async with ada.socket() as adas, ben.socket() as phone, ben.socket() as laptop:
        for socket in (adas, phone, laptop):
            await follow(socket, head)
        sent = await ada.send(lobby, "hola")
        for socket in (adas, phone, laptop):
            assert (await socket.next())["message"] == {"body": "hola", "number": 1}
        await mark(ben, lobby, sent["cursor"])
        for socket in (phone, laptop):
            assert await socket.next() == {
                "__typename": "ReadMarked",
                "channelId": lobby["id"],
                "lastRead": sent["cursor"],
                "lastReadNumber": 1,
            }
        await ada.send(lobby, "again")
        for socket in (adas, phone, laptop):
            assert (await socket.next())["message"]["body"] == "again"


async def test_it_is_told_to_nobody_else_where_all_are_told_the_same(
    ada: Person, ben: Person, lobby: Json
) -> None:
    head = await ada.do(HEAD)
    sent = await ada.send(lobby, "hola")
    async with ada.socket() as adas, ben.socket() as bens:
        for socket in (adas, bens):
            await socket.subscribe(
                "subscription($after: Cursor) { events(after: $after) { __typename } }", after=head
            )
            assert await socket.next() == {"__typename": "MessageAdded"}
        await mark(ben, lobby, sent["cursor"])
        await ada.send(lobby, "again")
        told = [(await socket.next())["__typename"] for socket in (bens, bens, adas)]
    assert told == ["ReadMarked", "MessageAdded", "MessageAdded"]


async def test_nobody_else_is_even_woken(ada: Person, ben: Person, server: Running) -> None:
    lobby = await ada.create_channel("PRIVATE", memberIds=[ben.id])
    sent = await ada.send(lobby, "hola")
    feed = server.house.feed
    await until(lambda: feed.seen == feed.head)
    with feed.bells.bell(lobby["id"], ada.id) as adas, feed.bells.bell(ben.id) as bens:
        await mark(ben, lobby, sent["cursor"])
        await bens.rung()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await adas.rung()


async def test_after_leaving_the_event_is_not_shown(ada: Person, ben: Person) -> None:
    lobby = await ada.create_channel()
    await ben.join(lobby)
    head = await ben.do(HEAD)
    await mark(ben, lobby, (await ada.send(lobby, "hola"))["cursor"])
    await ben.do("mutation($id: ID!) { leaveChannel(id: $id) }", id=lobby["id"])
    assert await marks_seen(ben, head) == []


async def test_only_members_read(ada: Person, outsider: Person, lobby: Json) -> None:
    cursor = (await ada.send(lobby, "hola"))["cursor"]
    open_to_all = await ada.create_channel()
    hidden = {"channelId": lobby["id"], "cursor": cursor}
    assert await outsider.code(MARK, **hidden) == "NOT_FOUND"
    assert await outsider.code(MARK, channelId=open_to_all["id"], cursor=cursor) == "FORBIDDEN"


async def test_a_bad_cursor_is_refused(ada: Person, lobby: Json) -> None:
    assert await ada.refused(MARK, channelId=lobby["id"], cursor="soon") == {
        "code": "BAD_USER_INPUT",
        "field": "cursor",
        "reason": "is not a cursor",
    }
    elsewhere = f"{'0' * 16}.1"
    assert await ada.code(MARK, channelId=lobby["id"], cursor=elsewhere) == "CURSOR_EXPIRED"
