"""Attacks by members on what is not theirs, and by those who are shut out."""

from typing import Any

import pytest
from websockets import ConnectionClosed

from resolvers.devices import Devices
from tests.cast import FOLLOW, SEND, Person
from tests.security.ground import (
    Ground,
    TakeOut,
    attack,
    code_of,
    doing_nothing,
    replaced,
    returning,
    succeeded,
)
from tests.stage import PASSWORD
from tests.streams import event_stream

MAY = returning("resolvers.access.may", True)
BAN = 'mutation($id: ID!) { banUser(input: { userId: $id, reason: "enough" }) { id } }'
ROLE = "mutation($id: ID!) { setRole(userId: $id, role: ADMIN) { role } }"
STAFF = replaced("resolvers.house.Caller.is_admin", property(lambda _: True))


@attack("HTTP", "a channel is looked up through one's membership", MAY)
async def reading_by_id(ground: Ground) -> bool:
    """Reading a PRIVATE channel whose id is known (IDOR)."""
    ada, mallory = await ground.person("ada"), await ground.person("mallory")
    plans = await ada.create_channel("PRIVATE")
    await ada.send(plans, "secret")
    answer = await mallory.ask(
        "query($c: ID!) { messages(channelId: $c) { nodes { body } } }", c=plans["id"]
    )
    return "secret" in str(answer)


@attack("HTTP", "a message is looked up through its channel", MAY)
async def a_message_by_id(ground: Ground) -> bool:
    """Reading one message of a PRIVATE channel whose id is known."""
    ada, mallory = await ground.person("ada"), await ground.person("mallory")
    message = await ada.send(await ada.create_channel("PRIVATE"), "secret")
    answer = await mallory.ask("query($m: ID!) { message(id: $m) { body } }", m=message["id"])
    return "secret" in str(answer)


@attack("HTTP", "what is hidden looks like what is absent", MAY)
async def telling_hidden_from_absent(ground: Ground) -> bool:
    """Telling by the answer whether a hidden channel exists."""
    ada, mallory = await ground.person("ada"), await ground.person("mallory")
    plans = await ada.create_channel("PRIVATE")
    channel = "query($c: ID!) { channel(id: $c) { id } }"
    hidden = await mallory.ask(channel, c=plans["id"])
    absent = await mallory.ask(channel, c=mallory.id)
    return bool(hidden.get("errors") != absent.get("errors"))


@attack("WebSocket", "who follows is looked at like who reads", MAY)
async def following_by_id(ground: Ground) -> bool:
    """Following a PRIVATE channel on a socket."""
    ada, mallory = await ground.person("ada"), await ground.person("mallory")
    plans = await ada.create_channel("PRIVATE")
    async with mallory.socket() as socket:
        await socket.subscribe(FOLLOW, channelId=plans["id"])
        await ada.send(plans, "secret")
        return "secret" in str(await socket.receive())


@attack("HTTP", "operations have permission classes", STAFF)
async def making_oneself_an_admin(ground: Ground) -> bool:
    """A member who gives themself the role ADMIN."""
    mallory = await ground.person("mallory")
    return succeeded(await mallory.ask(ROLE, id=mallory.id))


@attack("HTTP", "an email address is for oneself and admins", STAFF)
async def reading_addresses(ground: Ground) -> bool:
    """A member who reads the email addresses of others."""
    ada, mallory = await ground.person("ada"), await ground.person("mallory")
    await ada.do('mutation { updateProfile(input: { email: "ada@example.org" }) { id } }')
    answer = await mallory.ask("query($id: ID!) { user(id: $id) { email } }", id=ada.id)
    return "ada@example.org" in str(answer)


@attack("HTTP", "who stands above whom is looked at", returning("resolvers.rights.Right.held", True))  # fmt: skip  # noqa: E501
async def deleting_what_others_say(ground: Ground) -> bool:
    """A member who deletes another's message."""
    ada, mallory = await ground.person("ada"), await ground.person("mallory")
    lobby = await ada.create_channel(memberIds=[mallory.id])
    message = await ada.send(lobby, "hola")
    delete = "mutation($m: ID!) { deleteMessage(id: $m) { id } }"
    return succeeded(await mallory.ask(delete, m=message["id"]))


@attack("HTTP", "the last admin stays", doing_nothing("resolvers.administration.another_admin"))
async def locking_everybody_out(ground: Ground) -> bool:
    """The last admin, talked into deleting their account."""
    root = await ground.admin()
    return succeeded(await root.ask("mutation($id: ID!) { deleteUser(userId: $id) }", id=root.id))


@attack("HTTP", "a mute outlasts leaving", replaced("resolvers.access._SILENT", frozenset()))
async def coming_back_to_speak(ground: Ground) -> bool:
    """Who is muted leaves, comes back and speaks."""
    ada, mallory = await ground.person("ada"), await ground.person("mallory")
    lobby = await ada.create_channel(memberIds=[mallory.id])
    mute = "mutation($c: ID!, $u: ID!) { muteMember(channelId: $c, userId: $u) { id } }"
    await ada.do(mute, c=lobby["id"], u=mallory.id)
    await mallory.do("mutation($c: ID!) { leaveChannel(id: $c) }", c=lobby["id"])
    await mallory.join(lobby)
    return succeeded(await mallory.ask(SEND, input={"channelId": lobby["id"], "body": "ha"}))


