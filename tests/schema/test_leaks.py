"""A long subscription keeps nothing of what it has delivered."""

import gc
from collections.abc import AsyncGenerator
from contextlib import aclosing
from itertools import pairwise
from typing import Any
from weakref import ReferenceType

import pytest

from resolvers import channels, messages
from resolvers.house import House
from resolvers.rights import ChannelKind
from resolvers.sessions import Doorkeeper
from schema import operations
from schema.api import api
from schema.context import Context
from schema.operations import Answer, Asked, Operations, Rules
from tests.resolvers.people import somebody

FOLLOW = """subscription($c: ID!, $a: Cursor) { messageAdded(channelId: $c, after: $a) {
  id body author { username displayName } channel { name } } }"""
EVENTS = 600


async def growth(house: House) -> float:
    """How many objects more there are for each event, in the quietest stretch of several."""
    ada = await somebody(house, "ada")
    lobby = await channels.create(ada, ChannelKind.PUBLIC, name="lobby")
    for number in range(EVENTS):
        await messages.send(ada, lobby.id, f"{number}")
    token, _ = house.tokens.issue(ada.user_id, ada.session_id, house.clock.seconds())
    context = Context(house, Doorkeeper(house), token)
    asked = Asked(FOLLOW, {"c": lobby.id, "a": house.feed.cursor(0)})
    begun = await Operations(api, Rules()).begin(asked, context)
    assert not isinstance(begun, Answer)
    async with aclosing(begun) as answers:
        counts = [await objects_after(answers, EVENTS // 4) for _ in range(4)]
        # Others may leave something, too, but not all the time.
        return min(b - a for a, b in pairwise(counts)) / (EVENTS // 4)


async def objects_after(answers: AsyncGenerator[Answer, None], count: int) -> int:
    for _ in range(count):
        answer = await anext(answers)
        assert not answer.errors
    gc.collect()
    # A connection to SQLite keeps a dead reference to each of its cursors, up to 200 of them.
    return sum(type(thing) is not ReferenceType for thing in gc.get_objects())


async def test_an_event_that_was_delivered_leaves_nothing_behind(house: House) -> None:
    assert await growth(house) < 0.5


async def test_what_would_be_left_behind_is_noticed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[object] = []
    run = operations.execute

    def keeping(**given: Any) -> Any:
        kept.append([given])
        return run(**given)

    monkeypatch.setattr(operations, "execute", keeping)
    assert await growth(house) > 1
