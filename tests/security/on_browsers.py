"""Attacks by pages of other sites, on cookies and on what a browser shows."""

import json
from http.cookies import SimpleCookie

import httpx
import pytest

from schema.operations import ANSWERED_ONCE
from server.credentials import Cookies
from tests.cast import open_socket
from tests.security.ground import Ground, attack, replaced, returning, succeeded
from tests.stage import PASSWORD

EVIL = "https://evil.example"
PROFILE = 'mutation { updateProfile(input: { statusText: "taken over" }) { id } }'
LOGIN = """mutation($input: LoginInput!) { login(input: $input) { user { id } } }"""
STATUS = "{ me { statusText } }"


async def browser(ground: Ground) -> dict[str, str]:
    """The Cookie header of somebody who has signed in with a browser."""
    await ground.person("ada")
    given = {"username": "ada", "password": PASSWORD, "useCookies": True}
    body = {"query": LOGIN, "variables": {"input": given}}
    async with httpx.AsyncClient() as own:
        answer = await own.post(f"{ground.url}/graphql", json=body)
        jar: SimpleCookie = SimpleCookie()
        for line in answer.headers.get_list("set-cookie"):
            jar.load(line)
    return {"cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())}


async def took_over(ground: Ground, headers: dict[str, str]) -> bool:
    """Whether something was done in the name of who is signed in by these cookies."""
    body = {"query": STATUS}
    async with httpx.AsyncClient() as own:
        answer = await own.post(f"{ground.url}/graphql", json=body, headers=headers)
    return answer.json()["data"]["me"]["statusText"] == "taken over"


@attack("cookies", "cookies need JSON or a header", returning("server.callers._asks_first", True))
async def a_form_of_another_site(ground: Ground) -> bool:
    """A form of another site that is sent with the cookies (CSRF)."""
    headers = await browser(ground)
    form = {"operations": (None, json.dumps({"query": PROFILE})), "map": (None, "{}")}
    await ground.http.post(f"{ground.url}/graphql", files=form, headers=headers)
    return await took_over(ground, headers)


@attack("cookies", "the Origin must be one's own", returning("server.guard.Guard._refusal", None))
async def a_script_of_another_site(ground: Ground) -> bool:
    """A script of another site that sends JSON with the cookies."""
    headers = await browser(ground)
    body = {"query": PROFILE}
    sent = {**headers, "origin": EVIL}
    await ground.http.post(f"{ground.url}/graphql", json=body, headers=sent)
    return await took_over(ground, headers)


@attack("WebSocket", "the Origin must be one's own", returning("server.guard.Guard._refusal", None))
async def a_socket_of_another_site(ground: Ground) -> bool:
    """A socket that another site opens with the cookies (CSWSH)."""
    headers = await browser(ground)
    sent = {**headers, "origin": EVIL}
    try:
        async with open_socket(ground.url, additional_headers=sent) as socket:
            await socket.send({"type": "connection_init"})
            assert (await socket.receive())["type"] == "connection_ack"
            await socket.subscribe("{ me { username } }")
            return (await socket.next()) == {"username": "ada"}
    except Exception:  # noqa: BLE001 - in whatever way it is refused
        return False


@attack("SSE", "a GET from another site has no cookies", returning("server.event_streams._from_here", True))  # fmt: skip  # noqa: E501
async def a_stream_of_another_site(ground: Ground) -> bool:
    """An EventSource that another site opens with the cookies."""
    headers = {**await browser(ground), "sec-fetch-site": "cross-site"}
    url, sent = f"{ground.url}/graphql/stream", {**headers, "accept": "text/event-stream"}
    answer = await ground.http.get(url, params={"query": "{ me { username } }"}, headers=sent)
    return '"username":"ada"' in answer.text


@attack("cookies", "mutations are refused by GET", replaced("server.endpoint.READING", ANSWERED_ONCE))  # fmt: skip  # noqa: E501
async def a_link_that_does_something(ground: Ground) -> bool:
    """A link, or an image, whose address is a mutation."""
    headers = await browser(ground)
    sent = {**headers, "apollo-require-preflight": "1"}
    await ground.http.get(f"{ground.url}/graphql", params={"query": PROFILE}, headers=sent)
    return await took_over(ground, headers)


@attack("HTTP", "the Host must be one's own", returning("server.guard.Guard._is_ours", True))
async def a_name_that_is_made_to_mean_this_server(ground: Ground) -> bool:
    """A page whose name is made to mean this server (DNS rebinding)."""
    headers = {"host": "evil.example", "origin": "http://evil.example"}
    body = {"query": "{ server { name } }"}
    answer = await ground.http.post(f"{ground.url}/graphql", json=body, headers=headers)
    return answer.status_code == 200 and succeeded(answer.json())


def _plain_cookies(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Cookies, "_header", lambda _, name, value, *__: f"{name}={value}; Path=/")


async def set_cookies(ground: Ground) -> list[str]:
    await ground.person("ada")
    given = {"username": "ada", "password": PASSWORD, "useCookies": True}
    body = {"query": LOGIN, "variables": {"input": given}}
    headers = {"host": "chat.example"}
    async with httpx.AsyncClient() as own:
        answer = await own.post(f"{ground.url}/graphql", json=body, headers=headers)
    return [line.lower() for line in answer.headers.get_list("set-cookie")]


HTTPS = {"public_url": "https://chat.example"}


@attack("cookies", "cookies are HttpOnly", _plain_cookies, settings=HTTPS)
async def a_script_that_reads_the_cookies(ground: Ground) -> bool:
    """A script that reads the tokens out of the cookies."""
    return not all("httponly" in line for line in await set_cookies(ground))


@attack("cookies", "cookies are SameSite=Strict", _plain_cookies, settings=HTTPS)
async def a_browser_that_sends_cookies_for_others(ground: Ground) -> bool:
    """A browser that sends the cookies along with what other sites ask for."""
    return not all("samesite=strict" in line for line in await set_cookies(ground))


@attack("cookies", "over https, cookies are Secure and __Host-", _plain_cookies, settings=HTTPS)
async def a_cookie_over_plain_http(ground: Ground) -> bool:
    """Cookies that are sent over plain HTTP, or set by a neighbour."""
    lines = await set_cookies(ground)
    return not all("secure" in line for line in lines)


async def header(ground: Ground, name: str) -> str:
    page = await ground.http.get(f"{ground.url}/set-password", headers={"accept": "text/html"})
    return page.headers.get(name, "")


@attack("HTTP", "X-Frame-Options: DENY", replaced("server.guard._ALWAYS", []))
async def a_frame_around_the_page(ground: Ground) -> bool:
    """A page that shows this one in a frame (clickjacking)."""
    return "DENY" not in await header(ground, "x-frame-options")


@attack("HTTP", "X-Content-Type-Options: nosniff", replaced("server.guard._ALWAYS", []))
async def content_taken_for_something_else(ground: Ground) -> bool:
    """Text that a browser takes for a script."""
    return "nosniff" not in await header(ground, "x-content-type-options")


@attack("HTTP", "Referrer-Policy: same-origin", replaced("server.guard._ALWAYS", []))
async def a_link_out_that_tells_the_code_in_the_address(ground: Ground) -> bool:
    """A site that is linked to, which learns the secret address of a page from Referer."""
    return await header(ground, "referrer-policy") != "same-origin"


@attack("HTTP", "a Content-Security-Policy", replaced("server.pages._HEADERS", {}))
async def a_script_in_the_page(ground: Ground) -> bool:
    """A script that got into a page."""
    return "default-src 'none'" not in await header(ground, "content-security-policy")


@attack("HTTP", "text is escaped", replaced("server.pages.html.escape", lambda text: text))
async def a_script_in_the_address(ground: Ground) -> bool:
    """A link to a page with a script in it (reflected XSS)."""
    script = '"><script>alert(1)</script>'
    page = await ground.http.get(f"{ground.url}/set-password", params={"code": script})
    return "<script>" in page.text
