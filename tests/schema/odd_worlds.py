"""Worlds of made-up objects, many of them not as the schema promises, for the real resolvers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    Undefined,
)

from models import events as events_table
from resolvers import accounts, channels, events, members, messages, moderation, sessions
from resolvers.errors import NotFound
from schema import accounts as account_types
from schema import channels as channel_types
from schema import moderation as moderation_types
from schema.accounts import User
from schema.api import api
from schema.calls import Call
from schema.channels import Channel
from schema.events import SHOWN
from schema.events import reading as event_types
from schema.files import File, FileVersion
from schema.joins import JOIN, Join
from schema.loaders import Loaders
from schema.messages import Message
from schema.messages import reading as message_types
from schema.messages.types import Mention, Reaction
from schema.moderation import Ban
from schema.sessions import Session

POOLS = {"User": "u", "Channel": "c", "Message": "m", "Member": "p", "File": "f", "Call": "k"}
EACH = 4
CONNECTIONS = {
    "messages": "MessageConnection",
    "channels": "ChannelConnection",
    "publicChannels": "ChannelConnection",
    "users": "UserConnection",
    "bans": "BanConnection",
}
OTHERS = {"members": "Member", "last_messages": "Message", "calls": "Call"}
TEXT = GraphQLNonNull(api.core.type_map["String"])
EVENTS = {shown.__name__ for shown in SHOWN.values()}
ABOUT_MESSAGES = {str(kind) for kind in events_table.ABOUT_MESSAGES}
LISTS: dict[str, Callable[["World"], list[Any]]] = {
    "reactions": lambda world: [world.made("Reaction") for _ in range(2)],
    "mentions": lambda world: [world.made("Mention") for _ in range(2)],
    "message_files": lambda world: [world.pick("File") for _ in range(2)],
    "versions": lambda world: [world.made("FileVersion") for _ in range(2)],
    "my_reactions": lambda world: [world.value(TEXT) for _ in range(2)],
    "reacted": lambda world: [world.pick("User") for _ in range(2)],
}
LEAVES = {
    "pins": api.core.type_map["String"],
    "unread_mentions": GraphQLNonNull(api.core.type_map["Int"]),
}
SEEN = "presence"
PENDING = SimpleNamespace(status="PENDING")
"""There is no link to it."""
LOADERS = (
    SEEN,
    *("users", "channels", "messages", "files", "last_messages", "members", "first_members"),
    "calls",
    *LISTS,
    *LEAVES,
)


class Text(str):
    """Text that is not quite a str."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"in other words: {self[:]}"


