"""Bells: who waits for which events."""

import asyncio
from collections import defaultdict
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Protocol

from models.events import ABOUT_CALLS, FOR_SUBJECT, IN_NO_CHANNEL, EventKind

PEOPLE = "people"
"""What a bell is about that rings at whatever happens in no channel: to accounts, above all."""
OF_CALLS = ABOUT_CALLS | {EventKind.CHANNEL_DELETED}


def call_in(channel_id: str) -> str:
    """What a bell is about that rings at what happens to the call in a channel, and only then."""
    return f"call in {channel_id}"


class Happening(Protocol):
    """What every event tells, on its way into the log or read from it."""

    @property
    def kind(self) -> str:
        """One of models.events.EventKind."""
        ...

    @property
    def position(self) -> int:
        """Its place in the log."""
        ...

    @property
    def channel_id(self) -> str | None:
        """Where it happened, if in a channel."""
        ...

    @property
    def subject_id(self) -> str | None:
        """The message, user or session that it is about."""
        ...


class Bell:
    """Rings at every event in or about one of some ids: of channels, users or sessions."""

    def __init__(self, waiting: "dict[str, dict[Bell, None]]") -> None:
        self._waiting = waiting
        self._ids: set[str] = set()
        self._has_rung = False
        self._waiter: asyncio.Future[None] | None = None

    def about(self, ids: Iterable[str]) -> None:
        """From now on, these ids and no others."""
        wanted = set(ids)
        for gone in self._ids - wanted:
            del self._waiting[gone][self]
            if not self._waiting[gone]:
                del self._waiting[gone]
        for new in wanted - self._ids:
            self._waiting[new][self] = None
        self._ids = wanted

    def ring(self) -> None:
        """Something has happened."""
        self._has_rung = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def hush(self) -> None:
        """Whatever has rung until now has been heard."""
        self._has_rung = False

    async def rung(self) -> None:
        """Waits until something has happened since the last `hush`."""
        # An asyncio.Event would take more memory than all the rest of the bell.
        if not self._has_rung:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None


class Bells:
    """All the bells of this process."""

    def __init__(self) -> None:
        # In the order in which they came: who waits longest is woken first.
        self.waiting: defaultdict[str, dict[Bell, None]] = defaultdict(dict)

    @contextmanager
    def bell(self, *ids: str) -> Generator[Bell]:
        """Within it, a bell that rings at every event in or about one of these."""
        bell = Bell(self.waiting)
        bell.about(ids)
        try:
            yield bell
        finally:
            bell.about(())

    def ring(self, event: Happening) -> None:
        """Rings for an event."""
        ids = [event.subject_id]
        if event.kind not in FOR_SUBJECT:
            ids.append(event.channel_id)
        if event.kind in IN_NO_CHANNEL:
            ids.append(PEOPLE)
        if event.kind in OF_CALLS:
            ids.append(call_in(event.channel_id or ""))
        for about in ids:
            self.ring_about(about or "")

    def ring_about(self, about: str) -> None:
        """Rings for what concerns one id."""
        for bell in self.waiting.get(about, ()):
            bell.ring()

    def ring_all(self) -> None:
        """Rings for everybody, whatever they wait for."""
        for bells in self.waiting.values():
            for bell in bells:
                bell.ring()
