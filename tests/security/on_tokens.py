"""Attacks on tokens, sessions and second factors."""

import json
import time
from typing import Any

import jwt
import pytest
from pyotp.totp import TOTP

from tests.cast import Client, Person
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

ME = "{ me { id } }"
LOGIN = "mutation($input: LoginInput!) { login(input: $input) { refreshToken user { id } } }"
REFRESH = "mutation($t: String) { refreshSession(refreshToken: $t) { accessToken refreshToken } }"
TOKEN = """mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }"""
PLAIN = jwt.decode


def decoding(**options: bool) -> TakeOut:
    """Has tokens decoded with other options."""

    def decode(text: str, key: bytes, **given: Any) -> Any:
        given["options"] = {**given["options"], **options}
        if options.get("verify_signature") is False:
            given["algorithms"] = ["HS256", "HS512", "none"]
        return PLAIN(text, key, **given)

    return replaced("adapters.tokens.jwt.decode", decode)


def forged(person: Person, key: bytes | None, algorithm: str, **changes: Any) -> str:
    """A token like somebody's own, with another signature."""
    said = PLAIN(person.token or "", options={"verify_signature": False})
    return jwt.encode({**said, **changes}, key, algorithm=algorithm)


async def lets_in(ground: Ground, token: str) -> bool:
    return succeeded(await Client(ground.url, ground.http, token).ask(ME))


@attack("HTTP", "HS512 alone is accepted, by a key of 64 bytes", decoding(verify_signature=False))
async def a_token_without_a_signature(ground: Ground) -> bool:
    """A token that says `alg: none`."""
    ada = await ground.person("ada")
    return await lets_in(ground, forged(ada, None, "none"))


@attack("HTTP", "HS512 alone is accepted, by a key of 64 bytes", decoding(verify_signature=False))
async def a_token_of_another_algorithm(ground: Ground) -> bool:
    """A token that is signed with HS256."""
    ada = await ground.person("ada")
    return await lets_in(ground, forged(ada, b"k" * 64, "HS256"))


@attack("HTTP", "the signature is verified", decoding(verify_signature=False))
async def a_token_of_another_key(ground: Ground) -> bool:
    """A token that is signed with a key of one's own."""
    ada = await ground.person("ada")
    return await lets_in(ground, forged(ada, bytes(64), "HS512"))


@attack("WebSocket", "the signature is verified", decoding(verify_signature=False))
async def a_forged_token_on_a_socket(ground: Ground) -> bool:
    """A forged token in `connection_init`."""
    ada = await ground.person("ada")
    token = forged(ada, bytes(64), "HS512")
    try:
        async with Person.socket(ada, authorization=f"Bearer {token}"):
            return True
    except AssertionError:
        return False
    except Exception:  # noqa: BLE001 - in whatever way it is closed
        return False


@attack("HTTP", "the audience says what a token is for", decoding(verify_aud=False))
async def a_link_as_a_token(ground: Ground) -> bool:
    """What signs a link, used as an access token."""
    ada = await ground.person("ada")
    said = PLAIN(ada.token or "", options={"verify_signature": False})
    tokens = ground.server.house.tokens
    link = tokens.seal("export", {"sub": ada.id, "sid": said["sid"]}, time.time() + 300)
    return await lets_in(ground, link)


def _never_expires(patch: pytest.MonkeyPatch) -> None:
    from adapters.tokens import Tokens  # noqa: PLC0415

    check = Tokens.check
    patch.setattr(Tokens, "check", lambda self, token, now: check(self, token, now - 10_000))


@attack("HTTP", "tokens are good for 15 minutes", _never_expires)
async def an_expired_token(ground: Ground) -> bool:
    """A token that has expired."""
    ada = await ground.person("ada")
    said = PLAIN(ada.token or "", options={"verify_signature": False})
    token, _ = ground.server.house.tokens.issue(ada.id, said["sid"], time.time() - 1_000)
    return await lets_in(ground, token)


@attack("HTTP", "a sign-out ends the session", doing_nothing("resolvers.sessions.close"))
async def a_token_after_the_sign_out(ground: Ground) -> bool:
    """A token that was kept from before a sign-out."""
    ada = await ground.person("ada")
    await ada.do("mutation { logout }")
    return await lets_in(ground, ada.token or "")


