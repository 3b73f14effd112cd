"""Company: who wants to hear of those around them, of their coming and going and of their typing.

Nothing of it is in the log, and what is lost on the way is lost. A listener is given what happens
in channels that they are in, and stops being given it the moment the log says that they are not.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Generator, Iterable
from contextlib import contextmanager

import structlog

from models import channels
from models.connection import Connection
from models.events import EventKind
from resolvers.bells import Happening
from resolvers.feed import Feed
from resolvers.presence import Presence
from resolvers.whispers import Whisper, Whispers

_log = structlog.stdlib.get_logger(__name__)
_TYPING = "typing"
_PASSED_ON = 2.0
"""In seconds: how often it is said, at the most, that somebody is typing."""
_REMEMBERED = 10_000


class Listener:
    """One who wants to hear of the people in some channels."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id
        self.channels: set[str] = set()
        self.stale = True
        """Whether they may have come to be in other channels."""
        self._heard: dict[str, set[str]] = {}
        """Of whom, and in which channels."""
        self._something = asyncio.Event()

    def give(self, channel_id: str, user_id: str) -> None:
        """Something happened there that is about another."""
        if user_id != self.user_id:
            self._heard.setdefault(user_id, set()).add(channel_id)
            self._something.set()

    def wake(self) -> None:
        """Something about themself has happened."""
        self.stale = True
        self._something.set()

    def forget(self, channel_id: str) -> None:
        """What happened there is not for them any more."""
        self.channels.discard(channel_id)
        for user_id, there in list(self._heard.items()):
            there.discard(channel_id)
            if not there:
                del self._heard[user_id]
        self._something.set()

    async def heard(self) -> dict[str, set[str]]:
        """Waits; returns of whom there is something new, and where; nobody if they were woken."""
        await self._something.wait()
        self._something.clear()
        heard, self._heard = self._heard, {}
        return heard

    def is_in(self, places: set[str]) -> bool:
        """Whether they still listen to one of these channels."""
        return not self.channels.isdisjoint(places)


class Listeners:
    """All of one kind, by the channels that they are in."""

    def __init__(self, feed: Feed) -> None:
        self._rooms: dict[str, dict[Listener, None]] = {}
        self._own: dict[str, dict[Listener, None]] = {}
        feed.on_event(self._hear)
        feed.on_missed(self._miss)

    @contextmanager
    def listener(self, user_id: str) -> Generator[Listener]:
        """Within it, somebody listens, so far to no channel."""
        listener = Listener(user_id)
        self._own.setdefault(user_id, {})[listener] = None
        try:
            yield listener
        finally:
            self.move(listener, ())
            _take_from(self._own, listener.user_id, listener)

    def move(self, listener: Listener, places: Iterable[str]) -> None:
        """From now on they listen to these channels."""
        wanted = set(places)
        for gone in listener.channels - wanted:
            _take_from(self._rooms, gone, listener)
        for new in wanted - listener.channels:
            self._rooms.setdefault(new, {})[listener] = None
        listener.channels = wanted

    def give(self, channel_id: str, user_id: str) -> None:
        """Tells all who listen there that there is something new of a user."""
        for listener in self._rooms.get(channel_id, ()):
            listener.give(channel_id, user_id)

    def __len__(self) -> int:
        return sum(map(len, self._own.values()))

    def _hear(self, event: Happening) -> None:
        channel_id, user_id = event.channel_id or "", event.subject_id or ""
        if event.kind == EventKind.MEMBER_REMOVED:
            for listener in list(self._own.get(user_id, ())):
                self._leave(listener, channel_id)
                # Where they are may just be being read, as of before this.
                listener.wake()
        elif event.kind == EventKind.CHANNEL_DELETED:
            for listener in list(self._rooms.get(channel_id, ())):
                self._leave(listener, channel_id)
                listener.wake()
        elif event.kind == EventKind.MEMBER_ADDED:
            for listener in self._own.get(user_id, ()):
                listener.wake()

    def _leave(self, listener: Listener, channel_id: str) -> None:
        if channel_id in listener.channels:
            _take_from(self._rooms, channel_id, listener)
            listener.forget(channel_id)

    def _miss(self) -> None:
        for listeners in self._own.values():
            for listener in listeners:
                listener.wake()


class Company:
    """Those who listen in this process, and what they are told."""

    def __init__(self, feed: Feed, presence: Presence, whispers: Whispers, db: Connection) -> None:
        self._db = db
        self._whispers = whispers
        self._neighbours = Listeners(feed)
        self._readers = Listeners(feed)
        self._changed: dict[str, None] = {}
        self._telling: asyncio.Task[None] | None = None
        self._said: OrderedDict[tuple[str, str], float] = OrderedDict()
        presence.watch(self._presence_changed)
        whispers.on(_TYPING, self._overhear)

    @contextmanager
    def neighbour(self, user_id: str) -> Generator[Listener]:
        """Within it, somebody listens for who comes and goes where they are."""
        with self._neighbours.listener(user_id) as listener:
            yield listener

    async def look_around(self, listener: Listener) -> None:
        """Lets a neighbour listen to all channels that they are in, if these may be others."""
        if listener.stale:
            # Before it is read: whatever happens meanwhile makes it stale again.
            listener.stale = False
            places = await channels.living_places_of_user(self._db, listener.user_id)
            self._neighbours.move(listener, places)

    @contextmanager
    def reader(self, user_id: str, channel_id: str) -> Generator[Listener]:
        """Within it, somebody listens for who is typing in a channel."""
        with self._readers.listener(user_id) as listener:
            self._readers.move(listener, [channel_id])
            yield listener

    def typing(self, channel_id: str, user_id: str) -> None:
        """Tells others in a channel that somebody is writing there."""
        now, who = asyncio.get_running_loop().time(), (channel_id, user_id)
        if now - self._said.get(who, -_PASSED_ON) < _PASSED_ON:
            return
        self._said[who] = now
        self._said.move_to_end(who)
        if len(self._said) > _REMEMBERED:
            self._said.popitem(last=False)
        self._readers.give(channel_id, user_id)
        self._whispers.tell(_TYPING, channel=channel_id, user=user_id)

    def _overhear(self, _: str, whisper: Whisper) -> None:
        self._readers.give(str(whisper["channel"]), str(whisper["user"]))

    def _presence_changed(self, user_id: str) -> None:
        if len(self._neighbours):
            self._changed[user_id] = None
            if self._telling is None:
                self._telling = asyncio.create_task(self._tell(), name="presence of neighbours")

    async def _tell(self) -> None:
        try:
            while self._changed:
                user_id = next(iter(self._changed))
                del self._changed[user_id]
                for channel_id in await channels.living_places_of_user(self._db, user_id):
                    self._neighbours.give(channel_id, user_id)
        except Exception:  # noqa: BLE001 - the database may be down in any way: it may be lost
            _log.exception("nobody could be told who is online")
        finally:
            self._telling = None


def _take_from(places: dict[str, dict[Listener, None]], place: str, listener: Listener) -> None:
    """Takes a listener from a place, and the place away if it was the last."""
    del places[place][listener]
    if not places[place]:
        del places[place]
