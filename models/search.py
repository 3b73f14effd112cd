"""The index of words: FTS5 on SQLite, tsvector on PostgreSQL, and the same questions to both."""

from collections.abc import Sequence
from time import perf_counter
from typing import NamedTuple

from models.connection import Connection, Row, marks
from models.messages import SEEN, MessageRow
from models.words import words

FEW_CHANNELS, MANY_CHANNELS = 8, 200
_CHUNK, _IN_VAIN = 500, 2_000
"""In matches: so many are looked at together for those that may be read; and before others are."""
_STRETCH = 25_000
"""In positions: what is looked through in one go; more, as long as that is quick."""
_QUICK, _MOMENT = 0.01, 0.05
"""In seconds: what is quick, and after what time one has to do with what was found."""


class Phrase(NamedTuple):
    """Words that stand one after the other."""

    words: tuple[str, ...]
    is_prefix: bool = False
    """Whether the last one may go on."""


class Sought(NamedTuple):
    """What is looked for; all of it has to be there."""

    phrases: Sequence[Phrase]
    channel_ids: Sequence[str]
    """Those that may be read, and are to be looked through."""
    author_id: str | None
    after: int
    before: int
    """Positions between which to look, both exclusive."""


class Found(NamedTuple):
    """What was found, newest first."""

    rows: list[MessageRow]
    reached: int
    """All from here on, inclusive, has been looked at."""
    more: bool
    """Whether there is something left to be looked at before it."""


async def index(db: Connection, message_ids: list[str]) -> None:
    """Makes messages that have their place findable by what they say."""
    rows = await db.fetch(
        f"""SELECT position, channel_id, author_id, body FROM messages
            WHERE id IN ({marks(message_ids)}) AND deleted_at IS NULL AND position IS NOT NULL""",
        *message_ids,
    )
    if db.on_sqlite:
        await db.run_many(
            "INSERT INTO message_search (rowid, words, about) VALUES (?, ?, ?)",
            map(indexed_on_sqlite, rows),
        )
    else:
        await db.run_many(
            """INSERT INTO message_search (position, channel_id, author_id, words)
               VALUES (?, ?, ?, CAST(CAST(? AS TEXT) AS tsvector))""",
            map(indexed_on_postgres, rows),
        )


def indexed_on_sqlite(said: Row) -> tuple[int, str, str]:
    """What the index keeps of position, channel, author and body of a message."""
    position, channel_id, author_id, body = said
    return position, " ".join(words(body)), f"{_name(channel_id)} {_name(author_id)}"


def indexed_on_postgres(said: Row) -> tuple[int, str, str, str]:
    """What the index keeps of position, channel, author and body of a message."""
    position, channel_id, author_id, body = said
    return position, channel_id, author_id, _vector(body)


async def forget(db: Connection, position: int | None) -> None:
    """Lets nobody find the message there any more."""
    await db.fetch(f"DELETE FROM message_search WHERE {_place(db)} = ?", position)


async def forget_channel(db: Connection, channel_id: str) -> None:
    """Lets nobody find anything of a channel any more."""
    await db.fetch(
        f"""DELETE FROM message_search WHERE {_place(db)} IN
            (SELECT position FROM messages WHERE channel_id = ?)""",
        channel_id,
    )


async def newest(db: Connection, user_id: str, sought: Sought, limit: int) -> Found:
    """The latest messages that were sought and that the user may read, the latest first.

    It is looked for in one stretch of positions after the other, and only for a moment: whatever
    is asked for, there is an answer soon, which may say that there is more to be looked through.
    """
    if not db.on_sqlite:
        # Which way is short depends on the words. The pool takes it back with the connection.
        await db.fetch("SET plan_cache_mode = force_custom_plan")
    looking = _Looking(db, user_id, sought, limit)
    await looking.look()
    return Found(looking.found, looking.before, more=looking.before - 1 > sought.after)


class _Looking:
    """One search under way."""

    def __init__(self, db: Connection, user_id: str, sought: Sought, limit: int) -> None:
        self.found: list[MessageRow] = []
        self.before = sought.before
        """All from here on has been looked at."""
        self._db = db
        self._user_id = user_id
        self._sought = sought
        self._limit = limit
        self._examined = 0
        self._end = perf_counter() + _MOMENT

    async def look(self) -> None:
        size = _STRETCH
        while self.before - 1 > self._sought.after and not self._is_over():
            began = perf_counter()
            low = max(self._sought.after, self.before - size)
            await self._look_in(self._sought._replace(after=low, before=self.before))
            if perf_counter() - began < _QUICK:
                size *= 4

    def _is_over(self) -> bool:
        return len(self.found) >= self._limit or perf_counter() > self._end

    async def _look_in(self, stretch: Sought) -> None:
        while True:
            within = self._asks_for_channels()
            chunk = self._limit - len(self.found) if within else _CHUNK
            places = await _places(
                self._db, stretch._replace(before=self.before), chunk, within=within
            )
            self._examined += len(places)
            await self._read(places)
            if len(self.found) >= self._limit:
                self.before = self.found[-1].position
                return
            if len(places) < chunk:
                self.before = stretch.after + 1
                return
            self.before = places[-1]
            if self._is_over():
                return

    async def _read(self, places: list[int]) -> None:
        rows = await _readable(self._db, self._user_id, self._sought.channel_ids, places)
        self.found += rows[: self._limit - len(self.found)]

    def _asks_for_channels(self) -> bool:
        """Whether to look up what was said in which channel, which costs something for each.

        Mostly that is more than to look at all that fits, and to leave out what may not be read.
        """
        count, sought = len(self._sought.channel_ids), self._sought
        if count <= FEW_CHANNELS or not (sought.phrases or sought.author_id):
            return True
        return count <= MANY_CHANNELS and self._examined >= _IN_VAIN


