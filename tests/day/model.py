"""What there is to see, kept in plain Python by somebody who never asks the server."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Said:
    """A message."""

    channel: str
    author: str | None
    """None: of somebody who is no more."""
    body: str
    reply_to: str | None = None
    names: set[str | None] = field(default_factory=set)
    """Whom it mentions; "channel" is everybody."""
    edited: bool = False
    deleted: bool = False
    pinned: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)

    def empty(self) -> None:
        self.body, self.edited, self.deleted, self.pinned = "", False, True, False
        self.names, self.reactions = set(), {}


@dataclass
class Room:
    """A channel."""

    kind: str
    name: str | None
    topic: str | None
    members: dict[str, str]
    said: list[str] = field(default_factory=list)
    read: dict[str, int] = field(default_factory=dict)
    """How many messages each member has read."""
    levels: dict[str, str] = field(default_factory=dict)


@dataclass
class Model:
    """Everything."""

    rooms: dict[str, Room] = field(default_factory=dict)
    messages: dict[str, Said] = field(default_factory=dict)
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    blocks: set[tuple[str, str]] = field(default_factory=set)

    def make(self, room: str, kind: str, owner: str, *others: str, name: str | None = None) -> None:
        first = "MEMBER" if kind == "DIRECT" else "OWNER"
        members = {owner: first, **dict.fromkeys(others, "MEMBER")}
        self.rooms[room] = Room(kind, name, None, members)

    def enter(self, room: str, *who: str) -> None:
        there = self.rooms[room]
        for one in who:
            there.members[one] = "MEMBER"
            there.read[one] = len(there.said)

    def leave(self, room: str, who: str) -> None:
        for of_each in (self.rooms[room].members, self.rooms[room].read, self.rooms[room].levels):
            of_each.pop(who, None)

    def say(self, key: str, room: str, who: str, body: str, **more: Any) -> None:
        self.messages[key] = Said(room, who, body, **more)
        there = self.rooms[room]
        there.said.append(key)
        there.read[who] = len(there.said)

    def purge(self, *keys: str) -> None:
        """These go, and what answers them answers nothing any more."""
        for key in keys:
            room = self.rooms[self.messages.pop(key).channel]
            place = room.said.index(key)
            room.said.remove(key)
            room.read = {who: upto - (place < upto) for who, upto in room.read.items()}
            for said in self.messages.values():
                said.reply_to = None if said.reply_to == key else said.reply_to

    def depart(self, who: str) -> None:
        """Somebody is no more; what they said stays, and they are named nowhere."""
        for room in self.rooms.values():
            if who in room.members:
                role = room.members[who]
                for of_each in (room.members, room.read, room.levels):
                    of_each.pop(who, None)
                if role == "OWNER" and room.members:
                    heirs = [one for one, role in room.members.items() if role == "MODERATOR"]
                    room.members[(heirs or list(room.members))[0]] = "OWNER"
        self.rooms = {key: room for key, room in self.rooms.items() if room.members}
        for said in self.messages.values():
            said.author = None if said.author == who else said.author
            said.names = {None if name == who else name for name in said.names}
        self.blocks = {pair for pair in self.blocks if who not in pair}

    def seen_by(self, who: str) -> dict[str, Any]:
        """What somebody finds who looks at all of it."""
        return {
            key: self._room(room, who) for key, room in self.rooms.items() if who in room.members
        }

    def _room(self, room: Room, who: str) -> dict[str, Any]:
        read = room.read.get(who, 0)
        unread = [self.messages[key] for key in room.said[read:]]
        calls = [
            message
            for message in unread
            if message.names & {who, "channel"} and (who, message.author) not in self.blocks
        ]
        return {
            "kind": room.kind,
            "name": room.name,
            "topic": room.topic,
            "members": room.members,
            "unread": len(unread),
            "mentions": len(calls),
            "level": room.levels.get(who, "ALL"),
            "said": [self._said(key, who) for key in room.said],
            "pins": {key for key in room.said if self.messages[key].pinned},
        }

    def _said(self, key: str, who: str) -> dict[str, Any]:
        said = self.messages[key]
        return {
            "key": key,
            "author": said.author,
            "body": said.body,
            "edited": said.edited,
            "deleted": said.deleted,
            "replyTo": said.reply_to,
            "names": said.names,
            "reactions": {emoji: len(users) for emoji, users in said.reactions.items() if users},
            "mine": {emoji for emoji, users in said.reactions.items() if who in users},
        }
