"""Which names the server answers to, and which pages may talk to it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import websockets
from pydantic import ValidationError
from starlette.types import Message, Receive, Scope, Send

from server.guard import Guard, _names
from server.serving import Running
from tests.cast import Client, open_socket, sign_up
from tests.stage import a_server, settings_for

SERVER = {"query": "{ server { name } }"}
PATHS = ("/graphql", "/", "/healthz", "/set-password")
SITE = "https://app.example"


@pytest.fixture(scope="module")
async def known(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A server that has names, and another site that may use it."""
    given = {
        "public_url": "https://chat.example:8443",
        "allowed_hosts": "nas.local, Other.Example",
        "cors_origins": f"{SITE}, HTTP://localhost:5173",
    }
    async with a_server(tmp_path_factory.mktemp("data"), **given) as server:
        yield server


async def asked(port: int, http: httpx.AsyncClient, **headers: str) -> httpx.Response:
    return await http.post(f"http://127.0.0.1:{port}/graphql", json=SERVER, headers=headers)


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "LOCALHOST", "127.0.0.1:1", "[::1]:8000", "app.localhost"],
)
async def test_it_answers_to_the_names_of_the_loopback(
    server: Running, http: httpx.AsyncClient, host: str
) -> None:
    assert (await asked(server.port, http, host=host)).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "evil.example@localhost",
        "127.0.0.1.evil.example",
        "127.0.0.2",
        "10.0.0.1",
        "[::2]",
        "[localhost]",
        "[::1",
        "0.0.0.0",  # noqa: S104
        "",
        "notlocalhost",
        "localhost.",
        ".localhost",
        "localhost:80@evil.example",
        "localhost:123456",
        "[::1]evil.example",
    ],
)
async def test_it_does_not_answer_to_other_names(
    server: Running, http: httpx.AsyncClient, host: str
) -> None:
    for path in PATHS:
        response = await http.get(f"{server.url}{path}", headers={"host": host})
        assert response.status_code == 421
        assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_it_opens_no_socket_under_other_names(server: Running) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(f"ws://evil.example:{server.port}/graphql", host="127.0.0.1")
    assert refused.value.response.status_code == 421


async def test_two_names_are_as_bad_as_a_wrong_one(server: Running) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 421 ")
    writer.close()


async def test_it_answers_to_the_address_at_which_a_connection_arrives(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    async with a_server(tmp_path, host="::", public_url="http://chat.example") as everywhere:
        for address in ("127.0.0.1", "127.0.0.3"):
            response = await http.get(f"http://{address}:{everywhere.port}/healthz")
            assert response.status_code == 200


@pytest.mark.parametrize(
    "host", ["chat.example:8443", "chat.example", "nas.local:80", "other.example", "localhost"]
)
async def test_it_answers_to_the_names_that_it_was_given(
    known: Running, http: httpx.AsyncClient, host: str
) -> None:
    assert (await asked(known.port, http, host=host)).status_code == 200


async def test_its_own_pages_may_talk_to_it(server: Running, http: httpx.AsyncClient) -> None:
    assert (await asked(server.port, http, origin=server.url)).status_code == 200
    own = {"host": "localhost:1", "origin": "http://localhost:1"}
    assert (await asked(server.port, http, **own)).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "http://127.0.0.1",
        "https://127.0.0.1",
        "http://localhost",
        "http://127.0.0.1.evil.example",
        "file://",
        "*",
    ],
)
async def test_pages_of_other_sites_may_not(
    server: Running, http: httpx.AsyncClient, origin: str
) -> None:
    response = await asked(server.port, http, origin=origin)
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers
    preflight = {"origin": origin, "access-control-request-method": "POST"}
    response = await http.options(f"{server.url}/graphql", headers=preflight)
    assert response.status_code == 403
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with open_socket(server.url, origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_a_site_that_was_named_may(known: Running, http: httpx.AsyncClient) -> None:
    url = f"http://127.0.0.1:{known.port}/graphql"
    preflight = {
        "origin": SITE,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }
    response = await http.options(url, headers=preflight)
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == SITE
    allowed = response.headers["access-control-allow-headers"].lower()
    assert "authorization" in allowed
    assert "graphql-require-preflight" in allowed
    assert "apollo-require-preflight" in allowed
    assert response.headers["access-control-max-age"] == "600"
    response = await asked(known.port, http, origin=SITE)
    assert response.headers["access-control-allow-origin"] == SITE
    assert response.json()["data"]
    assert response.headers["access-control-expose-headers"].startswith("X-Request-Id, ")
    assert "access-control-allow-credentials" not in response.headers
    assert (await asked(known.port, http, origin="https://evil.example")).status_code == 403
    async with open_socket(f"http://127.0.0.1:{known.port}", origin=SITE):
        pass


async def test_a_site_that_was_named_does_not_get_at_cookies(
    known: Running, http: httpx.AsyncClient
) -> None:
    url = f"http://127.0.0.1:{known.port}"
    ada = await sign_up(url, http, "ada")
    # However near it is: to a browser, another port is the same site.
    for origin in ("http://localhost:5173", SITE):
        headers = {"origin": origin, "cookie": f"__Host-tertulia_access={ada.token}"}
        me = {"query": "{ me { username } }"}
        response = await http.post(f"{url}/graphql", json=me, headers=headers)
        assert response.json()["data"] == {"me": None}
        response = await http.post(f"{url}/graphql", json=me, headers={"cookie": headers["cookie"]})
        assert response.json()["data"] == {"me": {"username": "ada"}}
        cookie = {"cookie": headers["cookie"]}
        async with open_socket(url, additional_headers=cookie, origin=origin) as socket:
            await socket.send({"type": "connection_init"})
            await socket.receive()
            await socket.subscribe("{ me { username } }")
            assert (await socket.receive())["payload"]["data"] == {"me": None}


async def test_nobodys_word_is_taken_for_how_they_came(
    server: Running, http: httpx.AsyncClient
) -> None:
    host = f"127.0.0.1:{server.port}"
    given = {"x-forwarded-proto": "https", "x-forwarded-for": "10.1.1.1", "host": host}
    assert (await asked(server.port, http, **given)).status_code == 200
    assert (await asked(server.port, http, **given, origin=f"https://{host}")).status_code == 403


async def test_who_listens_everywhere_gives_out_a_name_that_it_answers_to(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    for host, names, told in (
        ("0.0.0.0", "", "localhost"),  # noqa: S104
        ("0.0.0.0", "nas.local, chat.lan", "nas.local"),  # noqa: S104
        ("::", "fd00::1", "[fd00::1]"),
    ):
        async with a_server(tmp_path / told, host=host, allowed_hosts=names) as server:
            assert server.url == f"http://{told}:{server.port}"
            name = server.url.removeprefix("http://")
            assert (await asked(server.port, http, host=name)).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"allowed_hosts": "https://nas.local"},
        {"allowed_hosts": "nas.local:8000"},
        {"cors_origins": "app.example"},
        {"cors_origins": "https://app.example/"},
        {"cors_origins": "*"},
        {"public_url": "chat.example"},
        {"public_url": "https://chat.example/chat"},
    ],
)
def test_names_that_are_none_are_refused_at_the_start(
    tmp_path: Path, wrong: dict[str, str]
) -> None:
    with pytest.raises(ValidationError):
        settings_for(tmp_path, **wrong)