NOT_BANNED = doing_nothing("resolvers.house.not_banned")
AT_SIGN_IN = doing_nothing("resolvers.sessions.not_banned")
DEAF: TakeOut = lambda patch: patch.setattr(Devices, "_hear", lambda *_: None)  # noqa: E731


async def banned(ground: Ground) -> tuple[Person, Person, Any]:
    """Mallory, who was just banned, and Ada, with a channel of both."""
    root = await ground.admin()
    ada, mallory = await ground.person("ada"), await ground.person("mallory")
    lobby = await ada.create_channel(memberIds=[mallory.id])
    await root.do(BAN, id=mallory.id)
    return mallory, ada, lobby


@attack("HTTP", "every write looks at the ban in its transaction", NOT_BANNED)
async def a_write_of_who_is_banned(ground: Ground) -> bool:
    """Somebody who is banned says something with a token from before."""
    mallory, _, lobby = await banned(ground)
    return succeeded(await mallory.ask(SEND, input={"channelId": lobby["id"], "body": "ha"}))


@attack("HTTP", "every read looks at the ban", NOT_BANNED)
async def a_read_of_who_is_banned(ground: Ground) -> bool:
    """Somebody who is banned reads with a token from before."""
    mallory, _, _ = await banned(ground)
    return succeeded(await mallory.ask("{ channels { nodes { id } } }"))


@attack("HTTP", "a sign-in looks at the ban", AT_SIGN_IN)
async def a_sign_in_of_who_is_banned(ground: Ground) -> bool:
    """Somebody who is banned signs in anew."""
    await banned(ground)
    login = "mutation($input: LoginInput!) { login(input: $input) { user { id } } }"
    given = {"username": "mallory", "password": PASSWORD}
    return succeeded(await ground.nobody.ask(login, input=given))


@attack("WebSocket", "a ban cuts sockets off, in the order of events", NOT_BANNED, DEAF)
async def hearing_on_after_a_ban(ground: Ground) -> bool:
    """Somebody who is banned goes on hearing on an open socket."""
    root = await ground.admin()
    ada, mallory = await ground.person("ada"), await ground.person("mallory")
    lobby = await ada.create_channel(memberIds=[mallory.id])
    async with mallory.socket() as socket:
        await socket.follow(lobby)
        await root.do(BAN, id=mallory.id)
        await ada.send(lobby, "about mallory")
        try:
            return (await socket.next())["body"] == "about mallory"
        except ConnectionClosed:
            return False


@attack("SSE", "a ban cuts streams off, in the order of events", NOT_BANNED, DEAF)
async def hearing_on_after_a_ban_over_http(ground: Ground) -> bool:
    """Somebody who is banned goes on hearing on an open stream."""
    root = await ground.admin()
    ada, mallory = await ground.person("ada"), await ground.person("mallory")
    lobby = await ada.create_channel(memberIds=[mallory.id])
    async with event_stream(mallory, FOLLOW, channelId=lobby["id"]) as stream:
        await ada.send(lobby, "before")
        await stream.next()
        await root.do(BAN, id=mallory.id)
        await ada.send(lobby, "about mallory")
        return "about mallory" in str(await stream.next())


@attack("WebSocket", "who is removed stops hearing", MAY)
async def hearing_on_after_a_removal(ground: Ground) -> bool:
    """Somebody who was removed goes on hearing on an open socket."""
    ada, mallory = await ground.person("ada"), await ground.person("mallory")
    plans = await ada.create_channel("PRIVATE", memberIds=[mallory.id])
    async with mallory.socket() as socket:
        await socket.follow(plans)
        remove = "mutation($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }"
        await ada.do(remove, c=plans["id"], u=mallory.id)
        await ada.send(plans, "about mallory")
        try:
            return "about mallory" in str(await socket.receive())
        except ConnectionClosed:
            return False


@attack("HTTP", "a link looks at the session and the ban", NOT_BANNED)
async def a_link_of_who_is_banned(ground: Ground) -> bool:
    """A link to an export that was made before a ban."""
    root = await ground.admin()
    mallory = await ground.person("mallory")
    url = (await mallory.do("{ export { url } }"))["url"]
    await root.do(BAN, id=mallory.id)
    answer = await ground.http.get(url)
    return answer.status_code == 200


@attack("HTTP", "the metrics need their token", returning("server.metrics.hmac.compare_digest", True), settings={"metrics_token": "t" * 16})  # fmt: skip  # noqa: E501
async def reading_the_metrics(ground: Ground) -> bool:
    """A stranger who reads the metrics."""
    answer = await ground.http.get(f"{ground.url}/metrics", headers={"authorization": "Bearer x"})
    return "tertulia_users" in answer.text


@attack("HTTP", "what goes wrong is logged, and an id is told", lambda patch: patch.setattr("schema.errors.bug", _told_in_full))  # fmt: skip  # noqa: E501
async def reading_errors(ground: Ground) -> bool:
    """Reading the insides of the server from its errors."""
    ada = await ground.person("ada")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("resolvers.accounts.access.user_for", _broken)
        answer = await ada.ask("query($id: ID!) { user(id: $id) { id } }", id=ada.id)
    assert code_of(answer) == "INTERNAL"
    return "/secret/path" in str(answer)


async def _broken(*_: object) -> None:
    raise RuntimeError("/secret/path")


def _told_in_full(cause: BaseException, **_: object) -> dict[str, Any]:
    return {"message": str(cause), "extensions": {"code": "INTERNAL", "errorId": "x"}}
