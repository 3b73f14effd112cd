"""Edits and deletions, as clients see them."""

from datetime import UTC, datetime, timedelta

import pytest

from resolvers import edits, paging
from tests.cast import MESSAGE, SEND, Json, Person

SEEN = f"{MESSAGE} editedAt deletedAt"
EDIT = f"mutation($input: EditMessageInput!) {{ editMessage(input: $input) {{ {SEEN} }} }}"
DELETE = f"mutation($id: ID!) {{ deleteMessage(id: $id) {{ {SEEN} }} }}"
ONE = f"query($id: ID!) {{ message(id: $id) {{ {SEEN} }} }}"
EDITS = """query($id: ID!, $first: Int, $after: String) {
  messageEdits(messageId: $id, first: $first, after: $after) {
    nodes { body at } pageInfo { hasNextPage endCursor } } }"""


async def edit(person: Person, message: Json, body: str, **given: Json) -> Json:
    return await person.do(EDIT, input={"id": message["id"], "body": body, **given})


async def versions(person: Person, message: Json) -> list[str]:
    return [e["body"] for e in (await person.do(EDITS, id=message["id"]))["nodes"]]


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat()


@pytest.fixture
async def lobby(ada: Person, ben: Person) -> Json:
    return await ada.create_channel("PRIVATE", memberIds=[ben.id])


async def test_an_author_says_it_differently(ada: Person, ben: Person, lobby: Json) -> None:
    sent = await ben.send(lobby, "holla")
    edited = await edit(ben, sent, "¡hola!")
    assert edited["editedAt"] > sent["createdAt"]
    unchanged = {key: sent[key] for key in ("id", "cursor", "createdAt", "author")}
    assert edited == {
        **unchanged,
        "body": "¡hola!",
        "editedAt": edited["editedAt"],
        "deletedAt": None,
    }
    assert await ada.do(ONE, id=sent["id"]) == edited


async def test_nobody_edits_what_another_said(
    ada: Person, ben: Person, outsider: Person, admin: Person, lobby: Json
) -> None:
    sent = await ben.send(lobby, "mine")
    given = {"id": sent["id"], "body": "yours"}
    assert await ada.code(EDIT, input=given) == "FORBIDDEN"
    for person in (outsider, admin):
        assert await person.code(EDIT, input=given) == "NOT_FOUND"
    assert (await ben.do(ONE, id=sent["id"]))["body"] == "mine"


async def test_who_has_left_edits_no_more(ada: Person, ben: Person) -> None:
    lobby = await ada.create_channel()
    await ben.join(lobby)
    sent = await ben.send(lobby, "so far")
    await ben.do("mutation($id: ID!) { leaveChannel(id: $id) }", id=lobby["id"])
    assert await ben.code(EDIT, input={"id": sent["id"], "body": "x"}) == "FORBIDDEN"
    assert await ben.code(DELETE, id=sent["id"]) == "FORBIDDEN"


@pytest.mark.parametrize("body", ["", "x" * 8001, "a\0b"])
async def test_a_bad_body_is_refused(ada: Person, lobby: Json, body: str) -> None:
    sent = await ada.send(lobby, "hola")
    refusal = await ada.refused(EDIT, input={"id": sent["id"], "body": body})
    assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", "body")


async def test_the_later_edit_wins_whichever_comes_first(ada: Person, lobby: Json) -> None:
    sent = await ada.send(lobby, "draft")
    await edit(ada, sent, "later", at=ago(minutes=1))
    kept = await edit(ada, sent, "earlier", at=ago(minutes=2))
    assert kept["body"] == "later"
    assert await versions(ada, sent) == ["draft", "earlier", "later"]
    assert (await edit(ada, sent, "now"))["body"] == "now"
    assert (await edit(ada, sent, "a minute ago", at=ago(minutes=1)))["body"] == "now"


async def test_an_edit_may_be_older_than_the_arrival_of_its_message(
    ada: Person, lobby: Json
) -> None:
    sent = await ada.send(lobby, "typed on the train")
    edited = await edit(ada, sent, "mended on the train", at=ago(hours=1))
    assert edited["body"] == "mended on the train"
    assert edited["editedAt"] < sent["createdAt"]


async def test_edits_without_a_time_count_in_the_order_of_their_coming(
    ada: Person, lobby: Json
) -> None:
    sent = await ada.send(lobby, "0")
    for number in range(1, 6):
        assert (await edit(ada, sent, f"{number}"))["body"] == f"{number}"
    assert await versions(ada, sent) == ["0", "1", "2", "3", "4", "5"]


async def test_a_retried_edit_changes_nothing(ada: Person, lobby: Json) -> None:
    sent = await ada.send(lobby, "0")
    at = ago(minutes=1)
    first = await edit(ada, sent, "1", at=at)
    head = await ada.do("{ head }")
    assert await edit(ada, sent, "1", at=at) == first
    assert await edit(ada, sent, "1") == first
    assert await ada.do("{ head }") == head
    assert await versions(ada, sent) == ["0", "1"]


async def test_nobody_edits_in_the_future(ada: Person, lobby: Json) -> None:
    sent = await ada.send(lobby, "0")
    refusal = await ada.refused(EDIT, input={"id": sent["id"], "body": "1", "at": ago(minutes=-5)})
    assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", "at")


