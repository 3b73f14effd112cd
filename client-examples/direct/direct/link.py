"""The connection to somebody: found through the server, kept up, and made anew when it is lost."""

import asyncio
import contextlib
import logging
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from aiortc.exceptions import InvalidStateError

from direct.api import ICE, LOST, SIGNAL, Api, Refused
from direct.connection import Connection
from direct.pipe import Broken, Pipe

_log = logging.getLogger(__name__)
ATTEMPT = 15.0
BUSY = 2.0
LONGEST = 30.0
DEAD = 7.0
"""In seconds: how long an attempt is waited for, how long once a peer has said that it is busy, how
long it is until the next one at the most, and after what silence nobody is there."""

_ANSWERED = "answered"
"""Why an offer to all is none any more."""
Speak = Callable[[Pipe], Awaitable[None]]
"""Speaks in the chat of a connection; raises Broken when that is lost."""


class Link:
    """This peer's way to another user."""

    def __init__(
        self,
        api: Api,
        other: str,
        speak: Speak,
        *,
        take_file: Callable[[Pipe], Awaitable[None]] | None = None,
        changed: Callable[[str], None] | None = None,
        waiting: Callable[[], int] = lambda: 0,
        relay: bool = False,
    ) -> None:
        """`take_file` takes each file that comes; `changed` hears of each new state.

        `waiting` tells how much waits to be sent; `relay` goes through a TURN server always.
        """
        self.id = str(uuid.uuid4())
        self.other = other
        self._api, self._speak, self._take_file = api, speak, take_file
        self._changed, self._waiting, self._relay = changed, waiting, relay
        self._connection: Connection | None = None
        self._peer: str | None = None
        """Which peer of theirs it is connected to, or was."""
        self._turn = asyncio.Lock()
        """Held by who begins a connection, or takes what is said about it."""
        self._offering = False
        self._offered_to: str | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing: set[asyncio.Future[None]] = set()
        self._come = asyncio.Event()
        """Whether there is a connection with a chat in it."""
        self._gone = asyncio.Event()
        self._parted = False
        """The other went away by intention, or does not want to talk."""
        self._moved = asyncio.Event()
        self._state = ""

    @property
    def state(self) -> str:
        """connecting, direct, relayed, queued or offline."""
        return self._state

    async def run(self) -> None:
        """Keeps the connection up until this is cancelled.

        Raises Refused where the server lets nobody listen, as after one was signed out.
        """
        doing = [asyncio.create_task(self._listen()), asyncio.create_task(self._keep())]
        try:
            done, _ = await asyncio.wait(doing, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (*doing, *self._tasks):
                task.cancel()
            await asyncio.gather(*doing, *self._tasks, return_exceptions=True)
            await self._drop()
            await asyncio.gather(*self._closing, return_exceptions=True)

    async def leave(self) -> None:
        """Tells the other side that this one goes away by intention."""
        peer = self._peer if self._come.is_set() else None  # also to who has not answered yet
        await self._try_to_say("BYE", {"reason": "leaving"}, peer)

    async def connected(self) -> None:
        """Waits for a connection."""
        await self._come.wait()

    def open_file(self) -> Pipe:
        """A data channel for a file. Raises Broken where there is no connection."""
        if self._connection is None or not self._come.is_set():
            raise Broken
        return self._connection.open("file")

    # Keeping it up.

    async def _keep(self) -> None:
        pause, tries = 0.0, 0
        while True:
            await self._within(self._come, pause * (0.75 + random.random() / 2))
            if self._parted and self._connection is None and not self._waiting():
                pause = 1.0  # they may still offer
                continue
            if not self._come.is_set() and self._connection is None:
                tries += 1
                # Their program may have begun anew, under another id.
                await self._offer(self._peer if tries <= 2 else None)
            attempt = self._connection
            await self._settled()
            if self._come.is_set():
                attempt, pause, tries = self._connection, 0.0, 0
                self._parted = False
                if attempt is not None:
                    self._note(attempt.path())
                await self._gone.wait()
            if self._connection in (None, attempt):  # else there is another one already
                await self._drop()
                self._note("queued" if self._waiting() else "offline")
                pause = min(LONGEST, pause * 2 or 1)

    async def _settled(self) -> None:
        """Waits until an attempt has come to something, or nothing."""
        try:
            async with asyncio.timeout(ATTEMPT):
                while not self._come.is_set():
                    async with self._turn:  # whoever holds it may be about to begin another
                        if self._connection is None:
                            return
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            pass

    @staticmethod
    async def _within(event: asyncio.Event, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass

    def _note(self, state: str) -> None:
        if state != self._state:
            _log.info("%s", state)
            self._state = state
            if self._changed is not None:
                self._changed(state)

    async def _give_up(self, attempt: Connection | None) -> None:
        await asyncio.sleep(BUSY)
        if self._connection is attempt and self._offering:
            await self._drop()

    # Offers and answers.

    async def _listen(self) -> None:
        async for signal in self._api.signals(self.id):
            if signal["fromUser"]["id"] != self.other or signal["callId"]:
                continue
            _log.info("%s of %s", signal["kind"], signal["fromPeer"])
            try:
                async with self._turn:
                    await self._take(signal["kind"], signal["fromPeer"], signal["payload"])
            except Exception as error:  # noqa: BLE001 - whatever they send: there is a next attempt
                _log.info("%s of %s: %r", signal["kind"], signal["fromPeer"], error)
                if not self._come.is_set() or signal["fromPeer"] == self._peer:
                    await self._drop()

    async def _take(self, kind: str, peer: str, payload: Any) -> None:
        if kind == "OFFER":
            await self._answer(peer, payload["sdp"])
        elif kind == "ANSWER":
            await self._accept(peer, payload)
        elif kind == "CANDIDATE" and peer == self._peer and self._connection is not None:
            await self._connection.add(payload)
        elif kind == "BYE":
            await self._hear_bye(peer, (payload or {}).get("reason"))

    async def _hear_bye(self, peer: str, reason: str | None) -> None:
        if reason == _ANSWERED:
            return  # for their other peers, and ours
        if peer == self._peer:
            self._parted = reason == "leaving"
            await self._drop()
        elif self._offering and reason == "declined":
            self._parted = True
            await self._drop()
        elif self._offering:
            # One of theirs is busy, perhaps with a program of before: not for long then.
            self._begin(self._give_up(self._connection))

    async def _offer(self, peer: str | None) -> None:
        async with self._turn:
            if self._connection is not None:
                return  # they have offered meanwhile
            self._note("connecting")
            try:
                connection = self._connection = await self._new()
                self._offering, self._offered_to = True, peer
                self._begin(self._chatting(connection, connection.open("chat")))
                await self._say("OFFER", await connection.offer(), peer)
            except (Refused, InvalidStateError, *LOST) as error:
                _log.info("an offer that was not made: %r", error)
                await self._drop()

    async def _answer(self, peer: str, sdp: str) -> None:
        if self._offering and self._offered_to in (None, peer) and self.id > peer:
            return  # offers have crossed, and theirs gives way
        if self._come.is_set() and peer != self._peer:
            await self._try_to_say("BYE", {"reason": "busy"}, peer)
            return
        if self._come.is_set() and self._connection and self._connection.is_same(sdp):
            # They want to restart ICE, which cannot be done here: then they begin anew.
            await self._say("BYE", {"reason": "again"}, peer)
            return
        await self._tell_answered()
        await self._drop()
        self._note("connecting")
        connection = self._connection = await self._new()
        self._peer = peer
        await self._say("ANSWER", await connection.answer(sdp), peer)

    async def _accept(self, peer: str, answer: Any) -> None:
        if self._offering and self._connection is not None:
            if self._connection.is_answered_by(answer):
                await self._tell_answered()
                self._offering, self._peer = False, peer
                await self._connection.accept(answer)
            # Else it answers an offer of before, and this one is on its way.
        elif peer != self._peer:
            await self._try_to_say("BYE", {"reason": "busy"}, peer)
        elif not self._come.is_set():
            # It answers an offer of before, and so may this one's answer have done.
            await self._drop()

    async def _tell_answered(self) -> None:
        """What was offered to all of their peers is nothing any more that they could take up."""
        if self._offering and self._offered_to is None:
            await self._try_to_say("BYE", {"reason": _ANSWERED}, None)

    async def _try_to_say(self, kind: str, payload: Any, peer: str | None) -> None:
        """For what they will notice as well without a word."""
        with contextlib.suppress(Refused, *LOST):
            await self._say(kind, payload, peer)

    async def _say(self, kind: str, payload: Any, peer: str | None) -> None:
        said = {"fromPeer": self.id, "toUser": self.other, "kind": kind, "payload": payload}
        if peer is not None:
            said["toPeer"] = peer
        _log.info("%s to %s", kind, peer or "all")
        await self._api.do(SIGNAL, input=said)

    # One connection.

    async def _new(self) -> Connection:
        def came(label: str, pipe: Pipe) -> None:
            if label == "chat":
                self._begin(self._chatting(connection, pipe))
            elif label == "file" and self._take_file is not None:
                self._begin(self._take_file(pipe))

        servers = await self._api.do(ICE)
        connection = Connection(
            servers, relay=self._relay, came=came, lost=lambda: self._lose(connection)
        )
        return connection

    @staticmethod
    async def _miss(connection: Connection, pipe: Pipe) -> None:
        """Ends the chat once nothing has come for long, in whatever channel: files count too."""
        while (left := connection.heard_at + DEAD - time.monotonic()) > 0:
            await asyncio.sleep(left)
        pipe.end()

    async def _chatting(self, connection: Connection, pipe: Pipe) -> None:
        try:
            await pipe.opened()
            if connection is self._connection:
                self._offering = False
                self._gone.clear()
                self._come.set()
                self._moved.set()
            connection.hear()
            missing = asyncio.create_task(self._miss(connection, pipe))
            try:
                await self._speak(pipe)
            finally:
                missing.cancel()
        except Broken:
            pass
        finally:
            self._lose(connection)

    def _begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _lose(self, connection: Connection) -> None:
        """A connection, which may be the one, is no more."""
        if connection is self._connection:
            self._come.clear()
            self._gone.set()

    async def _drop(self) -> None:
        connection, self._connection, self._offering = self._connection, None, False
        self._come.clear()
        self._gone.set()
        self._moved.set()
        if connection is not None:
            closing = asyncio.ensure_future(connection.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
            await asyncio.shield(closing)
