"""The secret keys of a server, each in a file that only its owner can read.

`secret.key` signs tokens and links; `secret.previous.key` is the one before it, by which what was
signed then is still checked. `lasting.key` is never replaced: the audit log and sealed secrets
depend on it.
"""

import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 64
"""HS512 needs a key of at least the size of its hash (RFC 7518, section 3.2)."""
_LOOK_AGAIN = 1.0
"""In seconds: how often it is looked at whether the keys were replaced."""

Stamp = tuple[int, int] | None


class KeyRing:
    """The keys in one folder."""

    def __init__(self, folder: Path) -> None:
        """Makes what is missing. Raises OSError; ValueError for a file that holds no key."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._current = folder / "secret.key"
        self._previous = folder / "secret.previous.key"
        for path in (self._current, folder / "lasting.key"):
            if not path.exists():
                write_secret(path, secrets.token_bytes(KEY_BYTES))
        self._lasting = _key(folder / "lasting.key")
        self._stamps: tuple[Stamp, ...] = ()
        self._look_again = 0.0
        self._read()

    def signing(self) -> Sequence[bytes]:
        """The key that signs, and then those by which it is checked as well.

        What it returns is the same object until a key was replaced, here or by another process.
        """
        now = time.monotonic()
        if now >= self._look_again:
            self._look_again = now + _LOOK_AGAIN
            if self._stamps != self._looked_at():
                self._read()
        return self._keys

    def derived(self, purpose: str, length: int = 32) -> bytes:
        """A key for one purpose that lasts (HKDF, RFC 5869)."""
        info = f"tertulia {purpose}".encode()
        return HKDF(SHA256(), length, salt=None, info=info).derive(self._lasting)

    def rotate(self, *, forget: bool = False) -> None:
        """Puts a new key in the place of the one that signs; `forget` keeps none to check by.

        Raises OSError.
        """
        if forget:
            self._previous.unlink(missing_ok=True)
        else:
            write_secret(self._previous, _key(self._current))
        write_secret(self._current, secrets.token_bytes(KEY_BYTES))
        self._read()

    def _looked_at(self) -> tuple[Stamp, ...]:
        return tuple(map(_stamp, (self._current, self._previous)))

    def _read(self) -> None:
        self._stamps = self._looked_at()
        try:
            previous = [_key(self._previous)]
        except FileNotFoundError:
            previous = []
        self._keys: Sequence[bytes] = (_key(self._current), *previous)


def write_secret(path: Path, content: bytes) -> None:
    """Writes a file that only its owner can read: all of it or nothing. Raises OSError."""
    # Under another name first: who dies here leaves no half a key behind.
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def _key(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path} is not a secret key of {KEY_BYTES} bytes.")
    return key


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino
