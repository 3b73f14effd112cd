"""Whether sharing changes an answer: the same story, followed with it and without."""

import json
import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from websockets import ConnectionClosed

from resolvers import events, following, messages
from resolvers.bells import Bell
from resolvers.house import House
from server.fanout import Fanout
from server.opening import add_admin
from tests.cast import Json, Person, Socket, sign_in, sign_up
from tests.patience import PATIENCE
from tests.stage import PASSWORD, a_server, until

NAMES = ("ada", "ben", "cleo")
STEPS = 40
_USER = ("id", "username", "displayName", "role", "banned", "email", "address")
_MESSAGE = ("id", "cursor", "body", "author", "channel { name }")
_CHANNEL = ("id", "name", "memberCount", "membership { role }")
_OF_EVENT = {
    "MessageAdded": ("messageId", "message"),
    "ChannelCreated": ("channel",),
    "ChannelUpdated": ("channel",),
    "MemberAdded": ("userId", "user", "member { role }", "channel"),
    "MemberUpdated": ("userId", "user", "member { role }"),
    "MemberRemoved": ("userId", "user"),
    "UserUpdated": ("userId", "user"),
    "UserBanned": ("userId",),
    "UserUnbanned": ("userId",),
}
_OWN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_LIFE = re.compile(r"\b[0-9a-f]{8}\.(\d+)\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


_SEND = """($c: ID!, $b: String!) {
  sendMessage(input: { channelId: $c, body: $b }) { id } }"""
_ADD = "($c: ID!, $u: [ID!]!) { addMembers(channelId: $c, userIds: $u) { id } }"
_REMOVE = "($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }"
_SET_CHANNEL_ROLE = """($c: ID!, $u: ID!) {
  setChannelRole(channelId: $c, userId: $u, role: MODERATOR) { role } }"""
_DESCRIBE = "($c: ID!, $t: String!) { updateChannel(input: { id: $c, topic: $t }) { id } }"
_HIDE = "($c: ID!) { updateChannel(input: { id: $c, kind: PRIVATE }) { id } }"
_RENAME = "($n: String!) { updateProfile(input: { displayName: $n }) { id } }"
_SET_ROLE = "($u: ID!, $r: Role!) { setRole(userId: $u, role: $r) { id } }"
_BAN = '($u: ID!) { banUser(input: { userId: $u, reason: "enough" }) { id } }'


class Words:
    """Subscriptions in words that are left to chance."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._aliases = 0

    def messages(self) -> str:
        """A subscription to the messages of one channel."""
        given = "$c: ID!, $a: Cursor!, $yes: Boolean = true, $no: Boolean!"
        below = self._fields(_MESSAGE, f"{_BOTH} ...Said @include(if: $no)")
        asked = f"messageAdded(channelId: $c, after: $a) {below}"
        return f"subscription({given}) {{ {asked} }} {_SPREAD}"

    def events(self) -> str:
        """A subscription to all events."""
        kinds = self._random.sample(sorted(_OF_EVENT), self._random.randint(1, len(_OF_EVENT)))
        parts = " ".join(f"... on {kind} {self._fields(_OF_EVENT[kind])}" for kind in kinds)
        given = "$a: Cursor!, $yes: Boolean = true, $no: Boolean!"
        below = f"__typename cursor {_BOTH} ...Placed {parts}"
        return f"subscription({given}) {{ events(after: $a) {{ {below} }} }} {_PLACED}"

    def _fields(self, known: tuple[str, ...], more: str = "") -> str:
        chosen = self._random.sample(known, self._random.randint(1, len(known)))
        fields = [self._field(name) for name in chosen]
        return f"{{ __typename {more} {' '.join(fields)} }}"

    def _field(self, name: str) -> str:
        below = {"user": _USER, "author": _USER, "channel": _CHANNEL}.get(name)
        told = name + self._fields(below) if below else name
        if name == "message":
            told = name + self._fields(_MESSAGE)
        if self._random.random() < 0.3:
            self._aliases += 1
            told = f"a{self._aliases}: {told}"
        condition = self._random.choice(("", "", "", "$yes", "$no"))
        if condition and "{" not in told:
            return f"{told} @{self._random.choice(('include', 'skip'))}(if: {condition})"
        return told


_SPREAD = "fragment Said on Message { said: body ...Who } fragment Who on Message { author { id } }"
_BOTH = "yes: __typename @include(if: $yes) no: __typename @skip(if: $no)"
_PLACED = "fragment Placed on Event { at channelId actor { username } }"


class Theatre:
    """One server, and everybody on it."""

    def __init__(self, people: dict[str, Person]) -> None:
        self.people = people
        self.channels: list[Json] = []
        self.tails: list[Json] = []
        self._names: dict[str, str] = {}

    async def do(self, who: str, document: str, **variables: Json) -> str:
        """Whether it was done, or the code of why not."""
        answer = await self.people[who].ask(document, **variables)
        if not answer.get("errors"):
            return "done"
        return str(answer["errors"][0]["extensions"]["code"])

    def plain(self, told: Json) -> str:
        """The same for the same on another server."""
        text = json.dumps(told, ensure_ascii=False)
        text = _OWN.sub(self._name, text)
        return _TIME.sub("then", _LIFE.sub(r"\1", text))

    def _name(self, found: re.Match[str]) -> str:
        return self._names.setdefault(found[0], f"#{len(self._names)}")


async def step(theatre: Theatre, random: Random) -> str:
    """Something happens, which is the same for the same numbers."""
    who, whom = random.choice(NAMES), random.choice(NAMES)
    channel, other = random.choice(theatre.channels)["id"], theatre.people[whom].id
    cleo, topic = theatre.people["cleo"].id, f"{random.random()}"
    role = random.choice(("MEMBER", "MODERATOR"))
    here, there = {"c": channel}, {"c": channel, "u": other}
    acts: list[tuple[float, str, str, dict[str, Json]]] = [
        (30, who, _SEND, {"c": channel, "b": f"¡hola {topic}!"}),
        (6, who, "($c: ID!) { joinChannel(id: $c) { id } }", here),
        (3, who, "($c: ID!) { leaveChannel(id: $c) }", here),
        (6, "ada", _ADD, {"c": channel, "u": [other]}),
        (3, "ada", _REMOVE, there),
        (4, "ada", _SET_CHANNEL_ROLE, there),
        (4, "ada", _DESCRIBE, {"c": channel, "t": topic}),
        (1, "ada", _HIDE, here),
        (6, who, _RENAME, {"n": topic}),
        (2, "root", _SET_ROLE, {"u": other, "r": role}),
        (1, "root", _BAN, {"u": cleo}),
        (3, "root", "($u: ID!) { unbanUser(userId: $u) { id } }", {"u": cleo}),
        (0.2, who, "{ logout }", {}),
        (0.3, "ada", "($c: ID!) { deleteChannel(id: $c) }", here),
    ]
    _, name, document, variables = random.choices(acts, [act[0] for act in acts])[0]
    return await theatre.do(name, f"mutation{document}", **variables)


class Rest:
    """Whether everybody who follows waits for what comes next."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._following = 0
        self._waiting: dict[Bell, None] = {}
        self.carried = 0
        rung, follow, carry = Bell.rung, following.following, Fanout.sit

        async def waiting(bell: Bell) -> None:
            self._waiting[bell] = None
            try:
                await rung(bell)
            finally:
                del self._waiting[bell]

        async def counted(*given: Any) -> AsyncGenerator[Any, None]:
            self._following += 1
            try:
                async with aclosing(follow(*given)) as deliveries:
                    async for delivery in deliveries:
                        yield delivery
            finally:
                self._following -= 1

        def seated(*given: Any) -> Any:
            self.carried += 1
            return carry(*given)

        monkeypatch.setattr(Bell, "rung", waiting)
        monkeypatch.setattr(Fanout, "sit", seated)
        for module in (events, messages):
            monkeypatch.setattr(module, "following", counted)

    def has_come(self, house: House) -> bool:
        """Whether nobody has anything left to do."""
        takers = [getattr(take, "__self__", None) for take in house.feed._readers]
        fanouts = [each for each in takers if isinstance(each, Fanout)]
        if house.feed.seen < house.feed.head or any(each._telling for each in fanouts):
            return False
        if any(bell._has_rung for bell in self._waiting):
            return False
        return len(self._waiting) + sum(map(len, fanouts)) == self._following


async def all_of(socket: Socket) -> list[Json]:
    """All that has been sent on a socket; its closing as the last."""
    came: list[Json] = []
    try:
        await socket.send({"type": "ping"})
        while (message := await socket.receive())["type"] != "pong":
            came.append(message)
    except ConnectionClosed:
        came.append(socket.connection.close_code)
    return came


async def play(
    seed: int, folder: Path, shortcuts: str, rest: Rest
) -> tuple[list[str], dict[str, list[str]]]:
    """What became of each step, and what each who followed was told."""
    random = Random(seed)
    async with (
        a_server(folder, shortcuts=shortcuts) as server,
        httpx.AsyncClient(timeout=PATIENCE) as http,
        AsyncExitStack() as stack,
    ):
        people = {name: await sign_up(server.url, http, name) for name in NAMES}
        await add_admin(server.house, "root", PASSWORD)
        people["root"] = await sign_in(server.url, http, "root")
        theatre = Theatre(people)
        members = [people[name].id for name in NAMES[1:]]
        theatre.channels = [
            await people["ada"].create_channel("PUBLIC"),
            await people["ada"].create_channel("PRIVATE", memberIds=members),
        ]
        theatre.plain([person.id for person in people.values()])
        theatre.plain(theatre.channels)
        words, head = Words(random), await people["ada"].do("{ head }")
        heard: dict[str, list[Json]] = {}
        sockets: dict[str, Socket] = {}
        for each in range(12):
            who, channel = random.choice((*NAMES, "root")), random.choice(theatre.channels)["id"]
            document = words.events() if random.random() < 0.5 else words.messages()
            given = {"a": head, "no": random.random() < 0.5}
            if "$c" in document:
                given["c"] = channel
            name = f"{each}"
            sockets[name] = await stack.enter_async_context(people[who].socket())
            heard[name] = []
            await sockets[name].subscribe(document, name, **given)
            await sockets[name].send({"type": "ping"})
            while (message := await sockets[name].receive())["type"] != "pong":
                heard[name].append(message)
            await until(lambda: rest.has_come(server.house))
        outcomes: list[str] = []
        for _ in range(STEPS):
            outcomes.append(await step(theatre, random))
            await until(lambda: rest.has_come(server.house))
            for name, socket in sockets.items():
                heard[name] += await all_of(socket)
        told = {name: [theatre.plain(each) for each in came] for name, came in heard.items()}
        return outcomes, told


@pytest.mark.parametrize("seed", range(3))
async def test_the_same_story_is_told_alike_with_sharing_and_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rest = Rest(monkeypatch)
    (tmp_path / "shared").mkdir()
    (tmp_path / "alone").mkdir()
    shared = await play(seed, tmp_path / "shared", "plans,people,sharing", rest)
    assert rest.carried
    alone = await play(seed, tmp_path / "alone", "plans,people", rest)
    assert shared[0] == alone[0]
    for name, told in alone[1].items():
        assert shared[1][name] == told
    assert sum(map(len, alone[1].values())) > STEPS
