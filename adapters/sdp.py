"""Session descriptions (SDP, RFC 8866) and ICE candidates, checked by aiortc's parser."""

from collections.abc import Callable
from typing import Any

from aiortc import sdp as parser

_LINES = 2_000
_SECTIONS = 32
_ABOUT_CODECS = ("a=rtpmap:", "a=rtcp-fb:", "a=fmtp:", "a=extmap:", "a=ssrc:", "a=ssrc-group:")
"""Most of what browsers write, and nothing that we look at. Parsing it takes longer than all the
rest, and with very many codecs of very much feedback for ever."""


def check_description(sdp: str) -> None:
    """Raises ValueError, saying what it has to be, for what is no description of a session."""
    lines = sdp.splitlines()
    sections = sum(line.startswith("m=") for line in lines)
    if sections > _SECTIONS or len(lines) > _LINES:
        raise ValueError(f"may have {_SECTIONS} media sections and {_LINES:,} lines")
    looked_at = [line for line in lines if not line.startswith(_ABOUT_CODECS)]
    session = _parsed(parser.SessionDescription.parse, "\n".join(looked_at))
    if not session.media:
        raise ValueError("must have a media section")
    if not any(line.startswith("a=fingerprint:") for line in looked_at):
        raise ValueError("must have a fingerprint")


def check_candidate(candidate: str) -> None:
    """Raises ValueError, saying what it has to be, for what is no candidate (RFC 8839, 5.1)."""
    name, colon, value = candidate.partition(":")
    if not colon or name != "candidate":
        raise ValueError("must begin with candidate:")
    _parsed(parser.candidate_from_sdp, value)


def _parsed(parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except Exception as error:
        raise ValueError("cannot be parsed") from error
