"""Browsers keep their tokens in cookies, which no other site can make use of."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from http.cookies import Morsel, SimpleCookie
from typing import Any

import httpx
import pytest
import websockets

from server.serving import Running
from tests.cast import SEND, Client, Person, Socket, open_socket, sign_up
from tests.conftest import own_name
from tests.server.test_socket import INIT
from tests.stage import PASSWORD, a_server, until

LOGIN = """mutation($input: LoginInput!) { login(input: $input) {
  accessToken refreshToken deviceToken accessTokenExpiresAt user { username } } }"""
REGISTER = LOGIN.replace("LoginInput", "RegisterInput").replace("login", "register")
REFRESH = "mutation { refreshSession { accessToken refreshToken user { username } } }"
ME = "{ me { username } }"
PREFLIGHT = "graphql-require-preflight"


class Browser:
    """Keeps cookies, as a browser would."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url, self.http = url, http
        self.cookies: dict[str, Morsel[str]] = {}

    @property
    def header(self) -> dict[str, str]:
        """The header that brings the cookies along."""
        pairs = "; ".join(f"{name}={c.coded_value}" for name, c in self.cookies.items())
        return {"cookie": pairs} if pairs else {}

    async def send(self, method: str = "POST", **given: Any) -> httpx.Response:
        """One request, with the cookies; those of the answer are kept."""
        headers = {**self.header, **given.pop("headers", {})}
        response = await self.http.request(method, f"{self.url}/graphql", headers=headers, **given)
        self.http.cookies.clear()  # ours are enough
        for line in response.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel
        return response

    async def ask(self, document: str, **variables: Any) -> Any:
        """The answer to an operation in JSON."""
        body = {"query": document, "variables": variables}
        return (await self.send(json=body)).json()

    def open_socket(self, **given: Any) -> AbstractAsyncContextManager[Socket]:
        """A socket that one of its pages opens."""
        return open_socket(self.url, additional_headers=self.header, **given)

    async def sign_in(self, username: str) -> Any:
        """Signs in with cookies."""
        given = {"username": username, "password": PASSWORD, "useCookies": True}
        return await self.ask(LOGIN, input=given)


@pytest.fixture
def browser(server: Running, http: httpx.AsyncClient) -> Browser:
    return Browser(server.url, http)


@pytest.fixture
async def adas(browser: Browser, ada: Person) -> Browser:
    """The browser in which ada has signed in."""
    await browser.sign_in(ada.username)
    return browser


async def test_the_tokens_are_in_cookies_and_not_in_the_answer(
    browser: Browser, ada: Person
) -> None:
    payload = (await browser.sign_in(ada.username))["data"]["login"]
    assert payload["user"] == {"username": ada.username}
    assert (payload["accessToken"], payload["refreshToken"]) == (None, None)
    assert payload["deviceToken"] is None
    assert set(browser.cookies) == {"tertulia_access", "tertulia_refresh", "tertulia_device"}
    for name, cookie in browser.cookies.items():
        days = 365 if name == "tertulia_device" else 7
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert cookie["max-age"] == str(days * 24 * 60 * 60)
        assert (cookie["path"], cookie["domain"], cookie["secure"]) == ("/", "", "")
    assert (await browser.ask(ME))["data"]["me"] == {"username": ada.username}


async def test_who_registers_can_have_them_too(browser: Browser) -> None:
    name = own_name("new")
    given = {"username": name, "password": PASSWORD, "useCookies": True}
    payload = (await browser.ask(REGISTER, input=given))["data"]["register"]
    assert payload["accessToken"] is None
    assert (await browser.ask(ME))["data"]["me"] == {"username": name}


async def test_without_being_asked_no_cookie_is_set(browser: Browser, ada: Person) -> None:
    given = {"username": ada.username, "password": PASSWORD}
    payload = (await browser.ask(LOGIN, input=given))["data"]["login"]
    assert payload["accessToken"]
    assert set(browser.cookies) <= {"tertulia_device"}


async def test_a_refused_sign_in_sets_no_cookie(browser: Browser, ada: Person) -> None:
    given = {"username": ada.username, "password": "wrong", "useCookies": True}
    assert (await browser.ask(LOGIN, input=given))["errors"]
    assert set(browser.cookies) <= {"tertulia_device"}


async def test_the_cookies_are_renewed_by_the_cookie(adas: Browser, ada: Person) -> None:
    before = {name: cookie.value for name, cookie in adas.cookies.items()}
    del adas.cookies["tertulia_access"]
    payload = (await adas.ask(REFRESH))["data"]["refreshSession"]
    assert payload == {
        "accessToken": None,
        "refreshToken": None,
        "user": {"username": ada.username},
    }
    after = {name: cookie.value for name, cookie in adas.cookies.items()}
    assert after["tertulia_refresh"] != before["tertulia_refresh"]
    assert (await adas.ask(ME))["data"]["me"]


