"""API tokens, as programs use them."""

import asyncio

import pytest

from models.sessions import Session
from server.serving import Running
from tests.cast import Client, Person
from tests.conftest import SignUp
from tests.patience import PATIENCE
from tests.stage import PASSWORD

CREATE = """mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) {
  token apiToken { id name scope createdAt lastUsedAt expiresAt } } }"""
LIST = "{ apiTokens { id name scope lastUsedAt expiresAt } }"
REVOKE = "mutation($id: ID!) { revokeApiToken(id: $id) }"
ME = "{ me { id } }"


async def made(person: Person, scope: str = "WRITE", **given: object) -> tuple[Client, str]:
    """A program that acts for somebody, and the id of its token."""
    wanted = {"name": "bot", "scope": scope, "password": PASSWORD, **given}
    answer = await person.do(CREATE, input=wanted)
    return Client(person.url, person.http, answer["token"]), answer["apiToken"]["id"]


async def test_a_program_acts_for_who_made_its_token(ada: Person) -> None:
    bot, token_id = await made(ada, name="weather")
    assert bot.token
    assert bot.token.startswith("tertulia_")
    assert (await bot.do(ME))["id"] == ada.id
    lobby = await ada.create_channel()
    said = await Person.send(bot, lobby, "rain")  # type: ignore[arg-type]
    assert said["author"]["username"] == ada.username
    (listed,) = await ada.do(LIST)
    assert (listed["id"], listed["name"], listed["expiresAt"]) == (token_id, "weather", None)
    assert bot.token is not None
    assert bot.token not in str(listed)


async def test_it_follows_live_over_sockets_and_is_cut_off_when_the_token_is_revoked(
    ada: Person,
) -> None:
    bot, token_id = await made(ada, "READ")
    lobby = await ada.create_channel()
    async with Person.socket(bot, authorization=f"Bearer {bot.token}") as socket:  # type: ignore[arg-type]
        await socket.follow(lobby)
        await ada.send(lobby, "hola")
        assert (await socket.next())["body"] == "hola"
        assert await ada.do(REVOKE, id=token_id) == token_id
        assert await socket.closing(at_once=True) == (4403, "The session has ended")
    assert await bot.code(ME) == "UNAUTHENTICATED"
    assert await ada.do(LIST) == []
    assert await ada.code(REVOKE, id=token_id) == "NOT_FOUND"


async def test_a_scope_bounds_what_a_token_is_good_for(ada: Person, admin: Person) -> None:
    lobby = await ada.create_channel()
    send = 'mutation($c: ID!) { sendMessage(input: { channelId: $c, body: "x" }) { id } }'
    reader, _ = await made(ada, "READ")
    assert (await reader.do(ME))["id"] == ada.id
    assert await reader.code(send, c=lobby["id"]) == "FORBIDDEN"
    writer, _ = await made(ada, "WRITE")
    await writer.do(send, c=lobby["id"])
    for scope in ("READ", "WRITE"):
        bot, _ = await made(admin, scope)
        assert await bot.code("{ bans { nodes { id } } }") == "FORBIDDEN"
        # What the role of a person is good for besides is not the token's either.
        message = await ada.send(lobby, "hola")
        delete = "mutation($m: ID!) { deleteMessage(id: $m) { id } }"
        assert await bot.code(delete, m=message["id"]) == "FORBIDDEN"
    bot, _ = await made(admin, "ADMIN")
    await bot.do("{ bans { nodes { id } } }")


async def test_no_token_is_good_for_what_is_about_signing_in(ada: Person) -> None:
    bot, _ = await made(ada, "ADMIN")
    wanted = {"name": "x", "scope": "READ", "password": PASSWORD}
    assert await bot.code(CREATE, input=wanted) == "FORBIDDEN"
    for document in (LIST, "{ sessions { id } }", "mutation { logout }"):
        assert await bot.code(document) == "FORBIDDEN"
    assert len(await ada.do("{ sessions { id } }")) == 1


async def test_a_token_ends_with_a_ban_and_is_good_again_after_it(
    ada: Person, admin: Person
) -> None:
    bot, _ = await made(ada)
    ban = 'mutation($id: ID!) { banUser(input: { userId: $id, reason: "x" }) { id } }'
    await admin.do(ban, id=ada.id)
    assert await bot.code(ME) == "BANNED"
    await admin.do("mutation($id: ID!) { unbanUser(userId: $id) { id } }", id=ada.id)
    assert (await bot.do(ME))["id"] == ada.id


async def test_a_token_expires(ada: Person, server: Running) -> None:
    bot, token_id = await made(ada, expiresAt="2100-01-01T00:00:00Z")
    assert (await bot.do(ME))["id"] == ada.id

    async def unit(_: object) -> None:
        await Session.filter(id=token_id).update(expires_at="2026-01-01T00:00:00.000Z")

    await server.house.write(unit)
    other, _ = await made(ada)
    await other.do('mutation { updateProfile(input: { statusText: "x" }) { id } }')
    assert await bot.code(ME) == "UNAUTHENTICATED"
    assert [token["id"] for token in await ada.do(LIST)] != [token_id]


async def test_when_a_token_was_used_last_is_told(ada: Person, server: Running) -> None:
    bot, _ = await made(ada)
    assert (await ada.do(LIST))[0]["lastUsedAt"] is None
    created = (await ada.do("{ apiTokens { createdAt } }"))[0]["createdAt"]
    async with asyncio.timeout(PATIENCE):
        while (await ada.do(LIST))[0]["lastUsedAt"] is None:
            await bot.do(ME)
            await server.house.usage.write_down(server.house.database)
    assert (await ada.do(LIST))[0]["lastUsedAt"] > created


async def test_a_changed_password_leaves_tokens_alone(ada: Person) -> None:
    bot, _ = await made(ada)
    change = """mutation($p: String!) {
      changePassword(input: { currentPassword: $p, newPassword: $p }) }"""
    await ada.do(change, p=PASSWORD)
    assert (await bot.do(ME))["id"] == ada.id


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"password": "wrong"}, "password"),
        ({"expiresAt": "2001-01-01T00:00:00Z"}, "expiresAt"),
    ],
)
async def test_a_bad_token_is_not_made(ada: Person, given: dict[str, str], field: str) -> None:
    wanted = {"name": "bot", "scope": "READ", "password": PASSWORD, **given}
    assert (await ada.refused(CREATE, input=wanted))["field"] == field
    assert await ada.do(LIST) == []


async def test_there_are_so_many_tokens_at_the_most(signs_up: SignUp) -> None:
    carol = await signs_up("carol")
    for _ in range(50):
        await made(carol)
    wanted = {"name": "bot", "scope": "READ", "password": PASSWORD}
    refusal = await carol.refused(CREATE, input=wanted)
    assert refusal == {"code": "QUOTA_EXCEEDED", "limit": 50, "used": 50}


async def test_a_token_stands_nowhere_in_the_database(ada: Person, server: Running) -> None:
    bot, _ = await made(ada)
    rows = await server.house.db.fetch("SELECT * FROM api_tokens")
    assert rows
    assert bot.token is not None
    assert bot.token not in str([tuple(row) for row in rows])
