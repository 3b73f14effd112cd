"""Who follows alike is carried by the real fan-out of a node; only words and wires are made up."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import orjson

from models.events import EventKind, EventRow
from models.messages import MessageRow
from resolvers.following import Delivery
from resolvers.house import Caller
from schema.sharing import Happened, NotShared, Way
from server.seats import Told
from tests.simulator.courses import check_sent
from tests.simulator.ids import short
from tests.simulator.oracle import Violation
from tests.simulator.surroundings import Surroundings

_NOBODYS = (EventKind.USER_CREATED, EventKind.SESSION_ENDED)
_OF_MEMBERS = (EventKind.MEMBER_ADDED, EventKind.MEMBER_UPDATED, EventKind.MEMBER_REMOVED)
_ENDINGS = (EventKind.CHANNEL_UPDATED, EventKind.CHANNEL_DELETED)
_VARIANTS = 2


class Words:
    """What a subscription selects, in place of a Shared: of each event, all of its row."""

    def __init__(self, around: Surroundings, *, of_one_channel: bool) -> None:
        self._around = around
        self._variant = around.chance.number(1, _VARIANTS)
        self.of_one_channel = of_one_channel
        """See Shared."""
        self.key: tuple[object, ...] = ("of one" if of_one_channel else "of all", self._variant)
        """See Shared."""

    def way(self, kind: str) -> Way:
        """See Shared: by the second variant, members are asked for that depend on who asks."""
        if self.of_one_channel:
            if kind in _ENDINGS:
                return Way.ALONE
            return Way.SHARED if kind == EventKind.MESSAGE_ADDED else Way.NOT
        if kind in _NOBODYS:
            return Way.NOT
        return Way.ALONE if self._variant == _VARIANTS and kind in _OF_MEMBERS else Way.SHARED

    async def answer(self, happened: Happened) -> dict[str, Any] | None:
        """See Shared."""
        await self._around.chance.pause()
        if self._around.chance.happens(0.1):
            raise NotShared
        if not self.of_one_channel:
            return {"row": [*happened.event]}
        return None if happened.message is None else {"row": [*happened.message]}


class Wire(NamedTuple):
    """One connection, as those are written to who follow alike."""

    around: Surroundings
    caller: Caller
    words: Words
    is_open: Callable[[], bool]
    send: Callable[[Delivery[Any]], None]

    def takes(self) -> bool:
        """See Outlet: now and then what was sent before is not read."""
        behind = not self.around.settling and self.around.chance.happens(0.05)
        return self.is_open() and not behind

    def write(self, told: Sequence[Told]) -> None:
        """See Outlet. Fails the run if this is not to be written here."""
        for body, cursor in told:
            given = orjson.loads(body)["row"]
            kind = MessageRow if self.words.of_one_channel else EventRow
            row = kind._make(given)
            self.around.note("carries", to=short(self.caller.user_id), position=row.position)
            try:
                check_sent(self.around.model, self.caller, row)
            except Violation as error:
                self.around.fail(error)
            self.send(Delivery(row, cursor, live=True))
