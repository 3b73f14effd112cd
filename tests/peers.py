"""Peers in the tests: tabs and programs that signal to each other through a real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from tests.cast import Json, Person, Socket
from tests.patience import PATIENCE

FINGERPRINT = "sha-256 " + ":".join(["AB"] * 32)
SDP = "\r\n".join(
    (
        *("v=0", "o=- 4004831171 4004831171 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0"),
        *("m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", "a=mid:0"),
        *("a=sctp-port:5000", "a=ice-ufrag:nQ5R", "a=ice-pwd:6bvIz8VSjRnbL7m7SLIZIe"),
        *(f"a=fingerprint:{FINGERPRINT}", "a=setup:actpass", ""),
    )
)
OFFER = {"type": "offer", "sdp": SDP}
ANSWER = {"type": "answer", "sdp": SDP.replace("actpass", "active")}
CANDIDATE = {
    "candidate": "candidate:1 1 udp 2130706431 192.0.2.2 57028 typ host",
    "sdpMid": "0",
    "sdpMLineIndex": 0,
    "usernameFragment": "nQ5R",
}
SIGNAL = "id kind fromUser { id } fromPeer toPeer callId payload createdAt expiresAt"
SEND = f"mutation($input: SendSignalInput!) {{ sendSignal(input: $input) {{ {SIGNAL} }} }}"
LISTEN = (
    f"subscription($peer: ID!, $after: ID) {{ signals(peer: $peer, after: $after) {{ {SIGNAL} }} }}"
)
CALL = """id startedAt ringingUntil startedBy { id } channel { id }
  participants { peer joinedAt muted camera screen user { id } }"""
JOIN = f"mutation($c: ID!, $peer: ID!) {{ joinCall(channelId: $c, peer: $peer) {{ {CALL} }} }}"
LEAVE = "mutation($c: ID!, $peer: ID!) { leaveCall(channelId: $c, peer: $peer) }"
WATCH = f"subscription($c: ID!) {{ callChanged(channelId: $c) {{ {CALL} }} }}"


class Peer:
    """One tab of somebody's."""

    def __init__(self, person: Person, name: str | None = None) -> None:
        self.person = person
        self.id = name or str(uuid4())

    async def send(
        self, to: "Peer | Person", kind: str, payload: Json = None, **more: Json
    ) -> Json:
        """Says something to a peer, or to all of somebody's."""
        return await self.person.do(SEND, input=self.said(to, kind, payload, **more))

    def said(self, to: "Peer | Person", kind: str, payload: Json = None, **more: Json) -> Json:
        """The input with which it is said."""
        whom = {"toUser": to.id} if isinstance(to, Person) else to.address
        return {"fromPeer": self.id, **whom, "kind": kind, "payload": payload, **more}

    async def offer(self, to: "Peer | Person", **more: Json) -> Json:
        """Offers a session."""
        return await self.send(to, "OFFER", OFFER, **more)

    async def join(self, channel: Json) -> Json:
        """Takes part in the call of a channel."""
        return await self.person.do(JOIN, c=channel["id"], peer=self.id)

    async def leave(self, channel: Json) -> Json:
        """Takes part no more."""
        return await self.person.do(LEAVE, c=channel["id"], peer=self.id)

    @property
    def address(self) -> Json:
        """What a signal to it says."""
        return {"toUser": self.person.id, "toPeer": self.id}

    @asynccontextmanager
    async def listening(self, after: str | None = None) -> AsyncIterator[Socket]:
        """A socket on which it hears what is said to it."""
        async with self.person.socket() as socket:
            await socket.subscribe(LISTEN, peer=self.id, after=after)
            yield socket


async def heard(socket: Socket, count: int) -> list[Json]:
    """So many signals, or whatever a subscription tells."""
    async with asyncio.timeout(PATIENCE):
        return [await socket.next() for _ in range(count)]


async def silent(socket: Socket) -> None:
    """Nothing has been said that is on its way."""
    await socket.send({"type": "ping"})
    assert await socket.receive() == {"type": "pong"}
