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
_MOST_ENTRIES = 1_000
_MOST_IFDS = 16
_PNG = b"\x89PNG\r\n\x1a\n"


def blot_out(path: Path) -> bool:
    """Overwrites every location in a file; whether there was one."""
    if path.stat().st_size == 0:
        return False
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as content:
        spots = [*_in_exif(content), *_in_xmp(content)]
        for start, end, filler in spots:
            content[start:end] = filler * (end - start)
        if spots and content[: len(_PNG)] == _PNG:
            _sum_up(content)
        content.flush()
        return bool(spots)


Spot = tuple[int, int, bytes]
"""From where to where to write what."""


def _in_exif(content: mmap.mmap) -> Iterator[Spot]:
    for found in _TIFF.finditer(content):
        yield from _in_tiff(content, found.start(), "<" if found[0][:1] == b"I" else ">")


def _in_tiff(content: mmap.mmap, start: int, order: str) -> Iterator[Spot]:
    """In the TIFF structure that begins there, if it is one."""
    at = start + 4
    for _ in range(_MOST_IFDS):
        (offset,) = _read(content, at, order + "I") or (0,)
        entries = list(_entries(content, start + offset, order)) if offset else []
        if not entries:
            return
        for tag, _, _, value_at in entries:
            if tag == _GPS_IFD:
                (gps,) = _read(content, value_at, order + "I") or (0,)
                yield from _gps(content, start, start + gps, order)
        at = start + offset + 2 + 12 * len(entries)


def _gps(content: mmap.mmap, start: int, at: int, order: str) -> Iterator[Spot]:
    entries = list(_entries(content, at, order))
    if not entries or any(tag > _LARGEST_GPS_TAG for tag, *_ in entries):
        return
    for _, kind, count, value_at in entries:
        size = _SIZES.get(kind, 1) * count
        if size > 4:
            (offset,) = _read(content, value_at, order + "I") or (0,)
            end = start + offset + size
            if offset and end <= len(content):
                yield start + offset, end, b"\0"
    yield at, at + 2 + 12 * len(entries), b"\0"


def _entries(content: mmap.mmap, at: int, order: str) -> Iterator[tuple[int, int, int, int]]:
    """The entries of an IFD: tag, type, count, and where the value stands, or its offset."""
    (count,) = _read(content, at, order + "H") or (0,)
    if count > _MOST_ENTRIES or at + 2 + 12 * count > len(content):
        return
    for number in range(count):
        place = at + 2 + 12 * number
        tag, kind, values = struct.unpack_from(order + "HHI", content, place)
        yield tag, kind, values, place + 8


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


def _read(content: mmap.mmap, at: int, form: str) -> tuple[int, ...] | None:
    if at + struct.calcsize(form) > len(content):
        return None
    return struct.unpack_from(form, content, at)
