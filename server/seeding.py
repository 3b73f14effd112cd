"""A demo to look around in: people, channels and a few thousand messages."""

import asyncio
import random
import sqlite3
from contextlib import closing

from rich.console import Console
from rich.progress import Progress

from models.database import sqlite_path
from models.writer import Transaction
from resolvers import accounts, channels, members, messages, signing_in
from resolvers.errors import Conflict
from resolvers.house import Caller, House
from resolvers.rights import ChannelKind, Role
from server.opening import CannotStart, open_house
from server.settings import Settings

PASSWORD = "a table by the window"
MESSAGES = 3_000
_AT_ONCE = 100
_PEOPLE = ("ada", "ben", "chloe", "dario", "elena", "farid", "greta", "hugo", "ines", "jonas")
_CHANNELS = {
    "lobby": "Come in, sit down",
    "kitchen": "Who cooks, what, and when",
    "library": "Books read, lent and lost",
    "garden": "What grows and what does not",
}
_OPENINGS = ("Has anybody seen", "I just found", "Let us talk about", "Who wants", "I miss")
_THINGS = ("the blue cups", "a better recipe", "the second key", "the long novel", "the tomatoes")
_CLOSINGS = ("?", " tonight?", ", finally.", ": what do you think?", ". Thank you all!")


def reset(settings: Settings) -> None:
    """Deletes the SQLite database. Raises CannotStart for another engine, or if it is in use."""
    path = sqlite_path(settings.database)
    if path is None:
        raise CannotStart("--reset is for SQLite only: drop a PostgreSQL database by hand.")
    try:
        with closing(sqlite3.connect(path)) as file:
            # Leaving the write-ahead log behind takes the file for oneself alone.
            file.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.OperationalError as error:
        raise CannotStart("The server is running: stop it first.") from error
    path.unlink(missing_ok=True)


async def seed(settings: Settings, console: Console) -> None:
    """Fills the database. Raises CannotStart if the demo is there already."""
    async with open_house(settings) as house:
        people = await _people(house)
        rooms = [await _room(people, name, topic) for name, topic in _CHANNELS.items()]
        await channels.open_direct(people[0], people[1].user_id)
        await _talk(people, rooms, console)
    console.print(
        f"{len(people)} people in {len(rooms)} channels. Sign in as any of {', '.join(_PEOPLE)}.",
        f"The password: {PASSWORD}",
        sep="\n",
        highlight=False,
    )


async def _people(house: House) -> list[Caller]:
    hashed = await house.hash(PASSWORD)

    async def unit(transaction: Transaction) -> None:
        for name in _PEOPLE:
            await accounts.add(transaction, house, name, hashed, None, name.title(), Role.MEMBER)

    try:
        await house.write(unit)
    except Conflict as error:
        raise CannotStart(
            "Somebody here has a name of the demo already: give it a folder of its own, "
            "`--data demo`, or delete everything with --reset."
        ) from error
    return [(await signing_in.login(house, name, PASSWORD)).caller for name in _PEOPLE]


async def _room(people: list[Caller], name: str, topic: str) -> str:
    room = await channels.create(people[0], ChannelKind.PUBLIC, name=name, topic=topic)
    for person in people[1:]:
        await members.join(person, room.id)
    return room.id


async def _talk(people: list[Caller], rooms: list[str], console: Console) -> None:
    chance = random.Random(1)
    with Progress(console=console) as progress:
        task = progress.add_task("Talking", total=MESSAGES)
        for _ in range(0, MESSAGES, _AT_ONCE):
            await asyncio.gather(
                *(
                    messages.send(chance.choice(people), chance.choice(rooms), _saying(chance))
                    for _ in range(_AT_ONCE)
                )
            )
            progress.advance(task, _AT_ONCE)


def _saying(chance: random.Random) -> str:
    parts = (_OPENINGS, _THINGS, _CLOSINGS)
    opening, thing, closing = (chance.choice(part) for part in parts)
    return f"{opening} {thing}{closing}"
