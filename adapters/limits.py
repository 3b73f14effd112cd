"""Rate limits that refuse instead of waiting: how much of what may be done, for each key.

In one process they are aiolimiter's leaky buckets; for several they are counted in Redis, by the
sliding windows of `limits`.
"""

import hmac
import math
import re
from collections import Counter, OrderedDict
from collections.abc import Mapping
from time import monotonic, time
from typing import Any, NamedTuple, Protocol

import structlog
from aiolimiter import AsyncLimiter
from redis import RedisError

_log = structlog.stdlib.get_logger(__name__)
KEYS = 10_000
"""Of each kind: so many are remembered, the ones used last. Memory is bounded by it."""
_APART = 5.0
"""In seconds: for so long each process counts by itself once Redis could not be reached."""
_PATIENCE = 1.0
"""In seconds: for so long Redis is waited for."""
_SECONDS = {"s": 1, "m": 60, "h": 60 * 60, "d": 24 * 60 * 60}
_RATE = re.compile(r"(\d{1,12})/([smhd])(?: burst (\d{1,12}))?", re.ASCII)


class Rate(NamedTuple):
    """So much in so many seconds, and so much at once."""

    amount: int
    seconds: int
    burst: int

    @property
    def period(self) -> float:
        """In how many seconds a burst is made up for."""
        return self.burst * self.seconds / self.amount

    @classmethod
    def of(cls, text: str) -> "Rate":
        """The rate in a text such as `30/m` or `30/m burst 60`; the burst is else the amount.

        Units are s, m, h and d. Raises ValueError.
        """
        found = _RATE.fullmatch(text.strip())
        if found is None or 0 in (int(found[1]), int(found[3] or 1)):
            raise ValueError("must be like 30/m or 30/m burst 60, with s, m, h or d")
        return cls(int(found[1]), _SECONDS[found[2]], int(found[3] or found[1]))


class Spread:
    """Spreads names over so few counts that none is ever forgotten, as nobody can foretell.

    Whoever makes names up fills no memory, and learns nothing of which there are.
    """

    def __init__(self, key: bytes, counts: int = 8_192) -> None:
        """Whoever has the key can foretell it."""
        self._key = key
        self._counts = counts

    def of(self, name: str) -> str:
        """The count of a name, always the same."""
        digest = hmac.digest(self._key, name.encode(), "sha256")
        return str(int.from_bytes(digest) % self._counts)


class Limits(Protocol):
    """Who may do how much of what."""

    refused: Counter[str]
    """How often something was refused here, by kind."""

    async def spend(self, kind: str, key: str, amount: int = 1) -> int:
        """Counts this much for the key; 0 if it may go ahead, else the seconds until it may.

        What is refused is not counted. More than a burst counts as one.
        """
        ...

    async def close(self) -> None:
        """Ends whatever is connected."""
        ...


class NoLimits:
    """Lets everything through."""

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()

    async def spend(self, kind: str, key: str, amount: int = 1) -> int:  # noqa: ARG002
        """0."""
        return 0

    async def close(self) -> None:
        """Nothing is connected."""


class LocalLimits:
    """Those of one process."""

    def __init__(self, rates: Mapping[str, Rate]) -> None:
        self._rates = rates
        self._buckets: dict[str, OrderedDict[str, _Bucket]] = {
            kind: OrderedDict() for kind in rates
        }
        self.refused: Counter[str] = Counter()

    async def spend(self, kind: str, key: str, amount: int = 1) -> int:
        """See Limits."""
        buckets, rate = self._buckets[kind], self._rates[kind]
        bucket = buckets.get(key)
        if bucket is None:
            full = len(buckets) >= KEYS
            # The one that was not used for longest becomes another's.
            bucket = buckets.popitem(last=False)[1] if full else _Bucket(rate.burst, rate.period)
            bucket.empty()
            buckets[key] = bucket
        else:
            buckets.move_to_end(key)
        amount = min(amount, rate.burst)
        if bucket.take(amount):
            return 0
        self.refused[kind] += 1
        return bucket.wait(amount)

    async def close(self) -> None:
        """Nothing is connected."""


class _Bucket(AsyncLimiter):
    """aiolimiter's, which refuses instead of waiting."""

    __slots__ = ()

    def empty(self) -> None:
        """As if nobody had ever taken anything."""
        self._level = 0.0

    def take(self, amount: float) -> bool:
        """Whether there was room, which then is taken: at once, so that nobody comes between."""
        if not self.has_capacity(amount):
            return False
        self._level += amount
        return True

    def wait(self, amount: float) -> int:
        """In whole seconds, 1 at the least."""
        return max(math.ceil((self._level + amount - self.max_rate) / self._rate_per_sec), 1)


class SharedLimits:
    """Those of all processes over one Redis. While that cannot be reached each counts by itself."""

    def __init__(self, rates: Mapping[str, Rate], url: str) -> None:
        """`url` is redis:// or rediss://."""
        # Not before somebody needs it: most servers are one process.
        from limits import RateLimitItemPerSecond  # noqa: PLC0415
        from limits.aio.storage import RedisStorage  # noqa: PLC0415
        from limits.aio.strategies import SlidingWindowCounterRateLimiter  # noqa: PLC0415

        self._items = {
            # A window as long as a burst takes to be made up for, whole seconds at the least.
            kind: RateLimitItemPerSecond(rate.burst, max(math.ceil(rate.period), 1), "tertulia")
            for kind, rate in rates.items()
        }
        self._storage: Any = RedisStorage(
            f"async+{url}",
            implementation="redispy",
            socket_timeout=_PATIENCE,
            socket_connect_timeout=_PATIENCE,
        )
        self._windows = SlidingWindowCounterRateLimiter(self._storage)
        self._apart = LocalLimits(rates)
        self._together_at = 0.0
        self.refused = self._apart.refused

    async def spend(self, kind: str, key: str, amount: int = 1) -> int:
        """See Limits."""
        if monotonic() < self._together_at:
            return await self._apart.spend(kind, key, amount)
        item = self._items[kind]
        amount = min(amount, item.amount)
        try:
            if await self._windows.hit(item, kind, key, cost=amount):
                return 0
            reset, _ = await self._windows.get_window_stats(item, kind, key)
        except (RedisError, OSError) as error:
            _log.warning("rate limits are counted apart", reason=str(error))
            self._together_at = monotonic() + _APART
            return await self._apart.spend(kind, key, amount)
        self.refused[kind] += 1
        return min(max(math.ceil(reset - time()), 1), item.get_expiry())

    async def close(self) -> None:
        """Ends the connections."""
        await self._storage.bridge.get_connection().aclose()