async def test_a_refresh_cookie_that_is_no_good_is_taken_back(adas: Browser) -> None:
    del adas.cookies["tertulia_access"]
    adas.cookies["tertulia_refresh"].set("tertulia_refresh", "x", "x")
    assert (await adas.ask(REFRESH))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert set(adas.cookies) == {"tertulia_device"}


async def test_a_token_that_is_given_comes_before_the_cookie(adas: Browser) -> None:
    kept = dict(adas.cookies)
    given = 'mutation { refreshSession(refreshToken: "") { user { username } } }'
    assert (await adas.ask(given))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert adas.cookies == kept


async def test_without_a_cookie_there_is_nothing_to_renew(browser: Browser) -> None:
    assert (await browser.ask(REFRESH))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_signing_out_takes_the_cookies_back_and_ends_the_session(adas: Browser) -> None:
    kept = dict(adas.cookies)
    assert (await adas.ask("mutation { logout }"))["data"] == {"logout": True}
    assert set(adas.cookies) == {"tertulia_device"}
    adas.cookies = kept
    for document in (ME, REFRESH):
        code = (await adas.ask(document))["errors"][0]["extensions"]["code"]
        assert code == "UNAUTHENTICATED"


async def test_cookies_do_nothing_for_who_is_banned(
    adas: Browser, ada: Person, admin: Person
) -> None:
    async with adas.open_socket(origin=adas.url) as socket:
        await socket.send(INIT)
        assert await socket.receive() == {"type": "connection_ack"}
        ban = "mutation($input: BanUserInput!) { banUser(input: $input) { id } }"
        await admin.do(ban, input={"userId": ada.id, "reason": "enough"})
        assert await socket.closing(at_once=True) == (4403, "Banned: enough")
    kept = dict(adas.cookies)
    for answer in (await adas.ask(ME), await adas.ask(REFRESH), await adas.sign_in(ada.username)):
        assert answer["errors"][0]["extensions"]["code"] == "BANNED"
    # Bans end, and then they are good again.
    assert adas.cookies == kept
    async with adas.open_socket() as socket:
        await socket.send(INIT)
        assert await socket.closing(at_once=True) == (4403, "Banned: enough")


async def test_a_session_that_was_ended_elsewhere_is_over_for_its_cookies(
    adas: Browser, ada: Person
) -> None:
    sessions = await ada.do("{ sessions { id current } }")
    [other] = [session["id"] for session in sessions if not session["current"]]
    await ada.do("mutation($id: ID!) { endSession(id: $id) }", id=other)
    assert (await adas.ask(ME))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert (await adas.ask(REFRESH))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert set(adas.cookies) == {"tertulia_device"}
    assert await ada.do("{ me { id } }")


async def test_a_bearer_token_comes_before_a_cookie(adas: Browser, ben: Person) -> None:
    headers = {"authorization": f"Bearer {ben.token}"}
    response = await adas.send(json={"query": ME}, headers=headers)
    assert response.json()["data"]["me"] == {"username": ben.username}


async def test_who_signs_out_by_a_token_leaves_the_cookies_to_whose_they_are(
    adas: Browser, ada: Person, ben: Person
) -> None:
    headers = {"authorization": f"Bearer {ben.token}"}
    response = await adas.send(json={"query": "mutation { logout }"}, headers=headers)
    assert response.json()["data"] == {"logout": True}
    assert (await adas.ask(ME))["data"]["me"] == {"username": ada.username}


async def test_with_a_bearer_token_no_preflight_is_needed(adas: Browser, ben: Person) -> None:
    headers = {"authorization": f"Bearer {ben.token}"}
    response = await adas.send("GET", params={"query": ME}, headers=headers)
    assert response.json()["data"]["me"] == {"username": ben.username}


UNASKED = [
    {"method": "GET", "params": {"query": ME}},
    {"files": {"operations": (None, f'{{"query": "{ME}"}}'), "map": (None, "{}")}},
]


@pytest.mark.parametrize("request_", UNASKED)
async def test_what_any_page_can_make_a_browser_send_is_refused_with_cookies(
    adas: Browser, request_: Any
) -> None:
    response = await adas.send(**request_)
    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    for name in (PREFLIGHT, "apollo-require-preflight"):
        for value in ("1", ""):
            response = await adas.send(**request_, headers={name: value})
            assert response.json()["data"]["me"]


