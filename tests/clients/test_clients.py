"""The clients that people use, each against a real server."""

from contextlib import AbstractAsyncContextManager, aclosing

import pytest
from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport import AsyncTransport
from gql.transport.exceptions import TransportConnectionFailed, TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from websockets import ConnectionClosed

from server.serving import Running
from tests.cast import FOLLOW, HISTORY, SEND, Json, Person
from tests.clients.conftest import Node
from tests.stage import until

NOBODYS = "00000000-0000-7000-8000-000000000000"
SAID = ["¡Hola!", "¿Qué tal? 🎈"]


async def everyday(script: str, node: Node, server: Running, person: Person) -> Json:
    """What a client saw in its everyday round, after what all of them must have seen."""
    lobby = await person.create_channel()
    before = len(server.house.devices)
    [saw] = await node(script, server.url, lobby["id"], TOKEN=person.token or "")
    assert saw["channel"].items() >= {"id": lobby["id"], "name": "lobby", "memberCount": 1}.items()
    assert [message["body"] for message in saw["sent"]] == SAID
    assert all(message["author"]["id"] == person.id for message in saw["received"])
    history = (await person.history(lobby))["nodes"]
    assert ids(history[:2]) == ids(saw["sent"])
    assert (saw["connections"], saw["closed"]) == (1, 1000)
    await until(lambda: len(server.house.devices) == before)
    return saw


def ids(messages: list[Json]) -> list[str]:
    return [message["id"] for message in messages]


@pytest.mark.slow
async def test_graphql_ws_does_everything_over_one_socket(
    node: Node, server: Running, ada: Person
) -> None:
    saw = await everyday("graphql-ws.mjs", node, server, ada)
    assert ids(saw["received"]) == ids(saw["sent"])
    assert [message["body"] for message in saw["history"]] == [*SAID, "nobody listens"]
    assert saw["codes"] == {
        "refused": "NOT_FOUND",
        "badVariable": "BAD_USER_INPUT",
        "syntax": "BAD_QUERY",
        "misspelt": "BAD_QUERY",
        "badSubscription": "NOT_FOUND",
    }
    assert saw["refusal"] == 4403


HTTP_AND_SOCKET_CODES = {
    "refused": "NOT_FOUND",
    "misspelt": "BAD_QUERY",
    "badVariable": "BAD_USER_INPUT",
    "misspeltSubscription": "BAD_QUERY",
    "badSubscription": "NOT_FOUND",
}


@pytest.mark.slow
async def test_apollo_client_asks_over_http_and_follows_over_a_socket(
    node: Node, server: Running, ada: Person
) -> None:
    saw = await everyday("apollo.mjs", node, server, ada)
    first, second = ids(saw["sent"])
    assert ids(saw["received"]) == [first, second, second]
    assert saw["codes"] == HTTP_AND_SOCKET_CODES


@pytest.mark.slow
async def test_apollo_client_follows_over_plain_http_in_parts(
    node: Node, server: Running, ada: Person
) -> None:
    lobby = await ada.create_channel()
    before = len(server.house.devices)
    [saw] = await node("apollo.mjs", server.url, lobby["id"], "parts", TOKEN=ada.token or "")
    assert ids(saw["received"]) == ids(saw["sent"])
    assert saw["badSubscription"] == "NOT_FOUND"
    assert "subscriptionSpec=1.0" in saw["accepts"]
    await until(lambda: len(server.house.devices) == before)


@pytest.mark.slow
async def test_urql_asks_over_http_and_follows_over_a_socket(
    node: Node, server: Running, ada: Person
) -> None:
    saw = await everyday("urql.mjs", node, server, ada)
    first, second = ids(saw["sent"])
    assert ids(saw["received"]) == [first, second, second]
    assert saw["codes"] == HTTP_AND_SOCKET_CODES
    assert saw["methods"] == ["GET", "POST"]


@pytest.mark.slow
async def test_apollo_client_sends_whole_queries_once_told_that_hashes_are_not_supported(
    node: Node, server: Running, ada: Person
) -> None:
    lobby = await ada.create_channel()
    [saw] = await node("apollo.mjs", server.url, lobby["id"], "persisted", TOKEN=ada.token or "")
    refused = {"query": False, "error": "PersistedQueryNotSupported"}
    whole = {"method": "POST", "query": True}
    assert saw["post"] == [{"method": "POST", **refused}, whole, whole]
    assert saw["get"] == [{"method": "GET", **refused}, whole, whole]


def over_http(person: Person) -> AsyncTransport:
    headers = {"authorization": f"Bearer {person.token}"}
    return HTTPXAsyncTransport(f"{person.url}/graphql", headers=headers)


def over_a_socket(person: Person) -> AsyncTransport:
    address = person.url.replace("http", "ws", 1) + "/graphql"
    given = {"authorization": f"Bearer {person.token}"}
    return WebsocketsTransport(address, init_payload=given)


def session(transport: AsyncTransport) -> AbstractAsyncContextManager[AsyncClientSession]:
    return Client(transport=transport, execute_timeout=30)


def request(document: str, **variables: Json) -> GraphQLRequest:
    return GraphQLRequest(document, variable_values=variables)


async def code(gql: AsyncClientSession, document: str, **variables: Json) -> str:
    """The code that an operation is refused with."""
    with pytest.raises(TransportQueryError) as refused:
        await gql.execute(request(document, **variables))
    assert refused.value.errors
    return str(refused.value.errors[0]["extensions"]["code"])


@pytest.mark.parametrize("way", [over_http, over_a_socket])
async def test_gql_asks_and_says_and_is_told_codes(way: Json, ada: Person) -> None:
    lobby = await ada.create_channel()
    async with session(way(ada)) as gql:
        given = {"channelId": lobby["id"], "body": SAID[1]}
        sent = (await gql.execute(request(SEND, input=given)))["sendMessage"]
        assert await code(gql, HISTORY, channelId=NOBODYS) == "NOT_FOUND"
        assert await code(gql, "{ mee { id } }") == "BAD_QUERY"
        assert await code(gql, HISTORY, channelId=None) == "BAD_USER_INPUT"
        answer = await gql.execute(request(HISTORY, channelId=lobby["id"], last=1))
        assert answer["messages"]["nodes"] == [sent]


async def test_gql_follows_a_channel_and_an_error_meanwhile_changes_nothing(
    server: Running, ada: Person, ben: Person
) -> None:
    lobby = await ada.create_channel()
    await ben.join(lobby)
    before = len(server.house.devices)
    async with session(over_a_socket(ada)) as gql:
        head = (await gql.execute(request("{ head }")))["head"]
        following = request(FOLLOW, channelId=lobby["id"], after=head)
        async with aclosing(gql.subscribe(following)) as messages:
            for body in SAID:
                sent = await ben.send(lobby, body)
                assert (await anext(messages))["messageAdded"] == sent
                assert await code(gql, "subscription { messageAded { id } }") == "BAD_QUERY"
                assert await code(gql, FOLLOW, channelId=NOBODYS) == "NOT_FOUND"
        await ben.send(lobby, "nobody listens")
        assert (await gql.execute(request("{ me { id } }")))["me"]["id"] == ada.id
    await until(lambda: len(server.house.devices) == before)


async def test_gql_is_refused_a_socket_with_a_bad_token(ada: Person) -> None:
    ada.token = "nonsense"
    with pytest.raises(TransportConnectionFailed) as refused:
        async with session(over_a_socket(ada)):
            pass
    closed = refused.value.__cause__
    assert isinstance(closed, ConnectionClosed)
    assert closed.rcvd
    assert closed.rcvd.code == 4403
