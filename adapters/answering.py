"""The server's own peer, in a process of its own: `python -m adapters.answering`.

It speaks in lines of JSON: what it is to answer comes in, and answers go out. What WebRTC costs,
and whatever is wrong with what others send, is then not the chat server's.
"""

import asyncio
import hashlib
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import aioice.ice
from aiortc import (
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)

PROTOCOL = "tertulia.direct.1"
PIECE = 16 * 1024
_FULL, _LOW = 1024 * 1024, 256 * 1024
_METADATA = ("100.100.100.200", "192.0.0.192", "fd00:ec2::254")
"""Where clouds tell their machines secrets, besides 169.254.169.254, which is link-local."""
_MOST_CANDIDATES = 20
_LONGEST_ANSWER = 64 * 1024
"""In characters: an answer repeats what is offered for each codec, and can be far longer."""
_ANSWERS, _REFUSALS = ("accept", "received"), ("decline", "failed", "cancel")
"""The frames that a sender waits for, and those that end it; one of no known kind is nothing."""
_TO_CONNECT = 20.0
"""In seconds: for so long whoever offered may need to connect."""


class Addresses:
    """Which addresses are connected to: none that are this machine's alone, unless allowed."""

    def __init__(self, allowed: list[str]) -> None:
        self._allowed = [ip_network(one) for one in allowed]

    def __contains__(self, text: object) -> bool:
        try:
            address = ip_address(str(text))
        except ValueError:
            return False  # a name, which could be anybody's
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        if any(address in network for network in self._allowed):
            return True
        own = address.is_loopback or address.is_link_local or address.is_unspecified
        return not (own or address.is_multicast or str(address) in _METADATA)

    def only(self, sdp: str) -> str:
        """A description with the candidates that are connected to, and room for more to show."""
        kept: list[str] = []
        candidates = 0
        for line in sdp.splitlines():
            if line.startswith("a=candidate:"):
                parts = line.split()
                candidates += 1
                if candidates > _MOST_CANDIDATES or len(parts) < 6 or parts[4] not in self:
                    continue
            if line != "a=end-of-candidates":
                kept.append(line)
        return "\r\n".join(kept) + "\r\n"


