"""GraphQL over HTTP: what is asked for in which way, and how it is answered."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from resolvers.sessions import Doorkeeper
from server.requests import BadRequest, posted
from server.serving import Running
from tests.cast import Client, Person, sign_up
from tests.patience import PATIENCE
from tests.stage import a_server, until

RESPONSE = "application/graphql-response+json"
JSON = "application/json"
ME = "{ me { username } }"
SERVER = "{ server { name } }"
LOGOUT = "mutation { logout }"


async def post(client: Client, body: Any, **headers: str) -> httpx.Response:
    """The answer to a body, which is JSON unless it is bytes."""
    given = {"content-type": JSON, **{k.replace("_", "-"): v for k, v in headers.items()}}
    if client.token:
        given["authorization"] = f"Bearer {client.token}"
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await client.http.post(f"{client.url}/graphql", content=content, headers=given)


async def get(client: Client, *, accept: str = JSON, **parameters: Any) -> httpx.Response:
    """The answer to a query in a URL."""
    headers = {"accept": accept}
    if client.token:
        headers["authorization"] = f"Bearer {client.token}"
    return await client.http.get(f"{client.url}/graphql", params=parameters, headers=headers)


def code(response: httpx.Response) -> str:
    """The code of the one error, in an answer that has no data."""
    answer = response.json()
    assert "data" not in answer
    assert "[" not in answer["errors"][0]["message"][:1]
    return str(answer["errors"][0]["extensions"]["code"])


ACCEPTED = [
    (None, JSON),
    ("*/*", JSON),
    ("application/*", JSON),
    (JSON, JSON),
    ("application/json; charset=utf-8", JSON),
    (RESPONSE, RESPONSE),
    (f"{RESPONSE}, {JSON}", RESPONSE),
    (f"{JSON}, {RESPONSE}", RESPONSE),
    (f"{RESPONSE};q=0.5, {JSON};q=0.9", JSON),
    (f"{RESPONSE}; charset=utf-8, {JSON}; charset=utf-8", RESPONSE),
    (f"{JSON};q=0, */*", RESPONSE),
    (f"{JSON};q=0.1, */*", RESPONSE),
    (f"{JSON}, */*", JSON),
    (f"{RESPONSE};q=0.1, application/*;q=0.5", JSON),
    ("*/*;q=0", None),
    ("text/event-stream, application/json;q=0.1", JSON),
    (f"{RESPONSE.upper()}", RESPONSE),
    ("image/png", None),
    ("text/event-stream", None),
    (f"{JSON}; charset=latin-1", None),
    (f"{JSON};q=0", None),
    (f"{JSON};q=high", None),
    (",;=,", None),
]


@pytest.mark.parametrize(("accept", "media"), ACCEPTED)
async def test_the_answer_is_of_the_type_that_the_client_likes_best(
    anybody: Client, accept: str | None, media: str | None
) -> None:
    request = anybody.http.build_request("POST", f"{anybody.url}/graphql", json={"query": SERVER})
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept
    response = await anybody.http.send(request)
    if media is None:
        assert (response.status_code, code(response)) == (406, "BAD_QUERY")
    else:
        assert response.status_code == 200
        assert response.headers["content-type"] == f"{media}; charset=utf-8"
        assert response.json() == {"data": {"server": {"name": "localhost"}}}


NOT_EXECUTED = [
    ({"query": "{ server {"}, "BAD_QUERY"),
    ({"query": "{ nothing }"}, "BAD_QUERY"),
    ({"query": "query A { server { name } } query B { server { name } }"}, "BAD_QUERY"),
    ({"query": SERVER, "operationName": "Unknown"}, "BAD_QUERY"),
    (
        {
            "query": "query($n: Int!) { users(first: $n) { nodes { id } } }",
            "variables": {"n": "x"},
        },
        "BAD_USER_INPUT",
    ),
    ({"query": "query($n: Int!) { users(first: $n) { nodes { id } } }"}, "BAD_USER_INPUT"),
    ({"query": "{ users(first: 99999999999) { nodes { id } } }"}, "BAD_QUERY"),
    ({"query": f"{{ users(first: {'9' * 5_000}) {{ nodes {{ id }} }} }}"}, "BAD_QUERY"),
    (
        {"query": "{ messages(channelId: 1, after: 5) { nodes { id } } }"},
        "BAD_USER_INPUT",
    ),
    ({"query": "{ " + "a: head " * 100 + "}"}, "TOO_COMPLEX"),
    ({"query": "", "extensions": {}}, "BAD_QUERY"),
    ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "x"}}}, "BAD_QUERY"),
]


@pytest.mark.parametrize(("body", "expected"), NOT_EXECUTED)
async def test_what_cannot_be_executed_is_an_error_without_data(
    ada: Person, body: Any, expected: str
) -> None:
    response = await post(ada, body, accept=RESPONSE)
    assert (response.status_code, code(response)) == (400, expected)
    legacy = await post(ada, body, accept=JSON)
    assert (legacy.status_code, code(legacy)) == (200, expected)


async def test_what_goes_wrong_in_a_field_is_an_answer_like_any_other(anybody: Client) -> None:
    response = await post(anybody, {"query": ME}, accept=RESPONSE)
    assert response.status_code == 200
    assert response.json()["data"] == {"me": None}


MALFORMED: list[tuple[bytes | object, str]] = [
    (b"", "BAD_QUERY"),
    (b"NONSENSE", "BAD_QUERY"),
    (b"1", "BAD_QUERY"),
    (b"null", "BAD_QUERY"),
    (b"true", "BAD_QUERY"),
    (b'"text"', "BAD_QUERY"),
    (b"[]", "BAD_QUERY"),
    (b'[{"query": "{ head }"}]', "BAD_QUERY"),
    (b"{}", "BAD_QUERY"),
    (b'{"query": null}', "BAD_QUERY"),
    (b'{"extensions": {"cost": true}}', "BAD_QUERY"),
    (b'{"query": 1}', "BAD_QUERY"),
    (b'{"query": ["{ head }"]}', "BAD_QUERY"),
    (b'{"query": {"a": 1}}', "BAD_QUERY"),
    (b'{"query": "{ head }"', "BAD_QUERY"),
    (b'{"query": "{ head }"} trailing', "BAD_QUERY"),
    (b'{"query": "{ head }", "variables": "x"}', "BAD_QUERY"),
    (b'{"query": "{ head }", "variables": []}', "BAD_QUERY"),
    (b'{"query": "{ head }", "variables": 0}', "BAD_QUERY"),
    (b'{"query": "{ head }", "operationName": 1}', "BAD_QUERY"),
    (b'{"query": "{ head }", "operationName": {}}', "BAD_QUERY"),
    (b'{"query": "{ head }", "extensions": []}', "BAD_QUERY"),
    (b'{"query": "{ head }", "extensions": ""}', "BAD_QUERY"),
    (b'{"query": "{ head }", "extensions": 0}', "BAD_QUERY"),
    (b'{"query": "{ head }", "extensions": false}', "BAD_QUERY"),
    (b"\xff\xfe", "BAD_QUERY"),
    (b'{"query": "\xff"}', "BAD_QUERY"),
    (b'\xef\xbb\xbf{"query": "{ head }"}', "BAD_QUERY"),
    ('{"query": "{ head }"}'.encode("utf-16"), "BAD_QUERY"),
    (b'{"query": "{ head }", "variables": {"x": NaN}}', "BAD_QUERY"),
    (b'{"query": "{ head }", "variables": {"x": ' + b"9" * 5_000 + b"}}", "BAD_QUERY"),
    (b'{"query": "{ head }", "variables": {"x": 1e999}}', "BAD_QUERY"),
    (b'{"query": "{ head }", "variables": {"x": ' + b"[" * 100_000 + b"}}", "BAD_QUERY"),
    (b"[" * 100_000 + b"]" * 100_000, "BAD_QUERY"),
    (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "BAD_QUERY"),
    (b'{"query": "{ head }", "variables": {"x": "\\ud800"}}', "BAD_USER_INPUT"),
    (b'{"query": "{ head } # \\udfff"}', "BAD_USER_INPUT"),
    (b"\0" * 100, "BAD_QUERY"),
]


@pytest.mark.parametrize(("body", "expected"), MALFORMED)
@pytest.mark.parametrize("accept", [JSON, RESPONSE])
async def test_a_body_that_is_no_request_is_refused(
    ada: Person, body: bytes, expected: str, accept: str
) -> None:
    response = await post(ada, body, accept=accept)
    assert (response.status_code, code(response)) == (400, expected)


WRONG_TYPES = [
    {"content_type": "text/plain"},
    {"content_type": "application/graphql"},
    {"content_type": "application/x-www-form-urlencoded"},
    {"content_type": ""},
    {"content_type": "application/json; charset=latin-1"},
    {"content_type": "application/json; charset=utf-16"},
    {"content_encoding": "gzip"},
    {"content_encoding": "br"},
]


@pytest.mark.parametrize("headers", WRONG_TYPES)
async def test_a_body_of_another_kind_is_refused(ada: Person, headers: dict[str, str]) -> None:
    body = json.dumps({"query": ME}).encode()
    response = await post(
        ada, gzip.compress(body) if "content_encoding" in headers else body, **headers
    )
    assert (response.status_code, code(response)) == (415, "BAD_QUERY")


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"'])
async def test_utf_8_may_be_said(ada: Person, charset: str) -> None:
    response = await post(ada, {"query": ME}, content_type=f"application/json; charset={charset}")
    assert response.json()["data"]["me"]["username"] == ada.username


async def test_half_a_character_leaves_nothing_behind(ada: Person) -> None:
    body = b'{"query": "{ head }", "variables": {"x": "' + b"\\ud800" * 10_000 + b'"}}'
    before = psutil.Process().memory_info().rss
    for _ in range(300):
        assert (await post(ada, body)).status_code == 400
    assert psutil.Process().memory_info().rss - before < 10_000_000


async def test_what_is_wrong_is_told_in_few_words(ada: Person) -> None:
    answer = await ada.ask("{ " + "a" * 5_000 + " }")
    assert len(answer["errors"][0]["message"]) == 500
    document = "mutation($kind: ChannelKind!) { createChannel(input: { kind: $kind }) { id } }"
    answer = await ada.ask(document, kind="a" * 5_000)
    assert len(answer["errors"][0]["message"]) == 500
    assert len(answer["errors"][0]["extensions"]["reason"]) == 500


async def test_hashes_of_documents_are_not_supported_and_clients_know_by_these_words(
    ada: Person,
) -> None:
    given = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "x"}}}
    response = await post(ada, given)
    assert response.json()["errors"][0]["message"] == "PersistedQueryNotSupported"


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
async def test_the_scheme_of_a_token_may_be_written_in_any_case(ada: Person, scheme: str) -> None:
    headers = {"authorization": f"{scheme} {ada.token}"}
    response = await ada.http.post(f"{ada.url}/graphql", json={"query": ME}, headers=headers)
    assert response.json()["data"]["me"] == {"username": ada.username}


async def test_an_empty_name_of_an_operation_is_none(ada: Person) -> None:
    response = await post(ada, {"query": ME, "operationName": ""})
    assert response.json()["data"]["me"] == {"username": ada.username}


async def test_null_is_the_same_as_nothing(ada: Person) -> None:
    body = {"query": ME, "variables": None, "operationName": None, "extensions": None}
    assert "errors" not in (await post(ada, body)).json()


async def test_a_query_may_be_asked_for_by_get(ada: Person) -> None:
    document = "query A { head } query B($id: ID!) { user(id: $id) { username } }"
    response = await get(
        ada, query=document, operationName="B", variables=json.dumps({"id": ada.id})
    )
    assert response.json() == {"data": {"user": {"username": ada.username}}}
    assert response.headers["cache-control"] == "no-store"


async def test_empty_parameters_of_a_url_are_as_good_as_none(ada: Person) -> None:
    response = await get(ada, query=ME, operationName="", variables="", extensions="", other="x")
    assert response.json()["data"]["me"]["username"] == ada.username


@pytest.mark.parametrize("accept", [JSON, RESPONSE])
async def test_a_mutation_by_get_is_not_carried_out(ada: Person, accept: str) -> None:
    response = await get(ada, query=LOGOUT, accept=accept)
    assert (response.status_code, code(response)) == (405, "BAD_QUERY")
    assert response.headers["allow"] == "GET, POST"
    assert (await ada.do(ME))["username"] == ada.username


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
async def test_other_methods_are_not_allowed(ada: Person, method: str) -> None:
    response = await ada.http.request(method, f"{ada.url}/graphql")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?",
        "?query",
        "?query=",
        "?query=%ff",
        "?query=%E2%28%A1",
        "?query={head}&query={head}",
        "?query={head}&variables=1",
        "?query={head}&variables=[]",
        "?query={head}&variables={",
        "?query={head}&extensions=x",
        "?extensions={}",
        "?" + "&".join(f"a{number}=1" for number in range(30)),
    ],
)
async def test_a_url_that_is_no_request_is_refused(ada: Person, query: str) -> None:
    headers = {"accept": JSON}
    response = await ada.http.get(f"{ada.url}/graphql{query}", headers=headers)
    assert (response.status_code, code(response)) == (400, "BAD_QUERY")


async def test_a_subscription_needs_a_socket(ada: Person) -> None:
    document = 'subscription { messageAdded(channelId: "x") { id } }'
    for response in (await post(ada, {"query": document}), await get(ada, query=document)):
        assert (response.status_code, code(response)) == (400, "BAD_QUERY")


@pytest.mark.parametrize("framing", [b"Content-Length: 9000000", b"Transfer-Encoding: chunked"])
async def test_a_body_that_is_too_large_is_refused_while_it_comes(
    server: Running, framing: bytes
) -> None:
    address = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(HEAD + framing + b"\r\n\r\n")
    for _ in range(80):
        writer.write((b"4000\r\n" if b"chunked" in framing else b"") + b" " * 16_384 + b"\r\n")
    await writer.drain()
    async with asyncio.timeout(PATIENCE):
        said = await reader.readuntil(b"}}]}")
    writer.close()
    assert said.startswith(b"HTTP/1.1 413 ")
    assert b'"extensions":{"code":"PAYLOAD_TOO_LARGE","limit":1048576}' in said


async def test_a_body_that_is_broken_off_is_not_carried_out() -> None:
    pieces = iter(
        [
            {"type": "http.request", "body": b'{"query": "{ head }"}', "more_body": True},
            {"type": "http.disconnect"},
        ]
    )

    async def receive() -> Any:
        return next(pieces)

    with pytest.raises(BadRequest, match="broken off"):
        await posted({"content-type": JSON}, receive)


async def test_a_body_may_have_one_mebibyte_and_not_a_byte_more(ada: Person) -> None:
    body = json.dumps({"query": ME}).encode()
    assert (await post(ada, body.ljust(1_048_576))).json()["data"]
    assert (await post(ada, body.ljust(1_048_577))).status_code == 413


async def test_a_body_that_says_that_it_is_not_compressed_is_not(ada: Person) -> None:
    assert (await post(ada, {"query": ME}, content_encoding="identity")).json()["data"]


async def test_a_head_may_have_32_kib(ada: Person) -> None:
    assert (await post(ada, {"query": ME}, x="y" * 31 * 1_024)).json()["data"]
    assert (await post(ada, {"query": ME}, x="y" * 32 * 1_024)).status_code == 431


@pytest.mark.parametrize("accept", [JSON, RESPONSE])
async def test_answers_are_kept_by_nobody(ada: Person, accept: str) -> None:
    for query in (ME, "{"):
        response = await post(ada, {"query": query}, accept=accept)
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["vary"] == "Accept"


async def test_only_so_many_faults_of_variables_are_told(ada: Person) -> None:
    add = "mutation($ids: [ID!]!) { addMembers(channelId: 1, userIds: $ids) { id } }"
    answer = await ada.ask(add, ids=[None] * 50)
    codes = [error["extensions"]["code"] for error in answer["errors"]]
    assert codes == ["BAD_USER_INPUT"] * 10 + ["TOO_COMPLEX"]


def form(operations: object, places: object, **files: object) -> dict[str, Any]:
    """The pieces of a multipart request."""
    fields = {"operations": operations, "map": places}
    parts: dict[str, Any] = {
        name: (None, value if isinstance(value, str) else json.dumps(value))
        for name, value in fields.items()
        if value is not None
    }
    for name, content in files.items():
        parts[name] = ("a.txt", content) if isinstance(content, bytes) else (None, content)
    return parts


ONE_FILE = {"query": "query($x: ID) { user(id: $x) { id } }", "variables": {"x": None}}
BAD_FORMS = [
    form(None, {"0": ["variables.x"]}, **{"0": b"x"}),
    form(ONE_FILE, None, **{"0": b"x"}),
    form("{", {"0": ["variables.x"]}, **{"0": b"x"}),
    form([ONE_FILE], {"0": ["0.variables.x"]}, **{"0": b"x"}),
    form("1", {"0": ["variables.x"]}, **{"0": b"x"}),
    form("null", {"0": ["variables.x"]}, **{"0": b"x"}),
    form(ONE_FILE, "[]", **{"0": b"x"}),
    form(ONE_FILE, "nonsense", **{"0": b"x"}),
    form(ONE_FILE, {"0": "variables.x"}, **{"0": b"x"}),
    form(ONE_FILE, {"0": []}, **{"0": b"x"}),
    form(ONE_FILE, {"0": [1]}, **{"0": b"x"}),
    form(ONE_FILE, {"0": ["x"]}, **{"0": b"x"}),
    form(ONE_FILE, {"0": ["query"]}, **{"0": b"x"}),
    form(ONE_FILE, {"0": ["variables"]}, **{"0": b"x"}),
    form(ONE_FILE, {"0": ["variables."]}, **{"0": b"x"}),
    form(ONE_FILE, {"0": ["variables.y"]}, **{"0": b"x"}),
    form(ONE_FILE, {"0": ["variables.x.y"]}, **{"0": b"x"}),
    form(ONE_FILE, {"0": ["variables.x", "variables.x"]}, **{"0": b"x"}),
    form(ONE_FILE, {"1": ["variables.x"]}, **{"0": b"x"}),
    form(ONE_FILE, {"0": ["variables.x"]}, **{"0": "no file, but text"}),
    form({**ONE_FILE, "variables": {"x": "taken"}}, {"0": ["variables.x"]}, **{"0": b"x"}),
    form({**ONE_FILE, "variables": {"x": []}}, {"0": ["variables.x.0"]}, **{"0": b"x"}),
    form({**ONE_FILE, "variables": {"x": [None]}}, {"0": ["variables.x.-1"]}, **{"0": b"x"}),
    form({**ONE_FILE, "variables": {"x": [None]}}, {"0": ["variables.x.٣"]}, **{"0": b"x"}),
    form(
        {**ONE_FILE, "variables": {"x": [None]}},
        {"0": ["variables.x." + "9" * 5_000]},
        **{"0": b"x"},
    ),
    form({**ONE_FILE, "variables": None}, {"0": ["variables.x"]}, **{"0": b"x"}),
    form({**ONE_FILE, "variables": "text"}, {"0": ["variables.x"]}, **{"0": b"x"}),
    form(ONE_FILE, {"operations": ["variables.x"]}),
    {f"file{number}": ("a", b"x") for number in range(20)},
]


@pytest.mark.parametrize("files", BAD_FORMS)
async def test_a_form_that_is_no_request_is_refused(ada: Person, files: dict[str, Any]) -> None:
    response = await ada.http.post(f"{ada.url}/graphql", files=files)
    assert (response.status_code, code(response)) == (400, "BAD_QUERY")


RAW_FORMS = [
    ("multipart/form-data", b""),
    ("multipart/form-data", b"--x\r\n"),
    ("multipart/form-data; boundary=", b"--x--"),
    ("multipart/form-data; boundary=x", b""),
    ("multipart/form-data; boundary=x", b"nonsense"),
    ("multipart/form-data; boundary=x", b"--x\r\n\r\n\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--"),
    ("multipart/form-data; boundary=" + "x" * 300, b"--x--"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n\xff\r\n--x--\r\n',
    ),
    (
        "multipart/form-data; boundary=x; charset=nonsense",
        b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{}\r\n--x--\r\n',
    ),
]


@pytest.mark.parametrize(("kind", "body"), RAW_FORMS)
async def test_a_form_that_is_not_even_one_is_refused(ada: Person, kind: str, body: bytes) -> None:
    response = await post(ada, body, content_type=kind)
    assert (response.status_code, code(response)) == (400, "BAD_QUERY")


async def test_a_file_is_not_an_id(ada: Person) -> None:
    files = form(ONE_FILE, {"0": ["variables.x"]}, **{"0": b"x"})
    headers = {"authorization": f"Bearer {ada.token}", "accept": RESPONSE}
    response = await ada.http.post(f"{ada.url}/graphql", files=files, headers=headers)
    assert (response.status_code, code(response)) == (400, "BAD_USER_INPUT")


async def test_a_form_may_have_ten_files(ada: Person) -> None:
    for count, status in ((10, 200), (11, 400)):
        operations = {"query": ME, "variables": {f"x{n}": None for n in range(count)}}
        places = {str(n): [f"variables.x{n}"] for n in range(count)}
        files = form(operations, places, **{str(n): b"x" for n in range(count)})
        headers = {"authorization": f"Bearer {ada.token}"}
        response = await ada.http.post(f"{ada.url}/graphql", files=files, headers=headers)
        assert response.status_code == status


async def test_a_form_without_files_is_a_request_too(ada: Person) -> None:
    headers = {"authorization": f"Bearer {ada.token}"}
    files = form({"query": ME}, {})
    response = await ada.http.post(f"{ada.url}/graphql", files=files, headers=headers)
    assert response.json()["data"]["me"]["username"] == ada.username


async def test_a_bug_is_told_by_an_id_that_stands_in_the_log(
    ada: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("secret details")

    monkeypatch.setattr("resolvers.devices.Devices.__len__", broken)
    response = await post(ada, {"query": "{ server { connectedClients } }"}, accept=RESPONSE)
    assert response.status_code == 200
    error = response.json()["errors"][0]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "secret" not in response.text
    logged = str(caplog.records[0].msg)
    assert error["extensions"]["errorId"] in logged
    assert response.headers["x-request-id"] in logged


async def test_a_bug_outside_of_graphql_is_told_like_any_other(
    ada: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret details")

    monkeypatch.setattr(Doorkeeper, "identity", broken)
    response = await post(ada, {"query": ME}, accept=RESPONSE)
    assert (response.status_code, code(response)) == (500, "INTERNAL")
    assert response.json()["errors"][0]["extensions"]["errorId"] in str(caplog.records[0].msg)


@pytest.fixture(scope="module")
async def impatient(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A server that waits a short time for requests."""
    async with a_server(tmp_path_factory.mktemp("data"), request_timeout=0.3) as server:
        yield server


