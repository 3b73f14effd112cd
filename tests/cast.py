"""The people in the tests: each has an account and talks to a real server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import websockets

from tests.patience import PATIENCE
from tests.stage import PASSWORD

Json = Any
USER = "id username displayName role banned"
CHANNEL = "id kind name topic memberCount membership { role unreadCount lastRead }"
MESSAGE = "id cursor body createdAt author { username }"


class Refused(AssertionError):
    """An operation failed that the test expected to succeed."""


class Client:
    """Somebody at a keyboard, signed in or not."""

    def __init__(self, url: str, http: httpx.AsyncClient, token: str | None = None) -> None:
        self.url = url
        self.http = http
        self.token = token

    async def ask(self, document: str, **variables: Json) -> Json:
        """The whole answer to an operation."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        body = {"query": document, "variables": variables}
        response = await self.http.post(f"{self.url}/graphql", json=body, headers=headers)
        return response.json()

    async def ask_with_file(
        self, document: str, content: bytes = b"hola", name: str = "a.txt", **variables: Json
    ) -> Json:
        """The whole answer to an operation with a file, which is its variable `file`."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        operations = {"query": document, "variables": {**variables, "file": None}}
        fields = {"operations": json.dumps(operations), "map": '{"0": ["variables.file"]}'}
        response = await self.http.post(
            f"{self.url}/graphql", data=fields, files={"0": (name, content)}, headers=headers
        )
        return response.json()

    async def do(self, document: str, **variables: Json) -> Json:
        """What the first root field of an operation gave. Raises Refused if it failed."""
        answer = await self.ask(document, **variables)
        if answer.get("errors"):
            raise Refused(answer["errors"])
        return next(iter(answer["data"].values()))

    async def refused(self, document: str, **variables: Json) -> Json:
        """The `extensions` of the error that the operation was refused with."""
        answer = await self.ask(document, **variables)
        assert answer.get("errors"), f"expected a refusal, got {answer}"
        return answer["errors"][0]["extensions"]

    async def code(self, document: str, **variables: Json) -> str:
        """The code of the error that the operation was refused with."""
        return str((await self.refused(document, **variables))["code"])


class Person(Client):
    """Somebody with an account."""

    def __init__(self, url: str, http: httpx.AsyncClient, payload: Json) -> None:
        super().__init__(url, http, payload["accessToken"])
        self.refresh_token: str = payload["refreshToken"]
        self.id: str = payload["user"]["id"]
        self.username: str = payload["user"]["username"]

    async def create_channel(self, kind: str = "PUBLIC", **given: Json) -> Json:
        """A channel that the person owns."""
        if kind in ("PUBLIC", "PRIVATE"):
            given.setdefault("name", "lobby")
        return await self.do(
            "mutation($input: CreateChannelInput!) { createChannel(input: $input) {"
            f" {CHANNEL} }} }}",
            input={"kind": kind, **given},
        )

    async def join(self, channel: Json) -> Json:
        """Joins a PUBLIC channel."""
        return await self.do(
            f"mutation($id: ID!) {{ joinChannel(id: $id) {{ {CHANNEL} }} }}", id=channel["id"]
        )

    async def send(self, channel: Json, body: str, **given: Json) -> Json:
        """Says something."""
        return await self.do(SEND, input={"channelId": channel["id"], "body": body, **given})

    async def upload(
        self, channel: Json, content: bytes = b"hola", name: str = "a.txt", **given: Json
    ) -> Json:
        """A file in a channel, or a new version of one. Raises Refused."""
        variables = {"channelId": channel["id"], **given}
        answer = await self.ask_with_file(UPLOAD, content, name, **variables)
        if answer.get("errors"):
            raise Refused(answer["errors"])
        return answer["data"]["uploadFile"]

    async def history(self, channel: Json, **window: Json) -> Json:
        """A page of messages."""
        return await self.do(HISTORY, channelId=channel["id"], **window)

    @asynccontextmanager
    async def socket(self, **params: Json) -> AsyncIterator["Socket"]:
        """A socket that is signed in."""
        given = params or {"authorization": f"Bearer {self.token}"}
        async with open_socket(self.url) as socket:
            await socket.send({"type": "connection_init", "payload": given})
            assert (await socket.receive())["type"] == "connection_ack"
            yield socket


SEND = f"mutation($input: SendMessageInput!) {{ sendMessage(input: $input) {{ {MESSAGE} }} }}"
HISTORY = f"""query($channelId: ID!, $first: Int, $after: Cursor, $last: Int, $before: Cursor) {{
  messages(channelId: $channelId, first: $first, after: $after, last: $last, before: $before) {{
    nodes {{ {MESSAGE} }} edges {{ cursor }}
    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"""
FILE = """id name contentType size sha256 status url thumbnailUrl width height heads createdAt
  versions { id parents name sha256 size status url author { username } }
  uploader { username } channel { id }"""
UPLOAD = f"""mutation($channelId: ID!, $file: Upload!, $id: ID, $replacesId: ID, $parentIds: [ID!])
  {{ uploadFile(input: {{ channelId: $channelId, file: $file, id: $id, replacesId: $replacesId,
  parentIds: $parentIds }}) {{ {FILE} }} }}"""
FOLLOW = f"""subscription($channelId: ID!, $after: Cursor) {{
  messageAdded(channelId: $channelId, after: $after) {{ {MESSAGE} }} }}"""


class Socket:
    """A connection that speaks graphql-transport-ws."""

    def __init__(self, connection: websockets.ClientConnection) -> None:
        self.connection = connection

    async def send(self, message: Json) -> None:
        """Sends one message."""
        await self.connection.send(json.dumps(message))

    async def receive(self) -> Json:
        """The next message. Raises websockets.ConnectionClosed at the end."""
        return json.loads(await self.connection.recv())

    async def subscribe(self, document: str, name: str = "1", **variables: Json) -> None:
        """Begins an operation."""
        payload = {"query": document, "variables": variables}
        await self.send({"id": name, "type": "subscribe", "payload": payload})

    async def follow(self, channel: Json, after: str | None = None) -> None:
        """Begins to follow a channel's messages, and returns once it has begun."""
        await self.subscribe(FOLLOW, channelId=channel["id"], after=after)
        # Messages of a socket are handled in order, but operations begin beside each other:
        # only when the server has something to ring is the subscription known to be there.
        await self.send({"type": "ping"})
        assert (await self.receive())["type"] == "pong"

    async def closing(self, *, at_once: bool = False) -> tuple[int, str]:
        """How the other side closes the socket, 1006: cuts it; `at_once`: without a word."""
        async with asyncio.timeout(PATIENCE):
            with suppress(websockets.ConnectionClosed):
                while True:
                    message = await self.receive()
                    assert not at_once, message
        return self.connection.close_code or 0, self.connection.close_reason or ""

    async def next(self) -> Json:
        """The data of the next event."""
        message = await self.receive()
        assert message["type"] == "next", message
        assert not message["payload"].get("errors"), message
        return next(iter(message["payload"]["data"].values()))


@asynccontextmanager
async def open_socket(url: str, **given: Json) -> AsyncIterator[Socket]:
    """A socket on which nothing has been said yet; `given` goes to websockets.connect."""
    address = url.replace("http", "ws", 1) + "/graphql"
    how = {"subprotocols": ["graphql-transport-ws"], **given}
    async with websockets.connect(address, **how) as connection:
        yield Socket(connection)


async def sign_up(url: str, http: httpx.AsyncClient, username: str, **given: Json) -> Person:
    """Somebody new."""
    payload = await Client(url, http).do(
        "mutation($input: RegisterInput!) { register(input: $input) {"
        f" accessToken refreshToken user {{ {USER} }} }} }}",
        input={"username": username, "password": PASSWORD, **given},
    )
    return Person(url, http, payload)


async def sign_in(
    url: str, http: httpx.AsyncClient, username: str, password: str = PASSWORD
) -> Person:
    """Somebody who has an account."""
    payload = await Client(url, http).do(
        "mutation($input: LoginInput!) { login(input: $input) {"
        f" accessToken refreshToken user {{ {USER} }} }} }}",
        input={"username": username, "password": password},
    )
    return Person(url, http, payload)
