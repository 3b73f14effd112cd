"""Second factors, as clients see them."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pyotp.totp import TOTP

from server.opening import add_admin
from server.serving import Running
from tests.cast import Client, Person, sign_in
from tests.stage import PASSWORD, a_server

BEGIN = "mutation($p: String!) { beginSecondFactor(password: $p) { secret uri } }"
ENABLE = "mutation($otp: String!) { enableSecondFactor(otp: $otp) }"
DISABLE = "mutation($p: String!, $otp: String!) { disableSecondFactor(password: $p, otp: $otp) }"
RENEW = "mutation($p: String!, $otp: String!) { renewRecoveryCodes(password: $p, otp: $otp) }"
LOGIN = "mutation($input: LoginInput!) { login(input: $input) { accessToken user { id } } }"
OWN = "{ me { secondFactor } }"


class App:
    """An authenticator app, whose clock can be put on, as no code is good twice."""

    def __init__(self, secret: str) -> None:
        self._totp = TOTP(secret)
        self._shown = 0

    def code(self) -> str:
        """A code that has not been shown yet and that is good now."""
        now = int(time.time()) // 30
        self._shown = max(self._shown + 1, now)
        assert self._shown <= now + 1, "no fresh code is good at this moment"
        return self._totp.generate_otp(self._shown)


async def set_up(person: Person) -> tuple[App, list[str]]:
    """A second factor for somebody, and the recovery codes."""
    begun = await person.do(BEGIN, p=PASSWORD)
    app = App(begun["secret"])
    return app, await person.do(ENABLE, otp=app.code())


def signing_in(person: Person, otp: str | None = None) -> dict[str, Any]:
    return {"username": person.username, "password": PASSWORD, "otp": otp}


async def test_a_sign_in_asks_for_a_code_from_then_on(ada: Person, anybody: Client) -> None:
    assert await ada.do(OWN) == {"secondFactor": False}
    app, codes = await set_up(ada)
    assert await ada.do(OWN) == {"secondFactor": True}
    assert (len(codes), len(set(codes))) == (10, 10)
    refusal = await anybody.refused(LOGIN, input=signing_in(ada))
    assert refusal == {"code": "SECOND_FACTOR_REQUIRED"}
    wrong = {**signing_in(ada), "password": "wrong"}
    assert await anybody.code(LOGIN, input=wrong) == "UNAUTHENTICATED"
    refusal = await anybody.refused(LOGIN, input=signing_in(ada, "000000"))
    assert (refusal["code"], refusal["field"]) == ("UNAUTHENTICATED", "otp")
    signed_in = await anybody.do(LOGIN, input=signing_in(ada, app.code()))
    assert signed_in["user"]["id"] == ada.id


async def test_no_code_is_good_twice(ada: Person, anybody: Client) -> None:
    app, _ = await set_up(ada)
    code = app.code()
    await anybody.do(LOGIN, input=signing_in(ada, f" {code[:3]} {code[3:]}"))
    assert await anybody.code(LOGIN, input=signing_in(ada, code)) == "UNAUTHENTICATED"


async def test_the_code_that_set_it_up_signs_nobody_in(ada: Person, anybody: Client) -> None:
    begun = await ada.do(BEGIN, p=PASSWORD)
    code = App(begun["secret"]).code()
    await ada.do(ENABLE, otp=code)
    assert await anybody.code(LOGIN, input=signing_in(ada, code)) == "UNAUTHENTICATED"


async def test_a_recovery_code_is_good_once(ada: Person, anybody: Client) -> None:
    _, codes = await set_up(ada)
    typed = codes[0].upper().replace("-", " ")
    assert (await anybody.do(LOGIN, input=signing_in(ada, typed)))["user"]["id"] == ada.id
    assert await anybody.code(LOGIN, input=signing_in(ada, codes[0])) == "UNAUTHENTICATED"
    # The password alone would get nobody past the second factor.
    for wrong in ("000000", codes[0], ""):
        assert (await ada.refused(RENEW, p=PASSWORD, otp=wrong))["field"] == "otp"
    renewed = await ada.do(RENEW, p=PASSWORD, otp=codes[2])
    assert not set(codes) & set(renewed)
    assert await anybody.code(LOGIN, input=signing_in(ada, codes[1])) == "UNAUTHENTICATED"
    await anybody.do(LOGIN, input=signing_in(ada, renewed[1]))


async def test_until_a_code_was_shown_nothing_is_asked_for(ada: Person, anybody: Client) -> None:
    begun = await ada.do(BEGIN, p=PASSWORD)
    assert begun["uri"].startswith(f"otpauth://totp/localhost:{ada.username}?secret=")
    await anybody.do(LOGIN, input=signing_in(ada))
    assert (await ada.refused(ENABLE, otp="000000"))["field"] == "otp"
    await anybody.do(LOGIN, input=signing_in(ada))


async def test_it_is_taken_away_with_password_and_code(ada: Person, anybody: Client) -> None:
    app, codes = await set_up(ada)
    assert (await ada.refused(DISABLE, p="wrong", otp=codes[0]))["field"] == "password"
    assert (await ada.refused(DISABLE, p=PASSWORD, otp="000000"))["field"] == "otp"
    assert await ada.do(OWN) == {"secondFactor": True}
    assert await ada.do(DISABLE, p=PASSWORD, otp=app.code()) is True
    await anybody.do(LOGIN, input=signing_in(ada))
    assert await anybody.code(ENABLE, otp="000000") == "UNAUTHENTICATED"


async def test_things_are_done_in_their_order(ada: Person) -> None:
    assert await ada.code(ENABLE, otp="000000") == "CONFLICT"
    assert await ada.code(RENEW, p=PASSWORD, otp="000000") == "CONFLICT"
    assert (await ada.refused(BEGIN, p="wrong"))["field"] == "password"
    await set_up(ada)
    assert await ada.code(BEGIN, p=PASSWORD) == "CONFLICT"
    assert await ada.code(ENABLE, otp="000000") == "CONFLICT"


async def test_admins_help_who_has_lost_it(
    admin: Person, ada: Person, ben: Person, anybody: Client
) -> None:
    await set_up(ada)
    seen = "query($id: ID!) { user(id: $id) { secondFactor } }"
    assert await admin.do(seen, id=ada.id) == {"secondFactor": True}
    assert await ben.do(seen, id=ada.id) == {"secondFactor": None}
    reset = "mutation($id: ID!) { resetSecondFactor(userId: $id) { secondFactor } }"
    assert await admin.do(reset, id=ada.id) == {"secondFactor": False}
    await anybody.do(LOGIN, input=signing_in(ada))


async def test_the_secret_stands_nowhere_in_the_database(ada: Person, server: Running) -> None:
    begun = await ada.do(BEGIN, p=PASSWORD)
    app = App(begun["secret"])
    codes = await ada.do(ENABLE, otp=app.code())
    users = await server.house.db.fetch("SELECT * FROM users WHERE id = ?", ada.id)
    kept = await server.house.db.fetch("SELECT * FROM recovery_codes")
    text = str([tuple(row) for row in (*users, *kept)])
    assert begun["secret"] not in text
    assert not any(code in text or code.replace("-", "") in text for code in codes)


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[Running]:
    """A server whose admins need a second factor."""
    async with a_server(tmp_path, admin_second_factor="required") as started:
        await add_admin(started.house, "root", PASSWORD)
        yield started


async def test_an_admin_can_be_asked_to_have_one(strict: Running, http: httpx.AsyncClient) -> None:
    root = await sign_in(strict.url, http, "root")
    listed = "{ bans { nodes { id } } }"
    for document in (listed, "{ activity { at } }", "mutation { setWordList(words: []) }"):
        refusal = await root.refused(document)
        assert refusal == {"code": "SECOND_FACTOR_REQUIRED", "setUp": True}
    await root.do("{ channels { nodes { id } } }")
    app, codes = await set_up(root)
    await root.do(listed)
    assert await root.code(DISABLE, p=PASSWORD, otp=codes[0]) == "FORBIDDEN"
    given = {"username": "root", "password": PASSWORD, "otp": app.code()}
    again = await Client(strict.url, http).do(LOGIN, input=given)
    await Client(strict.url, http, again["accessToken"]).do(listed)


async def test_an_admin_without_one_makes_no_token_that_would_do_without(
    strict: Running, http: httpx.AsyncClient
) -> None:
    root = await sign_in(strict.url, http, "root")
    make = """mutation($scope: ApiTokenScope!, $p: String!) {
      createApiToken(input: { name: "x", scope: $scope, password: $p }) { token } }"""
    assert (await root.refused(make, scope="ADMIN", p=PASSWORD))["setUp"] is True
    assert await root.do(make, scope="WRITE", p=PASSWORD)


async def test_other_sign_ins_end_when_it_is_set_up(
    ada: Person, server: Running, http: httpx.AsyncClient
) -> None:
    other = await sign_in(server.url, http, ada.username)
    await set_up(ada)
    assert await other.code("{ me { id } }") == "UNAUTHENTICATED"
    assert await ada.do(OWN) == {"secondFactor": True}