async def raw(server: Running, *pieces: bytes) -> bytes:
    """All that the server says to these bytes, until it closes the connection."""
    address = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    async with asyncio.timeout(PATIENCE):
        said = await reader.read()
    writer.close()
    return said


HEAD = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize("half", [b"", b"P", b"POST /graphql HTTP/1.1\r\nHost: loc", HEAD, b"\r\n"])
async def test_half_a_head_is_not_waited_for(impatient: Running, half: bytes) -> None:
    assert await raw(impatient, half) == b""


async def test_half_a_body_is_not_waited_for(impatient: Running) -> None:
    for rest in (
        b'Content-Length: 100\r\n\r\n{"query"',
        b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    ):
        said = await raw(impatient, HEAD, rest)
        assert said.startswith(b"HTTP/1.1 408 ")
        assert b"BAD_QUERY" in said


async def test_half_a_form_of_a_page_is_not_waited_for(impatient: Running) -> None:
    form = HEAD.replace(b"/graphql", b"/set-password").replace(b"json", b"x-www-form-urlencoded")
    said = await raw(impatient, form, b"Content-Length: 100\r\n\r\ncode=")
    assert said.startswith(b"HTTP/1.1 408 ")


async def test_who_is_served_slowly_is_not_cut_off(impatient: Running) -> None:
    body = json.dumps({"query": SERVER}).encode()
    whole = HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    identity = Doorkeeper.identity

    async def slow(self: Doorkeeper, *given: str | None) -> object:
        # Half a request tells when the time is over.
        assert await raw(impatient, HEAD) == b""
        return await identity(self, *given)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Doorkeeper, "identity", slow)
        assert (await raw(impatient, whole)).startswith(b"HTTP/1.1 200 ")


