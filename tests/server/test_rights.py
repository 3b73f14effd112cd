"""Every root field is tried by every kind of caller, and does what the table of rights says."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from resolvers import rights
from resolvers.rights import IN_CHANNELS, OPERATIONS, ChannelKind, Role, Scope, Standing, Who
from schema.api import api
from server.opening import add_admin
from server.serving import Running
from tests.cast import Client, Person, sign_in, sign_up
from tests.peers import JOIN
from tests.stage import PASSWORD

CALLERS = (
    "anonymous",
    "outsider",
    "member",
    "channel moderator",
    "owner",
    "moderator",
    "admin",
    "banned",
)
PROGRAMS = tuple(
    f"{person} {scope}" for person in ("member", "moderator", "admin") for scope in Scope
)
"""People, as their API tokens with these scopes act for them."""
REFUSALS = {"UNAUTHENTICATED", "BANNED", "FORBIDDEN", "NOT_FOUND"}
STANDING = {
    "member": Standing.MEMBER,
    "channel moderator": Standing.MODERATOR,
    "owner": Standing.OWNER,
}
SCOPES = {Scope.READ: 1, Scope.WRITE: 2, Scope.ADMIN: 3, None: 4}
"""What is good for what: a sign-in for all, and nothing else for what is about signing in."""
NEEDED = {operation: rights.scope_for(operation) for operation in OPERATIONS}
ROLES = {"moderator": Role.MODERATOR, "admin": Role.ADMIN}

DOCUMENTS = {
    "server": "{ server { name } }",
    "register": "mutation { register(input: { username: %name, password: %new }) { user { id } } }",
    "login": "mutation { login(input: { username: %owner, password: %password }) { user { id } } }",
    "refreshSession": "mutation { refreshSession(refreshToken: %refresh) { user { id } } }",
    "logout": "mutation { logout }",
    "endSession": "mutation { endSession(id: %session) }",
    "sessions": "{ sessions { id } }",
    "changePassword": """mutation {
      changePassword(input: { currentPassword: %password, newPassword: %password }) }""",
    "updateProfile": "mutation { updateProfile(input: {}) { id } }",
    "head": "{ head }",
    "events": "{ events { next } }",
    "me": "{ me { id } }",
    "user": "{ user(id: %user) { id } }",
    "users": "{ users(first: 1) { nodes { id } } }",
    "channels": "{ channels { nodes { id } } }",
    "publicChannels": "{ publicChannels { nodes { id } } }",
    "createChannel": "mutation { createChannel(input: { kind: GROUP }) { id } }",
    "openDirectChannel": "mutation { openDirectChannel(userId: %user) { id } }",
    "channel": "{ channel(id: %channel) { id } }",
    "message": "{ message(id: %message) { id } }",
    "messages": "{ messages(channelId: %channel) { nodes { id } } }",
    "messageAdded": "subscription { messageAdded(channelId: %channel, after: %start) { id } }",
    "sendMessage": 'mutation { sendMessage(input: { channelId: %channel, body: "x" }) { id } }',
    "editMessage": 'mutation { editMessage(input: { id: %message, body: "y" }) { id } }',
    "messageEdits": "{ messageEdits(messageId: %message) { nodes { body } } }",
    "deleteMessage": "mutation { deleteMessage(id: %message) { id } }",
    "searchMessages": '{ searchMessages(query: "hola") { nodes { id } } }',
    "thread": "{ thread(messageId: %message) { nodes { id } } }",
    "addReaction": 'mutation { addReaction(messageId: %message, emoji: "👍") { id } }',
    "removeReaction": 'mutation { removeReaction(messageId: %message, emoji: "👍") { id } }',
    "pins": "{ pins(channelId: %channel) { nodes { message { id } } } }",
    "pinMessage": "mutation { pinMessage(messageId: %message) { id } }",
    "unpinMessage": "mutation { unpinMessage(messageId: %message) { id } }",
    "file": "{ file(id: %file) { id } }",
    "files": "{ files(channelId: %channel) { nodes { id } } }",
    "uploadFile": """mutation($file: Upload!) {
      uploadFile(input: { channelId: %channel, file: $file }) { id } }""",
    "deleteFile": "mutation { deleteFile(id: %file) }",
    "setAvatar": "mutation { setAvatar(file: null) { id } }",
    "markRead": "mutation { markRead(channelId: %channel, cursor: %start) { id } }",
    "joinChannel": "mutation { joinChannel(id: %channel) { id } }",
    "leaveChannel": "mutation { leaveChannel(id: %channel) }",
    "addMembers": "mutation { addMembers(channelId: %channel, userIds: [%user]) { id } }",
    "removeMember": "mutation { removeMember(channelId: %channel, userId: %plain) { id } }",
    "setChannelRole": """mutation {
      setChannelRole(channelId: %channel, userId: %plain, role: MODERATOR) { id } }""",
    "updateChannel": 'mutation { updateChannel(input: { id: %channel, name: "n" }) { id } }',
    "deleteChannel": "mutation { deleteChannel(id: %channel) }",
    "setNotifications": "mutation { setNotifications(channelId: %channel, level: NONE) { id } }",
    "inbox": "{ inbox { nodes { channel { id } } } }",
    "blockUser": "mutation { blockUser(userId: %spare) { id } }",
    "unblockUser": "mutation { unblockUser(userId: %spare) { id } }",
    "blockedUsers": "{ blockedUsers { nodes { user { id } } } }",
    "allChannels": "{ allChannels(first: 1) { nodes { id } } }",
    "invite": "{ invite(code: %invite) { serverName } }",
    "acceptInvite": "mutation { acceptInvite(code: %invite) { id } }",
    "createInvite": "mutation { createInvite(input: { channelId: %channel }) { code } }",
    "revokeInvite": "mutation { revokeInvite(code: %own_invite) { code } }",
    "invites": "{ invites(channelId: %channel) { nodes { code } } }",
    "setTyping": "mutation { setTyping(channelId: %channel) }",
    "typing": "subscription { typing(channelId: %channel) { channelId } }",
    "presenceChanged": "subscription { presenceChanged { id } }",
    "iceServers": "{ iceServers { urls } }",
    "sendSignal": """mutation {
      sendSignal(input: { fromPeer: %peer, toUser: %own_id, kind: BYE }) { id } }""",
    "signals": "subscription { signals(peer: %peer) { id } }",
    "connectServer": "mutation { connectServer(input: { offer: {} }) { id } }",
    "activeCalls": "{ activeCalls { id } }",
    "callChanged": "subscription { callChanged(channelId: %channel) { id } }",
    "joinCall": "mutation { joinCall(channelId: %channel, peer: %peer) { id } }",
    "leaveCall": "mutation { leaveCall(channelId: %channel, peer: %peer) }",
    "declineCall": "mutation { declineCall(channelId: %channel) }",
    "setCallMedia": """mutation {
      setCallMedia(input: { channelId: %channel, peer: %joined, muted: true }) { id } }""",
    "export": "{ export { url } }",
    "exportChannel": "{ exportChannel(channelId: %channel) { url } }",
    "reportMessage": 'mutation { reportMessage(messageId: %message, reason: "x") }',
    "muteMember": "mutation { muteMember(channelId: %channel, userId: %plain) { id } }",
    "unmuteMember": "mutation { unmuteMember(channelId: %channel, userId: %plain) { id } }",
    "apiTokens": "{ apiTokens { id } }",
    "createApiToken": """mutation {
      createApiToken(input: { name: "x", scope: READ, password: %password }) { token } }""",
    "revokeApiToken": "mutation { revokeApiToken(id: %token) }",
    "beginSecondFactor": "mutation { beginSecondFactor(password: %password) { secret } }",
    "enableSecondFactor": 'mutation { enableSecondFactor(otp: "x") }',
    "disableSecondFactor": 'mutation { disableSecondFactor(password: %password, otp: "x") }',
    "renewRecoveryCodes": 'mutation { renewRecoveryCodes(password: %password, otp: "x") }',
    "reports": "{ reports { nodes { id } } }",
    "handleReport": "mutation { handleReport(input: { id: %report, status: RESOLVED }) { id } }",
    "wordList": "{ wordList }",
    "updateUser": 'mutation { updateUser(input: { userId: %spare, displayName: "n" }) { id } }',
    "resetPassword": "mutation { resetPassword(userId: %spare) { url } }",
    "resetSecondFactor": "mutation { resetSecondFactor(userId: %spare) { id } }",
    "deleteUser": "mutation { deleteUser(userId: %doomed) }",
    "purgeMessages": "mutation { purgeMessages(input: { userId: %spare }) }",
    "setWordList": "mutation { setWordList(words: []) }",
    "auditLog": "{ auditLog { nodes { number } } }",
    "activity": "{ activity { at } }",
    "activityChanged": "subscription { activityChanged { at } }",
    "bans": "{ bans { nodes { id } } }",
    "banUser": 'mutation { banUser(input: { userId: %spare, reason: "x" }) { id } }',
    "unbanUser": "mutation { unbanUser(userId: %spare) { id } }",
    "setRole": "mutation { setRole(userId: %spare, role: MEMBER) { id } }",
    "createUser": "mutation { createUser(input: { username: %name }) { user { id } } }",
}


LIVE = ("messageAdded", "typing", "presenceChanged", "activityChanged", "signals", "callChanged")
GOT_IN = {"BAD_USER_INPUT", "CONFLICT"}
"""What is said to who may do it, and has brought no code of the moment, or no real offer."""
WITH_CODES = ("enableSecondFactor", "disableSecondFactor", "renewRecoveryCodes")
TOKEN = """mutation($scope: ApiTokenScope!, $password: String!) {
  createApiToken(input: { name: "x", scope: $scope, password: $password }) {
    token apiToken { id } } }"""
TYPING = "mutation($c: ID!) { setTyping(channelId: $c) }"


class World:
    """One of each kind of caller, and channels for them to try things in."""

    def __init__(self, server: Running, http: httpx.AsyncClient) -> None:
        self.server, self.http = server, http
        self.people: dict[str, Client] = {"anonymous": Client(server.url, http)}

    async def settle(self) -> None:
        """Makes the people."""
        for name in (*CALLERS[1:], "plain", "spare", "other"):
            username = name.replace(" ", "-")
            self.people[name] = await sign_up(self.server.url, self.http, username)
        await add_admin(self.server.house, "maker", PASSWORD)
        maker = await sign_in(self.server.url, self.http, "maker")
        for name, role in ROLES.items():
            document = f"mutation($id: ID!) {{ setRole(userId: $id, role: {role}) {{ id }} }}"
            await maker.do(document, id=self.person(name).id)
        ban = 'mutation($id: ID!) { banUser(input: { userId: $id, reason: "x" }) { id } }'
        await maker.do(ban, id=self.person("banned").id)
        for name in PROGRAMS:
            person, _, scope = name.partition(" ")
            made = await self.person(person).do(TOKEN, scope=scope, password=PASSWORD)
            self.people[name] = Client(self.server.url, self.http, made["token"])
        self.maker = maker

    def person(self, name: str) -> Person:
        """Somebody with an account."""
        person = self.people[name]
        assert isinstance(person, Person)
        return person

    async def channel(self, kind: str) -> dict[str, Any]:
        """A fresh channel of this kind in which everybody is what they are called."""
        owner = self.person("owner")
        if kind == ChannelKind.DIRECT:
            member = self.person("member")
            return await owner.create_channel("DIRECT", memberIds=[member.id])
        names = ("member", "channel moderator", "plain", "banned")
        members = [self.person(name).id for name in names]
        channel = await owner.create_channel(kind, memberIds=members)
        promote = """mutation($c: ID!, $u: ID!) {
          setChannelRole(channelId: $c, userId: $u, role: MODERATOR) { id } }"""
        await owner.do(promote, c=channel["id"], u=self.person("channel moderator").id)
        return channel

    async def outcome(self, caller: str, operation: str, **ids: str) -> str:
        """The code with which the operation was refused, or "allowed"."""
        document = DOCUMENTS[operation]
        for name, value in ids.items():
            document = document.replace(f"%{name}", f'"{value}"')
        assert "%" not in document, document
        client = self.people[caller]
        if operation in LIVE:
            other = self.person("member" if caller == "owner" else "owner")
            return await first_answer(client, document, other, ids.get("channel"))
        sends = client.ask_with_file if "$file" in document else client.ask
        answer = await sends(document)
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        if operation in WITH_CODES or operation == "connectServer":
            codes -= GOT_IN
        assert codes <= REFUSALS, answer
        return codes.pop() if codes else "allowed"


async def first_answer(client: Client, document: str, other: Person, channel_id: str | None) -> str:
    """What the first message on a subscription says, while the other types in the channel."""
    params = {} if client.token else {"nobody": True}
    try:
        async with Person.socket(client, **params) as socket:
            await socket.subscribe(document)
            if channel_id is None:
                # A refusal would have come before this, as nothing has to be looked up for it.
                await socket.subscribe("subscription { nothing }", "2")
            receiving = asyncio.create_task(socket.receive())
            while not receiving.done():
                if channel_id is not None:
                    await other.do(TYPING, c=channel_id)
                await asyncio.wait([receiving], timeout=0.1)
            message = await receiving
    except AssertionError:
        raise
    except Exception as closed:  # noqa: BLE001 - a socket may be refused as a whole
        return "BANNED" if "4403" in str(closed) else repr(closed)
    if message["type"] == "next" or message["id"] == "2":
        return "allowed"
    return str(message["payload"][0]["extensions"]["code"])


@pytest.fixture(scope="module")
async def world(server: Running, http: httpx.AsyncClient) -> World:
    made = World(server, http)
    await made.settle()
    return made


def person_of(caller: str) -> tuple[str, Scope | None]:
    """Who a caller is, and what the token that they call with is good for."""
    person, _, scope = caller.rpartition(" ")
    return (person, Scope(scope)) if caller in PROGRAMS else (caller, None)


def role_of(caller: str) -> Role:
    """As what the caller acts."""
    person, scope = person_of(caller)
    return ROLES.get(person, Role.MEMBER) if scope in (None, Scope.ADMIN) else Role.MEMBER


def expected_at_all(caller: str, operation: str) -> str | None:
    """What the first half of the table says, or None where it lets the caller through."""
    who = OPERATIONS[operation]
    if who is Who.ANYONE:
        return None
    if caller == "anonymous":
        return "UNAUTHENTICATED"
    if caller == "banned":
        return "BANNED"
    _, scope = person_of(caller)
    if not SCOPES[scope] >= SCOPES[NEEDED[operation]]:
        return "FORBIDDEN"
    role = role_of(caller)
    enough = {
        Who.SIGNED_IN: True,
        Who.MODERATOR: role in (Role.MODERATOR, Role.ADMIN),
        Who.ADMIN: role is Role.ADMIN,
    }[who]
    return None if enough else "FORBIDDEN"


def expected_in(caller: str, operation: str, kind: str, *, own: bool = False) -> str:
    """What the whole table says of an operation in a channel of this kind.

    `own`: to a message that the caller wrote.
    """
    if refusal := expected_at_all(caller, operation):
        return refusal
    person, _ = person_of(caller)
    standing = STANDING.get(person, Standing.OUTSIDER)
    if kind == ChannelKind.DIRECT:
        inside = person in ("owner", "member")
        standing = Standing.MEMBER if inside else Standing.OUTSIDER
    role = role_of(caller)
    if IN_CHANNELS[operation].held(kind, standing, role, own=own):
        return "allowed"
    return "FORBIDDEN" if IN_CHANNELS["channel"].held(kind, standing, role) else "NOT_FOUND"


@pytest.mark.parametrize("kind", list(ChannelKind))
@pytest.mark.parametrize("operation", IN_CHANNELS)
async def test_an_operation_in_a_channel_is_for_whom_the_table_says(
    world: World, operation: str, kind: ChannelKind
) -> None:
    start = await world.person("owner").do("{ head }")
    for caller in (*CALLERS, *PROGRAMS):
        channel = await world.channel(kind)
        author = "member" if caller == "owner" else "owner"
        message, file = await something_of(world.person(author), channel, operation)
        outcome = await world.outcome(
            caller,
            operation,
            channel=channel["id"],
            message=message,
            file=file,
            start=start,
            plain=world.person("plain").id,
            user=world.person("other").id,
            peer=str(uuid4()),
            joined=await a_peer_in_call(world, caller, channel, operation),
        )
        assert outcome == expected_in(caller, operation, kind), caller


@pytest.mark.parametrize("kind", list(ChannelKind))
@pytest.mark.parametrize("operation", [o for o, r in IN_CHANNELS.items() if r.own is not None])
async def test_what_one_may_do_with_what_is_ones_own_is_what_the_table_says(
    world: World, operation: str, kind: ChannelKind
) -> None:
    callers = ("owner", "member")
    if kind is not ChannelKind.DIRECT:
        callers = (*callers, "channel moderator")
    for caller in callers:
        channel = await world.channel(kind)
        message, file = await something_of(world.person(caller), channel, operation)
        outcome = await world.outcome(caller, operation, message=message, file=file)
        assert outcome == expected_in(caller, operation, kind, own=True) == "allowed", caller


async def something_of(author: Person, channel: dict[str, Any], operation: str) -> tuple[str, str]:
    """The ids of a message and of a file, if the operation is about one."""
    message = await author.send(channel, "hola")
    needed = "%file" in DOCUMENTS[operation]
    return message["id"], (await author.upload(channel))["id"] if needed else ""


async def a_peer_in_call(world: World, caller: str, channel: Any, operation: str) -> str:
    """A peer of the caller's that takes part in the call of a channel, if they may."""
    name, _ = person_of(caller)
    if "%joined" not in DOCUMENTS[operation] or name in ("anonymous", "banned"):
        return str(uuid4())
    person = world.person(name)
    # One of each: there are not to be more than can take part.
    await person.ask(JOIN, c=channel["id"], peer=person.id)
    return person.id


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - set(IN_CHANNELS)))
async def test_an_operation_is_for_whom_the_table_says(world: World, operation: str) -> None:
    for caller in (*CALLERS, *PROGRAMS):
        own = world.people[caller]
        if isinstance(own, Person) and caller != "banned":
            own = world.people[caller] = await again(world, own)
        refresh = (await again(world, world.person("owner"))).refresh_token
        outcome = await world.outcome(
            caller,
            operation,
            name=f"u{uuid4().hex[:12]}",
            new=PASSWORD,
            password=PASSWORD,
            owner="owner",
            refresh=refresh,
            user=world.person("other").id,
            spare=world.person("spare").id,
            peer=str(uuid4()),
            own_id=world.person(person_of(caller)[0]).id if caller != "anonymous" else "nobody",
            session=await a_session(world, caller),
            **await made_for(world, caller, DOCUMENTS[operation]),
        )
        assert outcome == (expected_at_all(caller, operation) or "allowed"), caller


