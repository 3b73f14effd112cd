"""Ten thousand requests that nobody would send: no bug comes to light, and memory stays flat."""

import json
import os
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from graphql import build_schema, parse_value, print_ast
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import mutations, queries
from hypothesis_graphql import nodes as graphql_nodes
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.patience import PATIENCE
from tests.server.process import Served, serving
from tests.stage import PASSWORD, ROOT

EACH = int(os.environ.get("TERTULIA_FUZZ", "10000")) // 4
"""There are four ways to ask: documents, bodies, bytes and socket messages."""
ENOUGH = settings(
    max_examples=EACH,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
GROWTH = 40
"""In MB: what filling the caches takes, of documents, sessions and statements."""
SCHEMA = (ROOT / "schema" / "schema.graphql").read_text()
REGISTER = """mutation($name: String!, $password: String!) {
  register(input: { username: $name, password: $password }) { accessToken } }"""


@dataclass
class Target:
    """The server, and somebody signed in to it."""

    served: Served
    http: httpx.Client
    people: int = 0
    token: str = ""

    def ask(self, body: Any) -> httpx.Response:
        """The answer to a body in JSON."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return self.http.post(f"{self.served.url}/graphql", json=body, headers=headers)

    def somebody_new(self) -> None:
        """Signs somebody up: the last one has signed out, or has lost their session."""
        self.people, self.token = self.people + 1, ""
        given = {"name": f"person{self.people}", "password": PASSWORD}
        answer = self.ask({"query": REGISTER, "variables": given}).json()
        self.token = answer["data"]["register"]["accessToken"]

    def check(self, response: httpx.Response) -> None:
        """Whatever was asked, the answer is no bug, and everything that went wrong has a code."""
        assert response.status_code < 500, response.text
        if "json" not in response.headers.get("content-type", ""):
            return
        codes = [error["extensions"]["code"] for error in response.json().get("errors", ())]
        assert "INTERNAL" not in codes
        if "UNAUTHENTICATED" in codes:
            self.somebody_new()

    @property
    def memory(self) -> float:
        """What the server has of it, in MB."""
        return psutil.Process(self.served.process.pid).memory_info().rss / 1e6


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    quiet = {"TERTULIA_RATE_LIMITS": "off", "TERTULIA_REQUEST_TIMEOUT": "2"}
    folder = tmp_path_factory.mktemp("data")
    with serving(folder, **quiet) as served, httpx.Client(timeout=PATIENCE) as http:
        made = Target(served, http)
        made.somebody_new()
        yield made
        served.process.terminate()
        told = served.output()
        assert "a bug" not in told
        assert "Traceback" not in told


def flat(test: Callable[..., None]) -> Callable[[Target], None]:
    """The test, with an eye on the server's memory once the caches have seen a few documents."""

    def watched(target: Target) -> None:
        test(target, EACH // 5)
        before = target.memory
        test(target, EACH)
        after = target.memory
        print(f"{EACH} times: {before:.0f} MB before, {after:.0f} MB after")
        assert after - before < GROWTH

    return watched


def run(example: Callable[..., None], count: int) -> None:
    """Runs a Hypothesis test with so many examples."""
    settings(ENOUGH, max_examples=max(count, 1))(example)()


TEXT = st.text(max_size=40)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
SCALARS = {
    "DateTime": (st.datetimes().map(lambda d: d.isoformat() + "Z") | TEXT).map(
        graphql_nodes.String
    ),
    "Cursor": st.sampled_from(["", "x.1", "a" * 99]).map(graphql_nodes.String),
    # What a signal carries, or nearly.
    "JSON": st.sampled_from(
        [
            parse_value(text)
            for text in (
                *("null", "5", '"x"', "[]", "{}", '{type: "offer", sdp: 5}', "{type: null}"),
                *('{type: "offer", sdp: "v=0"}', '{type: "answer", sdp: "m=audio 9 X 0"}'),
                *('{candidate: ""}', '{candidate: "candidate:1 1 udp 1 ::1 9 typ host"}'),
            )
        ]
    ),
    # Only a form has files.
    "Upload": TEXT.map(graphql_nodes.String),
}
ROOTS = build_schema(SCHEMA)
DOCUMENTS = st.one_of(
    # One root field at a time: of all at once it would make nothing but large documents.
    *(
        make(SCHEMA, fields=[field], custom_scalars=SCALARS, print_ast=print_ast)
        for make, root in ((queries, ROOTS.query_type), (mutations, ROOTS.mutation_type))
        for field in (root.fields if root else ())
    )
)
PIECES = """{ } ( ) : $ ... @skip ! " \"\"\" \\ query on # me __schema ñ"""
FRAGMENTS = st.sampled_from(
    [*PIECES.split(), "{ me { id } }", "fragment F on User { ...F }", "9" * 400, "\0", "\ufeff"]
)
NONSENSE = st.lists(FRAGMENTS | TEXT, max_size=12).map(" ".join)
MEDIA = st.sampled_from(
    ["application/json", "multipart/form-data; boundary=x", "text/plain", "", "application/json;;"]
)
ACCEPT = st.sampled_from(["*/*", "application/graphql-response+json", "text/html", "image/png", ""])


@pytest.mark.slow
@pytest.mark.timeout(600)
@flat
def test_documents(target: Target, count: int) -> None:
    @given(DOCUMENTS | NONSENSE, st.dictionaries(TEXT, JSON, max_size=3))
    def asked(document: str, variables: dict[str, Any]) -> None:
        target.check(target.ask({"query": document, "variables": variables}))

    run(asked, count)


@pytest.mark.slow
@pytest.mark.timeout(600)
@flat
def test_bodies(target: Target, count: int) -> None:
    keys = st.sampled_from(["query", "variables", "operationName", "extensions", "id"])
    requests = st.dictionaries(keys, JSON | NONSENSE, max_size=5).map(json.dumps)
    bodies = requests | JSON.map(json.dumps) | TEXT | FORMS

    @given(bodies, MEDIA, ACCEPT, st.sampled_from(["POST", "POST", "POST", "GET", "PUT"]))
    def asked(body: str, media: str, accept: str, method: str) -> None:
        headers = {"content-type": media, "accept": accept}
        content = body.encode("utf-8", "surrogatepass")
        url = f"{target.served.url}/graphql"
        target.check(target.http.request(method, url, content=content, headers=headers))

    run(asked, count)


PART = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
FORMS = st.lists(
    st.tuples(
        st.sampled_from(["operations", "map", "0", "1", ""]),
        st.sampled_from(["", '; filename="a"', "; filename*=utf-8''%ff", '; name="b"']),
        st.sampled_from(['{"query": "{ me { id } }"}', '{"0": ["variables.x"]}', "[]", ""]) | TEXT,
    ),
    max_size=4,
).map(lambda parts: "".join(PART.format(*part) for part in parts) + "--x--\r\n")


@pytest.mark.slow
@pytest.mark.timeout(600)
@flat
def test_bytes(target: Target, count: int) -> None:
    address = urlsplit(target.served.url)
    method = st.sampled_from([b"GET", b"POST", b"get", b"\0", b"OPTIONS", b"CONNECT"])
    path = st.sampled_from([b"/graphql", b"/", b"*", b"//", b"/%zz", b"/\xff", b"/graphql?query="])
    name = st.sampled_from([b"Host", b"Origin", b"Cookie", b"Accept", b"Authorization", b"Upgrade"])
    value = st.sampled_from([b"localhost", b"", b"x" * 9_000, b"Bearer x", b"a=b; c", b"websocket"])
    header = st.tuples(name | st.binary(max_size=9), value | st.binary(max_size=30)).map(b": ".join)

    @given(
        method, path, st.binary(max_size=20), st.lists(header, max_size=5), st.binary(max_size=99)
    )
    def sent(method: bytes, path: bytes, query: bytes, headers: list[bytes], body: bytes) -> None:
        always = [b"Host: localhost", b"Connection: close", b"Content-Length: %d" % len(body)]
        lines = [method + b" " + path + query + b" HTTP/1.1", *always, *headers, b"", body]
        with socket.create_connection((address.hostname, address.port), 20) as connection:
            connection.sendall(b"\r\n".join(lines))
            connection.shutdown(socket.SHUT_WR)
            said = connection.makefile("rb").readline()
        assert said == b"" or re.match(rb"HTTP/1.1 [1234]\d\d ", said), said

    run(sent, count)


KINDS = ["connection_init", "ping", "pong", "subscribe", "complete", "next", "error", "", "x"]
MESSAGES = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS)},
    optional={
        "id": st.sampled_from(["1", "2", ""]) | JSON,
        "payload": st.fixed_dictionaries({"query": DOCUMENTS | NONSENSE}) | JSON,
    },
).map(json.dumps)
CLOSED = {1002, 1007, 1013, 4400, 4401, 4403, 4409, 4429}


