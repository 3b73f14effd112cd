"""One connection to a peer: its descriptions, its data channels, and its end."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

from aiortc import (
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCIceTransportPolicy,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.sdp import candidate_from_sdp

from direct.pipe import PROTOCOL, Pipe

_CHANNELS = 32
"""So many may be open at once: who opens more does not keep to what is agreed."""
_ANSWERS = "a=x-tertulia-answers:"
"""Which offer an answer is to."""


class Connection:
    """A connection, from its first description on."""

    def __init__(
        self,
        servers: list[dict[str, Any]],
        *,
        relay: bool,
        came: Callable[[str, Pipe], None],
        lost: Callable[[], None],
    ) -> None:
        """`servers` as the API names them; `relay` goes through one of them always.

        `came` is called with each channel that the other opens, and what it is for; `lost` when
        there is no way to them any more.
        """
        policy = RTCIceTransportPolicy.RELAY if relay else RTCIceTransportPolicy.ALL
        known = [RTCIceServer(one["urls"], one["username"], one["credential"]) for one in servers]
        self.rtc = RTCPeerConnection(RTCConfiguration(known, iceTransportPolicy=policy))
        self.heard_at = 0.0
        """When anything came last, by whatever channel, on the monotonic clock."""
        self._pipes: list[Pipe] = []
        self._gathering: asyncio.Future[None] | None = None

        @self.rtc.on("datachannel")
        def opened(channel: RTCDataChannel) -> None:
            if sum(not pipe.closed for pipe in self._pipes) >= _CHANNELS:
                channel.close()
                return
            came(channel.label, self._piped(channel))

        @self.rtc.on("connectionstatechange")
        def moved() -> None:
            if self.rtc.connectionState in ("failed", "closed"):
                lost()

    def open(self, label: str) -> Pipe:
        """A data channel of one's own."""
        return self._piped(self.rtc.createDataChannel(label, protocol=PROTOCOL))

    def _piped(self, channel: RTCDataChannel) -> Pipe:
        pipe = Pipe(channel, self.hear)
        self._pipes = [*(one for one in self._pipes if not one.closed), pipe]
        return pipe

    def hear(self) -> None:
        """The other side is there."""
        self.heard_at = time.monotonic()

    async def offer(self) -> dict[str, str]:
        """The description of an offer, with all candidates."""
        return await self._described(await self.rtc.createOffer())

    async def answer(self, sdp: str) -> dict[str, str]:
        """The description of the answer to an offer, which says to which."""
        await self.rtc.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        answer = await self._described(await self.rtc.createAnswer())
        line = f"{_ANSWERS}{_attribute('a=ice-ufrag:', sdp)}\r\n"
        return {**answer, "sdp": re.sub(r"(?m)^m=", f"{line}m=", answer["sdp"], count=1)}

    async def _described(self, described: RTCSessionDescription) -> dict[str, str]:
        # Neither this nor closing must be cut short: sockets would stay.
        self._gathering = asyncio.ensure_future(self.rtc.setLocalDescription(described))
        await asyncio.shield(self._gathering)
        local = self.rtc.localDescription
        return {"type": local.type, "sdp": local.sdp}

    def is_answered_by(self, answer: dict[str, str]) -> bool:
        """Whether an answer is to this one's offer, and not to one of before."""
        answers = _attribute(_ANSWERS, answer["sdp"])
        return answers in ("", _attribute("a=ice-ufrag:", self.rtc.localDescription.sdp))

    async def accept(self, answer: dict[str, str]) -> None:
        """Takes the answer to its offer."""
        await self.rtc.setRemoteDescription(RTCSessionDescription(**answer))

    def is_same(self, sdp: str) -> bool:
        """Whether an offer is by the other end of this one."""
        remote = self.rtc.remoteDescription
        return remote is not None and _fingerprint(sdp) == _fingerprint(remote.sdp)

    async def add(self, payload: dict[str, Any] | None) -> None:
        """Takes one of the other's candidates; those of an offer that was given up are nothing."""
        if payload is None or not payload["candidate"] or self.rtc.remoteDescription is None:
            return
        candidate = candidate_from_sdp(payload["candidate"].partition(":")[2])
        candidate.sdpMid = payload["sdpMid"]
        candidate.sdpMLineIndex = payload["sdpMLineIndex"]
        await self.rtc.addIceCandidate(candidate)

    def path(self) -> str:
        """direct or relayed, by the candidate pair: aiortc has no statistics that would tell."""
        pairs = self.rtc.sctp.transport.transport._connection._nominated  # noqa: SLF001
        # There is none where it has just been lost.
        kinds = {
            end.type
            for one in pairs.values()
            for end in (one.local_candidate, one.remote_candidate)
        }
        return "relayed" if "relay" in kinds else "direct"

    async def close(self) -> None:
        """Ends it, and all channels at once."""
        for pipe in self._pipes:
            pipe.end()
        if self._gathering is not None:
            await asyncio.gather(self._gathering, return_exceptions=True)
        await self.rtc.close()


def _fingerprint(sdp: str) -> str:
    return _attribute("a=fingerprint:", sdp).lower()


def _attribute(name: str, sdp: str) -> str:
    found = re.search(rf"^{name}(.*)$", sdp, re.MULTILINE)
    return found[1].strip() if found else ""
