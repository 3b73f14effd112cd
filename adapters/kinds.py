"""Kinds: what bytes are, as their media type, told by themselves and not by who sent them."""

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import puremagic

UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
_ZIP, _ZIPPED = "application/zip", b"PK\x03\x04"
_SAMPLE = 64 * 1024
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,80}")
_WRITTEN = re.compile(r"text/.*|image/svg\+xml|application/(xml|json|rtf|pdf|postscript)")
"""What is written in letters."""
_NEVER_IN_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_PLAINLY = {"image/x-ms-bmp": "image/bmp", "audio/x-wav": "audio/wav", "audio/wave": "audio/wav"}


class _Match(NamedTuple):
    """A type that a file may be of; the best is the greatest."""

    confidence: float
    reach: int
    """Up to where the bytes have been looked at for it."""
    by_name: bool
    """Whether the name of the file says so, too."""
    kind: str


def kind_of(path: Path, name: str = "") -> str:
    """The media type of a file.

    Its name decides only between types that begin alike, such as the many that are a zip archive.
    """
    if path.stat().st_size == 0:
        return UNKNOWN
    if pictured := _pictured(_begins(path)):
        return pictured
    ending = PurePath(name).suffix.lower()
    unknown = _Match(0, 0, by_name=False, kind=UNKNOWN)
    # Of those that are as good, the first: the library puts what is likelier there.
    best = max(_matches(path, ending), key=lambda match: match[:3], default=unknown)
    kind = _PLAINLY.get(best.kind, best.kind)
    if _is_text(path):
        return kind if _WRITTEN.fullmatch(kind) else TEXT
    if kind.startswith("text/"):
        return UNKNOWN
    # So many types are zip archives that one could as well guess.
    return _ZIP if not best.by_name and _begins(path).startswith(_ZIPPED) else kind


def _matches(path: Path, ending: str) -> Iterator[_Match]:
    matches: list[Any] = []
    with suppress(puremagic.PureError):
        matches = puremagic.magic_file(path)
    for match in matches:
        kind = str(match.mime_type)
        if _MEDIA_TYPE.fullmatch(kind):
            by_name = bool(ending) and match.extension == ending
            reach = max(match.offset, 0) + len(match.byte_match or b"")
            yield _Match(match.confidence, reach, by_name, kind)


def listed(kind: str, patterns: tuple[str, ...]) -> bool:
    """Whether a media type is among some, of which one may be like `image/*`."""
    return any(
        kind == one or (one.endswith("/*") and kind.startswith(one[:-1])) for one in patterns
    )


def _is_text(path: Path) -> bool:
    sample = _begins(path)
    try:
        # What is cut off in the middle of a character is text all the same.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(sample)
    except UnicodeDecodeError:
        return False
    return not _NEVER_IN_TEXT.search(text)


def _pictured(begins: bytes) -> str | None:
    """The type of a picture in a container of ISO 14496-12, told by any of its brands."""
    if begins[4:8] != b"ftyp":
        return None
    size = min(int.from_bytes(begins[:4]), 256)
    brands = {begins[at : at + 4] for at in (8, *range(16, size, 4))}
    if brands & {b"avif", b"avis"}:
        return "image/avif"
    return "image/heif" if brands & {b"heic", b"heix", b"hevc", b"mif1", b"msf1"} else None


def _begins(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_SAMPLE)
