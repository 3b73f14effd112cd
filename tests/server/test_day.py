"""A scripted day: ten people, all kinds of channels, all operations, over HTTP and WebSocket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from websockets import ConnectionClosed

from resolvers.rights import OPERATIONS
from server.opening import add_admin
from server.serving import Running
from tests.cast import UPLOAD, Json, Person, Socket, sign_in, sign_up
from tests.day.people import NAMES, Noted, Notes, seen
from tests.day.script import PARTS, Day, Part
from tests.patience import PATIENCE
from tests.replica.replica import Replica, differences
from tests.stage import PASSWORD, a_server

FEED = "subscription($after: Cursor) { events(after: $after) { __typename cursor } }"
PAGE = """query($after: Cursor) { events(after: $after, first: 100) {
  next more events { __typename cursor } } }"""
OTHERS = (
    # What is looked at, or done to an account, besides what is in the script.
    "{ server { name } head me { id } sessions { id } events { next } }",
    "{ publicChannels { nodes { id } } inbox { nodes { channel { id } } } }",
    "{ users { nodes { id online } } invites { nodes { code } } bans { nodes { id } } }",
    "{ blockedUsers { nodes { user { id } } } allChannels { nodes { id } } export { url } }",
    '{ file(id: "x") { id } } ',
    "mutation { connectServer(input: { offer: 5 }) { id } }",
    'mutation { setAvatar(file: null) { id } deleteFile(id: "x") }',
    '{ searchMessages(query: "hello") { nodes { id } } user(address: "ada") { id } }',
    'mutation { createUser(input: { username: "late" }) { setPasswordUrl } }',
    "{ wordList activity { at } auditLog { nodes { number } } reports { nodes { id } } }",
    "{ apiTokens { id } iceServers { urls } activeCalls { id } }",
)
TO_LATE = (
    'updateUser(input: { userId: %, displayName: "Late" }) { id }',
    "resetPassword(userId: %) { url }",
    "resetSecondFactor(userId: %) { id }",
)
OWN_SAFETY = (
    f'createApiToken(input: {{ name: "x", scope: READ, password: "{PASSWORD}" }}) {{ token }}',
    'revokeApiToken(id: "x")',
    f'beginSecondFactor(password: "{PASSWORD}") {{ secret }}',
    'enableSecondFactor(otp: "000000")',
    f'disableSecondFactor(password: "{PASSWORD}", otp: "000000")',
    f'renewRecoveryCodes(password: "{PASSWORD}", otp: "000000")',
)
OF_LOBBY = (
    """query($c: ID!) { channel(id: $c) { id } exportChannel(channelId: $c) { url }
       files(channelId: $c) { nodes { id } } }""",
    """query($m: ID!) { message(id: $m) { id } thread(messageId: $m) { nodes { id } }
       messageEdits(messageId: $m) { nodes { body } } }""",
)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Running]:
    async with a_server(tmp_path) as started:
        yield started


async def ten(server: Running, http: httpx.AsyncClient, notes: Notes) -> dict[str, Person]:
    await add_admin(server.house, "root", PASSWORD)
    people: dict[str, Person] = {"root": await sign_in(server.url, http, "root")}
    for name in NAMES[:-1]:
        people[name] = await sign_up(server.url, http, name)
    for person in people.values():
        person.__class__ = Noted
        person.notes = notes
    promote = "mutation($id: ID!) { setRole(userId: $id, role: MODERATOR) { id } }"
    await people["root"].do(promote, id=people["ida"].id)
    return people


class Follower:
    """Somebody who follows all day, on a socket that is cut now and then."""

    def __init__(self, person: Person, after: str) -> None:
        self.person, self.cursor = person, after
        self.heard: list[Json] = []

    async def listen(self, stack: AsyncExitStack) -> None:
        self.socket: Socket = await stack.enter_async_context(self.person.socket())
        self.person.notes.of(FEED)
        after = self.heard[-1]["cursor"] if self.heard else self.cursor
        await self.socket.subscribe(FEED, after=after)

    async def hear_up_to(self, end: str, stack: AsyncExitStack) -> None:
        """Takes what comes until the last event that is theirs."""
        page, after = await self.person.do(PAGE, after=self.cursor), self.cursor
        wanted = list(page["events"])
        while page["more"]:
            after = page["next"]
            page = await self.person.do(PAGE, after=after)
            wanted += page["events"]
        async with asyncio.timeout(PATIENCE):
            while wanted and (not self.heard or self.heard[-1] != wanted[-1]):
                try:
                    self.heard.append(await self.socket.next())
                except ConnectionClosed:  # by a ban that is over
                    await self.listen(stack)
        places = [int(event["cursor"].partition(".")[2]) for event in self.heard]
        assert places == sorted(set(places))
        # Who has left since was there to hear what they can look up no more.
        assert [event for event in self.heard if event in wanted] == wanted
        self.heard, self.cursor = [], (wanted[-1]["cursor"] if wanted else end)


async def test_a_day(server: Running, http: httpx.AsyncClient) -> None:
    notes = Notes()
    people = await ten(server, http, notes)
    day = Day(people)
    day.model.people = {name: {"banned": False} for name in people}
    head = await people["ada"].do("{ head }")
    replicas = {name: Replica(person) for name, person in people.items()}
    followers = {name: Follower(person, head) for name, person in people.items()}
    for replica in replicas.values():
        await replica.load()
    for part in PARTS:
        await follow_through(day, part, followers)
    for name, person in people.items():
        known = day.model.people[name]
        if known["banned"] or known.get("gone"):
            code = "BANNED" if known["banned"] else "UNAUTHENTICATED"
            assert await person.code("{ me { id } }") == code
        else:
            await compare(day, name, replicas[name])
    await everything_else(day, notes)
    assert set(OPERATIONS) - notes.operations == set()


async def follow_through(day: Day, part: Part, followers: dict[str, Follower]) -> None:
    """A part of the day, through which those follow who may; their lines are cut at its end."""
    async with AsyncExitStack() as stack:
        for follower in followers.values():
            await follower.listen(stack)
        await part(day)
        end = await day.people["ada"].do("{ head }")
        for name, known in day.model.people.items():
            if known["banned"] or known.get("gone"):
                followers.pop(name, None)
        for follower in followers.values():
            await follower.hear_up_to(end, stack)


async def compare(day: Day, name: str, kept: Replica) -> None:
    """What there is to see is what the model says, and what one had with all that one heard."""
    person = day.people[name]
    assert differences(await seen(person, day.ids), day.model.seen_by(name)) == [], name
    await kept.catch_up()
    fresh = Replica(person)
    await fresh.load()
    assert differences(kept.state(), fresh.state()) == [], name


async def everything_else(day: Day, notes: Notes) -> None:
    """What the script has no use for, so that every operation was asked for on that day."""
    root, ada = day.people["root"], day.people["ada"]
    for document in OTHERS:
        await root.ask(document)
    late = (await root.do('{ user(address: "late") { id } }'))["id"]
    for document in TO_LATE:
        await root.do(f"mutation {{ {document} }}".replace("%", f'"{late}"'))
    for document in OWN_SAFETY:
        await root.ask(f"mutation {{ {document} }}")
    lobby = day.ids["lobby"]
    await root.ask(OF_LOBBY[0], c=lobby)
    await ada.do(OF_LOBBY[1], m=day.ids["answer"])
    notes.of(UPLOAD)
    await ada.upload({"id": lobby})
    for document in (
        "subscription($c: ID!) { messageAdded(channelId: $c) { id } }",
        "subscription($c: ID!) { typing(channelId: $c) { channelId } }",
        "subscription($c: ID!) { callChanged(channelId: $c) { id } }",
        "subscription($c: ID!) { signals(peer: $c) { id } }",
        "subscription { presenceChanged { id } }",
        "subscription { activityChanged { at } }",
    ):
        notes.of(document)
        async with (root if "activity" in document else ada).socket() as socket:
            await socket.subscribe(document, **({"c": lobby} if "$c" in document else {}))
            await socket.subscribe("subscription { nothing }", "probe")
            heard = await socket.receive()
            while heard["id"] != "probe":
                assert heard["type"] == "next"
                heard = await socket.receive()
    given = {"username": "newcomer", "password": PASSWORD}
    await ada.do("mutation($i: RegisterInput!) { register(input: $i) { user { id } } }", i=given)
    again = await ada.do(
        "mutation($i: LoginInput!) { login(input: $i) { refreshToken user { id } } }", i=given
    )
    renew = "mutation($t: String!) { refreshSession(refreshToken: $t) { user { id } } }"
    await ada.do(renew, t=again["refreshToken"])
    new = {"currentPassword": PASSWORD, "newPassword": PASSWORD}
    await ada.do("mutation($i: ChangePasswordInput!) { changePassword(input: $i) }", i=new)
    (session,) = await ada.do("{ sessions { id } }")
    assert await ada.code('mutation { endSession(id: "x") }') == "NOT_FOUND"
    assert session
    await ada.do("mutation { logout }")
