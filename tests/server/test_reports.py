"""Reports and the list of words, as clients see them."""

from typing import Any

import pytest

from tests.cast import Person
from tests.conftest import SignUp

REPORT = "mutation($m: ID!, $why: String!) { reportMessage(messageId: $m, reason: $why) }"
REPORTS = """query($status: ReportStatus, $first: Int, $after: String) {
  reports(status: $status, first: $first, after: $after) {
    nodes { id messageId channelId reason body byWordList status note
      message { body } author { id } reporter { id } handledBy { id } }
    pageInfo { endCursor hasNextPage } } }"""
HANDLE = """mutation($input: HandleReportInput!) {
  handleReport(input: $input) { status note handledBy { id } message { body } } }"""
WORDS = "mutation($words: [String!]!) { setWordList(words: $words) }"
ROLE = "mutation($id: ID!, $role: Role!) { setRole(userId: $id, role: $role) { id } }"
EDIT = "mutation($input: EditMessageInput!) { editMessage(input: $input) { id } }"


@pytest.fixture
async def moderator(admin: Person, signs_up: SignUp) -> Person:
    person = await signs_up("moderator")
    await admin.do(ROLE, id=person.id, role="MODERATOR")
    return person


async def about(moderator: Person, message: Any) -> list[Any]:
    """The reports of a message, latest first."""
    found = (await moderator.do(REPORTS, first=100))["nodes"]
    return [report for report in found if report["messageId"] == message["id"]]


async def test_moderators_are_shown_what_is_reported_wherever_it_was_said(
    moderator: Person, ada: Person, ben: Person
) -> None:
    direct = await ada.create_channel("DIRECT", memberIds=[ben.id])
    message = await ben.send(direct, "something bad")
    async with moderator.socket() as socket:
        feed = "subscription { events { __typename ... on ReportsChanged { reportId } } }"
        await socket.subscribe(feed)
        await socket.send({"type": "ping"})
        await socket.receive()
        assert await ada.do(REPORT, m=message["id"], why="it is bad")
        heard = await socket.next()
    (report,) = await about(moderator, message)
    assert heard == {"__typename": "ReportsChanged", "reportId": report["id"]}
    assert (report["reason"], report["body"]) == ("it is bad", "something bad")
    assert (report["author"], report["reporter"]) == ({"id": ben.id}, {"id": ada.id})
    assert (report["status"], report["message"], report["byWordList"]) == ("OPEN", None, False)
    assert await moderator.code("query($m: ID!) { message(id: $m) { id } }", m=message["id"]) == "NOT_FOUND"  # fmt: skip  # noqa: E501


async def test_a_report_made_twice_is_one(moderator: Person, ada: Person, ben: Person) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    message = await ben.send(lobby, "hm")
    for why in ("one", "two"):
        await ada.do(REPORT, m=message["id"], why=why)
    assert [report["reason"] for report in await about(moderator, message)] == ["one"]


async def test_who_may_not_read_a_message_cannot_report_it(ada: Person, outsider: Person) -> None:
    plans = await ada.create_channel("PRIVATE")
    message = await ada.send(plans, "secret")
    assert await outsider.code(REPORT, m=message["id"], why="?") == "NOT_FOUND"
    assert (await ada.refused(REPORT, m=message["id"], why="?"))["field"] == "messageId"
    assert (await ada.refused(REPORT, m=message["id"], why=""))["field"] == "reason"


async def test_a_report_is_handled_once_and_the_message_deleted_if_that_is_asked(
    moderator: Person, admin: Person, ada: Person, ben: Person
) -> None:
    plans = await ada.create_channel("PRIVATE", memberIds=[ben.id])
    message = await ben.send(plans, "something bad")
    await ada.do(REPORT, m=message["id"], why="it is bad")
    (report,) = await about(moderator, message)
    given = {"id": report["id"], "status": "RESOLVED", "deleteMessage": True, "note": "so it is"}
    done = await moderator.do(HANDLE, input=given)
    assert (done["status"], done["note"]) == ("RESOLVED", "so it is")
    assert done["handledBy"] == {"id": moderator.id}
    assert [m["body"] for m in (await ada.history(plans))["nodes"]] == [""]
    assert await moderator.do(HANDLE, input=given)  # A retry changes nothing.
    assert (await admin.refused(HANDLE, input={**given, "note": None}))["field"] == "status"
    (kept,) = await about(admin, message)
    assert kept["body"] == "something bad"


async def test_that_the_message_goes_may_be_decided_later(
    moderator: Person, ada: Person, ben: Person
) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    message = await ben.send(lobby, "something bad")
    await ada.do(REPORT, m=message["id"], why="it is bad")
    (report,) = await about(moderator, message)
    given = {"id": report["id"], "status": "RESOLVED"}
    await moderator.do(HANDLE, input=given)
    assert [m["body"] for m in (await ada.history(lobby))["nodes"]] == ["something bad"]
    await moderator.do(HANDLE, input={**given, "deleteMessage": True})
    assert [m["body"] for m in (await ada.history(lobby))["nodes"]] == [""]


