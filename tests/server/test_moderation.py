"""Bans, as clients see them."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.cast import Client, Person
from tests.stage import PASSWORD

BAN = """mutation($input: BanUserInput!) { banUser(input: $input) {
  id reason until user { id banned } bannedBy { id } } }"""
UNBAN = "mutation($id: ID!) { unbanUser(userId: $id) { id banned } }"
BANS = "query($first: Int, $after: String) { bans(first: $first, after: $after) { nodes { user { id } } pageInfo { endCursor hasNextPage } } }"  # fmt: skip  # noqa: E501
LOGIN = "mutation($input: LoginInput!) { login(input: $input) { user { id } } }"
ROLE = "mutation($id: ID!, $role: Role!) { setRole(userId: $id, role: $role) { id } }"


async def test_who_is_banned_can_do_nothing_until_they_are_unbanned(
    admin: Person, ada: Person, anybody: Client
) -> None:
    lobby = await ada.create_channel()
    ban = await admin.do(BAN, input={"userId": ada.id, "reason": "enough"})
    assert ban["user"] == {"id": ada.id, "banned": True}
    assert ban["bannedBy"] == {"id": admin.id}
    assert await ada.refused("{ me { id } }") == {
        "code": "BANNED",
        "reason": "enough",
        "until": None,
    }
    sign_in = {"username": ada.username, "password": PASSWORD}
    assert (await anybody.refused(LOGIN, input=sign_in))["code"] == "BANNED"
    wrong = {**sign_in, "password": "not this one"}
    assert (await anybody.refused(LOGIN, input=wrong))["code"] == "UNAUTHENTICATED"
    refresh = "mutation($t: String) { refreshSession(refreshToken: $t) { user { id } } }"
    assert await anybody.code(refresh, t=ada.refresh_token) == "BANNED"
    assert await admin.do(UNBAN, id=ada.id) == {"id": ada.id, "banned": False}
    await ada.send(lobby, "here again")


async def test_a_ban_ends_by_itself(admin: Person, ada: Person) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    ban = await admin.do(BAN, input={"userId": ada.id, "reason": "cool down", "until": soon})
    refusal = await ada.refused("{ me { id } }")
    assert (refusal["code"], refusal["until"]) == ("BANNED", ban["until"])
    for _ in range(2_000):
        if "errors" not in await ada.ask("{ me { id } }"):
            return
    pytest.fail("the ban did not end")


async def test_a_second_ban_replaces_the_first(admin: Person, ada: Person) -> None:
    await admin.do(BAN, input={"userId": ada.id, "reason": "one"})
    await admin.do(BAN, input={"userId": ada.id, "reason": "two"})
    assert (await ada.refused("{ me { id } }"))["reason"] == "two"
    listed = [node["user"]["id"] for node in (await admin.do(BANS, first=100))["nodes"]]
    assert listed.count(ada.id) == 1


async def test_bans_are_listed_newest_first(admin: Person, ada: Person, ben: Person) -> None:
    for person in (ada, ben):
        await admin.do(BAN, input={"userId": person.id, "reason": "enough"})
    one = await admin.do(BANS, first=1)
    assert one["nodes"] == [{"user": {"id": ben.id}}]
    two = await admin.do(BANS, first=1, after=one["pageInfo"]["endCursor"])
    assert two["nodes"] == [{"user": {"id": ada.id}}]


async def test_moderators_ban_members_only(admin: Person, ada: Person, ben: Person) -> None:
    await admin.do(ROLE, id=ada.id, role="MODERATOR")
    assert await ada.code(BAN, input={"userId": admin.id, "reason": "coup"}) == "FORBIDDEN"
    assert await ada.code(BAN, input={"userId": ada.id, "reason": "shame"}) == "FORBIDDEN"
    await ada.do(BAN, input={"userId": ben.id, "reason": "enough"})
    await ada.do(UNBAN, id=ben.id)
    await ada.do(UNBAN, id=ben.id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"until": "2001-01-01T00:00:00Z"}, "until"),
    ],
)
async def test_a_bad_ban_is_refused(
    admin: Person, ada: Person, changes: dict[str, str], field: str
) -> None:
    given = {"userId": ada.id, "reason": "enough", **changes}
    assert (await admin.refused(BAN, input=given))["field"] == field
    assert (await ada.do("{ me { id } }"))["id"] == ada.id


@pytest.mark.parametrize("until", ["yesterday", "2001-01-01", "2001-01-01T00:00:00", 5, "9999-12-31T23:59:59-23:59"])  # fmt: skip  # noqa: E501
async def test_a_bad_moment_is_refused(admin: Person, ada: Person, until: object) -> None:
    given = {"userId": ada.id, "reason": "enough", "until": until}
    assert await admin.code(BAN, input=given) == "BAD_USER_INPUT"


async def test_nobody_who_is_not_there_can_be_banned(admin: Person) -> None:
    assert await admin.code(BAN, input={"userId": str(uuid4()), "reason": "x"}) == "NOT_FOUND"
