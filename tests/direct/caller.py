"""Somebody in a call whose program is aiortc: docs/calls.md, as far as a test needs it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from aiortc.sdp import candidate_from_sdp
from direct.api import SIGNAL, Api

from tests.cast import Json
from tests.patience import PATIENCE
from tests.stage import until

JOIN = """mutation($c: ID!, $p: ID!) {
  joinCall(channelId: $c, peer: $p) { id participants { peer user { id } } } }"""


class Caller:
    """One participant, connected to one other."""

    def __init__(self, api: Api) -> None:
        self.api, self.peer = api, str(uuid4())
        self.connection = RTCPeerConnection()
        self.coming: dict[str, Any] = {}
        self._call = ""
        self._other: Json = {}
        self.connection.on("track", lambda track: self.coming.setdefault(track.kind, track))

    async def join(self, channel: str) -> None:
        """Joins, and offers to whoever is there already."""
        call = await self.api.do(JOIN, c=channel, p=self.peer)
        self._call = call["id"]
        others = [one for one in call["participants"] if one["peer"] != self.peer]
        if others:
            self._other = {"toUser": others[0]["user"]["id"], "toPeer": others[0]["peer"]}
            for track in (AudioStreamTrack(), VideoStreamTrack(), VideoStreamTrack()):
                self.connection.addTransceiver(track, direction="sendrecv")
            await self.connection.setLocalDescription(await self.connection.createOffer())
            await self._say("OFFER")

    async def listen(self) -> None:
        """Takes what is said until it is cancelled."""
        async for signal in self.api.signals(self.peer):
            kind, payload = signal["kind"], signal["payload"]
            if kind == "OFFER":
                self._call = signal["callId"]
                self._other = {"toUser": signal["fromUser"]["id"], "toPeer": signal["fromPeer"]}
                await self._answer(payload)
            elif kind == "ANSWER":
                await self.connection.setRemoteDescription(RTCSessionDescription(**payload))
            elif kind == "CANDIDATE" and payload and payload["candidate"]:
                candidate = candidate_from_sdp(payload["candidate"].partition(":")[2])
                candidate.sdpMid = payload["sdpMid"]
                await self.connection.addIceCandidate(candidate)

    async def _answer(self, offer: Json) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(**offer))
        for transceiver in self.connection.getTransceivers():
            made = AudioStreamTrack() if transceiver.kind == "audio" else VideoStreamTrack()
            transceiver.direction = "sendrecv"
            transceiver.sender.replaceTrack(made)
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        await self._say("ANSWER")

    async def _say(self, kind: str) -> None:
        described = self.connection.localDescription
        said = {"fromPeer": self.peer, **self._other, "kind": kind, "callId": self._call}
        payload = {"type": described.type, "sdp": described.sdp}
        await self.api.do(SIGNAL, input={**said, "payload": payload})

    async def witness(self) -> tuple[int, tuple[int, int]]:
        """Samples of sound and the size of a picture that come."""
        await until(lambda: len(self.coming) == 2)
        async with asyncio.timeout(PATIENCE):
            sound, picture = await self.coming["audio"].recv(), await self.coming["video"].recv()
        return sound.samples, (picture.width, picture.height)


@asynccontextmanager
async def calling(api: Api) -> AsyncIterator[Caller]:
    """A participant, so far of nothing."""
    caller = Caller(api)
    listening = asyncio.create_task(caller.listen())
    try:
        yield caller
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await caller.connection.close()
