"""How long a connection may stay: until its token expires, its session ends, its user is banned."""

import asyncio
from contextlib import suppress

from adapters.clock import Clock
from resolvers.devices import BANNED, FORBIDDEN, Close, Devices
from resolvers.errors import Banned, Unauthenticated
from schema.context import Context

TRY_LATER = 1013
_LOOKS = 30
"""In seconds: how often the clock is looked at."""


class Crowded(Exception):
    """There are as many connections of this user, or from this address, as there may be."""


class Stay:
    """A connection that counts, for its user or its address."""

    __slots__ = ("_close", "_devices", "_expiry", "_ids")

    def __init__(self, devices: Devices, close: Close, ids: tuple[str, ...], most: int) -> None:
        """The first of the ids is whom it counts for. Raises Crowded."""
        if devices.count(ids[0]) >= most:
            raise Crowded
        self._devices, self._close, self._ids = devices, close, ids
        self._expiry: _Expiry | None = None
        devices.arrive(*ids, close=close)

    def leave(self) -> None:
        """It is no more."""
        if self._expiry is not None:
            self._expiry.cancel()
        self._devices.leave(*self._ids, close=self._close)

    def expire(self, expires: float, clock: Clock) -> None:
        """Has it closed then."""
        self._expiry = _Expiry(expires, clock, self._close)


async def stay(context: Context, address: str, most: int, close: Close) -> Stay:
    """From now on the connection counts, and `close` is called when it may not stay any more.

    It counts for its user, or for its address where nobody is signed in, until it leaves.
    Raises Crowded if there are `most` already; Unauthenticated or Banned.
    """
    token, devices = context.token, context.house.devices
    if token is None:
        return Stay(devices, close, (f"from {address}",), most)
    caller, expires = await context.doorkeeper.caller(token)
    stays = Stay(devices, close, (caller.user_id, caller.session_id), most)
    try:
        # Once more, for what happened before we were to be reached.
        await context.doorkeeper.caller(token)
    except BaseException:
        stays.leave()
        raise
    stays.expire(expires, context.house.clock)
    return stays


def why_ended(error: Exception) -> tuple[int, str]:
    """The close code and the reason for what an operation has come upon."""
    if isinstance(error, Banned):
        return FORBIDDEN, f"{BANNED}: {error.extensions['reason']}"
    if isinstance(error, Unauthenticated):
        return FORBIDDEN, str(error)
    return TRY_LATER, "Your rights have changed: resume after the last cursor"


async def told_reason(context: Context, reason: str) -> str:
    """The reason for closing a connection, with that of the ban if that is what it is."""
    if reason != BANNED or context.token is None:
        return reason
    with suppress(Exception):  # the database may be down: the connection is closed all the same
        try:
            await context.doorkeeper.caller(context.token)
        except Banned as error:
            return why_ended(error)[1]
    return reason


class _Expiry:
    """Closes when a token expires, also by a clock that is set, or that goes on while we sleep."""

    def __init__(self, expires: float, clock: Clock, close: Close) -> None:
        self._expires = expires
        self._clock = clock
        self._close = close
        self._look()

    def cancel(self) -> None:
        """It does not matter any more."""
        self._timer.cancel()

    def _look(self) -> None:
        left = self._expires - self._clock.seconds()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(min(max(left, 0), _LOOKS), self._look)
        if left <= 0:
            self._timer.cancel()
            self._close(FORBIDDEN, "The access token has expired")
