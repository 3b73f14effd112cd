"""Purging, as clients see it."""

import pytest

from resolvers import purging
from tests.cast import SEND, Person
from tests.conftest import SignUp

PURGE = "mutation($input: PurgeMessagesInput!) { purgeMessages(input: $input) }"
CHANNEL = """query($c: ID!) { channel(id: $c) { lastNumber lastMessage { body }
  membership { unreadCount mentionCount lastReadNumber purgedUnread } } }"""
FIND = "query($q: String!) { searchMessages(query: $q) { nodes { body } } }"


async def test_what_is_purged_is_found_nowhere_and_comes_back_by_no_retry(
    admin: Person, ada: Person, ben: Person
) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    given = {
        "channelId": lobby["id"],
        "body": "cabbage",
        "id": "0198c0de-0000-7000-8000-" + ada.id[-12:],
    }
    sent = await ada.do(SEND, input=given)
    await ben.send(lobby, "and beans", replyToId=sent["id"])
    assert await admin.do(PURGE, input={"userId": ada.id}) == 1
    assert [m["body"] for m in (await ben.history(lobby))["nodes"]] == ["and beans"]
    assert (await ben.do(FIND, q="cabbage"))["nodes"] == []
    assert await ada.code(SEND, input=given) == "NOT_FOUND"
    assert await ada.code(SEND, input={**given, "body": "other"}) == "CONFLICT"
    # Another learns nothing of what it said.
    assert await ben.code(SEND, input=given) == "CONFLICT"
    assert [m["body"] for m in (await ben.history(lobby))["nodes"]] == ["and beans"]


async def test_the_three_conditions_hold_together(admin: Person, ada: Person, ben: Person) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    other = await ada.create_channel(memberIds=[ben.id])
    early = await ada.send(lobby, "early")
    await ben.send(lobby, "bens")
    await ada.send(other, "other")
    while (late := await ada.send(lobby, "late"))["createdAt"] == early["createdAt"]:
        pass
    given = {"channelId": lobby["id"], "userId": ada.id, "before": late["createdAt"]}
    assert await admin.do(PURGE, input=given) >= 1
    left = [m["body"] for m in (await ben.history(lobby))["nodes"]]
    assert "early" not in left
    assert {"bens", "late"} <= set(left)
    assert [m["body"] for m in (await ben.history(other))["nodes"]] == ["other"]


async def test_more_than_a_portion_goes_too(
    admin: Person, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "PORTION", 7)
    lobby = await ada.create_channel()
    for number in range(21):
        await ada.send(lobby, f"message {number}")
    assert await admin.do(PURGE, input={"channelId": lobby["id"]}) == 21
    assert (await ada.history(lobby))["nodes"] == []
    assert await admin.do(PURGE, input={"channelId": lobby["id"]}) == 0


async def test_nobody_waits_for_what_they_can_no_longer_read(
    admin: Person, ada: Person, ben: Person, signs_up: SignUp
) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    for number in range(4):
        await ada.send(lobby, f"@{ben.username} {number}")
    carol = await signs_up("carol")
    await carol.join(lobby)
    await carol.send(lobby, "here")
    assert await admin.do(PURGE, input={"channelId": lobby["id"], "userId": ada.id}) == 4
    seen = await ben.do(CHANNEL, c=lobby["id"])
    assert seen == {
        "lastNumber": 5,
        "lastMessage": {"body": "here"},
        "membership": {
            "unreadCount": 1,
            "mentionCount": 0,
            "lastReadNumber": 0,
            "purgedUnread": 4,
        },
    }
    assert await admin.do(PURGE, input={"channelId": lobby["id"]}) == 1
    empty = await ben.do(CHANNEL, c=lobby["id"])
    assert (empty["lastMessage"], empty["membership"]["unreadCount"]) == (None, 0)
    await ada.send(lobby, "anew")
    assert (await ben.do(CHANNEL, c=lobby["id"]))["membership"]["unreadCount"] == 1


async def test_a_channel_that_an_admin_does_not_see_can_be_purged(
    admin: Person, ada: Person
) -> None:
    plans = await ada.create_channel("PRIVATE")
    await ada.send(plans, "secret")
    assert await admin.do(PURGE, input={"channelId": plans["id"]}) == 1
    assert (await ada.history(plans))["nodes"] == []


async def test_what_a_deleted_user_has_left_can_be_purged(
    admin: Person, ada: Person, ben: Person
) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    await ben.send(lobby, "I was here")
    await admin.do("mutation($id: ID!) { deleteUser(userId: $id) }", id=ben.id)
    assert await admin.do(PURGE, input={"userId": ben.id}) == 1
    assert await admin.code(PURGE, input={"userId": ben.id}) == "NOT_FOUND"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "BAD_USER_INPUT"),
        ({"channelId": "nowhere"}, "NOT_FOUND"),
        ({"userId": "nobody"}, "NOT_FOUND"),
        ({"before": "yesterday"}, "BAD_USER_INPUT"),
    ],
)
async def test_a_bad_purge_purges_nothing(
    admin: Person, ada: Person, given: dict[str, str], code: str
) -> None:
    lobby = await ada.create_channel()
    await ada.send(lobby, "still here")
    assert await admin.code(PURGE, input=given) == code
    assert len((await ada.history(lobby))["nodes"]) == 1


async def test_reports_keep_nothing_of_who_is_deleted_with_all_they_said(
    admin: Person, ada: Person, ben: Person
) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    message = await ben.send(lobby, "my address")
    report = 'mutation($m: ID!) { reportMessage(messageId: $m, reason: "bad") }'
    await ada.do(report, m=message["id"])
    await ada.do("mutation($c: ID!) { deleteChannel(id: $c) }", c=lobby["id"])
    delete = (
        "mutation($id: ID!, $content: UserContent!) { deleteUser(userId: $id, content: $content) }"
    )
    await admin.do(delete, id=ben.id, content="KEEP")
    assert "my address" in await told_by_reports(admin)
    assert await admin.do(PURGE, input={"userId": ben.id}) == 0
    assert "my address" not in await told_by_reports(admin)
    assert await admin.code(PURGE, input={"userId": ben.id}) == "NOT_FOUND"


async def told_by_reports(admin: Person) -> list[str]:
    """What the messages said that were reported."""
    found = await admin.do("{ reports(first: 100) { nodes { body } } }")
    return [report["body"] for report in found["nodes"]]
