"""Paging through history is slicing a list, whatever is asked for."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolvers import channels, messages
from resolvers.house import Caller
from resolvers.messages import Window
from resolvers.rights import ChannelKind
from tests.resolvers.people import somebody
from tests.stage import a_house

LENGTH = 23
POSITIONS = st.none() | st.integers(0, 2 * LENGTH + 5)
SIZES = st.none() | st.integers(1, LENGTH + 3)


@dataclass
class Talk:
    """Two interleaved conversations, so that positions have holes; one is asked about."""

    ada: Caller
    channel_id: str
    positions: list[int]


@pytest.fixture(scope="module")
async def talk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Talk]:
    async with a_house(tmp_path_factory.mktemp("house")) as house:
        ada = await somebody(house, "ada")
        asked, other = [
            await channels.create(ada, ChannelKind.PRIVATE, name=name) for name in ("one", "two")
        ]
        chance, positions = random.Random(3), []
        while len(positions) < LENGTH:
            if chance.random() < 0.5:
                await messages.send(ada, other.id, "elsewhere")
            positions.append((await messages.send(ada, asked.id, f"{len(positions)}")).row.position)
        while house.feed.head < 2 * LENGTH + 5:
            await messages.send(ada, other.id, "elsewhere")
        yield Talk(ada, asked.id, positions)


@given(SIZES, st.booleans(), POSITIONS, POSITIONS)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
async def test_a_page_is_exactly_the_slice_that_was_asked_for(
    talk: Talk, size: int | None, forward: bool, after: int | None, before: int | None
) -> None:
    cursor = talk.ada.house.feed.cursor
    page = await messages.page(
        talk.ada,
        talk.channel_id,
        Window(
            first=size if forward else None,
            last=None if forward else size,
            after=None if after is None else cursor(after),
            before=None if before is None else cursor(before),
        ),
    )
    low, high = -1 if after is None else after, 10**9 if before is None else before
    window = [position for position in talk.positions if low < position < high]
    from_start = (forward and size is not None) or (size is None and after is not None)
    wanted = size or 50
    expected = window[:wanted] if from_start else window[-wanted:]
    assert [row.position for row in page.items] == expected
    assert list(page.cursors) == [cursor(position) for position in expected]
    first, last = (expected[0], expected[-1]) if expected else (low + 1, high - 1)
    assert page.has_previous == any(position < first for position in talk.positions)
    assert page.has_next == any(position > last for position in talk.positions)


async def test_walking_either_way_meets_every_message_once(talk: Talk) -> None:
    for step in (1, 4, LENGTH):
        forward: list[int] = []
        after = None
        while True:
            page = await messages.page(talk.ada, talk.channel_id, Window(first=step, after=after))
            forward += [row.position for row in page.items]
            if not page.has_next:
                break
            after = page.cursors[-1]
        backward: list[int] = []
        before = None
        while True:
            page = await messages.page(talk.ada, talk.channel_id, Window(last=step, before=before))
            backward = [row.position for row in page.items] + backward
            if not page.has_previous:
                break
            before = page.cursors[0]
        assert forward == backward == talk.positions
