"""What a device follows and has been told, held against the law at every step."""

from typing import NamedTuple

from models.events import EventRow
from models.messages import MessageRow
from resolvers.house import Caller
from tests.simulator.clocks import WallClock
from tests.simulator.ids import short
from tests.simulator.oracle import Model, Violation


class Device(NamedTuple):
    """Whose course it is."""

    name: str
    user_id: str


def position_in(cursor: str) -> int:
    """The position that a cursor names, which only we may know."""
    return int(cursor.rpartition(".")[2])


def check_sent(model: Model, caller: Caller, row: EventRow | MessageRow) -> None:
    """A node hands something out. Raises Violation if it must not, or if there is no such thing."""
    fact = model.fact(row.position)
    if isinstance(row, MessageRow):
        told = ("MessageAdded", row.channel_id, row.id, row.author_id)
    else:
        told = (row.kind, row.channel_id, row.subject_id, row.actor_id)
    if told != fact[1:]:
        raise Violation(f"UNTRUE: {row} was sent for {fact}")
    clock = caller.house.clock
    assert isinstance(clock, WallClock)
    allowed = model.may_read if isinstance(row, MessageRow) else model.may_get
    if not allowed(caller.user_id, caller.session_id, fact, clock.latest):
        raise Violation(f"LEAK: {caller.user.username} was sent {fact}")


class Course:
    """The events, or the messages of one channel, from where a device began to follow them."""

    def __init__(self, model: Model, device: Device, channel_id: str | None = None) -> None:
        self.channel_id = channel_id
        self.cursor: str | None = None
        """Where to go on; None: it has not begun."""
        self._model = model
        self._device = device
        self.begun = 0
        """Nothing up to here is wanted."""
        self._got: list[int] = []

    def __str__(self) -> str:
        what = f"messages of {short(self.channel_id)}" if self.channel_id else "events"
        return f"{self._device.name}'s {what} after {self.begun}"

    def begin(self, position: int) -> None:
        """It begins (again) behind this position."""
        self.begun, self._got = position, []

    def begin_at(self, cursor: str) -> None:
        """It begins behind this cursor."""
        self.begin(position_in(cursor))
        self.cursor = cursor

    def received(self, position: int, cursor: str) -> None:
        """It has arrived. Raises Violation if it had before, or comes out of order."""
        last = self._got[-1] if self._got else self.begun
        if position <= last:
            raise Violation(f"REPEAT: {self} got {position} after {last}")
        self._got.append(position)
        self.cursor = cursor

    def page(self, cursor: str) -> None:
        """All up to the cursor has arrived. Raises Violation if that lies behind what has."""
        last = self._got[-1] if self._got else self.begun
        if position_in(cursor) < last:
            raise Violation(f"REPEAT: {self} got {last}, and are to go on at {cursor}")
        self.cursor = cursor

    def complete(self) -> None:
        """Raises Violation if there is anything that should have arrived."""
        missing = sorted(set(self._wanted()) - set(self._got))
        if missing:
            fact = self._model.log[missing[0] - 1]
            raise Violation(f"GAP: {self} never got {fact.kind} at {missing}, but {self._got}")

    def expired(self) -> None:
        """A node says that the cursor is too old. Raises Violation if it is not."""
        reached = position_in(self.cursor) if self.cursor else self.begun
        if self.channel_id or reached >= self._model.state.forgotten:
            raise Violation(f"EXPIRED: {self} may go on from {reached}")

    def _wanted(self) -> list[int]:
        if self.channel_id is None:
            return self._model.must_get(self._device.user_id, self.begun)
        if not self._model.state.reads(self._device.user_id, self.channel_id):
            return []
        return self._model.must_read(self.channel_id, self.begun)
