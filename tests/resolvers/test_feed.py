"""What events are seen by whom, page by page and live, and what is forgotten."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.clock import Clock
from models import channels as rows
from models import events as log
from models.channels import ChannelRow
from resolvers import accounts, administration, channels, events, members, messages, moderation
from resolvers.errors import BadUserInput, Banned, CursorExpired, Unauthenticated
from resolvers.house import Caller, House
from resolvers.rights import ChannelKind, Role
from resolvers.sessions import end
from tests.patience import PATIENCE
from tests.resolvers.people import somebody
from tests.stage import a_house, until

DAY = timedelta(days=1)


@pytest.fixture
async def ada(house: House) -> Caller:
    return await somebody(house, "ada")


@pytest.fixture
async def ben(house: House) -> Caller:
    return await somebody(house, "ben")


@pytest.fixture
async def outsider(house: House) -> Caller:
    return await somebody(house, "outsider")


@pytest.fixture
async def moderator(house: House) -> Caller:
    return await somebody(house, "moderator", Role.MODERATOR)


async def a_channel(ada: Caller, *others: Caller) -> ChannelRow:
    people = [other.user_id for other in others]
    return await channels.create(ada, ChannelKind.PRIVATE, name="plans", member_ids=people)


async def seen(caller: Caller, after: int = 0) -> list[str]:
    """The kinds of all events that somebody sees behind a position."""
    kinds: list[str] = []
    cursor, more = caller.house.feed.cursor(after), True
    while more:
        page = await events.page(caller, cursor, 3)
        kinds += [row.kind for row in page.rows]
        cursor, more = page.next, page.more
    return kinds


async def test_a_member_sees_what_happens_in_a_channel_and_an_outsider_nothing(
    ada: Caller, ben: Caller, outsider: Caller
) -> None:
    plans = await a_channel(ada, ben)
    await messages.send(ada, plans.id, "hola")
    assert await seen(ben) == ["ChannelCreated", "MemberAdded", "MemberAdded", "MessageAdded"]
    assert await seen(outsider) == []


async def test_who_joins_later_sees_what_happens_from_then_on(ada: Caller, ben: Caller) -> None:
    plans = await a_channel(ada)
    await messages.send(ada, plans.id, "before")
    await members.add(ada, plans.id, [ben.user_id])
    await messages.send(ada, plans.id, "after")
    assert await seen(ben) == ["MemberAdded", "MessageAdded"]


async def test_who_was_removed_sees_that_as_the_last_of_the_channel(
    ada: Caller, ben: Caller
) -> None:
    plans = await a_channel(ada, ben)
    await messages.send(ada, plans.id, "before")
    await members.remove(ada, plans.id, ben.user_id)
    await messages.send(ada, plans.id, "after")
    assert await seen(ben) == ["MemberRemoved"]
    await members.add(ada, plans.id, [ben.user_id])
    assert await seen(ben) == ["MemberRemoved", "MemberAdded"]


async def test_the_members_of_a_deleted_channel_see_its_end(ada: Caller, ben: Caller) -> None:
    plans = await a_channel(ada, ben)
    start = ada.house.feed.head
    await channels.delete(ada, plans.id)
    assert await seen(ben, start) == ["ChannelDeleted"]


async def test_what_happens_to_a_person_is_seen_by_them_by_their_friends_and_by_moderators(
    ada: Caller, ben: Caller, outsider: Caller, moderator: Caller
) -> None:
    await a_channel(ada, ben)
    start = ada.house.feed.head
    await accounts.update_profile(ada, {"display_name": "Ada L."})
    for viewer in (ada, ben, moderator):
        assert await seen(viewer, start) == ["UserUpdated"]
    assert await seen(outsider, start) == []


async def test_who_shared_only_a_channel_that_is_deleted_shares_none(
    ada: Caller, ben: Caller
) -> None:
    plans = await a_channel(ada, ben)
    await channels.delete(ada, plans.id)
    start = ada.house.feed.head
    await accounts.update_profile(ada, {"display_name": "Ada L."})
    assert await seen(ben, start) == []


async def test_bans_are_seen_by_friends_and_moderators(
    ada: Caller, ben: Caller, outsider: Caller, moderator: Caller
) -> None:
    await a_channel(ada, ben)
    start = ada.house.feed.head
    await moderation.ban(moderator, ada.user_id, "enough", None)
    await moderation.unban(moderator, ada.user_id)
    for viewer in (ben, moderator):
        assert await seen(viewer, start) == ["UserBanned", "UserUnbanned"]
    assert await seen(outsider, start) == []


async def test_who_is_no_moderator_any_more_sees_strangers_no_more(
    ada: Caller, house: House, moderator: Caller
) -> None:
    root = await somebody(house, "root", Role.ADMIN)
    start = house.feed.head
    await administration.set_role(root, moderator.user_id, Role.MEMBER)
    await accounts.update_profile(ada, {"display_name": "Ada L."})
    assert await seen(moderator, start) == ["UserUpdated"]  # their own demotion


async def test_nobody_sees_sign_ins_and_sign_outs(ada: Caller, moderator: Caller) -> None:
    await end(ada, ada.session_id)
    assert await seen(moderator) == []


async def test_pages_go_on_where_the_last_one_ended_also_through_what_others_do(
    ada: Caller, ben: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "_WINDOW", 4)
    plans, own = await a_channel(ada), await a_channel(ben)
    for _ in range(10):
        await messages.send(ada, plans.id, "hola")
    await messages.send(ben, own.id, "at last")
    first = await events.page(ben, ben.house.feed.cursor(9), None)
    assert (first.rows, first.more) == ([], True)
    assert await seen(ben) == ["ChannelCreated", "MemberAdded", "MessageAdded"]


async def test_without_a_cursor_a_page_begins_with_the_oldest(ada: Caller) -> None:
    await a_channel(ada)
    page = await events.page(ada, None, 1)
    assert [row.kind for row in page.rows] == ["ChannelCreated"]
    assert page.more


@pytest.mark.parametrize("first", [0, 101, -1])
async def test_a_page_has_1_to_100_events(ada: Caller, first: int) -> None:
    with pytest.raises(BadUserInput, match="first"):
        await events.page(ada, None, first)


async def test_a_follower_gets_what_was_missed_and_what_comes_wherever_they_come_to_be(
    ada: Caller, ben: Caller
) -> None:
    plans = await a_channel(ada, ben)
    async with aclosing(await events.follow(ben, ben.house.feed.cursor(0))) as deliveries:
        assert [(await anext(deliveries)).item.kind for _ in range(3)]
        for _ in range(3):
            other = await a_channel(ada)
            await members.add(ada, other.id, [ben.user_id])
            await messages.send(ada, other.id, "hola")
            kinds = [(await anext(deliveries)).item.kind for _ in range(2)]
            assert kinds == ["MemberAdded", "MessageAdded"]
            await members.remove(ada, other.id, ben.user_id)
            await messages.send(ada, other.id, "not for ben")
            assert (await anext(deliveries)).item.kind == "MemberRemoved"
        await messages.send(ada, plans.id, "hola")
        assert (await anext(deliveries)).item.kind == "MessageAdded"


async def test_who_waits_hears_at_once_of_a_channel_they_have_just_come_into(
    ada: Caller, ben: Caller
) -> None:
    plans = await a_channel(ada)
    async with aclosing(await events.follow(ben, None)) as deliveries:
        coming = asyncio.ensure_future(anext(deliveries))
        await until(lambda: ben.house.feed.bells.waiting.get(ben.user_id))
        await members.add(ada, plans.id, [ben.user_id])
        assert (await coming).item.kind == "MemberAdded"
        coming = asyncio.ensure_future(anext(deliveries))
        await until(lambda: ben.house.feed.bells.waiting.get(plans.id))
        await messages.send(ada, plans.id, "hola")
        assert (await coming).item.kind == "MessageAdded"


async def test_what_is_said_while_somebody_comes_in_is_not_missed(
    ada: Caller, ben: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = await a_channel(ada)
    own = rows.places_of_user

    async def meanwhile(*given: Any) -> dict[str, int]:
        found = await own(*given)
        if plans.id in found:
            await messages.send(ada, plans.id, "welcome")
            # Everybody is rung for it who has a bell there by now.
            await until(lambda: ada.house.feed._seen == ada.house.feed.head)
        return found

    async with aclosing(await events.follow(ben, None)) as deliveries:
        coming = asyncio.ensure_future(anext(deliveries))
        await until(lambda: ben.house.feed.bells.waiting.get(ben.user_id))
        monkeypatch.setattr(rows, "places_of_user", meanwhile)
        await members.add(ada, plans.id, [ben.user_id])
        assert (await coming).item.kind == "MemberAdded"
        async with asyncio.timeout(PATIENCE):
            assert (await anext(deliveries)).item.kind == "MessageAdded"


async def test_a_follower_sees_what_happens_to_people(ada: Caller, ben: Caller) -> None:
    await a_channel(ada, ben)
    async with aclosing(await events.follow(ben, None)) as deliveries:
        coming = asyncio.ensure_future(anext(deliveries))
        await until(lambda: ben.house.feed.bells.waiting.get(ben.user_id))
        await accounts.update_profile(ada, {"display_name": "Ada L."})
        assert (await coming).item.subject_id == ada.user_id


async def test_a_follower_is_told_why_it_ends(ada: Caller, ben: Caller, moderator: Caller) -> None:
    for stop, told in (
        (lambda: end(ben, ben.session_id), Unauthenticated),
        (lambda: moderation.ban(moderator, ada.user_id, "enough", None), Banned),
    ):
        caller = ben if told is Unauthenticated else ada
        async with aclosing(await events.follow(caller, None)) as deliveries:
            coming = asyncio.ensure_future(anext(deliveries))
            await until(lambda caller=caller: caller.house.feed.bells.waiting.get(caller.user_id))
            await stop()
            with pytest.raises(told):
                await coming


async def test_it_is_told_which_of_what_is_delivered_had_to_be_waited_for(ada: Caller) -> None:
    plans = await a_channel(ada)
    start = ada.house.feed.cursor(ada.house.feed.head)
    await messages.send(ada, plans.id, "missed")
    async with aclosing(await messages.follow(ada, plans.id, start)) as deliveries:
        missed = await anext(deliveries)
        coming = asyncio.ensure_future(anext(deliveries))
        await until(lambda: ada.house.feed.bells.waiting.get(plans.id))
        await messages.send(ada, plans.id, "live")
        assert [missed.live, (await coming).live] == [False, True]
        assert (await events.page(ada, missed.cursor, None)).rows


class Aged:
    """A house whose clock is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.house: House

    async def furnish(self) -> tuple[Caller, ChannelRow]:
        """Somebody, with a channel in which something is said on each of ten days."""
        ada = await somebody(self.house, "ada")
        plans = await a_channel(ada)
        for number in range(10):
            await messages.send(ada, plans.id, f"{number}")
            self.now += DAY
        return ada, plans


