"""A small terminal chat: one channel, its history, and what is said there live."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import AsyncIterator
from uuid import uuid4

from gql import Client, GraphQLRequest
from gql.transport.exceptions import TransportError, TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

MESSAGE = "id cursor body createdAt author { displayName }"
TOKENS = "accessToken refreshToken"

REGISTER = f"mutation($input: RegisterInput!) {{ it: register(input: $input) {{ {TOKENS} }} }}"
LOGIN = f"mutation($input: LoginInput!) {{ it: login(input: $input) {{ {TOKENS} }} }}"
REFRESH = f"mutation($t: String) {{ it: refreshSession(refreshToken: $t) {{ {TOKENS} }} }}"
FIND = "query($name: String) { it: publicChannels(search: $name) { nodes { id name } } }"
CREATE = "mutation($input: CreateChannelInput!) { it: createChannel(input: $input) { id } }"
JOIN = "mutation($id: ID!) { it: joinChannel(id: $id) { id } }"
HEAD_AND_HISTORY = f"""query($id: ID!) {{
  head it: messages(channelId: $id, last: 20) {{ nodes {{ {MESSAGE} }} }} }}"""
SEND = "mutation($input: SendMessageInput!) { it: sendMessage(input: $input) { id } }"
FOLLOW = f"""subscription($id: ID!, $after: Cursor) {{
  it: messageAdded(channelId: $id, after: $after) {{ {MESSAGE} }} }}"""


class Chat:
    """Somebody signed in, in one channel."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.access_token = self.refresh_token = self.channel_id = self.cursor = ""

    async def ask(self, document: str, **variables: object) -> dict:
        """The answer to a query or a mutation."""
        headers = {"authorization": f"Bearer {self.access_token}"} if self.access_token else {}
        transport = HTTPXAsyncTransport(f"{self.url}/graphql", headers=headers)
        async with Client(transport=transport) as session:
            return await session.execute(GraphQLRequest(document, variable_values=variables))

    async def do(self, document: str, **variables: object) -> dict:
        """Like `ask`, with new tokens if the old ones have run out."""
        try:
            return await self.ask(document, **variables)
        except TransportQueryError as error:
            if code_of(error) != "UNAUTHENTICATED" or not self.refresh_token:
                raise
            await self.renew()
            return await self.ask(document, **variables)

    async def sign_in(self, username: str, password: str) -> None:
        """Makes the account, or signs in where there is one."""
        given = {"username": username, "password": password}
        try:
            self.take((await self.ask(REGISTER, input=given))["it"])
        except TransportQueryError as error:
            if code_of(error) not in ("CONFLICT", "FORBIDDEN"):
                raise
            self.take((await self.ask(LOGIN, input=given))["it"])

    async def renew(self) -> None:
        """Trades the refresh token for new ones."""
        self.access_token = ""
        self.take((await self.ask(REFRESH, t=self.refresh_token))["it"])

    def take(self, tokens: dict) -> None:
        """Keeps the tokens."""
        self.access_token, self.refresh_token = tokens["accessToken"], tokens["refreshToken"]

    async def enter(self, name: str) -> list[dict]:
        """Joins the channel of this name, made if there is none; returns its latest messages."""
        found = (await self.do(FIND, name=name))["it"]["nodes"]
        known = [channel["id"] for channel in found if channel["name"] == name]
        if known:
            self.channel_id = (await self.do(JOIN, id=known[0]))["it"]["id"]
        else:
            given = {"kind": "PUBLIC", "name": name}
            self.channel_id = (await self.do(CREATE, input=given))["it"]["id"]
        answer = await self.do(HEAD_AND_HISTORY, id=self.channel_id)
        # What is said from here on comes live: nothing is missed in between.
        self.cursor = answer["head"]
        return answer["it"]["nodes"]

    async def say(self, body: str) -> None:
        """Sends a message. It has an id of its own, so that sending it again is safe."""
        given = {"channelId": self.channel_id, "body": body, "id": str(uuid4())}
        for wait in (0.5, 1, 2, 4, None):
            try:
                await self.do(SEND, input=given)
            except (TransportQueryError, OSError, TransportError) as error:
                if wait is None or isinstance(error, TransportQueryError):
                    raise
                await asyncio.sleep(wait)
            else:
                return

    async def live(self) -> AsyncIterator[dict]:
        """Each new message, once, through lost connections and expired tokens."""
        seen: set[str] = set()
        while True:
            try:
                transport = WebsocketsTransport(
                    f"{self.url.replace('http', 'ws', 1)}/graphql",
                    init_payload={"authorization": f"Bearer {self.access_token}"},
                    subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
                )
                async with Client(transport=transport) as session:
                    request = GraphQLRequest(
                        FOLLOW, variable_values={"id": self.channel_id, "after": self.cursor}
                    )
                    async for event in session.subscribe(request):
                        message = event["it"]
                        self.cursor = message["cursor"]
                        if message["id"] not in seen:
                            seen.add(message["id"])
                            yield message
            except TransportQueryError:
                raise
            except (OSError, TransportError):
                await asyncio.sleep(1)
                try:
                    await self.renew()
                except (OSError, TransportError):
                    continue


def code_of(error: TransportQueryError) -> str:
    """The code of the first error."""
    return str((error.errors or [{}])[0].get("extensions", {}).get("code", ""))


def show(message: dict) -> None:
    """Prints a message."""
    author = (message["author"] or {"displayName": "(somebody)"})["displayName"]
    print(f"{message['createdAt'][11:16]} {author}: {message['body']}", flush=True)


async def listen(chat: Chat, shown: set[str]) -> None:
    """Prints what is said, until cancelled."""
    async for message in chat.live():
        if message["id"] not in shown:
            show(message)


async def main() -> None:
    """Signs in, shows the history, and talks until the end of the input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("username")
    parser.add_argument("--channel", default="lobby")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--password", help="asked for if not given")
    given = parser.parse_args()
    chat = Chat(given.url.rstrip("/"))
    await chat.sign_in(given.username, given.password or getpass.getpass())
    history = await chat.enter(given.channel)
    for message in history:
        show(message)
    print(f"-- in {given.channel}; each line you type is sent, Ctrl-D leaves --", flush=True)
    listening = asyncio.create_task(listen(chat, {message["id"] for message in history}))
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line.strip():
            await chat.say(line.rstrip("\n"))
    listening.cancel()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
    except TransportQueryError as error:
        sys.exit(f"refused: {(error.errors or [{}])[0].get('message', error)}")
    except (OSError, TransportError) as error:
        sys.exit(f"cannot reach the server: {error}")
