"""Locations: where a picture was taken, blotted out in its file without touching the picture.

Cameras note the place in Exif (CIPA DC-008, 4.6.3: the GPS IFD, to which tag 0x8825 points, of a
TIFF structure) and in XMP (ISO 16684-1: `exif:GPS...`). Both are found wherever they lie in the
file, JPEG, PNG, WebP, TIFF or HEIF, and overwritten in place: no length and no offset changes.
"""

import mmap
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

_TIFF = re.compile(rb"II\*\x00|MM\x00\*")
_XMP = re.compile(
    rb"""exif:GPS\w+\s*=\s*"(?P<double>[^"]{1,200})"|exif:GPS\w+\s*=\s*'(?P<single>[^']{1,200})'"""
    rb"""|<exif:GPS\w+[^>]{0,200}>(?P<inside>[^<]{1,200})<"""
)
_GPS_IFD = 0x8825
_LARGEST_GPS_TAG = 0x1F
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
"""In bytes, of one value of each type of a TIFF entry (TIFF 6.0, page 15)."""
_MOST_IFDS = 16
_MOST_IN_ALL = 100_000
"""Of tables and entries: cameras write some hundred."""
_LARGEST_VALUE = 64 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"


class TooIntricate(Exception):
    """There are more tables in a file than any camera writes."""


def blot_out(path: Path) -> bool:
    """Overwrites every location in a file; whether there was one. Raises TooIntricate."""
    if path.stat().st_size == 0:
        return False
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as content:
        spots = [*_Exif(content).spots(), *_in_xmp(content)]
        for start, end, filler in spots:
            content[start:end] = filler * (end - start)
        if spots and content[: len(_PNG)] == _PNG:
            _sum_up(content)
        content.flush()
        return bool(spots)


Spot = tuple[int, int, bytes]
"""From where to where to write what."""


class _Exif:
    """What looks like Exif in a file, gone through once and within bounds."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self._seen: set[tuple[int, int]] = set()
        """The tables that were gone through, with the structure that they are of."""
        self._left = _MOST_IN_ALL

    def spots(self) -> Iterator[Spot]:
        """Where places are noted. Raises TooIntricate."""
        for found in _TIFF.finditer(self._content):
            yield from self._tiff(found.start(), "<" if found[0][:1] == b"I" else ">")

    def _tiff(self, start: int, order: str) -> Iterator[Spot]:
        """In the TIFF structure that begins there, if it is one."""
        at = start + 4
        for _ in range(_MOST_IFDS):
            (offset,) = self._read(at, order + "I") or (0,)
            entries = self._entries(start, start + offset, order) if offset else []
            if not entries:
                return
            for tag, _, _, value_at in entries:
                if tag == _GPS_IFD:
                    (gps,) = self._read(value_at, order + "I") or (0,)
                    yield from self._gps(start, start + gps, order)
            at = start + offset + 2 + 12 * len(entries)

    def _gps(self, start: int, at: int, order: str) -> Iterator[Spot]:
        entries = self._entries(start, at, order)
        if not entries or any(tag > _LARGEST_GPS_TAG for tag, *_ in entries):
            return
        for _, kind, count, value_at in entries:
            size = _SIZES.get(kind, 1) * count
            if 4 < size <= _LARGEST_VALUE:
                (offset,) = self._read(value_at, order + "I") or (0,)
                end = start + offset + size
                if offset and end <= len(self._content):
                    yield start + offset, end, b"\0"
        yield at, at + 2 + 12 * len(entries), b"\0"

    def _entries(self, start: int, at: int, order: str) -> list[tuple[int, int, int, int]]:
        """Of a table that was not seen: tag, type, count, and where the value, or its offset is."""
        self._spend(1)
        (count,) = self._read(at, order + "H") or (0,)
        if (start, at) in self._seen or at + 2 + 12 * count > len(self._content):
            return []
        self._seen.add((start, at))
        self._spend(count)
        places = range(at + 2, at + 2 + 12 * count, 12)
        return [
            (*struct.unpack_from(order + "HHI", self._content, place), place + 8)
            for place in places
        ]

    def _spend(self, amount: int) -> None:
        self._left -= amount
        if self._left < 0:
            raise TooIntricate

    def _read(self, at: int, form: str) -> tuple[int, ...] | None:
        if at + struct.calcsize(form) > len(self._content):
            return None
        return struct.unpack_from(form, self._content, at)


def _in_xmp(content: mmap.mmap) -> Iterator[Spot]:
    for found in _XMP.finditer(content):
        start, end = found.span(found.lastgroup or 0)
        yield start, end, b" "


def _sum_up(content: mmap.mmap) -> None:
    """Makes the sums right that stand behind each chunk of a PNG (RFC 2083, 3.2)."""
    at = len(_PNG)
    while at + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, at)
        end = at + 8 + length
        if end + 4 > len(content):
            return
        if content[at + 4 : at + 8] in (b"eXIf", b"iTXt", b"tEXt"):
            content[end : end + 4] = struct.pack(">I", zlib.crc32(content[at + 4 : end]))
        at = end + 4