@pytest.fixture
async def aged(tmp_path: Path) -> AsyncIterator[Aged]:
    age = Aged()
    async with a_house(tmp_path, Clock(lambda: age.now)) as house:
        age.house = house
        yield age


async def test_what_is_forgotten_cannot_be_resumed_from_and_what_is_kept_can(aged: Aged) -> None:
    ada, _ = await aged.furnish()
    house = aged.house
    total = house.feed.head
    assert await events.forget(house, 3 * DAY) == total - 3
    kept = house.feed.cursor(total - 3)
    assert len((await events.page(ada, kept, None)).rows) == 3
    assert len((await events.page(ada, None, None)).rows) == 3
    gone = house.feed.cursor(total - 4)
    with pytest.raises(CursorExpired):
        await events.page(ada, gone, None)
    with pytest.raises(CursorExpired):
        await events.follow(ada, gone)


async def test_messages_are_replayed_from_before_what_is_forgotten(aged: Aged) -> None:
    ada, plans = await aged.furnish()
    await events.forget(aged.house, DAY)
    start = aged.house.feed.cursor(0)
    async with aclosing(await messages.follow(ada, plans.id, start)) as deliveries:
        assert [(await anext(deliveries)).item.body for _ in range(10)] == [*"0123456789"]


async def test_the_newest_event_is_kept_whatever_its_age(aged: Aged) -> None:
    await aged.furnish()
    aged.now += 100 * DAY
    await events.forget(aged.house, DAY)
    assert await log.forgotten(aged.house.db) == aged.house.feed.head - 1
    assert await events.forget(aged.house, DAY) == 0


async def test_more_than_is_forgotten_in_one_go_is_forgotten_too(
    aged: Aged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "_FORGOTTEN_AT_ONCE", 2)
    await aged.furnish()
    total = aged.house.feed.head
    assert await events.forget(aged.house, 3 * DAY) == total - 3


async def test_a_log_of_which_nothing_was_forgotten_goes_back_to_the_beginning(
    house: House,
) -> None:
    assert await log.forgotten(house.db) == 0
    await somebody(house, "ada")
    assert await log.forgotten(house.db) == 0


async def test_a_follower_who_is_left_behind_by_what_is_forgotten_is_told_so(
    aged: Aged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "_AT_ONCE", 2)
    ada, _ = await aged.furnish()
    async with aclosing(await events.follow(ada, aged.house.feed.cursor(0))) as deliveries:
        await anext(deliveries)
        await events.forget(aged.house, 3 * DAY)
        await anext(deliveries)  # it was read before
        with pytest.raises(CursorExpired):
            await anext(deliveries)
