"""What a client shows: loaded once, and kept up to date by nothing but the events."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from models.events import EventRow
from resolvers import channels, loading, members, messages
from resolvers.errors import NotFound
from resolvers.house import Caller
from resolvers.messages import Window
from tests.simulator.courses import check_sent
from tests.simulator.oracle import Model, Violation

Ask = Callable[[Callable[[Caller], Awaitable[Any]]], Awaitable[Any]]
"""Does something as one request."""
_ALL = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """One channel on the screen."""

    messages: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)


@dataclass
class Replica:
    """The channels that a user is in, and who is in them."""

    user_id: str
    model: Model
    channels: dict[str, Shown] = field(default_factory=dict)
    people: dict[str, tuple[str, str, str | None]] = field(default_factory=dict)
    head: str = ""
    _channels_wanted: dict[str, None] = field(default_factory=dict)
    _people_wanted: dict[str, None] = field(default_factory=dict)

    async def load(self, ask: Ask) -> None:
        """Everything, each list by a request of its own."""

        async def lists(caller: Caller) -> tuple[str, list[str]]:
            head = caller.house.feed.cursor(caller.house.feed.head)
            page = await channels.own(caller, _ALL, None)
            return head, [row.id for row in page.items]

        self.head, own = await ask(lists)
        self._channels_wanted = dict.fromkeys(own)
        await self.fetch(ask)

    def apply(self, row: EventRow) -> None:
        """Shows what an event tells, or notes what is to be fetched for it."""
        channel_id, subject_id = row.channel_id or "", row.subject_id or ""
        shown = self.channels.get(channel_id, Shown())
        match row.kind:
            case "MessageAdded":
                shown.messages.add(subject_id)
            case "MemberAdded" if subject_id == self.user_id:
                self._channels_wanted[channel_id] = None
            case "MemberAdded":
                shown.members.add(subject_id)
                self._people_wanted[subject_id] = None
            case "MemberRemoved" if subject_id != self.user_id:
                shown.members.discard(subject_id)
            case "MemberRemoved" | "ChannelDeleted":
                self.channels.pop(channel_id, None)
                self._channels_wanted.pop(channel_id, None)
            case "UserUpdated" | "UserBanned" | "UserUnbanned":
                self._people_wanted[subject_id] = None

    async def fetch(self, ask: Ask) -> None:
        """What is still to be fetched."""
        while self._channels_wanted:
            channel_id = next(iter(self._channels_wanted))
            await self._fetch_channel(ask, channel_id)
            self._channels_wanted.pop(channel_id, None)
        if self._people_wanted:
            await self._fetch_people(ask)

    def compare(self, fresh: "Replica") -> None:
        """Raises Violation if it is not what a client that loads afresh shows."""
        for channel_id in self.channels.keys() | fresh.channels.keys():
            mine, theirs = self.channels.get(channel_id), fresh.channels.get(channel_id)
            if mine != theirs:
                raise Violation(f"STALE: {channel_id} is shown as {mine}, but is {theirs}")
        for user_id in sorted(set().union(*(shown.members for shown in fresh.channels.values()))):
            if self.people[user_id] != fresh.people[user_id]:
                told = f"{self.people[user_id]}, but is {fresh.people[user_id]}"
                raise Violation(f"STALE: {user_id} is shown as {told}")

    async def _fetch_channel(self, ask: Ask, channel_id: str) -> None:
        async def fetched(caller: Caller) -> Shown:
            row = await channels.one(caller, channel_id)
            said = await messages.page(caller, channel_id, Window(last=_ALL))
            for row_read in said.items:
                check_sent(self.model, caller, row_read)
            there = await members.page(caller, row, _ALL, None)
            return Shown({m.id for m in said.items}, {m.user_id for m in there.items})

        try:
            shown = self.channels[channel_id] = await ask(fetched)
        except NotFound:
            self.channels.pop(channel_id, None)
        else:
            self._people_wanted |= dict.fromkeys(sorted(shown.members))

    async def _fetch_people(self, ask: Ask) -> None:
        wanted = list(self._people_wanted)
        rows = await ask(lambda caller: loading.users(caller.house, wanted))
        for row in rows:
            self.people[row.id] = (row.display_name, row.role, row.banned_until)
            self._people_wanted.pop(row.id, None)
