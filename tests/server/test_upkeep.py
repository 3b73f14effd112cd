"""What a server does by itself from time to time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.clock import Clock
from models import events as log
from resolvers import channels, messages, moderation
from resolvers.house import House
from resolvers.rights import ChannelKind, Role
from server import upkeep
from server.upkeep import kept_up
from tests.patience import PATIENCE
from tests.resolvers.people import somebody
from tests.stage import a_house, settings_for, until

now = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    global now  # noqa: PLW0603 - the clock's hands
    now = datetime(2026, 1, 1, tzinfo=UTC)
    async with a_house(tmp_path, Clock(lambda: now)) as opened:
        yield opened


def later(span: timedelta) -> None:
    global now  # noqa: PLW0603 - the clock's hands
    now += span


async def test_events_are_forgotten_when_they_are_as_old_as_the_settings_say(
    house: House, tmp_path: Path
) -> None:
    ada = await somebody(house, "ada")
    lobby = await channels.create(ada, ChannelKind.PUBLIC, name="lobby")
    later(timedelta(days=2))
    await messages.send(ada, lobby.id, "two days later")
    last = house.feed.head
    forgotten = 0
    async with kept_up(house, settings_for(tmp_path, event_days=1)):
        async with asyncio.timeout(PATIENCE):
            while forgotten != last - 1:
                forgotten = await log.forgotten(house.db)


async def test_bans_are_lifted_when_they_are_over_and_everybody_hears_of_it(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_SOON", 0.01)
    ada, root = await somebody(house, "ada"), await somebody(house, "root", Role.ADMIN)
    ben = await somebody(house, "ben")
    over = house.clock.after(timedelta(hours=1))
    await moderation.ban(root, ada.user_id, "enough", over)
    await moderation.ban(root, ben.user_id, "for good", None)
    kinds: list[tuple[str, str | None]] = []
    house.feed.on_event(lambda event: kinds.append((event.kind, event.subject_id)))
    async with kept_up(house, settings_for(tmp_path)):
        later(timedelta(hours=1))
        await until(lambda: ("UserUnbanned", ada.user_id) in kinds)
    assert ("UserUnbanned", ben.user_id) not in kinds
    assert [row.user_id for row in (await moderation.page(root, None, None)).items] == [ben.user_id]


async def test_what_fails_once_is_done_the_next_time(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_SOON", 0.01)
    tries: list[int] = []

    async def fails(_: House) -> int:
        tries.append(len(tries))
        raise OSError("the disk is full")

    monkeypatch.setattr(moderation, "lift_over", fails)
    async with kept_up(house, settings_for(tmp_path)):
        await until(lambda: len(tries) > 2)
