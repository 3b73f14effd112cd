"""People who were asked for of late, so that not every page has to read its authors again."""

from collections import OrderedDict
from collections.abc import Iterable

from models.accounts import UserRow
from models.events import ABOUT_PEOPLE
from resolvers.bells import Happening
from resolvers.feed import Feed


class People:
    """Remembers users until an event says that they may have changed."""

    def __init__(self, feed: Feed, remembered: int) -> None:
        """`remembered` is how many of them."""
        self._known: OrderedDict[str, UserRow] = OrderedDict()
        self._most = remembered
        self.changes = 0
        """How often somebody has changed: what was read in between may be out of date."""
        feed.on_event(self._hear)
        feed.on_missed(self._forget)

    def known(self, user_id: str) -> UserRow | None:
        """The user as they are, if that is known here."""
        return self._known.get(user_id)

    def learn(self, rows: Iterable[UserRow], changes: int) -> None:
        """Remembers what was read when `changes` was what it was before the reading."""
        if changes != self.changes:
            return
        for row in rows:
            self._known[row.id] = row
        while len(self._known) > self._most:
            self._known.popitem(last=False)

    def _hear(self, event: Happening) -> None:
        if event.kind in ABOUT_PEOPLE:
            self.changes += 1
            self._known.pop(event.subject_id or "", None)

    def _forget(self) -> None:
        self.changes += 1
        self._known.clear()
