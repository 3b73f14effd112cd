"""Two people who connect directly, by the Python example, through a real server."""

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aioice.ice
import pytest

from server.serving import Running
from tests.conftest import own_name
from tests.stage import PASSWORD, ROOT

sys.path.insert(0, str(ROOT / "client-examples" / "direct"))

from direct.api import OPEN, Api
from direct.chat import Chat, Message
from direct.files import Incoming, NotSent
from direct.link import Link
from direct.pipe import Broken, Pipe


@pytest.fixture(autouse=True)
def by_the_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """aioice leaves the loopback out, which may be the only network here."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda *_, **__: ["127.0.0.1"])


@pytest.fixture(autouse=True)
def told(caplog: pytest.LogCaptureFixture) -> None:
    """What went on between them is told where a test fails."""
    caplog.set_level(logging.INFO, "direct")


class Side:
    """One of the two: what they have heard, and which files have come."""

    def __init__(self, api: Api, folder: Path) -> None:
        self.api = api
        self.folder = folder
        self.heard: list[Message] = []
        self.files: list[Path] = []
        self.refused: list[str] = []
        self.states: list[str] = []
        self.chat = Chat(self.heard.append)
        self.incoming = Incoming(folder)
        self.wanted: Callable[[dict[str, Any]], bool] = lambda _: True
        self.link: Link
        self._running: asyncio.Task[None] | None = None

    async def take(self, pipe: Pipe) -> None:
        try:
            place = await self.incoming.receive(pipe, self.wanted)
            if place not in self.files:  # it is told again to who was not told
                self.files.append(place)
        except NotSent as error:
            self.refused.append(str(error))
        except Broken:
            pass

    def begin(self, other: "Side") -> None:
        """A program of theirs begins, for the first time or anew."""
        self.link = Link(
            self.api,
            other.api.user_id,
            self.chat.speak,
            take_file=self.take,
            changed=self.states.append,
            waiting=lambda: self.chat.waiting,
        )
        self._running = asyncio.create_task(self.link.run())

    async def end(self) -> None:
        """And ends, without a word."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running

    def cut(self) -> None:
        """Its network is gone: nothing leaves it any more, and nothing comes."""
        connection = self.link._connection
        assert connection
        for protocol in connection.rtc.sctp.transport.transport._connection._protocols:
            protocol.send_data = nothing_is_sent
            protocol.datagram_received = lambda *_: None


async def nothing_is_sent(*_: object) -> None:
    """As if it had been."""


Meet = Callable[[], Awaitable[tuple[Side, Side]]]


@pytest.fixture
async def meet(server: Running, tmp_path: Path) -> AsyncIterator[Meet]:
    """Two who may connect; who has begun is ended at the end."""
    sides: list[Side] = []

    async def made() -> tuple[Side, Side]:
        for name in ("ada", "ben"):
            api = Api(server.url)
            await api.sign_in(own_name(name), PASSWORD)
            folder = tmp_path / name
            folder.mkdir()
            sides.append(Side(api, folder))
        await sides[0].api.do(OPEN, user=sides[1].api.user_id)
        return sides[0], sides[1]

    yield made
    for side in sides:
        await side.end()
        await side.api.close()


@asynccontextmanager
async def connected(ada: Side, ben: Side) -> AsyncIterator[None]:
    """Both have begun, and have found each other."""
    ada.begin(ben)
    ben.begin(ada)
    await asyncio.gather(ada.link.connected(), ben.link.connected())
    yield
