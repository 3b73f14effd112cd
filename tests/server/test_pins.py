"""Pins, as clients see them."""

import pytest

from tests.cast import Json, Person

PIN = "mutation($m: ID!) { pinMessage(messageId: $m) { id pinnedAt } }"
UNPIN = "mutation($m: ID!) { unpinMessage(messageId: $m) { id pinnedAt } }"
PINS = """query($c: ID!, $first: Int, $after: String) {
  pins(channelId: $c, first: $first, after: $after) {
    nodes { message { id body } pinnedBy { id } } pageInfo { hasNextPage endCursor } } }"""


@pytest.fixture
async def lobby(ada: Person, ben: Person) -> Json:
    return await ada.create_channel("PRIVATE", memberIds=[ben.id])


async def test_a_pin_holds_a_message_up(ada: Person, ben: Person, lobby: Json) -> None:
    first, second = await ada.send(lobby, "1"), await ada.send(lobby, "2")
    assert (await ben.do(PIN, m=first["id"]))["pinnedAt"] is not None
    await ada.do(PIN, m=second["id"])
    assert (await ada.do(PINS, c=lobby["id"]))["nodes"] == [
        {"message": {"id": second["id"], "body": "2"}, "pinnedBy": {"id": ada.id}},
        {"message": {"id": first["id"], "body": "1"}, "pinnedBy": {"id": ben.id}},
    ]
    pinned = await ada.do(PIN, m=first["id"])
    assert await ben.do(PIN, m=first["id"]) == pinned
    assert (await ben.do(UNPIN, m=second["id"]))["pinnedAt"] is None
    assert (await ben.do(UNPIN, m=second["id"]))["pinnedAt"] is None
    assert [pin["message"]["body"] for pin in (await ada.do(PINS, c=lobby["id"]))["nodes"]] == ["1"]


async def test_pins_are_paged(ada: Person, lobby: Json) -> None:
    for number in range(5):
        await ada.do(PIN, m=(await ada.send(lobby, f"{number}"))["id"])
    found, after, more = list[str](), None, True
    while more:
        page = await ada.do(PINS, c=lobby["id"], first=2, after=after)
        found += [pin["message"]["body"] for pin in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == ["4", "3", "2", "1", "0"]


async def test_who_may_not_pin_is_told_so(ada: Person, ben: Person, outsider: Person) -> None:
    lobby = await ada.create_channel("PUBLIC")
    await ben.join(lobby)
    sent = await ada.send(lobby, "open")
    for person in (ben, outsider):
        assert await person.code(PIN, m=sent["id"]) == "FORBIDDEN"
    await ada.do(PIN, m=sent["id"])
    assert len((await outsider.do(PINS, c=lobby["id"]))["nodes"]) == 1
    hidden = await ada.create_channel("PRIVATE")
    assert await outsider.code(PINS, c=hidden["id"]) == "NOT_FOUND"
    assert await outsider.code(PIN, m=(await ada.send(hidden, "x"))["id"]) == "NOT_FOUND"


async def test_what_is_deleted_is_pinned_no_more(ada: Person, lobby: Json) -> None:
    sent = await ada.send(lobby, "x")
    await ada.do(PIN, m=sent["id"])
    await ada.do("mutation($id: ID!) { deleteMessage(id: $id) { id } }", id=sent["id"])
    assert (await ada.do(PINS, c=lobby["id"]))["nodes"] == []
    assert await ada.code(PIN, m=sent["id"]) == "BAD_USER_INPUT"


async def test_there_are_a_hundred_at_the_most(ada: Person, lobby: Json) -> None:
    for number in range(100):
        await ada.do(PIN, m=(await ada.send(lobby, f"{number}"))["id"])
    one_more = await ada.send(lobby, "x")
    refusal = await ada.refused(PIN, m=one_more["id"])
    assert refusal == {"code": "QUOTA_EXCEEDED", "limit": 100, "used": 100}
    assert len((await ada.do(PINS, c=lobby["id"], first=100))["nodes"]) == 100