async def test_a_retried_message_that_was_edited_meanwhile_is_found(
    ada: Person, lobby: Json
) -> None:
    sent = await ada.send(lobby, "first")
    await edit(ada, sent, "second")
    assert (await ada.send(lobby, "first", id=sent["id"]))["body"] == "second"
    again = {"channelId": lobby["id"], "body": "second", "id": sent["id"]}
    assert await ada.code(SEND, input=again) == "CONFLICT"


async def test_what_was_said_before_is_for_its_author_and_moderators(
    ada: Person, ben: Person, outsider: Person, lobby: Json
) -> None:
    sent = await ben.send(lobby, "rude")
    await edit(ben, sent, "polite")
    for person in (ada, ben):
        assert await versions(person, sent) == ["rude", "polite"]
    adas = await ada.send(lobby, "secret")
    await edit(ada, adas, "open")
    assert await ben.code(EDITS, id=adas["id"]) == "FORBIDDEN"
    assert await outsider.code(EDITS, id=sent["id"]) == "NOT_FOUND"


async def test_what_was_never_edited_has_one_version(ada: Person, lobby: Json) -> None:
    sent = await ada.send(lobby, "as it is")
    page = await ada.do(EDITS, id=sent["id"])
    assert page["nodes"] == [{"body": "as it is", "at": sent["createdAt"]}]


async def test_versions_are_paged(ada: Person, lobby: Json) -> None:
    sent = await ada.send(lobby, "0")
    for number in range(1, 5):
        await edit(ada, sent, f"{number}")
    found, after, more = list[str](), None, True
    while more:
        page = await ada.do(EDITS, id=sent["id"], first=2, after=after)
        found += [node["body"] for node in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("key", [[2**31, "", ""], [-(2**62), "x", "y"], [0, "", "\0"]])
async def test_an_odd_cursor_is_no_bug(ada: Person, lobby: Json, key: list[Json]) -> None:
    sent = await ada.send(lobby, "0")
    answer = await ada.ask(EDITS, id=sent["id"], after=paging.encode(tuple(key)))
    codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
    assert codes in ([], ["BAD_USER_INPUT"])


async def test_a_message_is_edited_so_often_at_the_most(ada: Person, lobby: Json) -> None:
    sent = await ada.send(lobby, "0")
    for number in range(edits.MOST_EDITS):
        await edit(ada, sent, f"{number + 1}")
    refusal = await ada.refused(EDIT, input={"id": sent["id"], "body": "once more"})
    assert (refusal["code"], refusal["limit"]) == ("QUOTA_EXCEEDED", edits.MOST_EDITS)


async def test_a_deleted_message_leaves_its_place(ada: Person, ben: Person, lobby: Json) -> None:
    sent = await ben.send(lobby, "oh")
    await edit(ben, sent, "oh no")
    gone = await ben.do(DELETE, id=sent["id"])
    assert (gone["body"], gone["editedAt"], gone["cursor"]) == ("", None, sent["cursor"])
    assert gone["deletedAt"] is not None
    assert [m["id"] for m in (await ada.history(lobby))["nodes"]] == [sent["id"]]
    assert await versions(ada, sent) == []
    assert await ben.do(DELETE, id=sent["id"]) == gone


async def test_a_deletion_beats_any_edit(ada: Person, lobby: Json) -> None:
    sent = await ada.send(lobby, "0")
    gone = await ada.do(DELETE, id=sent["id"])
    assert await edit(ada, sent, "back", at=ago(minutes=1)) == gone
    assert await edit(ada, sent, "back") == gone
    assert await versions(ada, sent) == []


async def test_a_retried_message_that_was_deleted_stays_so(ada: Person, lobby: Json) -> None:
    sent = await ada.send(lobby, "once")
    await ada.do(DELETE, id=sent["id"])
    again = await ada.send(lobby, "once", id=sent["id"])
    assert (again["id"], again["body"]) == (sent["id"], "")


async def test_moderators_delete_what_others_said_and_members_do_not(
    ada: Person, ben: Person, outsider: Person, lobby: Json
) -> None:
    adas, bens = await ada.send(lobby, "a"), await ben.send(lobby, "b")
    assert await ben.code(DELETE, id=adas["id"]) == "FORBIDDEN"
    assert await outsider.code(DELETE, id=adas["id"]) == "NOT_FOUND"
    assert (await ada.do(DELETE, id=bens["id"]))["body"] == ""
    direct = await ada.create_channel("DIRECT", memberIds=[ben.id])
    said = await ben.send(direct, "between us")
    assert await ada.code(DELETE, id=said["id"]) == "FORBIDDEN"


@pytest.mark.parametrize("document", [EDIT, DELETE, EDITS])
async def test_an_unknown_message_is_not_found(ada: Person, document: str) -> None:
    for unknown in ("", "x", "7d2c8c3e-3bb4-4b6f-9b55-0c8a1f6f3d10"):
        given = {"input": {"id": unknown, "body": "x"}} if document == EDIT else {"id": unknown}
        assert await ada.code(document, **given) == "NOT_FOUND"


async def test_deleted_messages_count_as_unread(ada: Person, ben: Person, lobby: Json) -> None:
    for message in [await ada.send(lobby, f"{n}") for n in range(3)]:
        await ada.do(DELETE, id=message["id"])
    seen = await ben.do(
        "query($id: ID!) { channel(id: $id) { membership { unreadCount } } }", id=lobby["id"]
    )
    assert seen["membership"]["unreadCount"] == 3
