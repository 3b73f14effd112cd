"""Presence: who is online, on any node, and since when they are not. Nothing of it is stored."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from adapters.clock import Clock, Instant
from resolvers.devices import Devices
from resolvers.whispers import Whisper, Whispers

_ALL, _CHANGE = "present", "presence"
_BEAT, _DEAD = 10.0, 30.0
"""In seconds: how often nodes tell who is with them, and after what silence one counts as dead."""
_REMEMBERED = 10_000


class Seen(NamedTuple):
    """What is known of somebody."""

    online: bool
    last_seen_at: str | None


class _Elsewhere(NamedTuple):
    users: set[str]
    heard_at: float


class Presence:
    """Who is online, as one process knows it."""

    def __init__(
        self, devices: Devices, whispers: Whispers, clock: Clock, *, grace: float = 5.0
    ) -> None:
        """`grace` is for how many seconds who has lost their last connection is still online."""
        self._whispers = whispers
        self._clock = clock
        self._grace = grace
        self._here: set[str] = set()
        self._leaving: dict[str, asyncio.TimerHandle] = {}
        self._elsewhere: dict[str, _Elsewhere] = {}
        self._left: OrderedDict[str, Instant] = OrderedDict()
        self._watchers: list[Callable[[str], None]] = []
        self._beating: asyncio.Task[None] | None = None
        devices.watch(self._connected)
        whispers.on(_ALL, self._hear_all)
        whispers.on(_CHANGE, self._hear_change)
        whispers.on_meeting(self._meet)

    def open(self) -> None:
        """Begins to tell other nodes, if there may be any."""
        if self._whispers.crosses:
            self._beating = asyncio.create_task(self._beat(), name="presence")

    async def close(self) -> None:
        """Lets everybody here go at once."""
        for timer in self._leaving.values():
            timer.cancel()
        self._here.clear()
        self._tell_all()
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.wait([self._beating])

    def watch(self, changed: Callable[[str], None]) -> None:
        """Calls `changed` with each user who comes to be online, or is so no more."""
        self._watchers.append(changed)

    def online(self, user_id: str) -> bool:
        """Whether the user is connected to any node, or was so a moment ago."""
        if user_id in self._here:
            return True
        return any(user_id in there.users for there in self._elsewhere.values())

    def count(self) -> int:
        """How many people are online."""
        return len(self._here.union(*(there.users for there in self._elsewhere.values())))

    def left_at(self, user_id: str) -> Instant | None:
        """When the user was online last, if that is known here."""
        return self._left.get(user_id)

    def _connected(self, user_id: str, *, is_connected: bool) -> None:
        if timer := self._leaving.pop(user_id, None):
            timer.cancel()
        if is_connected:
            self._arrive(user_id)
        else:
            loop = asyncio.get_running_loop()
            self._leaving[user_id] = loop.call_later(self._grace, self._leave, user_id)

    def _arrive(self, user_id: str) -> None:
        if user_id not in self._here:
            before = self.online(user_id)
            self._here.add(user_id)
            self._whispers.tell(_CHANGE, user=user_id, here=True)
            self._changed(user_id, before=before)

    def _leave(self, user_id: str) -> None:
        self._leaving.pop(user_id, None)
        self._here.discard(user_id)
        self._whispers.tell(_CHANGE, user=user_id, here=False)
        self._changed(user_id, before=True)

    def _changed(self, user_id: str, *, before: bool) -> None:
        now = self.online(user_id)
        if now == before:
            return
        if not now:
            self._left[user_id] = self._clock.now()
            self._left.move_to_end(user_id)
            if len(self._left) > _REMEMBERED:
                self._left.popitem(last=False)
        for watcher in self._watchers:
            watcher(user_id)

    def _hear_change(self, node: str, whisper: Whisper) -> None:
        user_id, here = str(whisper["user"]), bool(whisper["here"])
        there = self._elsewhere.get(node)
        users = set(there.users) if there else set[str]()
        if here:
            users.add(user_id)
        else:
            users.discard(user_id)
        self._place(node, users, [user_id])

    def _hear_all(self, node: str, whisper: Whisper) -> None:
        told: list[Any] = whisper["users"]
        users = {str(user_id) for user_id in told}
        known = self._elsewhere.get(node)
        if whisper.get("asks"):
            self._tell_all()
        self._place(node, users, users ^ (known.users if known else set()))

    def _place(self, node: str, users: set[str], about: Iterable[str]) -> None:
        """Notes who is with another node."""
        before = {user_id: self.online(user_id) for user_id in about}
        if users:
            self._elsewhere[node] = _Elsewhere(users, asyncio.get_running_loop().time())
        else:
            self._elsewhere.pop(node, None)
        for user_id, was_online in before.items():
            self._changed(user_id, before=was_online)

    def _meet(self) -> None:
        self._tell_all(asks=True)

    def _tell_all(self, *, asks: bool = False) -> None:
        self._whispers.tell(_ALL, users=sorted(self._here), asks=asks)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_BEAT)
            self._tell_all()
            silent = asyncio.get_running_loop().time() - _DEAD
            for node, there in list(self._elsewhere.items()):
                if there.heard_at < silent:
                    self._place(node, set(), there.users)
