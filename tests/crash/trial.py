"""A trial: the server is killed again and again, and nothing may be lost or come twice."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random

import httpx

from adapters.ids import new_id
from tests.cast import Json, Person, sign_in, sign_up
from tests.crash.clients import (
    EventFollower,
    Follower,
    HttpSender,
    MessageFollower,
    Sender,
    SocketSender,
)
from tests.crash.server import Mortal
from tests.patience import PATIENCE

SENDERS = (HttpSender, HttpSender, SocketSender, SocketSender)
FOLLOWERS = (MessageFollower, MessageFollower, EventFollower, EventFollower)
_PATIENCE, _A_LIFE = 120, 10
"""In seconds: how long a trial may take, and each kill's share on top of that."""
_WHILE_STARTING = 0.2
"""How many of the kills come before the server answers again."""


@dataclass(frozen=True)
class Outcome:
    """What there was in a trial in which nothing was lost."""

    messages: int
    retries: int
    """Messages that were sent again because their answer was lost, or they themselves."""
    found: int
    """Of these, how many were there already."""
    seconds: float


@dataclass
class Trial:
    """The people in one channel, what each of them sent, and what they got."""

    server: Mortal
    http: httpx.AsyncClient
    chance: Random
    lobby: Json
    senders: list[Sender]
    followers: list[Follower]
    last: str
    """The id of the last message."""

    async def play(self, kills: int) -> None:
        """Lets them send and follow while the server is killed so many times."""
        limit = _PATIENCE + _A_LIFE * kills
        async with asyncio.timeout(limit), asyncio.TaskGroup() as group:
            for follower in self.followers:
                group.create_task(follower.run())
            sending = [group.create_task(sender.run()) for sender in self.senders]
            for _ in range(kills):
                await self._kill()
            await self.server.answers()
            for sender in self.senders:
                sender.stopping = True
            await asyncio.wait(sending)
            host = await sign_in(self.server.url, self.http, "host")
            await host.send(self.lobby, "the last", id=self.last)

    async def _kill(self) -> None:
        """Kills the server at a random moment, and starts it again."""
        if self.chance.random() < _WHILE_STARTING:
            await asyncio.sleep(self.chance.uniform(0, 1.2))
        else:
            await self.server.answers()
            await asyncio.sleep(self.chance.uniform(0.05, 0.6))
        self.server.kill()
        self.server.start()

    async def check(self) -> list[Json]:
        """The whole history, in which each message is once, and which everybody has got.

        Raises AssertionError.
        """
        history = await whole_history(self.followers[0].person, self.lobby)
        cursors = {message["id"]: message["cursor"] for message in history}
        acknowledged = {
            id_: at for sender in self.senders for id_, at in sender.acknowledged.items()
        }
        assert len(cursors) == len(history), "a message is in the history twice"
        assert acknowledged.items() <= cursors.items(), "an acknowledged message is not there"
        assert set(cursors) == {*acknowledged, self.last}, "there is what nobody sent"
        assert in_order(history)
        for sender in self.senders:
            if isinstance(sender, HttpSender):
                assert in_order([{"cursor": cursor} for cursor in sender.acknowledged.values()])
        for follower in self.followers:
            assert in_order(follower.messages), f"{follower.person.username}: not in order"
            assert follower.messages == history, f"{follower.person.username}: not the history"
        return history


def in_order(messages: list[Json]) -> bool:
    """Whether positions only grow."""
    positions = [int(message["cursor"].partition(".")[2]) for message in messages]
    return all(one < next_ for one, next_ in pairwise(positions))


async def whole_history(person: Person, channel: Json) -> list[Json]:
    """All messages of a channel, page by page."""
    messages, after, more = list[Json](), None, True
    while more:
        page = await person.history(channel, first=100, after=after)
        messages += page["nodes"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return messages


async def begun(server: Mortal, http: httpx.AsyncClient, chance: Random) -> Trial:
    """Everybody in one channel, with nothing said yet."""
    host = await sign_up(server.url, http, "host")
    lobby, last = await host.create_channel(), new_id()
    names = [f"{kind.__name__}{number}" for number, kind in enumerate(SENDERS + FOLLOWERS)]
    people = [await sign_up(server.url, http, name) for name in names]
    for person in people:
        await person.join(lobby)
    head = await host.do("{ head }")
    sending, following = people[: len(SENDERS)], people[len(SENDERS) :]
    senders = [kind(server, one, lobby) for kind, one in zip(SENDERS, sending, strict=True)]
    followers = [
        kind(server, one, lobby, head, last) for kind, one in zip(FOLLOWERS, following, strict=True)
    ]
    return Trial(server, http, chance, lobby, senders, followers, last)


async def survived(folder: Path, kills: int, seed: int) -> Outcome:
    """Kills a server so many times. Raises AssertionError for what is lost or comes twice."""
    start, server = time.monotonic(), Mortal(folder)
    try:
        server.start()
        await server.answers()
        async with httpx.AsyncClient(timeout=PATIENCE) as http:
            trial = await begun(server, http, Random(seed))
            with suppress(TimeoutError):  # what is missing then is told by the check
                await trial.play(kills)
            history = await trial.check()
    finally:
        server.close()
    assert "Traceback" not in server.log.read_text(), server.log.read_text()[-4000:]
    retries = sum(sender.retries for sender in trial.senders)
    found = sum(sender.found for sender in trial.senders)
    return Outcome(len(history), retries, found, time.monotonic() - start)
