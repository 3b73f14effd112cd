"""The index of words: FTS5 on SQLite, tsvector on PostgreSQL, and the same questions to both."""

from collections.abc import Sequence
from typing import NamedTuple

from models.connection import Connection, Row, marks
from models.messages import SEEN, MessageRow
from models.words import words

MOST_CHANNELS = 500
"""Up to so many, the index itself is asked for what was said in them."""
EXAMINED = 5_000
"""Where there are more, so many messages are looked at in one go for those that may be read."""
_CHUNK = 500


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
    """The latest messages that were sought and that the user may read, the latest first."""
    found: list[MessageRow] = []
    before, examined = sought.before, 0
    few = len(sought.channel_ids) <= MOST_CHANNELS
    chunk = limit if few else _CHUNK
    while True:
        places = await _places(db, sought._replace(before=before), chunk, within=few)
        found += await _readable(db, user_id, sought.channel_ids, places)
        examined += len(places)
        before = places[-1] if places else sought.after
        if len(found) >= limit:
            return Found(found[:limit], found[limit - 1].position, more=True)
        if len(places) < chunk:
            return Found(found, sought.after, more=False)
        if not few and examined >= EXAMINED:
            return Found(found, before, more=True)


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