async def test_a_second_half_request_on_a_connection_is_not_waited_for_either(
    impatient: Running,
) -> None:
    body = json.dumps({"query": SERVER}).encode()
    whole = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    said = await raw(impatient, whole, b"POST /graph")
    assert said.count(b"HTTP/1.1") == 1
    assert b'"localhost"' in said


async def test_a_head_without_an_end_is_cut_off(impatient: Running) -> None:
    many = b"".join(b"X-%d: %s\r\n" % (number, b"y" * 100) for number in range(1_000))
    assert (await raw(impatient, HEAD, many)).startswith(b"HTTP/1.1 431 ")
    assert (await raw(impatient, b"GET /" + b"x" * 100_000)).startswith(b"HTTP/1.1 431 ")
    without_an_end = [b"y" * 10_000] * 10
    assert (await raw(impatient, HEAD, b"X: ", *without_an_end)).startswith(b"HTTP/1.1 431 ")


async def test_only_so_many_requests_are_taken_before_the_first_is_answered(
    impatient: Running,
) -> None:
    said = await raw(impatient, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 40)
    assert said.count(b"HTTP/1.1 200 ") < 40
    assert said.count(b"HTTP/1.1 400 ") == 1


async def test_who_does_not_read_is_cut_off(impatient: Running, http: httpx.AsyncClient) -> None:
    ada = await sign_up(impatient.url, http, "ada")
    lobby = await ada.create_channel()
    for _ in range(20):
        await ada.send(lobby, "🎈" * 8_000)
    page = f'messages(channelId: "{lobby["id"]}") {{ nodes {{ body again: body }} }}'
    query = "{ " + " ".join(f"a{number}: {page}" for number in range(5)) + " }"
    body = json.dumps({"query": query}).encode()
    head = (
        HEAD + f"Authorization: Bearer {ada.token}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    )
    address = urlsplit(impatient.url)
    _, writer = await asyncio.open_connection(address.hostname, address.port, limit=1_024)
    writer.write(head + body)

    def cut() -> bool:
        # Only a connection that is gone refuses what is said on it.
        writer.write(b"\r\n")
        return writer.transport.is_closing()

    await until(cut)


async def test_what_is_no_http_is_refused(impatient: Running) -> None:
    assert (await raw(impatient, b"\x16\x03\x01 hello")).startswith(b"HTTP/1.1 400 ")