async def test_a_form_can_sign_nobody_in_with_cookies(browser: Browser, ada: Person) -> None:
    login = f"""mutation {{ login(input: {{
      username: \\"{ada.username}\\", password: \\"{PASSWORD}\\", useCookies: true }}) {{
      user {{ username }} }} }}""".replace("\n", " ")
    form = {"operations": (None, f'{{"query": "{login}"}}'), "map": (None, "{}")}
    response = await browser.send(files=form)
    extensions = response.json()["errors"][0]["extensions"]
    assert (extensions["code"], extensions["field"]) == ("BAD_USER_INPUT", "useCookies")
    assert set(browser.cookies) <= {"tertulia_device"}
    await browser.send(files=form, headers={PREFLIGHT: "1"})
    assert browser.cookies


async def test_text_is_no_json_whatever_it_looks_like(adas: Browser) -> None:
    headers = {"content-type": "text/plain"}
    response = await adas.send(content=f'{{"query": "{ME}"}}', headers=headers)
    assert response.status_code == 415


async def test_a_socket_is_signed_in_by_its_cookies(adas: Browser, ada: Person) -> None:
    async with adas.open_socket() as socket:
        await socket.send(INIT)
        assert await socket.receive() == {"type": "connection_ack"}
        await socket.subscribe(ME)
        assert await socket.next() == {"username": ada.username}
        assert (await socket.receive())["type"] == "complete"
        given = {"username": ada.username, "password": PASSWORD, "useCookies": True}
        await socket.subscribe(LOGIN, input=given)
        payload = (await socket.receive())["payload"]
        assert payload["errors"][0]["extensions"]["field"] == "useCookies"


async def test_a_header_of_a_socket_comes_before_its_cookies(adas: Browser, ben: Person) -> None:
    headers = {**adas.header, "authorization": f"Bearer {ben.token}"}
    async with open_socket(adas.url, additional_headers=headers) as socket:
        await socket.send(INIT)
        assert await socket.receive() == {"type": "connection_ack"}
        await socket.subscribe(ME)
        assert await socket.next() == {"username": ben.username}


async def test_who_has_no_cookies_is_sent_none_back(browser: Browser, ada: Person) -> None:
    headers = {"authorization": f"Bearer {ada.token}"}
    response = await browser.send(json={"query": "mutation { logout }"}, headers=headers)
    assert response.json()["data"] == {"logout": True}
    assert "set-cookie" not in response.headers


async def test_a_socket_with_a_cookie_that_is_no_good_is_closed(adas: Browser) -> None:
    adas.cookies["tertulia_access"].set("tertulia_access", "x", "x")
    async with adas.open_socket() as socket:
        await socket.send(INIT)
        assert await socket.closing() == (4403, "Forbidden")


async def test_a_page_of_another_site_gets_no_socket(adas: Browser) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with adas.open_socket(origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_signing_out_closes_the_sockets_of_the_browser(
    adas: Browser, server: Running, ada: Person
) -> None:
    async with adas.open_socket(origin=adas.url) as socket:
        await socket.send(INIT)
        assert await socket.receive() == {"type": "connection_ack"}
        await adas.ask("mutation { logout }")
        assert (await socket.closing())[0] == 4403
    await until(lambda: server.house.devices.count(ada.id) == 0)


async def test_mutations_with_cookies_are_carried_out(adas: Browser, ada: Person) -> None:
    lobby = await ada.create_channel()
    answer = await adas.ask(SEND, input={"channelId": lobby["id"], "body": "hola"})
    assert answer["data"]["sendMessage"]["body"] == "hola"


@pytest.fixture(scope="module")
async def behind_a_proxy(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A server that people reach over https."""
    given = {"public_url": "https://chat.example"}
    async with a_server(tmp_path_factory.mktemp("data"), **given) as server:
        yield server


async def test_over_https_the_cookies_are_secure_and_bound_to_the_host(
    behind_a_proxy: Running, http: httpx.AsyncClient
) -> None:
    url = f"http://127.0.0.1:{behind_a_proxy.port}"
    await sign_up(url, http, "ada")
    browser = Browser(url, http)
    given = {"username": "ada", "password": PASSWORD, "useCookies": True}
    headers = {"host": "chat.example", "origin": "https://chat.example"}
    body = {"query": LOGIN, "variables": {"input": given}}
    await browser.send(json=body, headers=headers)
    names = ("access", "refresh", "device")
    assert set(browser.cookies) == {f"__Host-tertulia_{name}" for name in names}
    assert all(cookie["secure"] for cookie in browser.cookies.values())
    assert (await browser.ask(ME))["data"]["me"] == {"username": "ada"}
    plain = Client(url, http)
    plain.http.cookies.clear()
    assert await plain.code(ME) == "UNAUTHENTICATED"
