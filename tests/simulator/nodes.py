"""The nodes: processes of one server over one database, which crash and come back."""

import asyncio
import atexit
import shutil
from collections.abc import Callable, Coroutine
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

from cryptography.fernet import Fernet
from tortoise.exceptions import OperationalError

from adapters.blobs import LocalBlobs
from adapters.bus import Bus
from adapters.codes import Seals
from adapters.drafts import Drafts
from adapters.keys import KEY_BYTES
from adapters.limits import NoLimits, Spread
from adapters.passwords import Passwords
from adapters.pictures import Pictures
from adapters.rtc import ServerPeer
from adapters.tokens import Tokens
from models.database import Database
from resolvers.activity import Book
from resolvers.attempts import Attempts
from resolvers.company import Company
from resolvers.devices import Devices
from resolvers.errors import ChatError
from resolvers.feed import Feed
from resolvers.house import Caller, House, Policy
from resolvers.listed import ListedWords
from resolvers.people import People
from resolvers.presence import Presence
from resolvers.revocations import Revocations
from resolvers.server_peer import Connections
from resolvers.sessions import Doorkeeper
from resolvers.shelf import Shelf
from resolvers.switchboard import Switchboard
from resolvers.usage import Usage
from resolvers.whispers import Whispers
from server.fanout import Fanout
from server.opening import ACCESS_LIFETIME
from tests.simulator.bus import SimulatedBus, Wire
from tests.simulator.clocks import WallClock
from tests.simulator.engine import Disk, SimulatedDatabase

T = TypeVar("T")

_PATIENCE = 120.0
"""In seconds: an answer that has not come by then never will."""


class Lost(Exception):
    """The connection is gone, and nobody knows what became of what was asked."""


def build_house(database: Database, feed: Feed, clock: WallClock | None = None) -> House:
    """A house as server.opening builds it."""
    time = clock or WallClock(0)
    devices, whispers = Devices(feed), Whispers(Bus("memory://"))
    presence = Presence(devices, whispers, time)
    return House(
        policy=Policy(name="simulated", version="0", registration="OPEN", public_url=""),
        clock=time,
        started_at=time.now(),
        database=database,
        feed=feed,
        devices=devices,
        revocations=Revocations(feed),
        people=People(feed, 100),
        presence=presence,
        company=Company(feed, presence, whispers, database.reader),
        tokens=_tokens(),
        passwords=_passwords(),
        seals=_seals(),
        limits=NoLimits(),
        names=Spread(bytes(KEY_BYTES)),
        words=ListedWords(feed, database.reader),
        attempts=Attempts(time),
        usage=Usage(time),
        book=Book(),
        shelf=_shelf(),
        switchboard=Switchboard(whispers, database.reader),
        connections=Connections(ServerPeer(), feed, 0),
    )


@cache
def _tokens() -> Tokens:
    """One for all, so that no token is verified twice: that takes longer than anything else."""
    keys = (bytes(KEY_BYTES),)
    return Tokens(lambda: keys, ACCESS_LIFETIME)


@cache
def _seals() -> Seals:
    return Seals(Fernet.generate_key())


@cache
def _shelf() -> Shelf:
    """Nobody here uploads anything."""
    folder = Path(mkdtemp(prefix="tertulia-simulator-"))
    atexit.register(shutil.rmtree, folder)
    return Shelf(Drafts(folder / "incoming"), LocalBlobs(folder / "blobs"), Pictures(), None)


@cache
def _passwords() -> Passwords:
    """Nobody here has one."""
    return Passwords()


class Node:
    """One process: all that runs on it ends with it."""

    house: House
    doorkeeper: Doorkeeper
    fanout: Fanout

    def __init__(
        self,
        name: str,
        disk: Disk,
        wire: Wire,
        clock: WallClock,
        went_wrong: Callable[[BaseException], None],
    ) -> None:
        """`went_wrong` is called with what no request may end with."""
        self.name = name
        self.clock = clock
        self.up = False
        self.died: Callable[[Node], None] = lambda _: None
        """Called when it crashes."""
        self._went_wrong = went_wrong
        self._disk = disk
        self._wire = wire
        self._running: dict[asyncio.Task[Any], None] = {}

    async def start(self) -> None:
        """Comes up. Raises ConnectionError, or OperationalError if the disk fails."""
        feed = Feed(SimulatedBus(self._wire))
        self._database = SimulatedDatabase(self._disk, feed)
        await self._database.open()
        try:
            await feed.open(self._database.reader)
        except BaseException:
            await feed.close()
            await self._database.close()
            raise
        self.house = build_house(self._database, feed, self.clock)
        self.doorkeeper = Doorkeeper(self.house)
        self.fanout = Fanout(self.house)
        self.up = True

    def crash_after_commit(self, *, crashes: bool = True) -> None:
        """Dies between the next commit and anybody's hearing of it, or does not after all."""
        self._database.engine.committed = self.crash if crashes else None

    def crash(self) -> None:
        """Nothing that runs here takes another step."""
        if self.up:
            self.up = False
            self.crash_after_commit(crashes=False)
            for task in self._all():
                task.cancel()
            self.died(self)

    async def bury(self) -> None:
        """Waits until nothing runs here any more, and lets go of the file."""
        await asyncio.gather(*self._all(), return_exceptions=True)
        await self._database.engine.close()

    def spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Runs something here. Raises Lost if nobody is there."""
        if not self.up:
            work.close()
            raise Lost
        task = asyncio.create_task(work)
        self._running[task] = None
        task.add_done_callback(self._done)
        return task

    async def ask(self, work: Coroutine[Any, Any, T], patience: float | None = None) -> T:
        """What a request is answered with. Raises Lost, and whatever the request does."""
        task = self.spawn(work)
        try:
            await asyncio.wait([task], timeout=patience or _PATIENCE)
        finally:
            if not task.done():
                task.cancel()
        if task.done() and not task.cancelled():
            return task.result()
        if self.up and patience is None:
            raise AssertionError("a request was never answered")
        raise Lost

    async def admit(self, token: str) -> Caller:
        """The caller of a request, in the way that the schema's Context finds out."""
        await self.house.feed.as_of_now()
        return (await self.doorkeeper.caller(token))[0]

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._running.pop(task, None)
        error = None if task.cancelled() else task.exception()
        expected = (ChatError, OperationalError) if self._disk.fails else ChatError
        if error is not None and not isinstance(error, expected):
            self._went_wrong(error)

    def _all(self) -> "list[asyncio.Task[Any]]":
        writer = self._database._writer._task
        feed = self.house.feed
        own = [*feed._line._tasks, feed._following, writer, self.fanout._telling]
        return [*(task for task in own if task is not None), *self._running]
