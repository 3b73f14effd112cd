"""The ten, on a real server: what they ask for is noted, and what they see is read back."""

from typing import Any

from graphql import FieldNode, OperationDefinitionNode, parse

from adapters.ids import new_id
from tests.cast import Json, Person

NAMES = ("ada", "ben", "cem", "dan", "eva", "fay", "gus", "hal", "ida", "root")
ROOM = """id kind name topic membership { unreadCount mentionCount notifications }
  members(first: 20) { nodes { role user { username } } }"""
SEEN = f"""query($first: Int) {{ channels(first: $first) {{ nodes {{ {ROOM} }}
  pageInfo {{ hasNextPage }} }} }}"""
SAID = """query($c: ID!) { messages(channelId: $c, last: 50) { nodes {
  id body editedAt deletedAt pinnedAt author { username } replyTo { id } myReactions
  reactions { emoji count } mentions { everybody user { username } } }
  pageInfo { hasPreviousPage } } }"""
PINS = "query($c: ID!) { pins(channelId: $c) { nodes { message { id } } } }"


class Notes:
    """Which operations were asked for."""

    def __init__(self) -> None:
        self.operations: set[str] = set()

    def of(self, document: str) -> None:
        for definition in parse(document).definitions:
            if isinstance(definition, OperationDefinitionNode):
                fields = definition.selection_set.selections
                self.operations |= {f.name.value for f in fields if isinstance(f, FieldNode)}


class Noted(Person):
    """Somebody whose questions are noted."""

    notes: Notes

    async def ask(self, document: str, **variables: Json) -> Json:
        self.notes.of(document)
        return await super().ask(document, **variables)


class Ids:
    """Names for ids: the client chooses them, so they are known before anything is asked."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self.names: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name not in self._ids:
            self.name(name, new_id())
        return self._ids[name]

    def name(self, name: str, known: str) -> None:
        self._ids[name], self.names[known] = known, name


async def seen(person: Person, ids: Ids) -> dict[str, Any]:
    """All that somebody finds, in the words of the model."""
    page = await person.do(SEEN, first=20)
    assert not page["pageInfo"]["hasNextPage"]
    return {ids.names[room["id"]]: await _room(person, ids, room) for room in page["nodes"]}


async def _room(person: Person, ids: Ids, room: Json) -> dict[str, Any]:
    page = await person.do(SAID, c=room["id"])
    assert not page["pageInfo"]["hasPreviousPage"]
    pinned = {ids.names[m["id"]] for m in page["nodes"] if m["pinnedAt"]}
    pins = (await person.do(PINS, c=room["id"]))["nodes"]
    assert {ids.names[pin["message"]["id"]] for pin in pins} == pinned
    return {
        "kind": room["kind"],
        "name": room["name"],
        "topic": room["topic"],
        "members": {m["user"]["username"]: m["role"] for m in room["members"]["nodes"]},
        "unread": room["membership"]["unreadCount"],
        "mentions": room["membership"]["mentionCount"],
        "level": room["membership"]["notifications"],
        "said": [_said(ids, message) for message in page["nodes"]],
        "pins": pinned,
    }


def _said(ids: Ids, message: Json) -> dict[str, Any]:
    users = [m["user"] and m["user"]["username"] for m in message["mentions"]]
    everybody = {"channel" for m in message["mentions"] if m["everybody"]}
    named = [user for m, user in zip(message["mentions"], users, strict=True) if not m["everybody"]]
    return {
        "key": ids.names[message["id"]],
        "author": message["author"] and message["author"]["username"],
        "body": message["body"],
        "edited": message["editedAt"] is not None,
        "deleted": message["deletedAt"] is not None,
        "replyTo": message["replyTo"] and ids.names[message["replyTo"]["id"]],
        "names": {*everybody, *named},
        "reactions": {r["emoji"]: r["count"] for r in message["reactions"]},
        "mine": set(message["myReactions"]),
    }