class Session:
    """One connection, until its time is up."""

    def __init__(self, wanted: dict[str, Any], ended: Callable[[], None]) -> None:
        self.id = str(wanted["id"])
        self._wanted = wanted
        self._ended = ended
        self._left = int(wanted["bytes"])
        self._began = self._came = 0
        servers = [RTCIceServer(**one) for one in wanted["ice"]]
        self._connection = RTCPeerConnection(RTCConfiguration(servers))
        self._over = False
        self._timers: tuple[asyncio.TimerHandle, ...] = ()
        self._sending: asyncio.Task[None] | None = None

    async def answer(self, addresses: Addresses) -> str:
        """The answer to an offer. Raises whatever is wrong with that."""
        connection = self._connection
        for kind in ("audio", "video"):
            if self._wanted["sdp"].count(f"\nm={kind} ") > 1:
                raise ValueError(f"more than one {kind} to send back")
        connection.on("datachannel", self._take)
        connection.on("track", connection.addTrack)  # whatever is seen and heard goes back
        connection.on("connectionstatechange", self._moved)
        offer = addresses.only(self._wanted["sdp"])
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        if self._wanted["file"]:
            channel = connection.createDataChannel("file", protocol=PROTOCOL)
            channel.on("open", partial(self._begin_to_send, channel))
        await connection.setLocalDescription(await connection.createAnswer())
        if len(connection.localDescription.sdp) > _LONGEST_ANSWER:
            raise ValueError("an offer of too much")
        loop = asyncio.get_running_loop()
        self._timers = (
            loop.call_later(float(self._wanted["seconds"]), self.end),
            loop.call_later(_TO_CONNECT, self._expect_connection),
        )
        return connection.localDescription.sdp

    def _expect_connection(self) -> None:
        if self._connection.connectionState != "connected":
            self.end()

    def _moved(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            self.end()

    def end(self) -> None:
        """Ends it, if it has not."""
        if self._over:
            return
        self._over = True
        for timer in self._timers:
            timer.cancel()
        if self._sending is not None:
            self._sending.cancel()
        if self._connection.connectionState != "closed":
            closing = asyncio.ensure_future(self._connection.close())
            closing.add_done_callback(lambda _: self._ended())
        else:
            self._ended()

    # The self-test.

    def _take(self, channel: RTCDataChannel) -> None:
        if channel.label == "test":
            channel.on("message", partial(self._echo, channel))

    def _echo(self, channel: RTCDataChannel, data: str | bytes) -> None:
        now = asyncio.get_running_loop().time()
        self._began = self._began or now
        if data == '{"type":"report"}':
            seconds = now - self._began
            told = {"type": "report", "bytes": self._came, "seconds": seconds, **self._path()}
            channel.send(json.dumps(told))
            return
        self._came += len(data)
        if self._counted(data) and channel.readyState == "open":
            channel.send(data)

    def _counted(self, data: str | bytes) -> bool:
        """Counts what comes; whether there may be so much. Else it has been ended."""
        self._left -= len(data)
        if self._left < 0:
            self.end()
        return self._left >= 0

    def _path(self) -> dict[str, str]:
        """What kind of candidate pair is in use: aiortc has no statistics that would tell."""
        transport: Any = self._connection.sctp
        pair = transport.transport.transport._connection._nominated[1]  # noqa: SLF001
        return {
            "local": pair.local_candidate.type,
            "remote": pair.remote_candidate.type,
            "protocol": pair.local_candidate.transport,
        }

    # A stored file, as docs/direct.md has it.

    def _begin_to_send(self, channel: RTCDataChannel) -> None:
        self._sending = asyncio.create_task(self._send(channel, self._wanted["file"]))
        # It is over then, whatever came of it.
        self._sending.add_done_callback(lambda _: self.end())

    async def _send(self, channel: RTCDataChannel, file: dict[str, Any]) -> None:
        answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        low, going = asyncio.Event(), asyncio.Event()
        going.set()
        channel.bufferedAmountLowThreshold = _LOW
        channel.on("bufferedamountlow", low.set)
        channel.on("message", partial(self._heed, answers, going))
        offer = {name: file[name] for name in ("id", "name", "size", "contentType")}
        channel.send(json.dumps({"type": "offer", **offer}))
        accepted = await answers.get()
        offset = accepted.get("offset")
        if accepted["type"] != "accept" or type(offset) is not int:
            return
        if not 0 <= offset <= file["size"]:
            channel.send(json.dumps({"type": "failed", "reason": "offset"}))
            return
        hashed = hashlib.sha256()
        # What is read is in the cache, as a rule.
        with Path(file["path"]).open("rb") as opened:  # noqa: ASYNC230
            while block := opened.read(PIECE):
                hashed.update(block)
                await asyncio.sleep(0)  # others have their turn, also where all has come already
                while channel.bufferedAmount > _FULL:
                    low.clear()
                    await low.wait()
                await going.wait()
                start = opened.tell() - len(block)
                if rest := block[max(0, offset - start) :]:
                    channel.send(rest)
        channel.send(json.dumps({"type": "done", "sha256": hashed.hexdigest()}))
        await answers.get()

    def _heed(
        self, answers: "asyncio.Queue[dict[str, Any]]", going: asyncio.Event, data: str | bytes
    ) -> None:
        if not self._counted(data):
            return
        with suppress(ValueError, TypeError, KeyError):
            frame = json.loads(data)
            if frame["type"] == "pause":
                going.clear()
            elif frame["type"] == "resume":
                going.set()
            elif frame["type"] in _ANSWERS:
                answers.put_nowait(frame)
            elif frame["type"] in _REFUSALS:
                self.end()


class Peers:
    """All connections of this process."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    async def take(self, line: bytes) -> None:
        """Does what a line asks for."""
        asked = json.loads(line)
        if asked.get("end"):
            if session := self._sessions.get(asked["id"]):
                session.end()
            return
        addresses = Addresses(asked["allowed"])
        session = Session(asked, lambda: self._gone(asked["id"]))
        self._sessions[session.id] = session
        try:
            _tell(id=session.id, sdp=await session.answer(addresses))
        except Exception as error:  # noqa: BLE001 - whatever they sent
            _tell(id=session.id, error=repr(error))
            session.end()

    def _gone(self, session_id: str) -> None:
        if self._sessions.pop(session_id, None):
            _tell(id=session_id, ended=True)


def _tell(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _only_allowed(addresses: Addresses) -> None:
    """Has aioice offer no others of this machine's addresses."""
    found = aioice.ice.get_host_addresses

    def filtered(use_ipv4: bool, use_ipv6: bool) -> list[str]:  # noqa: FBT001 - as aioice calls it
        own = [one for one in found(use_ipv4, use_ipv6) if one in addresses]
        return [*own, "127.0.0.1"] if "127.0.0.1" in addresses else own

    aioice.ice.get_host_addresses = filtered


async def main(allowed: list[str]) -> None:
    """Answers until nobody asks any more."""
    _only_allowed(Addresses(allowed))
    peers, reader = Peers(), asyncio.StreamReader(limit=1024 * 1024)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    working: set[asyncio.Task[None]] = set()
    while line := await reader.readline():
        task = asyncio.create_task(peers.take(line))
        working.add(task)
        task.add_done_callback(working.discard)


if __name__ == "__main__":
    os.nice(5)
    asyncio.run(main(sys.argv[1:]))
