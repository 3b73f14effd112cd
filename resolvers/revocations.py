"""Revocations: since when somebody has fewer rights than they had."""

from models.events import EventKind
from resolvers.bells import Happening
from resolvers.feed import Feed

_REMEMBERED = 10_000
_EVERYBODY = "everybody"
OF_SUBJECT = frozenset(
    {
        EventKind.MEMBER_REMOVED,
        EventKind.USER_BANNED,
        EventKind.USER_UPDATED,  # a role, perhaps
        EventKind.SESSION_ENDED,
    }
)


class Revocations:
    """The latest event that may have taken a right away, by whom it concerns."""

    def __init__(self, feed: Feed) -> None:
        self._latest: dict[str, int] = {}
        self._unknown = 0
        """Up to here it is not known any more, and so it may be anybody."""
        self._feed = feed
        feed.on_event(self._hear)
        feed.on_missed(self._miss)

    def behind(self, position: int, *ids: str) -> bool:
        """Whether these, users or sessions, may have lost a right behind this position."""
        concerned = (self._latest.get(about, 0) for about in (*ids, _EVERYBODY))
        return position < max(self._unknown, *concerned)

    def _hear(self, event: Happening) -> None:
        if event.kind in OF_SUBJECT:
            self._note(event.subject_id or "", event.position)
        elif event.kind == EventKind.CHANNEL_UPDATED:
            # One that was open to all may be so no more.
            self._note(_EVERYBODY, event.position)

    def _note(self, about: str, position: int) -> None:
        self._latest[about] = max(position, self._latest.pop(about, 0))
        if len(self._latest) > _REMEMBERED:
            oldest = next(iter(self._latest))
            self._unknown = max(self._unknown, self._latest.pop(oldest))

    def _miss(self) -> None:
        self._unknown = self._feed.head
