"""Those who send and those who follow, and go on where they were when the server is back."""

from abc import ABC, abstractmethod
from datetime import UTC, datetime

import httpx
import websockets

from adapters.ids import new_id
from tests.cast import FOLLOW, MESSAGE, SEND, Json, Person, Socket
from tests.crash.server import Mortal

LOST = (httpx.TransportError, websockets.WebSocketException, OSError)
"""What a client sees of the server's end."""
RENEW = "mutation($t: String) { refreshSession(refreshToken: $t) { accessToken refreshToken } }"
EVENTS = f"""subscription($after: Cursor) {{ events(after: $after) {{
  cursor ... on MessageAdded {{ message {{ {MESSAGE} }} }} }} }}"""
_AT_ONCE = 8
_RENEWED = 10
"""After so many messages, that a kill may come between."""


class Device(ABC):
    """Somebody signed in, who comes back with the same session each time."""

    def __init__(self, server: Mortal, person: Person, channel: Json) -> None:
        self.server = server
        self.person = person
        self.channel = channel

    async def run(self) -> None:
        """Works until there is no more to do, however often the server goes away."""
        while not self.done():
            try:
                await self.renew()
                await self.work()
            except LOST:
                await self.come_back()

    async def come_back(self) -> None:
        """Waits for the server."""
        await self.server.answers()

    async def renew(self) -> None:
        """Renews the tokens; where the answer gets lost, the old ones are used again."""
        tokens = await self.person.do(RENEW, t=self.person.refresh_token)
        self.person.token, self.person.refresh_token = tokens.values()

    @abstractmethod
    def done(self) -> bool:
        """Whether there is nothing left to do."""

    @abstractmethod
    async def work(self) -> None:
        """Does what there is to do until it is done, or the server is gone."""


class Sender(Device):
    """Says one thing after another, each until it is acknowledged, until told to stop."""

    def __init__(self, server: Mortal, person: Person, channel: Json) -> None:
        super().__init__(server, person, channel)
        self.stopping = False
        self.acknowledged: dict[str, str] = {}
        """The cursor that each message was acknowledged with."""
        self.retries = self.found = 0
        self._waiting: dict[str, Json] = {}
        self._again = datetime.min.replace(tzinfo=UTC)
        self._said = 0

    def done(self) -> bool:
        return self.stopping and not self._waiting

    def next(self, most: int) -> list[Json]:
        """What to send now: what is not acknowledged yet, and something new."""
        while len(self._waiting) < most and not self.stopping:
            self._said += 1
            given = {"id": new_id(), "channelId": self.channel["id"]}
            self._waiting[given["id"]] = {**given, "body": f"number {self._said}"}
        return list(self._waiting.values())

    async def come_back(self) -> None:
        await super().come_back()
        self.retries += len(self._waiting)
        self._again = datetime.now(UTC)

    def heard(self, message: Json) -> None:
        """Takes note of an acknowledgement."""
        del self._waiting[message["id"]]
        self.acknowledged[message["id"]] = message["cursor"]
        self.found += datetime.fromisoformat(message["createdAt"]) < self._again


class HttpSender(Sender):
    """One message, one request."""

    async def work(self) -> None:
        while not self.done():
            for given in self.next(1):
                self.heard(await self.person.do(SEND, input=given))
            if len(self.acknowledged) % _RENEWED == 0:
                await self.renew()


class SocketSender(Sender):
    """Several messages at once over one socket."""

    async def work(self) -> None:
        async with self.person.socket() as socket:
            while not self.done():
                batch = self.next(_AT_ONCE)
                for given in batch:
                    await socket.subscribe(SEND, given["id"], input=given)
                for _ in batch:
                    await self._answer(socket)

    async def _answer(self, socket: Socket) -> None:
        """Waits until one more operation is complete."""
        while (message := await socket.receive())["type"] != "complete":
            assert message["type"] == "next", message
            assert not message["payload"].get("errors"), message
            self.heard(message["payload"]["data"]["sendMessage"])


class Follower(Device):
    """Takes each message that comes, and where it was before the server went away."""

    def __init__(
        self, server: Mortal, person: Person, channel: Json, after: str, last: str
    ) -> None:
        super().__init__(server, person, channel)
        self.cursor = after
        self.last = last
        self.messages: list[Json] = []

    def done(self) -> bool:
        return bool(self.messages) and self.messages[-1]["id"] == self.last

    async def work(self) -> None:
        async with self.person.socket() as socket:
            await self.subscribe(socket)
            while not self.done():
                self.take(await socket.next())

    @abstractmethod
    async def subscribe(self, socket: Socket) -> None:
        """Begins behind the cursor."""

    @abstractmethod
    def take(self, given: Json) -> None:
        """Keeps what has come, and its cursor."""


class MessageFollower(Follower):
    """Follows one channel's messages."""

    async def subscribe(self, socket: Socket) -> None:
        await socket.subscribe(FOLLOW, channelId=self.channel["id"], after=self.cursor)

    def take(self, given: Json) -> None:
        self.messages.append(given)
        self.cursor = given["cursor"]


class EventFollower(Follower):
    """Follows everything, in which there is nothing but messages of one channel."""

    async def subscribe(self, socket: Socket) -> None:
        await socket.subscribe(EVENTS, after=self.cursor)

    def take(self, given: Json) -> None:
        self.messages.append(given["message"])
        self.cursor = given["cursor"]