@pytest.mark.slow
@pytest.mark.timeout(600)
@flat
def test_socket_messages(target: Target, count: int) -> None:
    url = target.served.url.replace("http", "ws", 1) + "/graphql"
    begun = json.dumps({"type": "connection_init"})
    said = (
        MESSAGES | MESSAGES | JSON.map(json.dumps) | TEXT.filter(encodable) | st.binary(max_size=50)
    )

    @given(st.booleans(), st.lists(said, max_size=4))
    def talked(init: bool, messages: list[str | bytes]) -> None:
        headers = {"authorization": f"Bearer {target.token}"}
        with connect(url, subprotocols=["graphql-transport-ws"], additional_headers=headers) as ws:
            code = talk(ws, [begun, *messages] if init else messages)
        assert code is None or code in CLOSED
        if code == 4403:
            target.somebody_new()

    run(talked, count)


def encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def talk(ws: ClientConnection, messages: list[str | bytes]) -> int | None:
    """Says all this and then asks for an echo; the code if the socket is closed before that."""
    echo = {"type": "ping", "payload": {"the": "last"}}
    try:
        for message in [*messages, json.dumps(echo)]:
            ws.send(message)
        while True:
            heard = json.loads(ws.recv(timeout=PATIENCE))
            told = heard["payload"] if heard["type"] == "error" else ()
            assert not any(error["extensions"]["code"] == "INTERNAL" for error in told)
            if heard == {**echo, "type": "pong"}:
                return None
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006
