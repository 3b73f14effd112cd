"""Search: what people type, and the messages that they may read and that it finds."""

import asyncio
import re
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from adapters.clock import Instant, instant
from models import accounts, channels, search
from models.channels import Readable
from models.connection import Connection
from models.messages import MessageRow
from models.search import Phrase, Sought
from models.words import words
from resolvers import paging, ranking, text
from resolvers.access import channel_for
from resolvers.errors import BadUserInput
from resolvers.house import Caller
from resolvers.paging import Page

_LONGEST, _MOST_PHRASES, _MOST_WORDS = 500, 20, 40
SAMPLE = 1_000
"""Among so many of the latest matches the best are chosen."""
_PART = re.compile(r'(?:(from|in|before|after):)?(?:"([^"]*)"?(\*)?|(\S+))', re.IGNORECASE)
_END = 2**62


class SearchOrder(StrEnum):
    """What comes first."""

    NEWEST = "NEWEST"
    BEST = "BEST"


class Question(NamedTuple):
    """What somebody typed, taken apart."""

    phrases: list[Phrase]
    names: list[str]
    """After `from:`, folded."""
    places: list[str]
    """After `in:`."""
    after: Instant | None
    """Nothing from before this moment."""
    before: Instant | None
    """Only from before this moment."""


def parsed(query: str) -> Question:
    """Takes apart what somebody typed. Raises BadUserInput.

    Words, prefixes*, "phrases", from:name, in:channel, before:date and after:date; all else is
    read as words, so that whatever is typed means something.
    """
    given = text.plain("query", query)
    if len(given) > _LONGEST:
        raise BadUserInput("query", f"must have {_LONGEST} characters at the most")
    phrases: list[Phrase] = []
    limits: dict[str, list[str]] = {name: [] for name in ("from", "in", "before", "after")}
    for operator, quoted, quoted_star, bare in _PART.findall(given):
        value = quoted or bare
        if operator:
            limits[operator.lower()].append(value)
        elif known := words(value):
            phrases.append(Phrase(tuple(known), bool(quoted_star) or bare.endswith("*")))
    found = Question(
        list(dict.fromkeys(phrases)),
        names=[text.fold(name.removeprefix("@")) for name in limits["from"]],
        places=limits["in"],
        after=max((_day(day, days=1) for day in limits["after"]), default=None),
        before=min((_day(day) for day in limits["before"]), default=None),
    )
    if len(found.phrases) > _MOST_PHRASES or sum(len(p.words) for p in found.phrases) > _MOST_WORDS:
        raise BadUserInput("query", f"may have {_MOST_PHRASES} words or phrases")
    if not (found.phrases or found.names or found.places):
        raise BadUserInput("query", "must say what to look for")
    return found


async def page(
    caller: Caller,
    query: str,
    channel_id: str | None,
    order: SearchOrder,
    first: int | None,
    after: str | None,
) -> Page[MessageRow]:
    """Messages that the caller may read, found by what they say.

    A page may have fewer than were asked for and still not be the last: then there was much to
    look through. Raises BadUserInput, NotFound for the channel, Unauthenticated, Banned.
    """
    wanted = paging.size("first", first)
    question = parsed(query)
    newest = order is SearchOrder.NEWEST
    start = paging.decode(after, (_END,) if newest else (_END, 0, _END, _END))
    if channel_id is not None:
        channel_id = (await channel_for(caller.db, caller, channel_id, "messages")).id
    bound = min(int(start[0]), caller.house.feed.head + 1)
    floor = 0 if newest else int(start[1])
    most = wanted + 1 if newest else SAMPLE

    async def read(db: Connection) -> search.Found:
        sought = await _sought(db, caller, question, channel_id, (floor, bound))
        none = search.Found([], 0, more=False)
        found = none if sought is None else await search.newest(db, caller.user_id, sought, most)
        await caller.still_admitted(db)
        return found

    found = await caller.db.visit(read)
    if newest:
        return _newest(found, wanted, after)
    # Apart from everything else, as it reads every word of what was found.
    ranked = await asyncio.to_thread(ranking.best_first, question.phrases, found.rows)
    sample = (bound, max(found.reached - 1, floor))
    return _best(ranked, sample, wanted, (int(start[2]), int(start[3])), after)


def _newest(found: search.Found, wanted: int, after: str | None) -> Page[MessageRow]:
    rows = found.rows[:wanted]
    over = len(found.rows) > wanted
    reached = rows[-1].position if over else found.reached
    more = over or found.more
    return Page(
        rows,
        [paging.encode((row.position,)) for row in rows],
        has_next=more,
        has_previous=after is not None,
        reached=paging.encode((reached,)) if more else None,
    )


def _best(
    ranked: list[tuple[int, MessageRow]],
    sample: tuple[int, int],
    wanted: int,
    start: tuple[int, int],
    after: str | None,
) -> Page[MessageRow]:
    # Later pages are of the same sample, from whose positions each cursor begins.
    behind = [(score, row) for score, row in ranked if (score, row.position) < start]
    whole = paging.forward(behind, wanted, after, lambda item: (*sample, item[0], item[1].position))
    rows = [row for _, row in whole.items]
    return Page(rows, whole.cursors, whole.has_next, whole.has_previous)


async def _sought(
    db: Connection,
    caller: Caller,
    question: Question,
    channel_id: str | None,
    between: tuple[int, int],
) -> Sought | None:
    """What is to be looked for; None where nothing can be found."""
    there = await channels.readable(db, caller.user_id)
    if channel_id is not None:
        there = [channel for channel in there if channel.id == channel_id]
    for place in question.places:
        there = await _named(db, caller, there, place)
    authors = {await _author(db, caller, name) for name in question.names}
    if not there or len(authors) > 1 or None in authors:
        return None
    low, high = between
    if question.after is not None:
        low = max(low, await search.position_at(db, question.after))
    if question.before is not None:
        high = min(high, await search.position_at(db, question.before) + 1)
    ids = [channel.id for channel in there]
    return Sought(question.phrases, ids, next(iter(authors), None), low, high)


async def _author(db: Connection, caller: Caller, name: str) -> str | None:
    if name == "me":
        return caller.user_id
    row = await accounts.by_username_key(db, name)
    return row.id if row else None


async def _named(
    db: Connection, caller: Caller, there: list[Readable], place: str
) -> list[Readable]:
    """Those channels that have this name or id or, for `@name`, are between two alone."""
    if place.startswith("@"):
        other = await _author(db, caller, text.fold(place[1:]))
        pair = channels.pair_of(caller.user_id, other or "")
        return [channel for channel in there if channel.pair == pair]
    key = text.fold(place.removeprefix("#"))
    named = [c for c in there if c.id == place or (c.name and text.fold(c.name) == key)]
    return named[: search.MANY_CHANNELS]


def _day(value: str, *, days: int = 0) -> Instant:
    """The beginning of a day in UTC, or of the one so many days later; or a moment."""
    try:
        if len(value) == len("2026-01-31"):
            day = date.fromisoformat(value) + timedelta(days=days)
            return instant(datetime(day.year, day.month, day.day, tzinfo=UTC))
        return instant(datetime.fromisoformat(value))
    except (ValueError, OverflowError) as error:
        told = "must have dates like 2026-01-31 after before: and after:"
        raise BadUserInput("query", told) from error
