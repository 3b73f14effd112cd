"""Reactions, as clients see them."""

from datetime import UTC, datetime, timedelta

import emoji
import pytest

from tests.cast import Json, Person
from tests.conftest import SignUp

SEEN = "id myReactions reactions { emoji count users(first: 2) { id } }"
ADD = f"""mutation($m: ID!, $e: String!, $at: DateTime) {{
  addReaction(messageId: $m, emoji: $e, at: $at) {{ {SEEN} }} }}"""
REMOVE = ADD.replace("addReaction", "removeReaction")
ONE = f"query($m: ID!) {{ message(id: $m) {{ {SEEN} }} }}"


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat()


async def counts(person: Person, message: Json) -> dict[str, int]:
    seen = await person.do(ONE, m=message["id"])
    return {reaction["emoji"]: reaction["count"] for reaction in seen["reactions"]}


@pytest.fixture
async def lobby(ada: Person, ben: Person) -> Json:
    return await ada.create_channel("PRIVATE", memberIds=[ben.id])


@pytest.fixture
async def message(ada: Person, lobby: Json) -> Json:
    return await ada.send(lobby, "hola")


async def test_an_emoji_stands_there_once_for_each(ada: Person, ben: Person, message: Json) -> None:
    for person in (ben, ada, ben):
        seen = await person.do(ADD, m=message["id"], e="👍")
    assert seen["reactions"] == [
        {"emoji": "👍", "count": 2, "users": [{"id": ben.id}, {"id": ada.id}]}
    ]
    assert seen["myReactions"] == ["👍"]
    await ben.do(ADD, m=message["id"], e="🎉")
    assert (await ada.do(ONE, m=message["id"]))["myReactions"] == ["👍"]
    assert await counts(ada, message) == {"👍": 2, "🎉": 1}


async def test_what_came_first_stands_first_and_the_first_users_are_told(
    ada: Person, ben: Person, signs_up: SignUp, lobby: Json, message: Json
) -> None:
    cem = await signs_up("cem")
    add = "mutation($c: ID!, $u: [ID!]!) { addMembers(channelId: $c, userIds: $u) { id } }"
    await ada.do(add, c=lobby["id"], u=[cem.id])
    for person, sign in ((cem, "🎉"), (ben, "👍"), (ada, "🎉"), (ben, "🎉")):
        seen = await person.do(ADD, m=message["id"], e=sign)
    assert [reaction["emoji"] for reaction in seen["reactions"]] == ["🎉", "👍"]
    assert seen["reactions"][0]["users"] == [{"id": cem.id}, {"id": ada.id}]
    assert seen["reactions"][0]["count"] == 3


async def test_it_is_taken_back(ada: Person, ben: Person, message: Json) -> None:
    await ada.do(ADD, m=message["id"], e="👍")
    await ben.do(ADD, m=message["id"], e="👍")
    seen = await ben.do(REMOVE, m=message["id"], e="👍")
    assert (seen["myReactions"], await counts(ada, message)) == ([], {"👍": 1})
    assert await ben.do(REMOVE, m=message["id"], e="👍") == seen
    assert (await ben.do(ADD, m=message["id"], e="👍"))["myReactions"] == ["👍"]


async def test_forms_of_one_emoji_are_one(ada: Person, ben: Person, message: Json) -> None:
    await ada.do(ADD, m=message["id"], e="\u2764")
    await ben.do(ADD, m=message["id"], e="\u2764\ufe0f")
    assert await counts(ada, message) == {"\u2764\ufe0f": 2}


@pytest.mark.parametrize("sign", ["👍🏽", "👨‍👩‍👧", "🇪🇸", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏳️‍🌈"])
async def test_one_emoji_may_have_many_parts(ada: Person, message: Json, sign: str) -> None:
    seen = await ada.do(ADD, m=message["id"], e=sign)
    assert seen["myReactions"] == [sign]


@pytest.mark.parametrize(
    "sign", ["", "a", "1", "👍👍", "👍 ", ":thumbs_up:", "🇪", "x" * 9000, "\0"]
)
async def test_what_is_not_one_emoji_is_refused(ada: Person, message: Json, sign: str) -> None:
    for document in (ADD, REMOVE):
        refusal = await ada.refused(document, m=message["id"], e=sign)
        assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", "emoji")


async def test_of_adding_and_taking_back_the_later_counts(ada: Person, message: Json) -> None:
    async def do(document: str, minutes: float) -> list[str]:
        answer = await ada.do(document, m=message["id"], e="👍", at=ago(minutes=minutes))
        return answer["myReactions"]

    assert await do(REMOVE, 2) == []
    assert await do(ADD, 3) == []
    assert await do(ADD, 1) == ["👍"]
    assert await do(REMOVE, 1.5) == ["👍"]
    assert await do(REMOVE, 0.5) == []
    assert await ada.code(ADD, m=message["id"], e="👍", at=ago(minutes=-5)) == "BAD_USER_INPUT"


async def test_only_members_react(ada: Person, outsider: Person, message: Json) -> None:
    assert await outsider.code(ADD, m=message["id"], e="👍") == "NOT_FOUND"
    lobby = await ada.create_channel("PUBLIC")
    said = await ada.send(lobby, "open")
    assert await outsider.code(ADD, m=said["id"], e="👍") == "FORBIDDEN"
    await ada.do(ADD, m=said["id"], e="👍")
    assert await counts(outsider, said) == {"👍": 1}


async def test_a_deleted_message_has_none_and_takes_none(ada: Person, message: Json) -> None:
    await ada.do(ADD, m=message["id"], e="👍")
    await ada.do("mutation($id: ID!) { deleteMessage(id: $id) { id } }", id=message["id"])
    assert (await ada.do(ADD, m=message["id"], e="🎉"))["reactions"] == []


async def test_there_are_fifty_different_ones_at_the_most(
    ada: Person, ben: Person, message: Json
) -> None:
    signs = [e for e, known in emoji.EMOJI_DATA.items() if known["status"] == 2]
    for sign in signs[:50]:
        await ada.do(ADD, m=message["id"], e=sign)
    for person in (ada, ben):
        refusal = await person.refused(ADD, m=message["id"], e=signs[50])
        assert (refusal["code"], refusal["limit"]) == ("QUOTA_EXCEEDED", 50)
    assert (await ben.do(ADD, m=message["id"], e=signs[0]))["myReactions"] == [signs[0]]
    await ben.do(REMOVE, m=message["id"], e=signs[0])
    await ada.do(REMOVE, m=message["id"], e=signs[1])
    await ben.do(ADD, m=message["id"], e=signs[50])
    assert await ada.code(ADD, m=message["id"], e=signs[1]) == "QUOTA_EXCEEDED"


async def test_their_order_stays_whatever_is_said_again(
    ada: Person, ben: Person, message: Json
) -> None:
    for person, sign in ((ada, "👍"), (ben, "🎉")):
        await person.do(ADD, m=message["id"], e=sign)
    before = await counts(ben, message)
    head = await ada.do("{ head }")
    await ada.do(ADD, m=message["id"], e="👍", at=ago(seconds=-0.0))
    assert list(await counts(ben, message)) == list(before)
    assert await ada.do("{ head }") == head
