"""The shelf: where the bytes of files are, and what looks at them."""

from dataclasses import dataclass

from adapters.blobs import Blobs
from adapters.drafts import Drafts
from adapters.pictures import Pictures
from adapters.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Shelf:
    """The parts that have to do with the bytes of files."""

    drafts: Drafts
    blobs: Blobs
    pictures: Pictures
    scanner: Scanner | None
    """None: files are not scanned."""
