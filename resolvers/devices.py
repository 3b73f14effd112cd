"""Connected devices: how many there are, and which of them a revocation cuts off."""

from collections.abc import Callable
from typing import Protocol

from models.events import EventKind
from resolvers.bells import Happening
from resolvers.feed import Feed

Close = Callable[[int, str], None]
"""Ends a connection with this close code of RFC 6455, for this reason."""


class Watch(Protocol):
    """Somebody who wants to know who is connected."""

    def __call__(self, user_id: str, *, is_connected: bool) -> None:
        """Called at the first connection, and once the last is gone."""
        ...


FORBIDDEN, GOING_AWAY = 4403, 1001
BANNED = "Banned"
"""The reason with which those are cut off who are banned: what the ban says is yet to be added."""


class Devices:
    """The live connections of this process, by user, by session, or else by address."""

    def __init__(self, feed: Feed) -> None:
        self._all: set[Close] = set()
        self._dismissed = False
        self._by_id: dict[str, set[Close]] = {}
        self._watchers: list[Watch] = []
        feed.on_event(self._hear)
        feed.on_missed(self._miss)

    def __len__(self) -> int:
        return len(self._all)

    def count(self, about: str) -> int:
        """How many connections this user, session or address has."""
        return len(self._by_id.get(about, ()))

    def watch(self, changed: Watch) -> None:
        """Calls `changed` with who has their first connection here, or has lost their last."""
        self._watchers.append(changed)

    def arrive(self, *ids: str, close: Close) -> None:
        """From now on the connection with these ids counts, and can be cut off.

        The first of them is the user, or the address of nobody.
        """
        self._all.add(close)
        if ids[0] not in self._by_id:
            self._tell(ids, is_connected=True)
        for about in ids:
            self._by_id.setdefault(about, set()).add(close)
        if self._dismissed:
            close(GOING_AWAY, "The server stops")

    def leave(self, *ids: str, close: Close) -> None:
        """The connection is no more."""
        self._all.discard(close)
        for about in ids:
            self._by_id[about].discard(close)
            if not self._by_id[about]:
                del self._by_id[about]
        if ids[0] not in self._by_id:
            self._tell(ids, is_connected=False)

    def dismiss(self) -> None:
        """Ends every connection, because the server stops."""
        self._dismissed = True
        for close in list(self._all):
            close(GOING_AWAY, "The server stops")

    def _tell(self, ids: tuple[str, ...], *, is_connected: bool) -> None:
        if len(ids) == 1:  # an address, of nobody
            return
        for changed in self._watchers:
            changed(ids[0], is_connected=is_connected)

    def _miss(self) -> None:
        for close in list(self._all):
            close(GOING_AWAY, "Connect again")

    def _hear(self, event: Happening) -> None:
        if event.kind == EventKind.USER_BANNED:
            self._close(event.subject_id, BANNED)
        elif event.kind == EventKind.SESSION_ENDED:
            self._close(event.subject_id, "The session has ended")

    def _close(self, about: str | None, reason: str) -> None:
        for close in list(self._by_id.get(about or "", ())):
            close(FORBIDDEN, reason)