async def again(world: World, person: Person) -> Person:
    return await sign_in(world.server.url, world.http, person.username)


async def a_session(world: World, caller: str) -> str:
    """A session of the caller's own that they can end."""
    name, _ = person_of(caller)
    if name in ("anonymous", "banned"):
        return str(uuid4())
    other = await again(world, world.person(name))
    listed = await other.do("{ sessions { id current } }")
    return next(one["id"] for one in listed if one["current"])


async def made_for(world: World, caller: str, document: str) -> dict[str, str]:
    """The ids and codes of what the document is about, if it is."""
    name, _ = person_of(caller)
    makers: dict[str, Callable[[], Awaitable[str]]] = {
        "invite": lambda: an_invite(world.people["owner"]),
        "own_invite": lambda: an_invite(world.people[name]),
        "token": lambda: a_token(world.people[name]),
        "report": lambda: a_report(world),
        "doomed": lambda: somebody_new(world),
    }
    return {made: await make() for made, make in makers.items() if f"%{made}" in document}


async def a_token(client: Client) -> str:
    """The id of an API token that this one has made, if they can make any."""
    if not isinstance(client, Person) or client.username == "banned":
        return "none"
    return str((await client.do(TOKEN, scope="READ", password=PASSWORD))["apiToken"]["id"])


