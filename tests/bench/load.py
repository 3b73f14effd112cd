"""The load: prebuilt requests over raw connections, so that the client is not what is measured.

python -m tests.bench.load < one scenario as JSON      prints what came of it as JSON
"""

import asyncio
import base64
import json
import os
import sys
import time
from dataclasses import dataclass, field
from typing import Any

SEND = (
    "mutation($channelId: ID!, $body: String) {"
    " sendMessage(input: { channelId: $channelId, body: $body }) {"
    " id cursor body createdAt author { username } } }"
)
HISTORY = (
    "query($channelId: ID!) { messages(channelId: $channelId, last: 50) {"
    " nodes { id cursor body createdAt author { id username displayName } } } }"
)
CHANNELS = (
    "query { channels(first: 50) { nodes { id name kind memberCount"
    " membership { role unreadCount }"
    " lastMessage { id body createdAt author { id username displayName } } } } }"
)
SMALL = "{ me { id username displayName } }"
DOCUMENTS = {"send": SEND, "history": HISTORY, "channels": CHANNELS, "small": SMALL}


@dataclass
class Count:
    """What was done in the time that counts."""

    begin: float
    end: float
    times: list[float] = field(default_factory=list)
    errors: int = 0
    size: int = 0

    def done(self, began: float, answer: bytes) -> bool:
        """Counts an answer; False when time is up."""
        now = time.perf_counter()
        if b'"errors"' in answer or b'"data"' not in answer:
            self.errors += 1
        # Not by when it was asked: that would leave out what takes long, such as in a queue of 64.
        if self.begin <= now <= self.end:
            self.times.append(now - began)
            self.size += len(answer)
        return now < self.end


def payload(scenario: dict[str, Any]) -> dict[str, Any]:
    variables = {"channelId": scenario["channel"], "body": "¡hola, a message of usual length!"}
    taken = {"send": ["channelId", "body"], "history": ["channelId"]}.get(scenario["what"], [])
    given = {name: variables[name] for name in taken}
    return {"query": DOCUMENTS[scenario["what"]], "variables": given}


class Http(asyncio.Protocol):
    """One keep-alive connection that asks again as soon as it is answered."""

    def __init__(self, scenario: dict[str, Any], token: str, count: Count) -> None:
        body = json.dumps(payload(scenario)).encode()
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Accept: application/json\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self.request = head.encode() + body
        self.count = count
        self.buffer = b""
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.began = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        lowered = head.lower()
        if b"transfer-encoding: chunked" in lowered:
            complete = body.endswith(b"0\r\n\r\n")
        else:
            length = lowered.partition(b"content-length:")[2].split(b"\r\n", 1)[0]
            complete = len(body) >= int(length)
        if not complete:
            return
        self.buffer = b""
        if self.count.done(self.began, body):
            self.ask()
        else:
            self.transport.close()
            self.finished.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(exc or ConnectionError("closed by the server"))


def frame(message: dict[str, Any]) -> bytes:
    """A masked text frame (RFC 6455); the key is zero, which masks nothing and costs nothing."""
    data = json.dumps(message).encode()
    length = (
        bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
    )
    return b"\x81" + length + bytes(4) + data


def handshake() -> bytes:
    """What opens a socket."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    ).encode()


class Socket(asyncio.Protocol):
    """One graphql-transport-ws socket that asks again as soon as an operation is complete."""

    def __init__(self, scenario: dict[str, Any], token: str, count: Count) -> None:
        self.init = frame(
            {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
        )
        self.operation = frame({"id": "1", "type": "subscribe", "payload": payload(scenario)})
        self.count = count
        self.buffer = b""
        self.upgraded = False
        self.answer = b""
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(handshake())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.upgraded:
            head, found, self.buffer = self.buffer.partition(b"\r\n\r\n")
            if not found:
                self.buffer = head
                return
            assert b" 101 " in head, head
            self.upgraded = True
            self.transport.write(self.init)
        while (message := self.message()) is not None:
            self.handle(message)

    def message(self) -> bytes | None:
        if len(self.buffer) < 2:
            return None
        length, start = self.buffer[1] & 127, 2
        if length == 126:
            length, start = int.from_bytes(self.buffer[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(self.buffer[2:10], "big"), 10
        if len(self.buffer) < start + length:
            return None
        found = self.buffer[start : start + length]
        self.buffer = self.buffer[start + length :]
        return found

    def handle(self, message: bytes) -> None:
        if b'"type":"next"' in message:
            self.answer = message
        elif b'"type":"complete"' in message:
            if not self.count.done(self.began, self.answer):
                self.transport.close()
                self.finished.set_result(None)
                return
            self.ask()
        elif b"connection_ack" in message:
            self.ask()

    def ask(self) -> None:
        self.began = time.perf_counter()
        self.transport.write(self.operation)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(exc or ConnectionError("closed by the server"))


async def run(scenario: dict[str, Any]) -> dict[str, Any]:
    """Runs the scenario and tells what came of it."""
    loop = asyncio.get_running_loop()
    begin = time.perf_counter() + scenario["settle"]
    count = Count(begin, begin + scenario["seconds"])
    kind = Socket if scenario["over"] == "ws" else Http
    tokens = scenario["tokens"]
    makers = [
        (lambda n=n: kind(scenario, tokens[n % len(tokens)], count))
        for n in range(scenario["connections"])
    ]
    connected = [
        await loop.create_connection(make, "127.0.0.1", scenario["port"]) for make in makers
    ]
    before = time.process_time()
    await asyncio.gather(*(protocol.finished for _, protocol in connected))
    whole = scenario["settle"] + scenario["seconds"]
    times = sorted(count.times) or [float("nan")]
    return {
        "rate": len(count.times) / scenario["seconds"],
        "p50": times[len(times) // 2],
        "p99": times[int(len(times) * 0.99)],
        "errors": count.errors,
        "client_cpu": (time.process_time() - before) / whole,
        "bytes": count.size / max(1, len(count.times)),
    }


if __name__ == "__main__":
    import uvloop

    print(json.dumps(uvloop.run(run(json.load(sys.stdin)))))
