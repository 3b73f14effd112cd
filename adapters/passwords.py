"""Password hashes: argon2id (RFC 9106) in a small thread pool, and the list of common passwords."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

R = TypeVar("R")

_THREADS = 2
_WAITING = 64


class Overloaded(Exception):
    """More passwords wait to be hashed than can be worked off in reasonable time."""


class Passwords:
    """Hashes and checks passwords off the event loop, a few at a time."""

    def __init__(self, memory_kib: int = 65536, passes: int = 3) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="argon2")
        self._pending = 0
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """The encoded hash, with its parameters. Raises Overloaded."""
        return await self._in_pool(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the one behind `stored`. Raises Overloaded.

        Without a stored hash the same work is done on a decoy, so that the time taken does
        not tell whether there is such an account.
        """
        if stored is not None:
            return await self._in_pool(self._matches, stored, password)
        if self._decoy is None:
            self._decoy = await self.hash("there is no such account")
        await self._in_pool(self._matches, self._decoy, password)
        return False

    def outdated(self, stored: str) -> bool:
        """Whether the hash was made with parameters other than today's."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """Ends the threads; what they are at is finished first."""
        self._pool.shutdown()

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_pool(self, work: Callable[..., R], *arguments: str) -> R:
        if self._pending >= _WAITING:
            raise Overloaded
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
        finally:
            self._pending -= 1


@cache
def common_passwords() -> frozenset[str]:
    """The commonest passwords of 8 characters and more, in lower case (zxcvbn's list)."""
    # 1.5 MB of lists, of which only this one is kept: not before somebody needs it.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415

    return frozenset(word for word in FREQUENCY_LISTS["passwords"] if len(word) >= 8)
