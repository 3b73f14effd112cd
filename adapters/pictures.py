"""Pictures: how large they are, how they look when small, and where they were taken.

A picture is decoded by code in C, from bytes that anybody may have sent: it is done in another
process, for a bounded time and in bounded memory, and whatever becomes of that process is no harm.
Looking through all of a file for a place is done there as well: here it would hold up everything.
"""

import io
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import structlog
from anyio import BrokenWorkerProcess, CapacityLimiter, move_on_after
from anyio.to_process import run_sync

from adapters import locations

T = TypeVar("T")
_log = structlog.stdlib.get_logger(__name__)
_AT_ONCE = 1
_SECONDS = 20.0
"""For so long a picture is waited for, its turn included."""
_MEMORY = 3 * 1024 * 1024 * 1024
"""In bytes, of addresses: files are mapped as well."""
_PIXELS = 64_000_000
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")
SMALL_TYPE = "image/webp"
"""What small pictures are."""


class Seen(NamedTuple):
    """A picture that could be decoded."""

    width: int
    """In pixels, as it is to be shown."""
    height: int
    small: bytes
    """A small one, in WebP, with nothing that the large one says besides."""


class Pictures:
    """Looks at pictures, one after the other."""

    def __init__(self) -> None:
        self._turns = CapacityLimiter(_AT_ONCE)

    async def blot_out(self, path: Path) -> bool | None:
        """Overwrites where a picture was taken in its file; whether it said so.

        None where that could not be found out, or not in time.
        """
        return await self._apart(_blot_out, path)

    async def look(self, path: Path, side: int, *, square: bool = False) -> Seen | None:
        """A picture, with a small one of so many pixels at the most, or a square of just as many.

        None for what cannot be decoded, or not in time.
        """
        return await self._apart(_look, str(path), side, square)

    async def _apart(self, work: Callable[..., T], *given: Any) -> T | None:
        with move_on_after(_SECONDS):
            try:
                return await run_sync(work, *given, cancellable=True, limiter=self._turns)
            except (BrokenWorkerProcess, OSError) as error:
                _log.warning("a picture was too much for who looked", reason=str(error))
        return None


def _blot_out(path: Path) -> bool | None:
    _bound()
    try:
        return locations.blot_out(path)
    except Exception:  # noqa: BLE001 - whatever it is, it is not known
        return None


def _look(path: str, side: int, square: bool) -> Seen | None:  # noqa: FBT001 - called by run_sync
    from PIL import Image, ImageOps  # noqa: PLC0415 - in the other process alone

    _bound()
    Image.init()
    Image.MAX_IMAGE_PIXELS = _PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=_FORMATS) as image:
                turned = image.getexif().get(0x0112, 1) >= 5
                width, height = image.size[::-1] if turned else image.size
                # A JPEG is decoded to no more than is needed.
                image.draft("RGB", (2 * side, 2 * side))
                shown = ImageOps.exif_transpose(image)
                if square:
                    small = ImageOps.fit(shown, (side, side))
                else:
                    shown.thumbnail((side, side))
                    small = shown
                written = io.BytesIO()
                small.convert("RGBA" if small.has_transparency_data else "RGB").save(
                    written, "WEBP", quality=80
                )
                return Seen(width, height, written.getvalue())
    except Exception:  # noqa: BLE001 - whatever it is, there is no picture
        return None


def _bound() -> None:
    """Holds this process to its memory."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not there on Windows

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
