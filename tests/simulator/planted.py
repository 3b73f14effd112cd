"""Faults to plant into the product, so that it shows whether they are found."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from models import channels
from models import events as log
from models.connection import Connection
from models.events import EventKind, EventRow
from resolvers import events
from resolvers.bells import Bell, Happening
from resolvers.devices import Devices
from resolvers.feed import Feed
from resolvers.following import Follower, Stretch
from resolvers.house import Caller, House
from schema.sharing import Shared
from server import fanout, seats
from server.fanout import Fanout
from server.seats import Outlet, Seat, Told


@contextmanager
def skip_a_commit() -> Generator[None]:
    """The end of a stretch is looked up after its rows: what is committed in between is skipped."""
    read = events._read

    async def hasty(
        db: Connection, caller: Caller, position: int, head: int, most: int
    ) -> Stretch[EventRow]:
        stretch = await read(db, caller, position, head, most)
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

    async def seen(
        db: Any, user_id: str, after: int, upto: int, limit: int, *, by_role: bool = True
    ) -> list[EventRow]:
        rows = await visible(db, user_id, after, upto, limit, by_role=by_role)
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

    async def shared(
        db: Any, user_id: str, after: int, upto: int, limit: int, *, by_role: bool = True
    ) -> list[EventRow]:
        known = db.__dict__.setdefault("shared", {})
        if (after, upto) not in known:
            known[after, upto] = await visible(db, user_id, after, upto, limit, by_role=by_role)
        return known[after, upto][:limit]

    with patch.object(log, "visible", shared):
        yield


@contextmanager
def drop_at_handover() -> Generator[None]:
    """The bell is hushed after reading: what rang meanwhile is never heard of."""

    hush, wait = Bell.hush, Bell.rung

    async def rung(bell: Bell) -> None:
        hush(bell)
        await wait(bell)

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


@contextmanager
def sit_too_early() -> Generator[None]:
    """Who has not read yet what was told to all has a seat, too."""
    sit = Fanout.sit

    def early(self: Fanout, follower: Follower, shared: Shared, outlet: Outlet) -> Any:
        position = max(follower.position, self._reach)
        return sit(self, follower._replace(position=position), shared, outlet)

    with patch.object(Fanout, "sit", early):
        yield


@contextmanager
def carry_past(*kinds: EventKind) -> Generator[None]:
    """Nobody is put down when such an event is heard of."""
    hear = Fanout._hear

    def deaf(self: Fanout, event: Happening) -> None:
        if event.kind not in kinds:
            hear(self, event)

    with (
        patch.object(Fanout, "_hear", deaf),
        patch.object(fanout, "_OWN_MOVES", tuple({*fanout._OWN_MOVES} - {*kinds})),
    ):
        yield


@contextmanager
def tell_twice() -> Generator[None]:
    """It does not matter what somebody had been handed out before they took their seat."""
    give = Seat.give

    def again(seat: Any, position: int, told: Told) -> bool:
        seat.last = min(seat.last, position - 1)
        return give(seat, position, told)

    with patch.object(Seat, "give", again):
        yield


@contextmanager
def _putting_down(elsewhere: Callable[[Fanout, Seat, int | None], int | None]) -> Generator[None]:
    put_down = Fanout.put_down

    def changed(self: Fanout, seat: Seat, position: int | None = None) -> None:
        put_down(self, seat, elsewhere(self, seat, position))

    with patch.object(Fanout, "put_down", changed):
        yield


def put_down_a_step_ahead() -> AbstractContextManager[None]:
    """Who has to look at an event by themselves goes on behind it."""
    return _putting_down(lambda _, __, position: None if position is None else position + 1)


def put_down_where_all_are() -> AbstractContextManager[None]:
    """What somebody has been told since all had been told does not count."""
    return _putting_down(lambda all_, _, at: all_._position if at is None else at)


def put_down_with_a_debt() -> AbstractContextManager[None]:
    """What was to be written and was not counts as handed out."""

    def indebted(_: Fanout, seat: Seat, position: int | None) -> int | None:
        seat.after = seat.last
        return position

    return _putting_down(indebted)


@contextmanager
def tell_without_a_look() -> Generator[None]:
    """What other nodes have written meanwhile is not heard of before something is told."""
    begin = Fanout.__init__

    async def looked() -> None:
        pass

    def hasty(self: Fanout, house: House) -> None:
        begin(self, house)
        feed = SimpleNamespace(as_of_now=looked, cursor=house.feed.cursor)
        self._house = SimpleNamespace(
            feed=feed, db=house.db, clock=house.clock, revocations=house.revocations
        )

    with patch.object(Fanout, "__init__", hasty):
        yield


@contextmanager
def keep_people_to_themselves() -> Generator[None]:
    """What happens to accounts concerns nobody who is carried."""
    with patch.object(fanout, "IN_NO_CHANNEL", frozenset()):
        yield


@contextmanager
def swallow_what_is_not_shared() -> Generator[None]:
    """What has to be looked at by each is told to none."""
    with patch.object(fanout, "ALONE", None), patch.object(seats, "ALONE", None):
        yield


@contextmanager
def go_on_after_a_failure() -> Generator[None]:
    """Where telling all has failed, they are told what comes next."""
    with patch.object(Fanout, "_put_all_down", lambda _: None):
        yield


@contextmanager
def leave_a_seat_behind() -> Generator[None]:
    """Who goes while they are carried is told on and on."""
    put_down = Fanout.put_down

    def behind(self: Fanout, seat: Seat, position: int | None = None) -> None:
        if not seat.put_down.cancelled():
            put_down(self, seat, position)

    with patch.object(Fanout, "put_down", behind):
        yield


PLANTED: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "skip a commit": skip_a_commit,
    "replay inclusive": replay_inclusive,
    "forget a removal": forget_a_removal,
    "share across audiences": share_across_audiences,
    "drop at handover": drop_at_handover,
    "close only here": close_only_here,
    "sit too early": sit_too_early,
    "carry past an arrival": partial(carry_past, EventKind.MEMBER_ADDED),
    "carry past a removal": partial(carry_past, EventKind.MEMBER_REMOVED),
    "tell twice": tell_twice,
    "put down a step ahead": put_down_a_step_ahead,
    "put down where all are": put_down_where_all_are,
    "put down with a debt": put_down_with_a_debt,
    "tell without a look": tell_without_a_look,
    "keep people to themselves": keep_people_to_themselves,
    "swallow what is not shared": swallow_what_is_not_shared,
    "leave a seat behind": leave_a_seat_behind,
    "go on after a failure": go_on_after_a_failure,
}