async def position_at(db: Connection, moment: str) -> int:
    """The position of the last message from before a moment, 0 if there is none.

    Messages get their positions in the order in which they come, so a search by halves finds it.
    """
    low = 0
    last = await db.fetch("SELECT max(position) FROM messages")
    high = last[0][0] or 0
    while low < high:
        middle = (low + high + 1) // 2
        rows = await db.fetch(
            """SELECT position, created_at FROM messages
               WHERE position <= ? ORDER BY position DESC LIMIT 1""",
            middle,
        )
        if rows and rows[0][1] >= moment:
            high = rows[0][0] - 1
        else:
            low = middle
    return low


async def _places(db: Connection, sought: Sought, limit: int, *, within: bool) -> list[int]:
    """The positions of matches, the latest first; `within` the channels, if the index is asked."""
    if db.on_sqlite:
        rows = await db.fetch(
            """SELECT rowid FROM message_search
               WHERE message_search MATCH ? AND rowid > ? AND rowid < ?
               ORDER BY rowid DESC LIMIT ?""",
            _match(sought, within=within),
            sought.after,
            sought.before,
            limit,
        )
        return [row[0] for row in rows]
    where, given = ["position > ? AND position < ?"], [sought.after, sought.before]
    values: list[object] = list(given)
    if sought.phrases:
        where.append("words @@ CAST(CAST(? AS TEXT) AS tsquery)")
        values.append(" & ".join(map(_query, sought.phrases)))
    if sought.author_id is not None:
        where.append("author_id = ?")
        values.append(sought.author_id)
    if within:
        where.append(f"channel_id IN ({marks(sought.channel_ids)})")
        values += sought.channel_ids
    rows = await db.fetch(
        f"""SELECT position FROM message_search WHERE {" AND ".join(where)}
            ORDER BY position DESC LIMIT ?""",
        *values,
        limit,
    )
    return [row[0] for row in rows]


async def _readable(
    db: Connection, user_id: str, channel_ids: Sequence[str], places: list[int]
) -> list[MessageRow]:
    """Those of the messages there that the user may read as of this moment."""
    if not places:
        return []
    rows = await db.fetch(
        f"""SELECT {SEEN} FROM messages m JOIN channels c ON c.id = m.channel_id
            LEFT JOIN memberships own ON own.channel_id = c.id AND own.user_id = ?
            WHERE m.position IN ({marks(places)}) AND c.deleted_at IS NULL
              AND (own.id IS NOT NULL OR c.kind = 'PUBLIC')
            ORDER BY m.position DESC""",
        user_id,
        *places,
    )
    wanted = set(channel_ids)
    return [MessageRow._make(row) for row in rows if row[1] in wanted]


def _place(db: Connection) -> str:
    return "rowid" if db.on_sqlite else "position"


def _name(id_: str) -> str:
    """An id as one word of the index."""
    return id_.replace("-", "")


def _match(sought: Sought, *, within: bool) -> str:
    """The question in the language of FTS5 (sqlite.org/fts5.html, section 3).

    Words are letters, marks and digits alone, and cannot end what they stand in.
    """
    parts = [
        f'words : "{" ".join(phrase.words)}"{" *" if phrase.is_prefix else ""}'
        for phrase in sought.phrases
    ]
    if sought.author_id is not None:
        parts.append(f'about : "{_name(sought.author_id)}"')
    if within:
        names = " OR ".join(f'"{_name(channel_id)}"' for channel_id in sought.channel_ids)
        parts.append(f"about : ({names})")
    return " AND ".join(f"({part})" for part in parts)


def _query(phrase: Phrase) -> str:
    """The phrase in the language of tsquery (PostgreSQL, section 8.11.2)."""
    *before, last = (f"'{word}'" for word in phrase.words)
    return f"({' <-> '.join([*before, last + (':*' if phrase.is_prefix else '')])})"


_LAST_POSITION = 16_383
_MOST_POSITIONS = 256
"""Of one word: what a tsvector takes (PostgreSQL, section 12.11)."""


def _vector(body: str) -> str:
    """The words with their places, in the language of tsvector."""
    places: dict[str, list[int]] = {}
    for number, word in enumerate(words(body), start=1):
        places.setdefault(word, []).append(min(number, _LAST_POSITION))
    return " ".join(
        f"'{word}':{','.join(map(str, found[:_MOST_POSITIONS]))}" for word, found in places.items()
    )
