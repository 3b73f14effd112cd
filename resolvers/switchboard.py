"""The switchboard: which peers are reached through this process, and who rings for them."""

import asyncio
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from time import monotonic
from typing import NamedTuple

import structlog

from adapters.bus import hang_up
from models import signals
from models.connection import Connection
from resolvers.bells import Bell, Bells
from resolvers.whispers import Whisper, Whispers

_log = structlog.stdlib.get_logger(__name__)
_SIGNAL = "signal"
_DOUBT = 2.0
"""After so many seconds it is looked for signals of other nodes all the same: whispers get lost."""
_REMEMBERED = 10_000


class Peer(NamedTuple):
    """A tab or a program of a user, under the id that it chose."""

    user_id: str
    id: str


class Switchboard:
    """The peers of one process."""

    def __init__(self, whispers: Whispers, db: Connection) -> None:
        self._whispers = whispers
        self._db = db
        self._bells = Bells()
        self._here: Counter[Peer] = Counter()
        self._left: dict[Peer, float] = {}
        """Since when those are gone who were here, on a clock that units of work can read, too."""
        self._seen = 0
        self._tasks: list[asyncio.Task[None]] = []
        whispers.on(_SIGNAL, self._overhear)
        whispers.on_meeting(self._bells.ring_all)

    @property
    def node(self) -> str:
        """The name of this process."""
        return self._whispers.node

    async def open(self) -> None:
        """Begins to look for what other nodes were told, if there may be any."""
        self._seen = await signals.newest(self._db)
        if self._whispers.crosses:
            self._tasks = [asyncio.create_task(self._look(), name="switchboard")]

    async def close(self) -> None:
        """Looks no more."""
        await hang_up(self._tasks)

    @contextmanager
    def reached(self, peer: Peer) -> Generator[Bell]:
        """Within it the peer is here: a bell that rings when there is something for its user."""
        self._here[peer] += 1
        self._left.pop(peer, None)
        try:
            with self._bells.bell(peer.user_id) as bell:
                yield bell
        finally:
            self._here[peer] -= 1
            if not self._here[peer]:
                del self._here[peer]
                self._note_left(peer)

    def is_here(self, peer: Peer) -> bool:
        """Whether the peer is reached through this process."""
        return peer in self._here

    def expect(self, peer: Peer) -> None:
        """It has said in another way that it is there, and will be listening."""
        self._left.pop(peer, None)

    def left_for(self, peer: Peer) -> float:
        """For how many seconds a peer is gone that was here; 0 for one that was not, or is."""
        since = self._left.get(peer)
        return 0.0 if since is None else monotonic() - since

    def ring(self, user_id: str) -> None:
        """There is something for this user, on whichever node."""
        self._bells.ring_about(user_id)
        self._whispers.tell(_SIGNAL, user=user_id)

    def _note_left(self, peer: Peer) -> None:
        self._left[peer] = monotonic()
        if len(self._left) > _REMEMBERED:
            del self._left[next(iter(self._left))]

    def _overhear(self, _: str, whisper: Whisper) -> None:
        self._bells.ring_about(str(whisper["user"]))

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_DOUBT)
            try:
                newest = await signals.newest(self._db)
                if newest > self._seen:
                    for user_id in await signals.recipients(self._db, self._seen):
                        self._bells.ring_about(user_id)
                    self._seen = newest
            except Exception:  # noqa: BLE001 - the database may be down in any way: we look again
                _log.exception("it cannot be seen who is called")
