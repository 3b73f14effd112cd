"""The law of the feed once more, in plain Python over all states that there ever were."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

_NOBODYS = ("UserCreated", "SessionEnded")
FOREVER = "9999-12-31T23:59:59.999Z"
STAFF = ("MODERATOR", "ADMIN")


class Violation(AssertionError):
    """The law is broken."""


class Fact(NamedTuple):
    """One row of the log."""

    position: int
    kind: str
    channel_id: str | None
    subject_id: str | None
    actor_id: str | None


class Witnessed(NamedTuple):
    """What a transaction leaves behind, as it was looked at on the disk."""

    facts: list[Fact]
    people: dict[str, tuple[str, str | None]]
    """Role, and until when they are banned."""
    channels: dict[str, tuple[str, bool]]
    """Kind, and whether it is deleted."""
    memberships: frozenset[tuple[str, str]]
    sessions: frozenset[str]
    kept_from: int


@dataclass(frozen=True, slots=True)
class State:
    """The world as it was between two commits."""

    upto: int = 0
    """The position given last."""
    members: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By channel and user: from which position on its events are theirs."""
    people: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    channels: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    sessions: frozenset[str] = frozenset()
    forgotten: int = 0

    def sees(self, user_id: str, fact: Fact) -> bool:
        """Whether the event is one for this user."""
        if fact.kind in _NOBODYS:
            return False
        if fact.channel_id is None:
            return self.knows(user_id, fact.subject_id or "")
        if fact.kind == "MemberRemoved" and fact.subject_id == user_id:
            return True
        if fact.kind == "ReadMarked" and fact.subject_id != user_id:
            return False
        since = self.members[fact.channel_id].get(user_id)
        return since is not None and since <= fact.position

    def knows(self, user_id: str, other_id: str) -> bool:
        """Whether what happens to the other's account is for this user."""
        if user_id == other_id or self.people[user_id][0] in STAFF:
            return True
        return any(
            user_id in members and other_id in members and not self.channels[channel_id][1]
            for channel_id, members in self.members.items()
        )

    def reads(self, user_id: str, channel_id: str) -> bool:
        """Whether the channel's messages are there for this user."""
        kind, deleted = self.channels.get(channel_id, ("", True))
        return not deleted and (kind == "PUBLIC" or user_id in self.members[channel_id])

    def admits(self, user_id: str, session_id: str, latest: str) -> bool:
        """Whether anything is for this session, on a node whose clock never showed more."""
        banned_until = self.people[user_id][1]
        return session_id in self.sessions and not (banned_until and banned_until > latest)

    def channels_of(self, user_id: str) -> list[str]:
        """Where the user is a member, in the order of the channels' making."""
        return [
            channel_id
            for channel_id, members in self.members.items()
            if user_id in members and not self.channels[channel_id][1]
        ]


class Model:
    """All states in their order, and all facts."""

    def __init__(self) -> None:
        self.states = [State()]
        self.log: list[Fact] = []
        self.founders: dict[str, set[str]] = {}
        """Whom the makers of channels named as members, by channel."""
        self._state_of: dict[int, int] = {}
        self._founded: Fact | None = None

    @property
    def state(self) -> State:
        """As it is now."""
        return self.states[-1]

    @property
    def now(self) -> int:
        """The number of the present state."""
        return len(self.states) - 1

    def committed(self, seen: Witnessed) -> None:
        """One more state. Raises Violation if the log does not tell how it came about."""
        members = dict(self.state.members)
        for fact in seen.facts:
            if fact.position != len(self.log) + 1:
                raise Violation(f"position {fact.position} follows {len(self.log)}")
            self.log.append(fact)
            self._state_of[fact.position] = self.now + 1
            self._replay(members, fact, seen.channels)
        self._check_actors(seen)
        told = {(channel_id, user_id) for channel_id, users in members.items() for user_id in users}
        if told != seen.memberships:
            raise Violation(f"no event tells of the memberships {told ^ seen.memberships}")
        self.states.append(
            State(
                upto=len(self.log),
                members=members,
                people=seen.people,
                channels=seen.channels,
                sessions=seen.sessions,
                forgotten=seen.kept_from - 1,
            )
        )

    def fact(self, position: int) -> Fact:
        """What happened there. Raises Violation if nothing did."""
        if not 1 <= position <= len(self.log):
            raise Violation(f"UNTRUE: nothing has happened at {position}")
        return self.log[position - 1]

    def since(self, position: int) -> list[State]:
        """The states in which the event of this position had happened."""
        return self.states[self._state_of[position] :]

    def may_get(self, user_id: str, session_id: str, fact: Fact, latest: str) -> bool:
        """Whether there was a state in which the event was for this session."""
        return any(
            state.sees(user_id, fact) and state.admits(user_id, session_id, latest)
            for state in reversed(self.since(fact.position))
        )

    def may_read(self, user_id: str, session_id: str, fact: Fact, latest: str) -> bool:
        """Whether there was a state in which the message was for this session."""
        return any(
            state.reads(user_id, fact.channel_id or "")
            and state.admits(user_id, session_id, latest)
            for state in reversed(self.since(fact.position))
        )

    def must_get(self, user_id: str, after: int) -> list[int]:
        """The events that were the user's in every state since they happened."""
        return [
            fact.position
            for fact in self.log[after:]
            if all(state.sees(user_id, fact) for state in reversed(self.since(fact.position)))
        ]

    def must_read(self, channel_id: str, after: int) -> list[int]:
        """The messages of a channel."""
        return [
            fact.position
            for fact in self.log[after:]
            if fact.kind == "MessageAdded" and fact.channel_id == channel_id
        ]

    def _check_actors(self, seen: Witnessed) -> None:
        """Raises Violation if somebody did something while they were banned for good."""
        let_in = {fact.subject_id for fact in seen.facts if fact.kind == "UserUnbanned"}
        for fact in seen.facts:
            if fact.actor_id in self.state.people and fact.actor_id not in let_in:
                banned = {p[fact.actor_id][1] for p in (self.state.people, seen.people)}
                if banned == {FOREVER}:
                    raise Violation(f"WRITTEN: {fact} by somebody who is banned")

    def _replay(
        self,
        members: dict[str, Mapping[str, int]],
        fact: Fact,
        channels: Mapping[str, tuple[str, bool]],
    ) -> None:
        channel_id, user_id = fact.channel_id or "", fact.subject_id or ""
        if fact.kind == "ChannelCreated":
            self._founded = fact
            members[channel_id] = {}
        elif fact.kind == "MemberAdded":
            begins = self._founded if self._founds(fact, channels[channel_id][0]) else None
            members[channel_id] = {
                **members[channel_id],
                user_id: (begins or fact).position,
            }
        else:
            self._founded = None
            if fact.kind == "MemberRemoved":
                left = {**members[channel_id]}
                del left[user_id]
                members[channel_id] = left

    def _founds(self, fact: Fact, kind: str) -> bool:
        """Whether the membership begins with the channel itself."""
        if self._founded is None or self._founded.channel_id != fact.channel_id:
            return False
        named = self.founders.get(fact.channel_id or "", set())
        return kind == "DIRECT" or fact.subject_id in (self._founded.actor_id, *named)
