"""What people do: each action is something that one of them asks a node for."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, NamedTuple

from resolvers import accounts, administration, channels, members, messages, moderation, sessions
from resolvers.house import Caller
from resolvers.rights import ChannelKind, ChannelRole, Role
from tests.simulator.ids import short
from tests.simulator.oracle import STAFF
from tests.simulator.surroundings import Surroundings

Work = Callable[[Caller], Awaitable[Any]]


class Action(NamedTuple):
    """What to ask for, and how to tell of it."""

    name: str
    about: str
    work: Work
    message_id: str | None = None
    """Of a message that is sent, again if need be, until it is known to be there."""


class Desk:
    """One person about to do something: picks what it is about from what there is."""

    def __init__(self, around: Surroundings, user_id: str, root_id: str) -> None:
        self._model = around.model
        self._chance = around.chance
        self._new_id = around.new_id
        self._user_id = user_id
        self._root_id = root_id

    def act(self) -> Action:
        """Something to do."""
        staff = self._model.state.people[self._user_id][0] in STAFF
        usual = not staff or self._chance.happens(0.6)
        return self._chance.weighted(_ACTIONS if usual else _OF_STAFF)(self)

    def send(self, there: str | None = None) -> Action:
        channel_id, message_id = there or self._channel(), self._new_id()
        return Action(
            "send",
            f"{short(message_id)} to {short(channel_id)}",
            lambda caller: messages.send(caller, channel_id, "hola", message_id),
            message_id,
        )

    def create(self) -> Action:
        kind = self._chance.pick((ChannelKind.PUBLIC, ChannelKind.PRIVATE, ChannelKind.GROUP))
        people, channel_id = self._chance.some(self._people(), 3), self._new_id()
        self._model.founders[channel_id] = set(people)
        return Action(
            "create",
            f"{kind} {short(channel_id)} with {' '.join(map(short, people))}",
            lambda caller: channels.create(
                caller, kind, name="lobby", member_ids=people, channel_id=channel_id
            ),
        )

    def open_direct(self) -> Action:
        other = self._person()
        return Action(
            "open direct", short(other), lambda caller: channels.open_direct(caller, other)
        )

    def join(self) -> Action:
        return self._in_channel("join", members.join)

    def mark_read(self) -> Action:
        return self._in_channel(
            "mark read",
            lambda caller, channel_id: members.mark_read(
                caller, channel_id, caller.house.feed.cursor(caller.house.feed.head)
            ),
        )

    def leave(self, there: str | None = None) -> Action:
        return self._in_channel("leave", members.leave, there=there)

    def delete(self) -> Action:
        return self._in_channel("delete", channels.delete)

    def add(self, whom: list[str] | None = None, there: str | None = None) -> Action:
        people = whom or self._chance.some(self._people(), 3)
        return self._in_channel(
            "add",
            lambda caller, channel_id: members.add(caller, channel_id, people),
            " ".join(map(short, people)),
            there,
        )

    def remove(self, whom: str | None = None, there: str | None = None) -> Action:
        other = whom or self._person()
        return self._in_channel(
            "remove",
            lambda caller, channel_id: members.remove(caller, channel_id, other),
            short(other),
            there,
        )

    def set_channel_role(self) -> Action:
        other, role = self._person(), self._chance.pick(list(ChannelRole))
        return self._in_channel(
            "set channel role",
            lambda caller, channel_id: members.set_role(caller, channel_id, other, role),
            f"{short(other)} {role}",
        )

    def update_channel(self) -> Action:
        kind = self._chance.pick((None, *ChannelKind))
        return self._in_channel(
            "update channel",
            lambda caller, channel_id: channels.update(
                caller, channel_id, {"topic": "news", "kind": kind}
            ),
            str(kind),
        )

    def ban(self, whom: str | None = None) -> Action:
        other, seconds = whom or self._person(), self._chance.pick((None, 1, 5))

        def work(caller: Caller) -> Awaitable[Any]:
            until = caller.house.clock.after(timedelta(seconds=seconds)) if seconds else None
            return moderation.ban(caller, other, "enough", until)

        return Action("ban", f"{short(other)} for {seconds} s", work)

    def unban(self, whom: str | None = None) -> Action:
        banned = [u for u, (_, until) in self._model.state.people.items() if until]
        other = whom or self._chance.pick(banned or self._people())
        return Action("unban", short(other), lambda caller: moderation.unban(caller, other))

    def set_role(self) -> Action:
        other, role = self._person(), self._chance.pick((Role.MEMBER, Role.MODERATOR))
        return Action(
            "set role",
            f"{short(other)} {role}",
            lambda caller: administration.set_role(caller, other, role),
        )

    def rename(self) -> Action:
        name = f"name {self._chance.number(1, 999)}"
        return Action(
            "rename", name, lambda caller: accounts.update_profile(caller, {"display_name": name})
        )

    def sign_out(self) -> Action:
        return Action("sign out", "", lambda caller: sessions.end(caller, caller.session_id))

    def end_session(self) -> Action:
        async def work(caller: Caller) -> None:
            own = await sessions.own(caller)
            await sessions.end(caller, own[-1].row.id)

        return Action("end session", "", work)

    def _in_channel(
        self,
        name: str,
        work: Callable[[Caller, str], Awaitable[Any]],
        more: str = "",
        there: str | None = None,
    ) -> Action:
        channel_id = there or self._channel()
        return Action(name, f"{short(channel_id)} {more}", lambda caller: work(caller, channel_id))

    def _channel(self) -> str:
        """Mostly one's own."""
        own = self._model.state.channels_of(self._user_id)
        if own and self._chance.happens(0.8):
            return self._chance.pick(own)
        return self._chance.pick([*self._model.state.channels] or [self._new_id()])

    def _person(self) -> str:
        return self._chance.pick(self._people())

    def _people(self) -> list[str]:
        """Everybody but root, who always has to be there to let others in again."""
        return [user_id for user_id in self._model.state.people if user_id != self._root_id]


_ACTIONS: dict[Callable[[Desk], Action], float] = {
    Desk.send: 30,
    Desk.mark_read: 6,
    Desk.create: 6,
    Desk.open_direct: 3,
    Desk.join: 8,
    Desk.leave: 5,
    Desk.add: 8,
    Desk.remove: 8,
    Desk.set_channel_role: 4,
    Desk.update_channel: 5,
    Desk.delete: 1,
    Desk.rename: 6,
    Desk.sign_out: 1,
    Desk.end_session: 1,
}
"""What anybody does, and how often."""

_OF_STAFF: dict[Callable[[Desk], Action], float] = {Desk.ban: 3, Desk.unban: 4, Desk.set_role: 4}
"""What moderators and admins do besides."""
