"""What this needs of Tertulia's API: operations, one live subscription, and uploads by tus."""

import asyncio
import base64
import contextlib
import json
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import websockets

TOKENS = "accessToken refreshToken user { id username }"
REGISTER = f"mutation($input: RegisterInput!) {{ register(input: $input) {{ {TOKENS} }} }}"
LOGIN = f"mutation($input: LoginInput!) {{ login(input: $input) {{ {TOKENS} }} }}"
REFRESH = f"mutation($t: String) {{ refreshSession(refreshToken: $t) {{ {TOKENS} }} }}"
FIND = "query($name: String) { user(address: $name) { id } }"
OPEN = "mutation($user: ID!) { openDirectChannel(userId: $user) { id } }"
ICE = "{ iceServers { urls username credential } }"
SIGNAL = "mutation($input: SendSignalInput!) { sendSignal(input: $input) { id } }"
SIGNALS = """subscription($peer: ID!, $after: ID) { signals(peer: $peer, after: $after) {
  id kind fromUser { id } fromPeer callId payload } }"""
SAY = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { id } }"
LOST = (OSError, httpx.TransportError, websockets.WebSocketException, TimeoutError)
"""What goes wrong while the server is out of reach."""
_PIECE = 1024 * 1024
_FORBIDDEN = 4403
"""The code with which a WebSocket is closed whose token is good no more."""
_SPOKEN = websockets.Subprotocol("graphql-transport-ws")


class Refused(Exception):
    """The server has refused an operation, with this code."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.code: str = error.get("extensions", {}).get("code", "")


class Api:
    """Somebody who is signed in."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.user_id = self._access = self._refresh = ""
        self._http = httpx.AsyncClient(timeout=30)
        self._renewing = asyncio.Lock()

    async def close(self) -> None:
        """Lets the connections go."""
        await self._http.aclose()

    async def sign_in(self, username: str, password: str) -> None:
        """Signs in, and makes the account where there is none and that is allowed."""
        given = {"username": username, "password": password}
        try:
            self._take(await self.do(LOGIN, input=given))
        except Refused as error:
            if error.code != "UNAUTHENTICATED":
                raise
            self._take(await self.do(REGISTER, input=given))

    def _take(self, tokens: dict[str, Any]) -> None:
        self._access, self._refresh = tokens["accessToken"], tokens["refreshToken"]
        self.user_id = tokens["user"]["id"]

    async def do(self, document: str, **variables: Any) -> Any:
        """What the one root field of an operation gives. Raises Refused, or one of LOST."""
        try:
            return await self._ask(document, variables)
        except Refused as error:
            if error.code != "UNAUTHENTICATED" or not self._refresh:
                raise
            await self._renew()
        return await self._ask(document, variables)

    async def _ask(self, document: str, variables: dict[str, Any], *, signed: bool = True) -> Any:
        body = {"query": document, "variables": variables}
        headers = self._signed() if signed else {}
        answer = await self._http.post(f"{self.url}/graphql", json=body, headers=headers)
        try:
            told = answer.json()
        except ValueError as error:  # of something in between, such as a proxy
            raise httpx.RemoteProtocolError(f"HTTP {answer.status_code}") from error
        if told.get("errors"):
            raise Refused(told["errors"][0])
        return next(iter(told["data"].values()))

    async def _renew(self) -> None:
        """Gets new tokens; the one to get them with is good for once, and stays until it was."""
        refused = self._access
        async with self._renewing:
            if self._access != refused:
                return  # somebody else has, meanwhile
            self._take(await self._ask(REFRESH, {"t": self._refresh}, signed=False))

    def _signed(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._access}"} if self._access else {}

    async def find(self, name: str) -> str:
        """The id of the user of this name. Raises Refused where there is none."""
        return str((await self.do(FIND, name=name))["id"])

    async def signals(self, peer: str) -> AsyncGenerator[dict[str, Any], None]:
        """What is said to a peer, each signal once, through whatever lost connections.

        Raises Refused where one is signed out, or may not listen.
        """
        handled: str | None = None
        signed_out = False
        while True:
            try:
                if signed_out:
                    await self._renew()
                    signed_out = False
                async for signal in self._listen(peer, handled):
                    handled = signal["id"]
                    yield signal
            except Refused as error:
                if signed_out or error.code != "UNAUTHENTICATED":
                    raise
                signed_out = True
            except websockets.ConnectionClosed as closed:
                signed_out = closed.rcvd is not None and closed.rcvd.code == _FORBIDDEN
            except LOST:
                pass
            await asyncio.sleep(1)

    async def _listen(self, peer: str, after: str | None) -> AsyncIterator[dict[str, Any]]:
        address = self.url.replace("http", "ws", 1) + "/graphql"
        async with websockets.connect(address, subprotocols=[_SPOKEN]) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": self._signed()}))
            begin = {"query": SIGNALS, "variables": {"peer": peer, "after": after}}
            async for text in socket:
                told = json.loads(text)
                if told["type"] == "connection_ack":
                    say = {"id": "1", "type": "subscribe", "payload": begin}
                    await socket.send(json.dumps(say))
                elif told["type"] == "ping":
                    await socket.send('{"type": "pong"}')
                elif told["type"] == "error":
                    raise Refused(told["payload"][0])
                elif told["type"] == "next":
                    yield told["payload"]["data"]["signals"]

    async def upload(
        self, path: Path, channel_id: str, file_id: str, progressed: Any = None
    ) -> None:
        """Sends a file up to the server by tus, with this id, and says it in the channel."""
        about = {"channelId": channel_id, "filename": path.name, "id": file_id}
        metadata = ",".join(
            f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in about.items()
        )
        size = path.stat().st_size
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(size)}
        place = await self._tus("POST", "/files/tus", {**headers, "Upload-Metadata": metadata})
        location, sent = place.headers["location"], 0
        with path.open("rb") as file:
            while sent < size or not size:
                file.seek(sent)
                headers = {
                    "Tus-Resumable": "1.0.0",
                    "Upload-Offset": str(sent),
                    "Content-Type": "application/offset+octet-stream",
                }
                answer = await self._tus("PATCH", location, headers, file.read(_PIECE))
                sent = int(answer.headers["upload-offset"])
                if progressed:
                    progressed(sent, size)
                if not size:
                    break
        said = str(uuid.uuid5(uuid.UUID(file_id), "message"))
        await self.do(SAY, input={"channelId": channel_id, "fileIds": [file_id], "id": said})

    async def _tus(
        self, method: str, place: str, headers: dict[str, str], content: bytes = b""
    ) -> httpx.Response:
        url = place if place.startswith("http") else f"{self.url}{place}"
        given = {**headers, **self._signed()}
        answer = await self._http.request(method, url, headers=given, content=content)
        if answer.status_code >= 400:
            told: dict[str, Any] = {"message": answer.text}
            with contextlib.suppress(ValueError, KeyError, IndexError):
                told = answer.json()["errors"][0]
            raise Refused(told)
        return answer
