"""How long a search takes among a million messages.

python -m tests.bench.search [--messages 1000000] [--postgres]
"""

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from adapters.ids import new_id
from models import search as index
from models.events import life_and_position
from models.writer import Transaction
from resolvers import channels, messages, search
from resolvers.house import Caller, House
from resolvers.rights import ChannelKind
from resolvers.search import SearchOrder
from server.opening import open_house
from server.settings import Settings
from tests.resolvers.people import somebody
from tests.stage import a_postgres, fresh_database, settings_for

CHUNK = 20_000
TIMES = 15
WORDS = 30_000
PUBLIC, ADAS, CLEOS = 100, 50, 200
MESSAGE = """INSERT INTO messages
  (id, channel_id, author_id, body, digest, created_at, position, number, reply_count)
  VALUES (?, ?, ?, ?, '', ?, ?, ?, 0)"""
ON_SQLITE = "INSERT INTO message_search (rowid, words, about) VALUES (?, ?, ?)"
ON_POSTGRES = """INSERT INTO message_search (position, channel_id, author_id, words)
  VALUES (?, ?, ?, CAST(CAST(? AS TEXT) AS tsvector))"""
ASKED = {
    "common": "common",
    "frequent": "w1",
    "rare": "w29998",
    "absent": "nothing",
    "prefix, common": "com*",
    "prefix, many words": "perso*",
    "prefix, long": "person1234*",
    "prefix, absent": "nothi*",
    "phrase": '"common w1"',
    "phrase, absent": '"w1 common"',
    "two, rarely together": "w29998 w1",
    "from": "common from:ben",
    "in": "common in:quiet",
    "before": "common before:2020-01-01",
}


class Library:
    """A house full of messages, and three who search it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.people: dict[str, Caller] = {}
        self.rooms: list[str] = []
        self.quiet = ""

    async def furnish(self) -> None:
        """Ada reads 150 channels, Ben 101, of which one is quiet, Cleo 300."""
        for name in ("ada", "ben", "cleo"):
            self.people[name] = await somebody(self.house, name)
        ada, ben, cleo = self.people.values()
        wanted = (
            *((ada, ChannelKind.PUBLIC, PUBLIC), (ada, ChannelKind.PRIVATE, ADAS)),
            (cleo, ChannelKind.PRIVATE, CLEOS),
        )
        for owner, kind, count in wanted:
            for number in range(count):
                made = await channels.create(owner, kind, name=f"{kind} {number}")
                self.rooms.append(made.id)
        self.quiet = (await channels.create(ben, ChannelKind.PRIVATE, name="quiet")).id
        for number in range(100):
            await messages.send(ben, self.quiet, f"common w1 {number}")

    async def fill(self, count: int) -> None:
        """Adds messages, each of a common word and twelve others, as a language would have them."""
        chance = Random(1)
        names = [f"w{n}" if n % 3 else f"person{n}" for n in range(WORDS)]
        weights = [1 / (n + 1) for n in range(WORDS)]
        busy = [1 / (n + 1) for n in range(len(self.rooms))]
        for start in range(0, count, CHUNK):
            size = min(CHUNK, count - start)
            said = chance.choices(names, weights, k=12 * size)
            rooms = chance.choices(self.rooms, busy, k=size)
            bodies = [f"common {' '.join(said[12 * n : 12 * n + 12])}" for n in range(size)]
            await self._add(rooms, bodies)
        # Nothing was told of these, so the feed has to be.
        self.house.feed.head = (await life_and_position(self.house.db))[1]

    async def _add(self, rooms: list[str], bodies: list[str]) -> None:
        at, author = self.house.clock.now(), self.people["ada"].user_id

        async def unit(transaction: Transaction) -> None:
            db = transaction.db
            moved = "UPDATE log_head SET position = position + ? RETURNING position"
            head = (await db.fetch(moved, len(bodies)))[0][0] - len(bodies)
            placed = list(enumerate(zip(rooms, bodies, strict=True), head + 1))
            await db.run_many(
                MESSAGE, [(new_id(), room, author, body, at, p, p) for p, (room, body) in placed]
            )
            rows = [(p, room, author, body) for p, (room, body) in placed]
            made = index.indexed_on_sqlite if db.on_sqlite else index.indexed_on_postgres
            await db.run_many(ON_SQLITE if db.on_sqlite else ON_POSTGRES, map(made, rows))

        await self.house.write(unit)


async def milliseconds(work: Callable[[], Awaitable[Any]]) -> tuple[float, int]:
    """The median of some times, and how much was found."""
    taken, found = [], 0
    for _ in range(TIMES):
        began = perf_counter()
        page = await work()
        taken.append(1000 * (perf_counter() - began))
        found = len(page.items)
    return median(taken), found


async def measured(settings: Settings, count: int, console: Console) -> None:
    async with open_house(settings) as house:
        library = Library(house)
        await library.furnish()
        began = perf_counter()
        await library.fill(count)
        if not house.db.on_sqlite:
            await house.write(lambda transaction: transaction.db.fetch("ANALYZE"))
        console.print(f"{count:,} messages in {perf_counter() - began:.0f} s")
        table = Table(title="median ms (how many were found)")
        for heading in ("", *library.people):
            table.add_column(heading, justify="right")
        for order in SearchOrder:
            for name, query in ASKED.items():
                row = [
                    await milliseconds(
                        lambda c=caller, q=query, o=order: search.page(c, q, None, o, None, None)
                    )
                    for caller in library.people.values()
                ]
                table.add_row(f"{order} {name}", *(f"{ms:.1f} ({n})" for ms, n in row))
        console.print(table)


async def main() -> None:
    """Fills, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--postgres", action="store_true")
    given = parser.parse_args()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        base = stack.enter_context(a_postgres()) if given.postgres else None
        url = await stack.enter_async_context(fresh_database(base))
        settings = settings_for(Path(folder), url)
        await measured(settings, given.messages, Console(width=120))


if __name__ == "__main__":
    asyncio.run(main())
