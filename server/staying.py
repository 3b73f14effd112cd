"""How long a connection may stay: until its token expires, its session ends, its user is banned."""

import asyncio
from contextlib import ExitStack

from resolvers.devices import FORBIDDEN, Close
from schema.context import Context


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
    left = expires - context.house.clock.seconds()
    loop = asyncio.get_running_loop()
    expiry = loop.call_later(left, close, FORBIDDEN, "The access token has expired")
    until_closed.callback(expiry.cancel)


def _count(
    context: Context, most: int, until_closed: ExitStack, close: Close, owner: str, *others: str
) -> None:
    devices = context.house.devices
    if devices.count(owner) >= most:
        raise Crowded
    until_closed.enter_context(devices.connected(owner, *others, close=close))