async def test_nobody_decides_in_their_own_case(
    moderator: Person, admin: Person, ada: Person
) -> None:
    plans = await ada.create_channel("PRIVATE", memberIds=[moderator.id])
    own = await moderator.send(plans, "mine")
    await ada.do(REPORT, m=own["id"], why="bad")
    (report,) = await about(moderator, own)
    given = {"id": report["id"], "status": "DISMISSED"}
    assert await moderator.code(HANDLE, input=given) == "FORBIDDEN"
    await admin.do(HANDLE, input=given)
    # Where they may delete nothing, a report of their own does not help.
    message = await ada.send(plans, "hers")
    await moderator.do(REPORT, m=message["id"], why="bad")
    (report,) = await about(moderator, message)
    given = {"id": report["id"], "status": "RESOLVED"}
    assert await moderator.code(HANDLE, input={**given, "deleteMessage": True}) == "FORBIDDEN"
    await moderator.do(HANDLE, input=given)


async def test_what_was_handled_can_be_reported_again(
    moderator: Person, ada: Person, ben: Person
) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    message = await ben.send(lobby, "hm")
    await ada.do(REPORT, m=message["id"], why="one")
    (report,) = await about(moderator, message)
    await moderator.do(HANDLE, input={"id": report["id"], "status": "DISMISSED", "note": "no"})
    await ben.do(EDIT, input={"id": message["id"], "body": "worse"})
    await ada.do(REPORT, m=message["id"], why="two")
    (again,) = await about(moderator, message)
    assert (again["id"], again["status"], again["note"]) == (report["id"], "OPEN", None)
    assert (again["reason"], again["body"], again["handledBy"]) == ("two", "worse", None)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"status": "OPEN"}, "status"),
        ({"status": "DISMISSED", "deleteMessage": True}, "deleteMessage"),
        ({"status": "RESOLVED", "note": "x" * 501}, "note"),
    ],
)
async def test_a_report_cannot_be_handled_badly(
    moderator: Person, ada: Person, ben: Person, given: dict[str, Any], field: str
) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    message = await ben.send(lobby, "hm")
    await ada.do(REPORT, m=message["id"], why="?")
    (report,) = await about(moderator, message)
    refusal = await moderator.refused(HANDLE, input={"id": report["id"], **given})
    assert refusal["field"] == field
    assert (await about(moderator, message))[0]["status"] == "OPEN"


async def test_reports_are_paged_newest_first_and_by_where_they_stand(
    moderator: Person, ada: Person, ben: Person
) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    messages = [await ben.send(lobby, f"m{number}") for number in range(3)]
    for message in messages:
        await ada.do(REPORT, m=message["id"], why="?")
    one = await moderator.do(REPORTS, status="OPEN", first=2)
    assert [report["body"] for report in one["nodes"]] == ["m2", "m1"]
    two = await moderator.do(REPORTS, status="OPEN", first=1, after=one["pageInfo"]["endCursor"])
    assert [report["body"] for report in two["nodes"]] == ["m0"]
    given = {"id": two["nodes"][0]["id"], "status": "DISMISSED"}
    await moderator.do(HANDLE, input=given)
    gone = await moderator.do(REPORTS, status="DISMISSED", first=1)
    assert [report["body"] for report in gone["nodes"]] == ["m0"]


async def test_a_word_on_the_list_files_a_report_by_itself(
    moderator: Person, admin: Person, ada: Person
) -> None:
    assert await admin.do(WORDS, words=["Cabbage", "rotten fish", "cabbage"]) == [
        "Cabbage",
        "rotten fish",
    ]
    assert await moderator.do("{ wordList }") == ["Cabbage", "rotten fish"]
    lobby = await ada.create_channel()
    plans = await ada.create_channel("PRIVATE")
    said = {
        body: await ada.send(lobby, body)
        for body in ("CÁBBAGE!", "a rotten, fish", "rotten old fish", "cabbages")
    }
    hidden = await ada.send(plans, "cabbage")
    (report,) = await about(moderator, said["CÁBBAGE!"])
    assert report["reason"] == "Cabbage"
    assert (report["byWordList"], report["reporter"]) == (True, None)
    (report,) = await about(moderator, said["a rotten, fish"])
    assert report["reason"] == "rotten fish"
    for message in (said["rotten old fish"], said["cabbages"], hidden):
        assert await about(moderator, message) == []
    await ada.do(EDIT, input={"id": said["cabbages"]["id"], "body": "cabbage"})
    (report,) = await about(moderator, said["cabbages"])
    await moderator.do(HANDLE, input={"id": report["id"], "status": "DISMISSED"})
    await ada.do(EDIT, input={"id": said["cabbages"]["id"], "body": "cabbage and rotten fish"})
    (report,) = await about(moderator, said["cabbages"])
    assert (report["status"], report["reason"]) == ("OPEN", "Cabbage, rotten fish")
    await admin.do(WORDS, words=[])
    assert await about(moderator, await ada.send(lobby, "cabbage")) == []


@pytest.mark.parametrize("words", [["!?"], ["x" * 101], [""], ["a"] * 1_001, ["ﷺ" * 100]])
async def test_a_bad_list_of_words_changes_nothing(admin: Person, words: list[str]) -> None:
    await admin.do(WORDS, words=["cabbage"])
    assert (await admin.refused(WORDS, words=words))["field"] == "words"
    assert await admin.do("{ wordList }") == ["cabbage"]
    await admin.do(WORDS, words=[])
