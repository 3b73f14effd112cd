"""Faults to plant into the product, so that it shows whether they are found."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from models import channels
from models import events as log
from models.events import EventRow
from resolvers import events
from resolvers.bells import Bell, Happening
from resolvers.devices import Devices
from resolvers.feed import Feed
from resolvers.following import Stretch
from resolvers.house import Caller


@contextmanager
def skip_a_commit() -> Generator[None]:
    """The end of a stretch is looked up after its rows: what is committed in between is skipped."""
    read = events._read

    async def hasty(caller: Caller, position: int, most: int) -> Stretch[EventRow]:
        stretch = await read(caller, position, most)
        return stretch if stretch.more else stretch._replace(upto=caller.house.feed.head)

    with patch.object(events, "_read", hasty):
        yield


@contextmanager
def replay_inclusive() -> Generator[None]:
    """A cursor means: from this event on, instead of: behind it."""
    position = Feed.position

    async def inclusive(feed: Feed, field: str, cursor: str) -> int:
        return max(await position(feed, field, cursor) - 1, 0)

    with patch.object(Feed, "position", inclusive):
        yield


@contextmanager
def forget_a_removal() -> Generator[None]:
    """Where somebody is a member is looked up when they subscribe, and only ever added to."""
    places_of_user, visible = channels.places_of_user, log.visible

    async def remembered(db: Any, user_id: str) -> dict[str, int]:
        own = await places_of_user(db, user_id)
        db.__dict__.setdefault("remembered", {}).setdefault(user_id, set()).update(own)
        return own

    async def seen(db: Any, user_id: str, after: int, upto: int, limit: int) -> list[EventRow]:
        rows = await visible(db, user_id, after, upto, limit)
        own = db.__dict__.get("remembered", {}).get(user_id, set())
        there = await log.after(db, after, limit)
        more = [row for row in there if row.position <= upto and row.channel_id in own]
        return sorted({*rows, *more})[:limit]

    with patch.object(channels, "places_of_user", remembered), patch.object(log, "visible", seen):
        yield


@contextmanager
def share_across_audiences() -> Generator[None]:
    """What was read for one is handed to whoever else reads the same stretch."""
    visible = log.visible

    async def shared(db: Any, user_id: str, after: int, upto: int, limit: int) -> list[EventRow]:
        known = db.__dict__.setdefault("shared", {})
        if (after, upto) not in known:
            known[after, upto] = await visible(db, user_id, after, upto, limit)
        return known[after, upto][:limit]

    with patch.object(log, "visible", shared):
        yield


@contextmanager
def drop_at_handover() -> Generator[None]:
    """The bell is hushed after reading: what rang meanwhile is never heard of."""

    async def rung(bell: Bell) -> None:
        bell._rung.clear()
        await bell._rung.wait()

    with patch.object(Bell, "hush", lambda _: None), patch.object(Bell, "rung", rung):
        yield


@contextmanager
def close_only_here() -> Generator[None]:
    """A ban closes connections on the node that wrote it, and on no other."""
    catch_up = Feed._hear

    def own_only(feed: Feed, event: Happening) -> None:
        hearers = feed._hearers
        if isinstance(event, EventRow):
            feed._hearers = [hear for hear in hearers if not isinstance(hear.__self__, Devices)]
        catch_up(feed, event)
        feed._hearers = hearers

    with patch.object(Feed, "_hear", own_only):
        yield


PLANTED: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "skip a commit": skip_a_commit,
    "replay inclusive": replay_inclusive,
    "forget a removal": forget_a_removal,
    "share across audiences": share_across_audiences,
    "drop at handover": drop_at_handover,
    "close only here": close_only_here,
}
