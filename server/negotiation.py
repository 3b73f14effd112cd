"""What media type a client wants its answer in (RFC 9110, section 12.5.1)."""

from enum import StrEnum
from functools import lru_cache


class Media(StrEnum):
    """What an answer can be written as."""

    RESPONSE = "application/graphql-response+json"
    JSON = "application/json"
    PAGE = "text/html"


_LONGEST = 1_000
_CHARSETS = ("", "utf-8", "utf8")


@lru_cache(256)
def negotiated(accept: str | None, offers: tuple[Media, ...]) -> Media | None:
    """The offer that the client likes best, the first of equals; None if it takes none.

    Whoever says nothing, or takes anything, gets JSON: curl, and clients of old.
    """
    if accept is None:
        return Media.JSON
    liked = _liked(accept[:_LONGEST])
    best = max(offers, key=lambda offer: liked.get(offer, 0.0))
    if liked.get(best, 0.0) > 0:
        return best
    if max(liked.get("application/*", 0.0), liked.get("*/*", 0.0)) > 0:
        return next((m for m in (Media.JSON, Media.RESPONSE) if liked.get(m) != 0.0), None)
    return None


def _liked(accept: str) -> dict[str, float]:
    """How much each media range of the header is liked, 0 to 1."""
    liked: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        given = {key: value for key, _, value in (p.partition("=") for p in parameters)}
        if name and given.get("charset", "").strip('"') in _CHARSETS:
            liked[name] = max(liked.get(name, 0.0), _quality(given.get("q", "1")))
    return liked


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
