"""Seats: the places of those who are carried, and what they are told there."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import orjson

from resolvers.following import Follower
from schema.sharing import Happened, NotShared, Shared
from server.requests import LARGEST_ANSWER

_PORTION = 64 * 1024
"""In bytes: after so many it is looked again whether somebody takes more."""


class Told(NamedTuple):
    """What many are told of an event."""

    body: bytes
    """The answer, in JSON."""
    cursor: str


ALONE = Told(b"", "")
"""Stands for an answer of one's own."""


class Outlet(Protocol):
    """Where one of those who follow is written to."""

    def takes(self) -> bool:
        """Whether it is open, and no more waits unread than may."""
        ...

    def write(self, told: Sequence[Told]) -> None:
        """Writes these, one after the other."""
        ...


class Group:
    """All who follow in the same words."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.seats = 0

    async def told(self, happened: Happened, cursor: str) -> Told | None:
        """What they are told of an event; None: nothing. Raises NotShared."""
        answer = await self.shared.answer(happened)
        if answer is None:
            return None
        body = orjson.dumps(answer)
        if len(body) > LARGEST_ANSWER:
            raise NotShared
        return Told(body, cursor)


class Seat:
    """The place of one who is carried."""

    __slots__ = (
        *("after", "caller", "group", "last", "outlet"),
        *("pending", "put_down", "seen", "staff", "stop", "taken", "until"),
    )

    def __init__(self, follower: Follower, group: Group, outlet: Outlet) -> None:
        self.caller = follower.caller
        self.seen = follower.seen
        self.staff = follower.staff
        self.until = follower.until
        self.after = self.last = follower.position
        """All up to here has been handed out; and will have been, with what is pending."""
        self.group = group
        self.outlet = outlet
        self.pending: list[tuple[int, Told]] = []
        self.taken = True
        self.stop: int | None = None
        """Where to put them down, once what is pending is written."""
        self.put_down: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def give(self, position: int, told: Told) -> bool:
        """Something to be told, or to be looked at alone, next; False where it is not for them."""
        if self.stop is not None or position <= self.last:
            return False
        if told is ALONE:
            self.stop = position - 1
        else:
            self.pending.append((position, told))
            self.last = position
        return True

    def hand_all_out(self) -> bool:
        """Writes what is pending, portion by portion; False where not all of it is taken."""
        while self.pending:
            if not self.outlet.takes():
                return False
            self._hand_out()
        return True

    def _hand_out(self) -> None:
        size = count = 0
        while count < len(self.pending) and size < _PORTION:
            size += len(self.pending[count][1].body)
            count += 1
        self.outlet.write([told for _, told in self.pending[:count]])
        self.after = self.pending[count - 1][0]
        del self.pending[:count]
