"""What an owner may decide about operations: their cost, their documents, and what is told."""

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from server import persisted
from server.opening import CannotStart
from server.serving import Running
from tests.cast import Client, Person, sign_up
from tests.server.process import tertulia
from tests.stage import a_server

PAGES = """query($n: Int!) { channels(first: $n) { nodes {
  members(first: $n) { nodes { user { id } } } } } }"""


async def test_what_is_too_dear_is_refused_before_anything_is_read(ada: Person) -> None:
    refusal = await ada.refused(PAGES, n=100)
    assert refusal == {"code": "TOO_COMPLEX", "cost": 30_201, "limit": 10_000}
    assert await ada.refused(PAGES, n=100.0) == refusal
    assert await ada.do(PAGES, n=10)


async def test_what_an_operation_may_cost_can_be_set(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    async with a_server(tmp_path, max_cost=100) as server:
        ada = await sign_up(server.url, http, "ada")
        assert (await ada.refused(PAGES, n=10))["limit"] == 100
        assert await ada.do(PAGES, n=2)


async def test_an_answer_that_is_too_large_is_not_sent(ada: Person) -> None:
    lobby = await ada.create_channel()
    for _ in range(20):
        await ada.send(lobby, "🎈" * 8_000)
    page = f'messages(channelId: "{lobby["id"]}") {{ nodes {{ body again: body }} }}'
    few, many = f"{{ {page} }}", "{ " + " ".join(f"a{n}: {page}" for n in range(20)) + " }"
    assert len((await ada.do(few))["nodes"]) == 20
    assert await ada.refused(many) == {"code": "TOO_COMPLEX"}
    async with ada.socket() as socket:
        await socket.subscribe(many)
        message = await socket.receive()
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"] == {"code": "TOO_COMPLEX"}


async def test_the_cost_is_told_on_request(ada: Person) -> None:
    async def cost(**body: Any) -> Any:
        given = {"query": PAGES, "variables": {"n": 2}, **body}
        headers = {"authorization": f"Bearer {ada.token}"}
        return (await ada.http.post(f"{ada.url}/graphql", json=given, headers=headers)).json()

    told = {"cost": {"estimated": 17, "limit": 10_000}}
    assert (await cost(extensions={"cost": True}))["extensions"] == told
    for other in ({}, {"extensions": {}}, {"extensions": {"cost": False}}):
        assert "extensions" not in await cost(**other)


READ = "{ server { name } }"
REGISTER = "mutation($input: RegisterInput!) { register(input: $input) { user { username } } }"
IDS = {sha256(text.encode()).hexdigest(): text for text in (READ, REGISTER)}


@pytest.fixture(scope="module", params=["relay", "apollo"])
async def closed_door(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    """A server that executes two documents and no others."""
    folder = tmp_path_factory.mktemp("data")
    operations = [{"id": i, "name": "x", "type": "query", "body": b} for i, b in IDS.items()]
    apollo = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps(IDS if request.param == "relay" else apollo))
    async with a_server(folder, persisted_operations=manifest) as server:
        yield server


async def test_behind_a_closed_door_only_what_is_listed_is_executed(
    closed_door: Running, http: httpx.AsyncClient
) -> None:
    async def ask(**body: Any) -> Any:
        headers = {"accept": "application/graphql-response+json"}
        response = await http.post(f"{closed_door.url}/graphql", json=body, headers=headers)
        return response.status_code, response.json()

    read = {"persistedQuery": {"version": 1, "sha256Hash": sha256(READ.encode()).hexdigest()}}
    for body in ({"query": READ}, {"extensions": read}, {"query": READ, "extensions": read}):
        assert await ask(**body) == (200, {"data": {"server": {"name": "localhost"}}})
    listed = {"extensions": read, "query": "{ server { version } }"}
    unknown = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "x"}}}
    for body in (listed, unknown, {"query": READ + " "}, {"query": "{ __typename }"}):
        status, answer = await ask(**body)
        assert (status, answer["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")
        # Clients that ask for plain JSON take no other status for an answer.
        response = await http.post(f"{closed_door.url}/graphql", json=body)
        assert (response.status_code, response.json()) == (200, answer)


async def test_an_id_that_is_none_is_refused_like_one_that_is_not_listed(
    closed_door: Running, http: httpx.AsyncClient
) -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    for given in (deep, 1, None, {}):
        body = {"extensions": {"persistedQuery": {"sha256Hash": given}}}
        answer = (await http.post(f"{closed_door.url}/graphql", json=body)).json()
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_listed_document_may_be_asked_for_by_url(
    closed_door: Running, http: httpx.AsyncClient
) -> None:
    given = {"persistedQuery": {"version": 1, "sha256Hash": sha256(READ.encode()).hexdigest()}}
    parameters = {"extensions": json.dumps(given)}
    response = await http.get(f"{closed_door.url}/graphql", params=parameters)
    assert response.json()["data"] == {"server": {"name": "localhost"}}


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}', '{"operations": [{"id": "a"}]}'])
def test_a_manifest_that_cannot_be_read_ends_the_start(tmp_path: Path, content: str) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(content)
    with pytest.raises(CannotStart, match="manifest"):
        persisted.read(manifest)


def test_why_it_ends_is_told_in_one_line(tmp_path: Path) -> None:
    flags = ("--persisted-operations", tmp_path / "nowhere", "--data", tmp_path, "--port", 0)
    result = tertulia("serve", *flags)
    assert (result.returncode, len(result.stderr.splitlines())) == (1, 1)
    assert "manifest" in result.stderr


@pytest.fixture(scope="module")
async def discreet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A server that does not tell its schema."""
    async with a_server(tmp_path_factory.mktemp("data"), introspection="off") as server:
        yield server


async def test_a_server_can_keep_its_schema_to_itself(
    discreet: Running, http: httpx.AsyncClient
) -> None:
    nobody = Client(discreet.url, http)
    assert await nobody.code("{ __schema { queryType { name } } }") == "BAD_QUERY"
    assert "Did you mean" not in str(await nobody.ask("{ servr { name } }"))
    ada = await sign_up(discreet.url, http, "ada")
    document = "mutation($kind: ChannelKind!) { createChannel(input: { kind: $kind }) { id } }"
    answer = await ada.ask(document, kind="PUBLICK")
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "Did you mean" not in str(answer)
    assert (await ada.do("{ me { __typename } }"))["__typename"] == "User"


async def test_input_that_is_wrong_deep_inside_is_named(ada: Person) -> None:
    ban = "mutation($input: BanUserInput!) { banUser(input: $input) { id } }"
    refusal = await ada.refused(ban, input={"userId": "x", "reason": "x", "until": "tomorrow"})
    assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", "until")
    assert "RFC 3339" in refusal["reason"]
    literal = 'mutation { banUser(input: { userId: "x", reason: "x", until: "tomorrow" }) { id } }'
    assert (await ada.refused(literal))["field"] == "until"
    add = "mutation($u: [ID!]!) { addMembers(channelId: 1, userIds: $u) { id } }"
    assert (await ada.refused(add, u=["x", None]))["field"] == "u"