class Named:
    """What the same thing of another world cannot be told from when it is printed."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Late(Named):
    """A value that has to be waited for; unlike a coroutine, it may also be left alone."""

    def __init__(self, value: Any, steps: int) -> None:
        self.value, self.steps = value, steps

    def __await__(self) -> Iterator[Any]:
        for _ in range(self.steps):
            yield
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


class Many(list[Any]):
    """A list that is not quite a list."""


class Unmakeable(Named):
    """A row of which no object can be made."""

    def made(self) -> Any:
        raise LookupError("an unmakeable row")


async def one_by_one(items: list[Any]) -> AsyncIterator[Any]:
    for item in items:
        yield item


class World(Named):
    """Objects made from a seed: the same seed makes the same world again."""

    def __init__(self, seed: int, odds: float) -> None:
        """Of all that there is, this part is not as it should be."""
        self.seed, self.chance, self.odds = seed, Random(seed), odds
        self.kept: dict[Any, Any] = {}
        self.pools = {
            name: {f"{letter}{n}": self.new(name) for n in range(EACH)}
            for name, letter in POOLS.items()
        }
        for pool in self.pools.values():
            for key in pool:
                self.fill(pool[key])
        self.broken = {name for name in LOADERS if self.chance.random() < self.odds}
        self.delays = {name: self.chance.randrange(4) for name in LOADERS}
        self.known = {
            key: user for key, user in self.pools["User"].items() if self.chance.random() < 0.3
        }
        self.asked: list[str] = []
        self.keys: set[Any] = set()

    # What there is, made when it is asked for.

    def root(self, name: str) -> Any:
        """What the resolver of a root field finds."""
        if name in CONNECTIONS:
            return self.once(name, lambda: self.made(CONNECTIONS[name]))
        if name == "events":
            page = self.once(name, lambda: self.made("EventPage"))
            return SimpleNamespace(rows=(), next=page, more=True)
        if name == "sessions":
            return self.once(name, lambda: [self.made("Session") for _ in range(2)])
        return self.once(name, lambda: self.strange(self.pick(name.capitalize())))

    def found(self, name: str, key: Any) -> Any:
        """What a loader finds."""
        if name == "first_members":
            return self.once(key, lambda: self.made("MemberConnection"))
        if name in LISTS:
            return self.once(
                (name, key), lambda: self.row(self.strangely_listed(LISTS[name](self)))
            )
        if name == SEEN:
            return self.once((name, key), lambda: self.row(self.seen()))
        if name in LEAVES:
            return self.once((name, key), lambda: self.row(self.value(LEAVES[name])))
        if name in OTHERS:
            return self.once((name, key), lambda: self.row(self.pick(OTHERS[name])))
        thing = self.pools[name[:-1].capitalize()].get(key)
        return thing and self.once((name, key), lambda: self.row(thing))

    def seen(self) -> Any:
        online = self.value(GraphQLNonNull(api.core.type_map["Boolean"]))
        return SimpleNamespace(online=online, last_seen_at=self.value(TEXT))

    def once(self, name: Any, make: Callable[[], Any]) -> Any:
        """What has this name, the same whatever was asked for before."""
        if name not in self.kept:
            before, self.chance = self.chance, Random(f"{self.seed} {name}")
            self.kept[name] = make()
            self.chance = before
        return self.kept[name]

    def row(self, thing: Any) -> Any:
        if self.chance.random() >= self.odds:
            return thing
        return self.chance.choice(
            [None, None, LookupError("no row"), NotFound("row"), Unmakeable(), self.anything(thing)]
        )

    def pick(self, name: str) -> Any:
        return self.chance.choice(list(self.pools[name].values()))

    def key(self, letter: str) -> Any:
        good = f"{letter}{self.chance.randrange(EACH + (self.odds > 0))}"
        if self.chance.random() >= self.odds:
            return good
        return self.chance.choice([None, "nobody", [good], 5, Text(good), ValueError("no key")])

    # How it is made.

    def new(self, name: str) -> Any:
        described = api.core.type_map[name].extensions["strawberry-definition"]
        return object.__new__((described.concrete_of or described).origin)

    def made(self, name: str) -> Any:
        thing = self.pick(name) if name in self.pools else self.new(name)
        if name not in self.pools:
            self.fill(thing, api.core.type_map[name])
        return thing

    def fill(self, thing: Any, kind: Any = None) -> None:
        kind = kind or api.core.type_map[type(thing).__name__]
        for field in kind.fields.values():
            described = field.extensions["strawberry-definition"]
            if described.base_resolver is None:
                value = self.value(field.type)
                if value is not self:
                    setattr(thing, described.python_name, value)
        for name, value in self.private(kind.name).items():
            setattr(thing, name, value)

    def private(self, name: str) -> dict[str, Any]:
        """What the schema's own classes have that is not shown."""
        letter = "f" if name == "FileUpdated" else "m" if name in ABOUT_MESSAGES else "u"
        author, place, other = self.key("u"), self.key("c"), self.key(letter)
        known: dict[str, dict[str, Any]] = {
            "User": {
                "private_email": "a@b",
                "private_factor": True,
                "is_self": self.chance.random() < 0.5,
                "row": SimpleNamespace(avatar=None),
                "house": None,
            },
            "File": {
                "row": SimpleNamespace(current=PENDING, uploader_id=author, channel_id=place),
                "house": None,
            },
            "FileVersion": {
                "row": SimpleNamespace(status="PENDING", author_id=author),
                "house": None,
            },
            "Channel": {"row": SimpleNamespace(id=place, created_by=author)},
            "Member": {"user_row_id": author},
            "Call": {"row": SimpleNamespace(channel_id=place, started_by=author)},
            "CallParticipant": {"user_row_id": author},
            "Message": {
                "channel_row_id": place,
                "author_row_id": author,
                "author_row": None,
                "reply_to_row_id": self.key("m"),
            },
            "Membership": {"channel_row_id": place},
            "Reaction": {"message_id": other},
            "Mention": {"named_id": author},
            "Ban": {"row": SimpleNamespace(user_id=author, banned_by=other)},
        }
        if name in EVENTS:
            row = SimpleNamespace(actor_id=author, subject_id=other, channel_id=place)
            return {"row": self.strange(row)}
        return known.get(name, {})

    def value(self, kind: Any) -> Any:
        """A value of this type, or something else."""
        if isinstance(kind, GraphQLNonNull):
            return self.strange(self.good(kind.of_type))
        if self.chance.random() < 0.3:
            return None
        return self.strange(self.good(kind))

    def good(self, kind: Any) -> Any:
        if isinstance(kind, GraphQLList):
            items = [self.value(kind.of_type) for _ in range(self.chance.randrange(4))]
            return self.strangely_listed(items)
        if isinstance(kind, GraphQLInterfaceType):
            return self.made(self.chance.choice(list(SHOWN.values())).__name__)
        if isinstance(kind, GraphQLObjectType):
            return self.made(kind.name)
        if isinstance(kind, GraphQLEnumType):
            return self.chance.choice(list(kind.wrapped_cls))
        number = self.chance.randrange(100)
        return {"Int": number, "Long": number, "Boolean": number < 50}.get(
            kind.name, f"text {number}"
        )

    def strange(self, good: Any) -> Any:
        return good if self.chance.random() >= self.odds else self.anything(good)

    def anything(self, good: Any) -> Any:
        wrong: list[Any] = [
            *(None, None, Undefined, True, 0, 7, 2**40, -(2**31), 1.5, 2.0, float("nan")),
            *("", "BOGUS", "ADMIN", Text("sub"), b"bytes", [], {}, {"id": "x"}, object, (1, 2)),
            *(ValueError("a bad value"), NotFound("thing"), SHOWN, self),
            *(self.pick("User"), self.pick("Channel"), self.pick("Message")),
            *(Late(good, 0), Late(good, 2), Late(ValueError("too late"), 1), Late(None, 1)),
        ]
        return self.chance.choice(wrong)

    def strangely_listed(self, items: list[Any]) -> Any:
        if self.chance.random() >= self.odds:
            return items
        how: list[Callable[[list[Any]], Any]] = [
            *(tuple, Many, iter, one_by_one),
            *(lambda i: [None, *i], lambda i: [*i, Late(None, 1)], lambda i: [*i, KeyError("i")]),
            *(lambda i: (x for x in i), lambda i: [Late(x, 1) for x in i], lambda _: "text"),
        ]
        return self.chance.choice(how)(items)

    # How it is reached.

    def context(self) -> Any:
        """What the resolvers find around them."""
        user = self.root("user")
        policy = SimpleNamespace(name="here", version="1", registration="OPEN", upload_bytes=1_000)
        house = SimpleNamespace(
            people=SimpleNamespace(known=self.known.get),
            feed=SimpleNamespace(cursor=str),
            policy=policy,
            started_at="now",
            devices=(),
        )
        caller = SimpleNamespace(
            house=house,
            user=user,
            user_id="u0",
            is_admin=False,
            is_moderator=True,
            scope=None,
            lacks_second_factor=False,
            world=self,
        )
        loaders: Any = Loaders(caller)
        for name in LOADERS:
            getattr(loaders, name).load_fn = self.loader(name)
        return SimpleNamespace(
            house=house, caller=caller, loaders=loaders, head=1, forget=lambda: None
        )

    def loader(self, name: str) -> Callable[[list[Any]], Any]:
        async def load(keys: list[Any]) -> list[Any]:
            self.asked.append(name)
            self.keys.update((name, key) for key in keys)
            for _ in range(self.delays[name]):
                await asyncio.sleep(0)
            if name in self.broken:
                raise ConnectionError(f"{name} cannot be read")
            return [self.found(name, key) for key in keys]

        return load