async def test_its_own_site_keeps_its_cookies_if_it_is_named_as_well(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    own = "http://nas.local"
    async with a_server(tmp_path, allowed_hosts="nas.local", cors_origins=own) as server:
        ada = await sign_up(server.url, http, "ada")
        cookie = f"tertulia_access={ada.token}"
        headers = {"host": "nas.local", "origin": own, "cookie": cookie}
        me = {"query": "{ me { username } }"}
        response = await http.post(f"{server.url}/graphql", json=me, headers=headers)
        assert response.json()["data"] == {"me": {"username": "ada"}}


def test_it_answers_to_the_name_that_it_listens_on(tmp_path: Path) -> None:
    assert "nas.local" in _names(settings_for(tmp_path, host="NAS.local"))
    assert "0.0.0.0" not in _names(settings_for(tmp_path, host="0.0.0.0"))  # noqa: S104


async def test_what_goes_wrong_in_the_middle_of_an_answer_is_answered_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("halfway")

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {
        "type": "http",
        "scheme": "http",
        "path": "/",
        "headers": [(b"host", b"localhost")],
        "server": ("127.0.0.1", 80),
    }
    with pytest.raises(RuntimeError, match="halfway"):
        await Guard(broken, None, settings_for(tmp_path))(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert "a bug" in str(caplog.records[0].msg)


async def test_its_public_url_is_its_own(known: Running, http: httpx.AsyncClient) -> None:
    own = {"host": "chat.example:8443", "origin": "https://chat.example:8443"}
    assert (await asked(known.port, http, **own)).status_code == 200


@pytest.mark.parametrize("path", [*PATHS, "/nowhere"])
async def test_every_answer_keeps_browsers_on_guard(
    server: Running, http: httpx.AsyncClient, path: str
) -> None:
    response = await http.get(f"{server.url}{path}", headers={"accept": "text/html"})
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["cross-origin-resource-policy"] == "same-origin"
    assert len(response.headers["x-request-id"]) == 36
    if response.headers["content-type"].startswith("text/html"):
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy or "script-src 'self';" in policy
        assert "unsafe-eval" not in policy


async def test_a_visitor_of_the_endpoint_gets_a_page(
    anybody: Client, http: httpx.AsyncClient
) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    response = await http.get(f"{anybody.url}/graphql", headers={"accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["vary"] == "Accept"
