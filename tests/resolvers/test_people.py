"""People are remembered until something happens to them, and never as they were before."""

from typing import Any

import pytest

from models import accounts
from resolvers import loading, moderation
from resolvers.house import Caller, House
from resolvers.people import People
from resolvers.rights import Role
from tests.resolvers.people import somebody


@pytest.fixture(autouse=True)
def remembered(house: House) -> None:
    if not house.people._most:
        pytest.skip("Nobody is remembered")


async def two(house: House) -> tuple[Caller, Caller]:
    """An administrator, and ada, who has been asked for."""
    admin, ada = await somebody(house, "root", Role.ADMIN), await somebody(house, "ada")
    await loading.users(house, [ada.user_id])
    return admin, ada


async def test_who_was_asked_for_is_known(house: House) -> None:
    _, ada = await two(house)
    found = house.people.known(ada.user_id)
    assert found is not None
    assert found.username == "ada"


async def test_who_was_banned_is_read_again(house: House) -> None:
    admin, ada = await two(house)
    await moderation.ban(admin, ada.user_id, "spam", None)
    assert house.people.known(ada.user_id) is None
    [row] = await loading.users(house, [ada.user_id])
    assert row is not None
    assert row.banned_until is not None


async def test_what_happens_to_another_is_no_reason_to_forget(house: House) -> None:
    admin, ada = await two(house)
    bob = await somebody(house, "bob")
    await moderation.ban(admin, bob.user_id, "spam", None)
    assert house.people.known(ada.user_id) is not None


async def test_who_changes_while_they_are_read_is_not_remembered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, ada = await two(house)
    house.people._forget()
    by_ids = accounts.by_ids

    async def overtaken(*given: Any) -> object:
        monkeypatch.undo()
        rows = await by_ids(*given)
        await moderation.ban(admin, ada.user_id, "spam", None)
        return rows

    monkeypatch.setattr(accounts, "by_ids", overtaken)
    [row] = await loading.users(house, [ada.user_id])
    assert row is not None
    assert row.banned_until is None  # It was read before.
    assert house.people.known(ada.user_id) is None


async def test_when_events_were_missed_all_are_forgotten(house: House) -> None:
    _, ada = await two(house)
    for missed in house.feed._missed:
        missed()
    assert house.people.known(ada.user_id) is None


@pytest.mark.parametrize("most", [0, 2])
async def test_no_more_are_remembered_than_may_be(house: House, most: int) -> None:
    people = People(house.feed, most)
    ids = [(await somebody(house, name)).user_id for name in ("ada", "bob", "eve")]
    rows = await accounts.by_ids(house.db, ids)
    people.learn([rows[user_id] for user_id in ids], people.changes)
    assert [user_id for user_id in ids if people.known(user_id)] == ids[len(ids) - most :]
