"""Fan-out: one reading of the log, one execution and one serialisation for all who follow alike.

Who has caught up with the feed takes a seat here. From then on they are told of each event by the
same bytes as everybody who follows in the same words, written straight to their connection. They
are put down again, to read the log and look at their rights by themselves, at whatever may have
changed those, at an event that has to be answered to each in their own way, and when they do not
read what they were sent. So nothing is decided here about who may see what: whoever sits here has
been found to be allowed to go on, and gets up as soon as that may not be so any more.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from typing import TypeVar

import structlog

from adapters.clock import Instant
from models import messages
from models.events import ABOUT_MESSAGES, FOR_STAFF, FOR_SUBJECT, IN_NO_CHANNEL, EventKind, EventRow
from resolvers.bells import Happening
from resolvers.following import Carrier, Follower
from resolvers.house import House
from resolvers.revocations import OF_SUBJECT
from schema.sharing import Happened, NotShared, Shared, Way
from server.seats import ALONE, Group, Outlet, Seat, Told

K = TypeVar("K")
V = TypeVar("V")

_log = structlog.stdlib.get_logger(__name__)
_AT_ONCE = 100
"""Events that are told together."""
_MOST_WAITING = 10_000
_ANSWERS = 20
"""After so many have been made, others have their turn."""
_SLICE = 500
"""After so many have been written to, others have their turn."""
_OWN_MOVES = (EventKind.MEMBER_ADDED, EventKind.MEMBER_REMOVED)
_CHANNEL_CHANGES = (EventKind.CHANNEL_UPDATED, EventKind.CHANNEL_DELETED)


Carry = Callable[[Outlet, Shared], Carrier]
_Answers = dict[tuple[Group, int], Told | None]


class Fanout:
    """Everybody who is carried, in one process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._position = self._reach = house.feed.seen
        """Up to here all have been told; and up to here, those who sit or will be sitting."""
        self._groups: dict[tuple[object, ...], Group] = {}
        self._rooms: dict[str, dict[Group, dict[Seat, int]]] = {}
        """Who sees what happens in which channel, and from which position on."""
        self._owners: dict[str, dict[Seat, None]] = {}
        """Whose seats they are, by user and by session."""
        self._joined: dict[str, int] = {}
        """Where who has not been told of it yet became a member of something, latest, by user."""
        self._waiting: deque[EventRow] = deque()
        self._telling: asyncio.Task[None] | None = None
        house.feed.on_read(self._take)
        house.feed.on_event(self._hear)
        house.feed.on_missed(self._put_all_down)

    def __len__(self) -> int:
        return sum(group.seats for group in self._groups.values())

    def carrier(self, outlet: Outlet, shared: Shared) -> Carrier:
        """What writes there in the place of one who follows so."""
        return _Carrier(self, shared, outlet)

    def sit(self, follower: Follower, shared: Shared, outlet: Outlet) -> Seat | None:
        """A seat, unless something has happened since they looked."""
        caller = follower.caller
        own = (caller.user_id, caller.session_id)
        changed = self._house.revocations.behind(follower.since, *own)
        joined = self._joined.get(caller.user_id, 0)
        if changed or follower.position < max(self._reach, joined):
            return None
        group = self._groups.setdefault(shared.key, Group(shared))
        group.seats += 1
        seat = Seat(follower, group, outlet)
        for channel_id, start in seat.seen.items():
            self._rooms.setdefault(channel_id, {}).setdefault(group, {})[seat] = start
        for owner in own:
            self._owners.setdefault(owner, {})[seat] = None
        return seat

    def put_down(self, seat: Seat, position: int | None = None) -> None:
        """Lets them go on by themselves behind this position, or behind what they were told.

        It clears the seat, if it is not already.
        """
        if not seat.taken:
            return
        seat.taken = False
        seat.pending.clear()
        if not seat.put_down.done():  # else they have left
            told = max(seat.after, self._position)
            seat.put_down.set_result(told if position is None else position)
        group = seat.group
        for channel_id in seat.seen:
            room = self._rooms[channel_id]
            _take_from(room, group, seat)
            if not room:
                del self._rooms[channel_id]
        for owner in (seat.caller.user_id, seat.caller.session_id):
            _take_from(self._owners, owner, seat)
        group.seats -= 1
        if not group.seats:
            del self._groups[group.shared.key]

    def _put_all_down(self) -> None:
        for seat in {seat: None for seats in self._owners.values() for seat in seats}:
            self.put_down(seat)

    def _hear(self, event: Happening) -> None:
        """Puts down at once, before anything more is told, whose rights may have changed.

        Who comes to be a member is put down here, too: what is theirs may begin before that, with
        the making of a channel.
        """
        if event.kind == EventKind.MEMBER_ADDED:
            subject_id = event.subject_id or ""
            self._joined[subject_id] = max(event.position, self._joined.get(subject_id, 0))
        if event.kind in OF_SUBJECT or event.kind == EventKind.MEMBER_ADDED:
            for seat in list(self._owners.get(event.subject_id or "", ())):
                self.put_down(seat)
        elif event.kind in _CHANNEL_CHANGES:
            gone = event.kind == EventKind.CHANNEL_DELETED
            for group, seats in list(self._rooms.get(event.channel_id or "", {}).items()):
                if gone or group.shared.of_one_channel:
                    for seat in list(seats):
                        self.put_down(seat)

    def _take(self, page: Sequence[EventRow]) -> None:
        """Takes what is new in the log."""
        if not self._groups and self._telling is None:
            self._pass(page[-1].position)
            return
        self._waiting.extend(page)
        if len(self._waiting) > _MOST_WAITING:
            self._put_all_down()
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell_all(), name="fan-out")

    async def _tell_all(self) -> None:
        try:
            while self._waiting:
                batch = list(islice(self._waiting, _AT_ONCE))
                try:
                    await self._tell(batch)
                except Exception:  # noqa: BLE001 - the database may be down in any way: each looks
                    _log.exception("what has happened cannot be told to all at once")
                    self._put_all_down()
                for _ in batch:
                    self._waiting.popleft()
                self._pass(batch[-1].position)
                await asyncio.sleep(0)
        finally:
            self._telling = None

    def _pass(self, position: int) -> None:
        """All up to here has been told."""
        self._position = self._reach = position
        self._joined = {who: at for who, at in self._joined.items() if at > position}

    async def _tell(self, batch: list[EventRow]) -> None:
        told = await self._answers(batch)
        # What was read may stand behind a loss of rights, which is heard of here at the latest.
        await self._house.feed.as_of_now()
        self._reach = batch[-1].position
        now = self._house.clock.now()
        for number, seat in enumerate(self._assign(batch, told), start=1):
            self._write(seat, now)
            if number % _SLICE == 0:
                await asyncio.sleep(0)
                await self._house.feed.as_of_now()
                now = self._house.clock.now()

    async def _answers(self, batch: list[EventRow]) -> _Answers:
        """What each group is told of each event that is told to all in it alike."""
        here = [event for event in batch if self._room(event)]
        about = list({e.subject_id or "" for e in here if e.kind in ABOUT_MESSAGES})
        rows = await messages.by_ids(self._house.db, about) if about else {}
        told: _Answers = {}
        executed = 0
        for event in here:
            happened = Happened(event, rows.get(event.subject_id or ""))
            cursor = self._house.feed.cursor(event.position)
            for group in list(self._room(event)):
                if group.shared.way(event.kind) is Way.SHARED:
                    with suppress(NotShared):
                        told[group, event.position] = await group.told(happened, cursor)
                    executed += 1
                    if executed % _ANSWERS == 0:
                        await asyncio.sleep(0)
        return told

    def _assign(self, batch: list[EventRow], told: _Answers) -> dict[Seat, None]:
        """Gives everybody what they are to be told; returns who is concerned."""
        concerned: dict[Seat, None] = {}
        for event in batch:
            for seat in self._alone_with(event):
                if seat.give(event.position, ALONE):
                    concerned[seat] = None
            for group, seats in self._room(event).items():
                found = told.get((group, event.position), ALONE)
                if group.shared.way(event.kind) is Way.NOT or found is None:
                    continue
                for seat, start in seats.items():
                    if start <= event.position and seat.give(event.position, found):
                        concerned[seat] = None
        return concerned

    def _room(self, event: EventRow) -> dict[Group, dict[Seat, int]]:
        """Who may see an event because they see what happens in its channel."""
        if event.kind in FOR_SUBJECT:
            return {}
        return self._rooms.get(event.channel_id or "", {})

    def _alone_with(self, event: EventRow) -> Sequence[Seat]:
        """Who has to look at an event by themselves, whatever they have selected."""
        own = self._owners.get(event.subject_id or "", {})
        if event.kind in _OWN_MOVES:
            return list(own)
        if event.kind in IN_NO_CHANNEL:
            everybody = (seat for seats in self._owners.values() for seat in seats)
            staff_only = event.kind in FOR_STAFF
            own = {seat: None for seat in everybody if seat.staff or not staff_only}
        elif event.kind not in FOR_SUBJECT:
            return ()
        return [seat for seat in own if not seat.group.shared.of_one_channel]

    def _write(self, seat: Seat, now: Instant) -> None:
        if seat.put_down.done():  # or they are about to leave
            return
        if seat.until > now and seat.hand_all_out():
            if seat.stop is not None:
                self.put_down(seat, seat.stop)
        else:
            self.put_down(seat)


class _Carrier:
    """Carries one who follows, whenever there is a seat."""

    def __init__(self, fanout: Fanout, shared: Shared, outlet: Outlet) -> None:
        self._fanout = fanout
        self._shared = shared
        self._outlet = outlet

    async def carry(self, follower: Follower) -> int:
        """See Carrier."""
        seat = self._fanout.sit(follower, self._shared, self._outlet)
        if seat is None:
            return follower.position
        try:
            return await seat.put_down
        finally:
            self._fanout.put_down(seat)


def _take_from(seats: dict[K, dict[Seat, V]], place: K, seat: Seat) -> None:
    """Takes a seat from a place, and the place away if it was the last."""
    del seats[place][seat]
    if not seats[place]:
        del seats[place]