@attack("HTTP", "a changed password ends other sessions", doing_nothing("resolvers.sessions.close"))
async def a_session_from_before_the_password_was_changed(ground: Ground) -> bool:
    """A thief's session, after the password was changed."""
    thief = await ground.person("ada")
    answer = await ground.nobody.do(LOGIN, input={"username": "ada", "password": PASSWORD})
    own = await ground.nobody.do(REFRESH, t=answer["refreshToken"])
    ada = Client(ground.url, ground.http, own["accessToken"])
    change = """mutation($p: String!) {
      changePassword(input: { currentPassword: $p, newPassword: $p }) }"""
    await ada.do(change, p=PASSWORD)
    return await lets_in(ground, thief.token or "")


@attack("HTTP", "a refresh token is used once", returning("resolvers.sessions._is_stolen", False))
async def a_stolen_refresh_token(ground: Ground) -> bool:
    """A refresh token that its owner has used, and used the next one."""
    ada = await ground.person("ada")
    own = await ada.do(REFRESH, t=ada.refresh_token)
    await ada.do(REFRESH, t=own["refreshToken"])
    return succeeded(await ground.nobody.ask(REFRESH, t=ada.refresh_token))


@attack(
    "HTTP",
    "the password is asked for again",
    lambda patch: patch.setattr("resolvers.house.House.verify", _anything),
)
async def a_stolen_session_that_makes_itself_last(ground: Ground) -> bool:
    """A stolen session that makes itself an API token."""
    ada = await ground.person("ada")
    wanted = {"name": "x", "scope": "ADMIN", "password": "what the thief guesses"}
    return succeeded(await ada.ask(TOKEN, input=wanted))


async def _anything(*_: object) -> bool:
    return True