def unchanged(row: Any, *_: Any, **__: Any) -> Any:
    """The rows of these worlds are objects already."""
    return row.made() if isinstance(row, Unmakeable) else row


def joins() -> list[Join]:
    found = {}
    for kind in api.core.type_map.values():
        for field in getattr(kind, "fields", {}).values():
            described = field.extensions.get("strawberry-definition")
            join = described and getattr(described, "metadata", {}).get(JOIN)
            if join:
                found[id(join)] = join
    return list(found.values())


@contextmanager
def without_a_house() -> Iterator[None]:
    """The real schema, whose resolvers take what they find in the worlds of their callers."""

    def read(name: str) -> Callable[..., Any]:
        async def root(caller: Any, *_: Any, **__: Any) -> Any:
            return caller.world.root(name)

        return root

    # Two fields are made of what is known of somebody's presence.
    makers = [(j, j.make) for j in joins() if repr(j.loader) != repr(attrgetter(SEEN))]
    with pytest.MonkeyPatch.context() as patch:
        for module, name, root in (
            *((messages, "page", "messages"), (messages, "one", "message")),
            *((channels, "own", "channels"), (channels, "public", "publicChannels")),
            *((channels, "one", "channel"), (accounts, "find", "user"), (events, "page", "events")),
            *((accounts, "page", "users"), (moderation, "page", "bans")),
            *((sessions, "own", "sessions"), (members, "page", "users")),
        ):
            patch.setattr(module, name, read(root))
        patch.setattr(members, "as_page", unchanged)
        patch.setattr(event_types, "EventPage", lambda **named: named["next"])
        for module in (message_types, channel_types, account_types, moderation_types):
            patch.setattr(module, "connection", unchanged)
        for made in (
            User,
            Channel,
            Message,
            Mention,
            Reaction,
            Ban,
            Session,
            File,
            FileVersion,
            Call,
        ):
            patch.setattr(made, "of", unchanged)
        for join, _ in makers:
            object.__setattr__(join, "make", unchanged)
        try:
            yield
        finally:
            for join, make in makers:
                object.__setattr__(join, "make", make)
