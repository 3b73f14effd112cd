"""Those around the caller: whether they are online, and whether they are typing."""

from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from adapters.clock import Instant
from resolvers.access import channel_for
from resolvers.errors import NotFound
from resolvers.house import Caller

HOLDS = timedelta(seconds=6)
"""For how long somebody counts as typing who has said so."""


class News(NamedTuple):
    """Something about somebody nearby, on its way to one who listens."""

    user_id: str
    is_theirs: Callable[[], bool]
    """Whether it still is for the one who listens: to be asked once nothing is waited for."""


class Typist(NamedTuple):
    """Somebody who is writing something in a channel."""

    channel_id: str
    news: News
    until: Instant


async def follow_presence(caller: Caller) -> AsyncGenerator[News, None]:
    """Those with whom the caller shares a channel, whenever they come or go."""
    company = caller.house.company
    with company.neighbour(caller.user_id) as listener:
        while True:
            await company.look_around(listener)
            for user_id, places in (await listener.heard()).items():
                yield News(user_id, partial(listener.is_in, places))


async def say_typing(caller: Caller, channel_id: str) -> None:
    """Tells others in a channel that the caller is writing. Raises NotFound, Forbidden."""
    row = await channel_for(caller.db, caller, channel_id, "setTyping")
    caller.house.company.typing(row.id, caller.user_id)


async def follow_typing(caller: Caller, channel_id: str) -> AsyncGenerator[Typist, None]:
    """Who is writing in a channel.

    Raises NotFound and Forbidden at once; NotFound from the stream once the caller is no member.
    """
    row = await channel_for(caller.db, caller, channel_id, "typing")
    return _following(caller, row.id)


async def _following(caller: Caller, channel_id: str) -> AsyncGenerator[Typist, None]:
    with caller.house.company.reader(caller.user_id, channel_id) as listener:
        # Once more: whatever takes the right to it away from here on ends the listening.
        await channel_for(caller.db, caller, channel_id, "typing")
        while channel_id in listener.channels:
            for user_id, places in (await listener.heard()).items():
                news = News(user_id, partial(listener.is_in, places))
                yield Typist(channel_id, news, caller.house.clock.after(HOLDS))
    raise NotFound("channel")
