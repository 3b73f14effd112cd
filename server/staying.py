"""How long a connection may stay: until its token expires, its session ends, its user is banned."""

import asyncio
from contextlib import ExitStack

from adapters.clock import Clock
from resolvers.devices import FORBIDDEN, Close
from resolvers.errors import Banned, Unauthenticated
from schema.context import Context

TRY_LATER = 1013
_LOOKS = 30
"""In seconds: how often the clock is looked at."""


class Crowded(Exception):
    """There are as many connections of this user, or from this address, as there may be."""


async def stay(
    context: Context, address: str, most: int, until_closed: ExitStack, close: Close
) -> None:
    """From now on the connection counts, and `close` is called when it may not stay any more.

    It counts for its user, or for its address where nobody is signed in, until `until_closed`
    is closed. Raises Crowded if there are `most` already; Unauthenticated or Banned.
    """
    token = context.token
    if token is None:
        _count(context, most, until_closed, close, f"from {address}")
        return
    caller, expires = await context.doorkeeper.caller(token)
    _count(context, most, until_closed, close, caller.user_id, caller.session_id)
    # Once more, for what happened before we were to be reached.
    await context.doorkeeper.caller(token)
    until_closed.callback(_Expiry(expires, context.house.clock, close).cancel)


def why_ended(error: Exception) -> tuple[int, str]:
    """The close code and the reason for what an operation has come upon."""
    if isinstance(error, Banned):
        return FORBIDDEN, "Banned"
    if isinstance(error, Unauthenticated):
        return FORBIDDEN, str(error)
    return TRY_LATER, "Your rights have changed: resume after the last cursor"


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


def _count(
    context: Context, most: int, until_closed: ExitStack, close: Close, owner: str, *others: str
) -> None:
    devices = context.house.devices
    if devices.count(owner) >= most:
        raise Crowded
    until_closed.enter_context(devices.connected(owner, *others, close=close))
