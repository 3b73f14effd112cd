"""Descriptions of sessions, as browsers and others write them."""

import json
from pathlib import Path

import pytest

from adapters import sdp
from tests.peers import SDP

CHROMIUM = json.loads((Path(__file__).parents[1] / "bench" / "offer.json").read_text())["sdp"]


@pytest.mark.parametrize("text", [SDP, CHROMIUM, SDP.replace("\r\n", "\n")])
def test_what_peers_write_is_taken(text: str) -> None:
    sdp.check_description(text)


def test_what_is_said_of_codecs_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    parse = sdp.parser.SessionDescription.parse

    def noted(text: str) -> object:
        seen.extend(text.splitlines())
        return parse(text)

    monkeypatch.setattr(sdp.parser.SessionDescription, "parse", noted)
    sdp.check_description(CHROMIUM)
    assert 30 < len(seen) < len(CHROMIUM.splitlines()) / 3
    assert not any("rtpmap" in line or "rtcp-fb" in line for line in seen)


@pytest.mark.parametrize("sdp_type", ["host", "srflx", "prflx", "relay"])
def test_candidates_are_taken(sdp_type: str) -> None:
    sdp.check_candidate(f"candidate:1 1 udp 1 2001:db8::1 9 typ {sdp_type} raddr ::1 rport 9")
    sdp.check_candidate(f"candidate:1 1 tcp 1 a-b.local 9 typ {sdp_type} tcptype active")
