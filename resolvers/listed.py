"""The list of words as it is looked at: what is said with one of them is reported by itself."""

import asyncio
from collections.abc import Iterable

import structlog

from models import reports
from models.connection import Connection
from models.events import EventKind
from models.words import words
from resolvers.bells import Happening
from resolvers.feed import Feed

_log = structlog.stdlib.get_logger(__name__)

Phrase = tuple[str, ...]


class ListedWords:
    """Remembers the list, and reads it anew when an event says that it has changed."""

    def __init__(self, feed: Feed, db: Connection) -> None:
        self._db = db
        self._changes = 0
        self._known: dict[str, list[tuple[Phrase, str]]] = {}
        """Phrases and how they are shown, by their first words."""
        self._loading: set[asyncio.Task[None]] = set()
        feed.on_event(self._hear)
        feed.on_missed(self._renew)

    async def load(self) -> None:
        """Reads the list."""
        while True:
            changes = self._changes
            known = _by_first_word(await reports.listed(self._db))
            # What was read while something changed may be from before the change.
            if changes == self._changes:
                self._known = known
                return

    def within(self, body: str) -> list[str]:
        """The words and phrases of the list that a text has in it.

        Who asks does not have to wait, so that what is said stays in its order.
        """
        if not self._known:
            return []
        said = words(body)
        found = {
            shown: None
            for place, word in enumerate(said)
            for phrase, shown in self._known.get(word, ())
            if tuple(said[place : place + len(phrase)]) == phrase
        }
        return list(found)

    def _hear(self, event: Happening) -> None:
        if event.kind == EventKind.WORDS_LISTED:
            self._renew()

    def _renew(self) -> None:
        self._changes += 1
        task = asyncio.get_running_loop().create_task(self._try_to_load())
        self._loading.add(task)
        task.add_done_callback(self._loading.discard)

    async def _try_to_load(self) -> None:
        try:
            await self.load()
        except Exception:  # noqa: BLE001 - the database may be down in any way
            _log.exception("the list of words cannot be read")


def _by_first_word(listed: Iterable[tuple[str, str]]) -> dict[str, list[tuple[Phrase, str]]]:
    known: dict[str, list[tuple[Phrase, str]]] = {}
    for folded, shown in listed:
        phrase = tuple(folded.split(" "))
        known.setdefault(phrase[0], []).append((phrase, shown))
    return known
