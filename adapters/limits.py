"""Rate limits that refuse instead of waiting: aiolimiter's leaky bucket, one for each key."""

import math
from collections import OrderedDict

from aiolimiter import AsyncLimiter

_KEYS = 10_000


class Limit:
    """So many a minute for each key, with a burst of the same size; memory is bounded."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, AsyncLimiter] = OrderedDict()

    def wait(self, key: str) -> int:
        """0 if the key may go ahead, else the seconds until it may."""
        bucket = self._buckets.get(key)
        if bucket is None or bucket.has_capacity():
            return 0
        return math.ceil(60 / self._per_minute)

    async def spend(self, key: str) -> None:
        """Counts one for the key; never waits, even if its bucket is full."""
        bucket = self._buckets.setdefault(key, AsyncLimiter(self._per_minute))
        self._buckets.move_to_end(key)
        if len(self._buckets) > _KEYS:
            self._buckets.popitem(last=False)
        if bucket.has_capacity():
            await bucket.acquire()
