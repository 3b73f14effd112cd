"""A conversation that goes from peer to peer, over one connection after the other."""

import asyncio
import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from direct.api import LOST, SAY, Api, Refused
from direct.pipe import Broken, Pipe

PING = 2.0
"""In seconds: how often one asks whether anybody is there."""
LONGEST = 8_000
"""In characters: what one message may have, as on the server."""


@dataclass(frozen=True, order=True)
class Message:
    """Something said by one of the two."""

    at: str
    id: str
    body: str
    mine: bool


class Chat:
    """What was said, and what is still to be."""

    def __init__(self, heard: Callable[[Message], None], *, save: bool = False) -> None:
        """`heard` is called with what the other says; `save`: one agrees to have it saved."""
        self._heard = heard
        self._said: dict[str, Message] = {}
        self._waiting: dict[str, Message] = {}
        self._save = save
        self._pipe: Pipe | None = None
        self._changed = asyncio.Event()
        self.theirs: dict[str, Any] = {}
        """What the other's hello said."""
        self.saved: set[str] = set()
        """The ids of what the server has, of both."""

    @property
    def messages(self) -> list[Message]:
        """All that was said, in its order."""
        return sorted(self._said.values())

    @property
    def waiting(self) -> int:
        """How many of one's own messages have not arrived."""
        return len(self._waiting)

    def _tell_changed(self) -> None:
        """Wakes all who wait for a change."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def settled(self) -> None:
        """Waits until all has arrived and, where both agree to that, is saved."""
        while self._waiting or (self.agreed and self.saved < self._said.keys()):
            await self._changed.wait()

    def say(self, body: str) -> Message:
        """Says something, as soon as there is a connection. Raises ValueError: it is too long."""
        if len(body) > LONGEST:
            raise ValueError(f"a message may have {LONGEST} characters")
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        message = Message(now, _uuid7(), body, mine=True)
        self._said[message.id] = self._waiting[message.id] = message
        self._tell(_frame(message))
        self._tell_changed()
        return message

    def agree(self, agree: bool) -> None:
        """Agrees to have the conversation saved, or does so no more."""
        self._save = agree
        self._tell({"type": "save", "agree": agree})
        self._tell_changed()

    @property
    def agreed(self) -> bool:
        """Whether both do."""
        return self._save and bool(self.theirs.get("save"))

    async def speak(self, pipe: Pipe) -> None:
        """Speaks over a connection until it is lost. Raises Broken."""
        await pipe.opened()
        self._pipe = pipe
        lost = False
        try:
            pipe.tell("hello", restart=False, save=self._save)
            for message in list(self._waiting.values()):
                self._tell(_frame(message))
            for known in self.saved & {one.id for one in self._said.values() if one.mine}:
                pipe.tell("saved", id=known)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._ping(pipe))
                group.create_task(self._listen(pipe))
        except* Broken:
            lost = True  # what is raised here would come in a group
        finally:
            self._pipe = None
        if lost:
            raise Broken

    async def _ping(self, pipe: Pipe) -> None:
        while True:
            await asyncio.sleep(PING)
            pipe.tell("ping")

    async def _listen(self, pipe: Pipe) -> None:
        while True:
            frame = await pipe.receive()
            if isinstance(frame, dict):
                self._take(frame, pipe)

    def _take(self, frame: dict[str, Any], pipe: Pipe) -> None:
        kind = frame["type"]
        if kind == "ping":
            pipe.tell("pong")
        elif kind == "message":
            self._hear(frame, pipe)
        elif kind == "ack":
            self._waiting.pop(str(frame.get("id")), None)
        elif kind == "hello":
            self.theirs = frame
        elif kind == "save":
            self.theirs["save"] = frame.get("agree") is True
        elif kind == "saved":
            self.saved.add(str(frame.get("id")))
        self._tell_changed()

    def _hear(self, frame: dict[str, Any], pipe: Pipe) -> None:
        told = [frame.get(name) for name in ("at", "id", "body")]
        if not all(isinstance(one, str) and len(one) <= LONGEST for one in told):
            return
        message = Message(*map(str, told), mine=False)
        if message.id not in self._said:
            self._said[message.id] = message
            self._heard(message)
        pipe.tell("ack", id=message.id)

    def _tell(self, frame: dict[str, Any]) -> None:
        if self._pipe is not None and not self._pipe.closed:
            self._pipe.tell(frame.pop("type"), **frame)

    async def hand_over(
        self, api: Api, channel_id: str, refused: Callable[[Refused], None] = lambda _: None
    ) -> None:
        """While both agree, has the server keep what is said, in an order that both share.

        `refused` is called where the server does not want it; one agrees no more then.
        """
        while True:
            next_one = next((one for one in self.messages if one.id not in self.saved), None)
            if self.agreed and next_one is not None and next_one.mine:
                try:
                    await self._save_own(api, channel_id, next_one)
                except Refused as error:
                    self.agree(agree=False)
                    refused(error)
            else:
                await self._changed.wait()

    async def _save_own(self, api: Api, channel_id: str, message: Message) -> None:
        said = {"channelId": channel_id, "id": message.id, "body": message.body}
        try:
            await api.do(SAY, input=said)
        except LOST:
            await asyncio.sleep(1)
            return
        except Refused as error:
            if error.code not in ("RATE_LIMITED", "UNAVAILABLE"):
                raise
            await asyncio.sleep(2)
            return
        self.saved.add(message.id)
        self._tell({"type": "saved", "id": message.id})
        self._tell_changed()


def _frame(message: Message) -> dict[str, Any]:
    return {"type": "message", "id": message.id, "body": message.body, "at": message.at}


def _uuid7() -> str:
    """A UUIDv7 (RFC 9562): by its time it sorts among others."""
    head = int(time.time() * 1000).to_bytes(6, "big")
    whole = bytearray(head + os.urandom(10))
    whole[6], whole[8] = 0x70 | whole[6] & 0x0F, 0x80 | whole[8] & 0x3F
    return str(uuid.UUID(bytes=bytes(whole)))
