"""The list of words as it is looked at: what is said with one of them is reported by itself."""

from collections.abc import Iterable

from models import reports
from models.connection import Connection
from models.events import EventKind
from models.words import words
from resolvers.bells import Happening
from resolvers.feed import Feed

Phrase = tuple[str, ...]


class ListedWords:
    """Remembers the list until an event says that it has changed."""

    def __init__(self, feed: Feed, db: Connection) -> None:
        self._db = db
        self._changes = 0
        self._known: dict[str, list[tuple[Phrase, str]]] | None = None
        """Phrases and how they are shown, by their first words."""
        feed.on_event(self._hear)
        feed.on_missed(self._forget)

    async def within(self, body: str) -> list[str]:
        """The words and phrases of the list that a text has in it."""
        known = self._known
        if known is None:
            changes = self._changes
            known = _by_first_word(await reports.listed(self._db))
            # What was read while something changed may be from before the change.
            if changes == self._changes:
                self._known = known
        if not known:
            return []
        said = words(body)
        found = {
            shown: None
            for place, word in enumerate(said)
            for phrase, shown in known.get(word, ())
            if tuple(said[place : place + len(phrase)]) == phrase
        }
        return list(found)

    def _hear(self, event: Happening) -> None:
        if event.kind == EventKind.WORDS_LISTED:
            self._forget()

    def _forget(self) -> None:
        self._changes += 1
        self._known = None


def _by_first_word(listed: Iterable[tuple[str, str]]) -> dict[str, list[tuple[Phrase, str]]]:
    known: dict[str, list[tuple[Phrase, str]]] = {}
    for folded, shown in listed:
        phrase = tuple(folded.split(" "))
        known.setdefault(phrase[0], []).append((phrase, shown))
    return known