async def with_factor(ground: Ground) -> tuple[Person, TOTP]:
    """Ada, who has set up a second factor, and her authenticator."""
    ada = await ground.person("ada")
    begin = "mutation($p: String!) { beginSecondFactor(password: $p) { secret } }"
    totp = TOTP((await ada.do(begin, p=PASSWORD))["secret"])
    enable = "mutation($otp: String!) { enableSecondFactor(otp: $otp) }"
    await ada.do(enable, otp=totp.generate_otp(int(time.time()) // 30))
    return ada, totp


@attack("HTTP", "a second factor", doing_nothing("resolvers.second_factors.check"))
async def a_stolen_password(ground: Ground) -> bool:
    """A stolen password of somebody who has a second factor."""
    await with_factor(ground)
    return succeeded(
        await ground.nobody.ask(LOGIN, input={"username": "ada", "password": PASSWORD})
    )


def _codes_last(patch: pytest.MonkeyPatch) -> None:
    from adapters import codes  # noqa: PLC0415

    matching = codes.matching_step
    patch.setattr(
        "adapters.codes.matching_step",
        lambda secret, code, now, _: matching(secret, code, now, 0),
    )


@attack("HTTP", "no code is good twice", _codes_last)
async def a_code_that_was_looked_at(ground: Ground) -> bool:
    """A code of a second factor that was watched and used again."""
    _, totp = await with_factor(ground)
    given = {"username": "ada", "password": PASSWORD}
    code = totp.generate_otp(int(time.time()) // 30 + 1)
    await ground.nobody.do(LOGIN, input={**given, "otp": code})
    return succeeded(await ground.nobody.ask(LOGIN, input={**given, "otp": code}))


@attack(
    "HTTP",
    "new recovery codes need a code",
    doing_nothing("resolvers.second_factors._show"),
)
async def a_second_factor_taken_off_with_the_password(ground: Ground) -> bool:
    """A stolen session and password, by which the second factor is to be got round."""
    ada, _ = await with_factor(ground)
    renew = "mutation($p: String!, $otp: String!) { renewRecoveryCodes(password: $p, otp: $otp) }"
    return succeeded(await ada.ask(renew, p=PASSWORD, otp="000000"))


@attack("HTTP", "admins reset others only", replaced("resolvers.access.another", lambda *_: None))
async def an_admins_own_second_factor_reset(ground: Ground) -> bool:
    """A stolen session of an admin, by which their own second factor is to go."""
    root = await ground.admin()
    reset = "mutation($id: ID!) { resetSecondFactor(userId: $id) { id } }"
    return succeeded(await root.ask(reset, id=root.id))


@attack("HTTP", "admins reset others only", replaced("resolvers.access.another", lambda *_: None))
async def an_admins_own_password_reset(ground: Ground) -> bool:
    """A stolen session of an admin, by which they are to get another password."""
    root = await ground.admin()
    reset = "mutation($id: ID!) { resetPassword(userId: $id) { url } }"
    return succeeded(await root.ask(reset, id=root.id))


@attack(
    "HTTP", "a second factor ends other sign-ins", doing_nothing("resolvers.sessions.end_others")
)
async def a_session_from_before_the_second_factor(ground: Ground) -> bool:
    """A thief's session by the password alone, once the owner has set up a second factor."""
    thief = await ground.person("ada")
    answer = await ground.nobody.do(LOGIN, input={"username": "ada", "password": PASSWORD})
    own = await ground.nobody.do(REFRESH, t=answer["refreshToken"])
    ada = Client(ground.url, ground.http, own["accessToken"])
    begin = "mutation($p: String!) { beginSecondFactor(password: $p) { secret } }"
    totp = TOTP((await ada.do(begin, p=PASSWORD))["secret"])
    enable = "mutation($otp: String!) { enableSecondFactor(otp: $otp) }"
    await ada.do(enable, otp=totp.generate_otp(int(time.time()) // 30))
    return await lets_in(ground, thief.token or "")


async def a_program(person: Person, scope: str) -> Client:
    """A program with a token of this scope."""
    wanted = {"name": "x", "scope": scope, "password": PASSWORD}
    token = (await person.do(TOKEN, input=wanted))["token"]
    return Client(person.url, person.http, token)


@attack("HTTP", "API tokens have scopes", returning("resolvers.access.covers", True))
async def a_token_for_reading_that_writes(ground: Ground) -> bool:
    """An API token for reading, used to say something."""
    ada = await ground.person("ada")
    lobby = await ada.create_channel()
    bot = await a_program(ada, "READ")
    send = 'mutation($c: ID!) { sendMessage(input: { channelId: $c, body: "x" }) { id } }'
    return succeeded(await bot.ask(send, c=lobby["id"]))


@attack("HTTP", "no API token is good for others", returning("resolvers.access.covers", True))
async def a_token_that_makes_another(ground: Ground) -> bool:
    """An API token that makes another, of a higher scope."""
    bot = await a_program(await ground.person("ada"), "READ")
    wanted = {"name": "y", "scope": "ADMIN", "password": PASSWORD}
    return succeeded(await bot.ask(TOKEN, input=wanted))


@attack(
    "HTTP",
    "without the scope ADMIN a token acts as a member",
    replaced("resolvers.house.Caller.role", property(lambda caller: caller.user.role)),
)
async def a_token_of_an_admin_in_channels(ground: Ground) -> bool:
    """An API token of an admin for writing, used to delete what others say."""
    bot = await a_program(await ground.admin(), "WRITE")
    ada = await ground.person("ada")
    message = await ada.send(await ada.create_channel(), "hola")
    delete = "mutation($m: ID!) { deleteMessage(id: $m) { id } }"
    return succeeded(await bot.ask(delete, m=message["id"]))


@attack(
    "HTTP",
    "admins can be required to have a second factor",
    replaced("resolvers.house.Caller.lacks_second_factor", property(lambda _: False)),
    settings={"admin_second_factor": "required"},
)
async def an_admin_with_a_password_alone(ground: Ground) -> bool:
    """An admin's stolen password, where admins need a second factor."""
    root = await ground.admin()
    return succeeded(await root.ask("{ bans { nodes { id } } }"))


@attack("HTTP", "links are signed", decoding(verify_signature=False))
async def a_link_to_an_export_of_another(ground: Ground) -> bool:
    """A link to everything of somebody, made up."""
    ada = await ground.person("ada")
    said = PLAIN(ada.token or "", options={"verify_signature": False})
    payload = {
        "iss": "tertulia",
        "aud": "tertulia.export",
        "exp": int(time.time()) + 300,
        "sid": said["sid"],
        "channel": "",
    }
    link = jwt.encode(payload, bytes(64), algorithm="HS512")
    answer = await ground.http.get(f"{ground.url}/export/{link}")
    return answer.status_code == 200 and json.loads(answer.text)["user"]["id"] == ada.id


@attack(
    "HTTP",
    "names that there are not cost as much as those that there are",
    lambda patch: patch.setattr("resolvers.house.House.verify", _only_known),
)
async def finding_names_by_the_time_it_takes(ground: Ground) -> bool:
    """Telling by the time that a refusal takes whether there is an account."""
    hashed: list[str] = []
    passwords = ground.server.house.passwords
    matches = passwords._matches

    def counted(stored: str, password: str) -> bool:
        hashed.append(password)
        return matches(stored, password)

    passwords._matches = counted  # type: ignore[method-assign]
    answer = await ground.nobody.ask(LOGIN, input={"username": "nobody", "password": "x" * 9})
    assert code_of(answer) == "UNAUTHENTICATED"
    return not hashed


async def _only_known(house: Any, stored: str | None, password: str) -> bool:
    return stored is not None and await house.passwords.verify(stored, password)
