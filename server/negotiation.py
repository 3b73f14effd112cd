"""What media type a client wants its answer in (RFC 9110, section 12.5.1)."""

from enum import StrEnum
from functools import lru_cache


class Media(StrEnum):
    """What an answer can be written as."""

    RESPONSE = "application/graphql-response+json"
    JSON = "application/json"
    PAGE = "text/html"
    EVENTS = "text/event-stream"
    PARTS = "multipart/mixed"


_CHARSETS = ("", "utf-8", "utf8")


@lru_cache(256)
def negotiated(accept: str | None, offers: tuple[Media, ...]) -> Media | None:
    """The offer that the client likes best; None if it takes none.

    Of equals, the first that it names; else JSON, which is also for whoever says nothing:
    curl, and clients of old.
    """
    if accept is None:
        return Media.JSON
    liked = _liked(accept)
    named = [offer for offer in offers if offer in liked]
    order = [*named, Media.JSON, *offers]
    best = max(order, key=lambda offer: _quality_of(offer, liked))
    return best if _quality_of(best, liked) > 0 else None


@lru_cache(256)
def takes(accept: str | None, media: Media) -> bool:
    """Whether the client takes this at all."""
    return accept is None or _quality_of(media, _liked(accept)) > 0


@lru_cache(256)
def names(accept: str | None, media: Media) -> bool:
    """Whether the client takes this and says so by its name, not just whatever there is."""
    return accept is not None and _liked(accept).get(media, 0) > 0


def _quality_of(offer: Media, liked: dict[str, float]) -> float:
    """How much an offer is liked: what is said most precisely counts."""
    ranges = (offer, f"{offer.partition('/')[0]}/*", "*/*")
    return next((liked[wide] for wide in ranges if wide in liked), 0.0)


def _liked(accept: str) -> dict[str, float]:
    """How much each media range of the header is liked, 0 to 1."""
    liked: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        given = {key: value for key, _, value in (p.partition("=") for p in parameters)}
        if name == Media.PARTS and given.get("subscriptionspec", "").strip('"') != "1.0":
            continue  # parts of what, nobody but Apollo's clients says
        if name and given.get("charset", "").strip('"') in _CHARSETS:
            liked[name] = max(liked.get(name, 0.0), _quality(given.get("q", "1")))
    return liked


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
