"""The database that every run begins with: migrated, with a cast that has met."""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from adapters.bus import Bus
from models.migrating import migrate
from models.writer import Transaction
from resolvers import accounts, channels, sessions
from resolvers.feed import Feed
from resolvers.house import Caller
from resolvers.rights import ChannelKind, Role
from tests.simulator.chance import Chance
from tests.simulator.engine import Disk, SimulatedDatabase
from tests.simulator.ids import seeded_ids
from tests.simulator.loop import run
from tests.simulator.nodes import build_house

CAST = {
    "root": Role.ADMIN,
    "mo": Role.MODERATOR,
    "ada": Role.MEMBER,
    "ben": Role.MEMBER,
    "cleo": Role.MEMBER,
    "dan": Role.MEMBER,
}
CHANNELS = {
    ChannelKind.PUBLIC: ("ada", "ben", "dan", "mo"),
    ChannelKind.PRIVATE: ("ben", "ada", "cleo"),
    ChannelKind.GROUP: ("cleo", "ada", "dan"),
}
"""By kind: the owner, and the other members."""


@dataclass(frozen=True, slots=True)
class Template:
    """The bytes of the file, and who and what is in it."""

    content: bytes
    people: dict[str, str]
    """Their ids by their names."""
    founders: dict[str, set[str]]
    """Who was in each channel from its beginning."""


@cache
def template() -> Template:
    """Made once in a process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.db"
        asyncio.run(migrate(f"sqlite://{path}", Path(folder) / "backup.db"))
        with seeded_ids(Chance(0), 1):
            people, founders = run(_populate(path))
        with closing(sqlite3.connect(path, isolation_level=None)) as file:
            # A life has a random name.
            file.execute("UPDATE log_head SET life = 'once'")
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Template(path.read_bytes(), people, founders)


async def _populate(path: Path) -> tuple[dict[str, str], dict[str, set[str]]]:
    feed = Feed(Bus("memory://"))
    database = SimulatedDatabase(Disk(path, Chance(0), lambda _: lambda: None), feed)
    house = build_house(database, feed)

    async def unit(transaction: Transaction) -> dict[str, Caller]:
        callers: dict[str, Caller] = {}
        for name, role in CAST.items():
            user = await accounts.add(transaction, house, name, None, None, None, role)
            callers[name] = (await sessions.begin(transaction, house, user, None)).caller
        return callers

    await database.open()
    cast = await house.write(unit)
    founders: dict[str, set[str]] = {}
    for kind, names in CHANNELS.items():
        people = [cast[name].user_id for name in names]
        made = await channels.create(cast[names[0]], kind, name="lobby", member_ids=people)
        founders[made.id] = set(people)
    await database.close()
    return {name: caller.user_id for name, caller in cast.items()}, founders