async def a_report(world: World) -> str:
    """The id of a report that nobody has handled."""
    channel = await world.person("owner").create_channel("PUBLIC")
    message = await world.person("owner").send(channel, "hola")
    member = world.person("member")
    await member.do(DOCUMENTS["reportMessage"].replace("%message", f'"{message["id"]}"'))
    return str((await world.maker.do("{ reports(first: 1) { nodes { id } } }"))["nodes"][0]["id"])


async def somebody_new(world: World) -> str:
    """The id of an account that may go."""
    return (await sign_up(world.server.url, world.http, f"u{uuid4().hex[:12]}")).id


async def an_invite(client: Client) -> str:
    """The code of an invitation that this one has made, if they can make any."""
    if not isinstance(client, Person) or client.username == "banned":
        return "none"
    channel = await client.create_channel("PUBLIC")
    document = "mutation($c: ID!) { createInvite(input: { channelId: $c }) { code } }"
    return str((await client.do(document, c=channel["id"]))["code"])


def test_a_scope_is_enough_for_what_it_says() -> None:
    reading = {*api.core.query_type.fields, *api.core.subscription_type.fields}
    for operation, who in OPERATIONS.items():
        needed = rights.scope_for(operation)
        if needed is Scope.READ:
            assert operation in reading
        if who in (Who.MODERATOR, Who.ADMIN):
            assert needed in (Scope.ADMIN, None)


async def test_every_operation_is_tried() -> None:
    assert set(DOCUMENTS) == set(OPERATIONS)
    assert set(IN_CHANNELS) <= set(OPERATIONS)


def test_the_table_in_the_docs_is_the_one_in_the_code() -> None:
    page = (Path(__file__).parents[2] / "docs" / "rights.md").read_text()
    assert rights.printed() in page
