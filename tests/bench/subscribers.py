"""Subscribers on raw sockets that only count frames, and what it costs a server to reach them.

python -m tests.bench.subscribers < one run as JSON      prints what came of it as JSON
"""

import asyncio
import json
import sys
import time
from typing import Any
from uuid import uuid4

import psutil

from tests.bench.load import frame, handshake, payload

DOCUMENTS = {
    "messageAdded": (
        "subscription($channelId: ID!, $after: Cursor) {"
        " messageAdded(channelId: $channelId, after: $after) {"
        " id cursor body createdAt author { id username displayName } } }"
    ),
    "events": (
        "subscription($after: Cursor) { events(after: $after) { __typename cursor at channelId"
        " ... on MessageAdded { messageId message {"
        " id cursor body createdAt author { id username displayName } } } } }"
    ),
    "whole": (
        "subscription($after: Cursor) { events(after: $after) { __typename cursor at channelId"
        " ... on MessageAdded { messageId message {"
        " id cursor body createdAt editedAt pinnedAt author { id username displayName }"
        " replyTo { id body author { id displayName } } thread { id replyCount }"
        " reactions { emoji count } mentions { everybody user { id } } } }"
        " ... on MessageEdited { message { id body editedAt } }"
        " ... on ReactionsChanged { message { id reactions { emoji count } } } } }"
    ),
}
REPLY = (
    "mutation($channelId: ID!, $body: String, $to: ID) {"
    " sendMessage(input: { channelId: $channelId, body: $body, replyToId: $to }) {"
    " id cursor body createdAt author { username } } }"
)
DELIVERIES = 10_000
"""So many are measured, in as many messages as that takes."""
FIRST = 10
"""Subscribers who are there before memory is measured, so that what all share is loaded."""
AT_ONCE = 8
"""Messages under way in a burst."""
ABREAST = 50
"""Sockets that are opened at a time."""
PATIENCE = 120
MARK = b"#"
"""Stands in each body before its number, and nowhere else."""


class Crowd:
    """All the subscribers, and what they wait for together."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.members: list[Subscriber] = []
        self.times: list[float] = []
        self.began = 0.0
        self.left = 0
        self.sent = 0
        self.size = 0
        self.complete = asyncio.Event()
        self.complete.set()
        self.trouble: str | None = None

    def expect(self, deliveries: int) -> None:
        self.left += deliveries
        if self.left > 0:
            self.complete.clear()

    def arrived(self) -> None:
        self.times.append(time.perf_counter() - self.began)
        self.left -= 1
        if self.left == 0:
            self.complete.set()

    def fail(self, trouble: str) -> None:
        self.trouble = self.trouble or trouble
        self.complete.set()

    async def all_here(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await self.complete.wait()
        except TimeoutError:
            self.fail(f"{self.left} deliveries are missing")
        assert self.trouble is None, self.trouble


class Subscriber(asyncio.Protocol):
    """One socket with one subscription."""

    def __init__(self, crowd: Crowd, token: str, variables: dict[str, Any]) -> None:
        self.crowd = crowd
        self.rest = b""
        self.seen: list[bytes] = []
        self.upgraded = False
        self.acknowledged = asyncio.Event()
        self.init = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
        self.subscribe = {
            "id": str(uuid4()),
            "type": "subscribe",
            "payload": {"query": DOCUMENTS[crowd.given["what"]], "variables": variables},
        }

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(handshake())

    def data_received(self, data: bytes) -> None:
        if self.rest:
            data = self.rest + data
        at = 0 if self.upgraded else self.upgrade(data)
        size = len(data) if self.upgraded else 0
        while size - at >= 2:
            length, start = data[at + 1], at + 2
            if length == 126:
                length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                length, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if start + length > size:
                break
            self.hear(data[at], data[start : start + length])
            at = start + length
        self.rest = data[at:]

    def upgrade(self, data: bytes) -> int:
        """How long the answer to the handshake is, once all of it is there."""
        head, found, _ = data.partition(b"\r\n\r\n")
        if not found:
            return 0
        if b" 101 " not in head:
            self.crowd.fail(head.decode())
        self.upgraded = True
        self.transport.write(frame(self.init))
        return len(head) + 4

    def hear(self, opcode: int, content: bytes) -> None:
        """A frame: its type stands behind its id, within the first hundred bytes."""
        crowd = self.crowd
        if content.find(b'"next"', 0, 100) > 0 and b'"errors"' not in content:
            mark = content.find(MARK) + 1
            self.seen.append(content[mark : mark + 6])
            crowd.size = len(content)
            crowd.arrived()
        elif opcode == 0x89:
            self.transport.write(b"\x8a" + bytes([0x80 | len(content)]) + bytes(4) + content)
        elif b'"connection_ack"' in content:
            self.transport.write(frame(self.subscribe))
            self.acknowledged.set()
        else:
            crowd.fail(f"{opcode:x} {content[:500]!r}")

    def connection_lost(self, exc: Exception | None) -> None:
        self.crowd.fail(f"a socket was closed: {exc}")
        self.acknowledged.set()


class Sender:
    """A connection that sends one message at a time."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.used = 0.0

    async def open(self) -> None:
        """Connects anew, unless just used: servers close what is idle for some seconds."""
        given = self.crowd.given
        if time.perf_counter() - self.used < 1:
            return
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", given["port"])
        self.head = (
            "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Accept: application/json\r\nAuthorization: Bearer {given['tokens'][0]}\r\n"
        )

    async def send(self, number: int) -> None:
        asked = payload({"what": "send", "channel": self.crowd.given["channel"]})
        asked["variables"]["body"] = f"{MARK.decode()}{number:06d}, a message of usual length!"
        if to := self.crowd.given.get("reply_to"):
            asked["query"], asked["variables"]["to"] = REPLY, to
        body = json.dumps(asked).encode()
        self.writer.write(f"{self.head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length:")[2].split(b"\r\n", 1)[0]
        answer = await self.reader.readexactly(int(length))
        if b'"errors"' in answer or b'"data"' not in answer:
            self.crowd.fail(answer.decode())
        self.used = time.perf_counter()


async def gather(crowd: Crowd, upto: int) -> None:
    """Connects until there are so many, each caught up with what was said before."""
    given, loop = crowd.given, asyncio.get_running_loop()
    tokens, cursors = given["tokens"], given["cursors"]
    while (there := len(crowd.members)) < upto:
        new: list[Subscriber] = []
        for n in range(there, min(there + ABREAST, upto)):
            variables = {"channelId": given["channel"]} if given["what"] == "messageAdded" else {}
            if cursors:
                variables["after"] = cursors[n % len(cursors)]
                crowd.expect(len(cursors) - 1 - n % len(cursors) + crowd.sent)
            new.append(Subscriber(crowd, tokens[n % len(tokens)], variables))
        crowd.members += new
        await asyncio.gather(
            *(loop.create_connection(lambda s=s: s, "127.0.0.1", given["port"]) for s in new)
        )
        await asyncio.gather(*(s.acknowledged.wait() for s in new))
    if cursors:
        await crowd.all_here()
    await settled(given["pid"])
    for member in crowd.members:
        member.seen.clear()


async def settled(pid: int) -> None:
    """Waits until the server has nothing to do: then all subscriptions have begun."""
    server = psutil.Process(pid)
    server.cpu_percent()
    quiet = 0
    while quiet < 3:
        await asyncio.sleep(0.15)
        quiet = quiet + 1 if server.cpu_percent() < 7 else 0


async def say(crowd: Crowd, messages: int, *, waiting: bool) -> list[float]:
    """Sends messages and returns how long each delivery took.

    With `waiting`, each message once all have the one before. Everybody has to get everything
    exactly once.
    """
    numbers = range(crowd.sent, crowd.sent + messages)
    crowd.sent += messages
    crowd.times = times = []
    senders = [Sender(crowd) for _ in range(1 if waiting else AT_ONCE)]
    await asyncio.gather(*(sender.open() for sender in senders))
    if not waiting:
        crowd.expect(messages * len(crowd.members))
    crowd.began = time.perf_counter()
    upcoming = iter(numbers)

    async def work(sender: Sender) -> None:
        for number in upcoming:
            if waiting:
                await sender.open()
                crowd.expect(len(crowd.members))
                crowd.began = time.perf_counter()
            await sender.send(number)
            if waiting:
                await crowd.all_here()

    await asyncio.gather(*(work(sender) for sender in senders))
    await crowd.all_here()
    for sender in senders:
        sender.writer.close()
    # What comes twice may come late.
    await settled(crowd.given["pid"])
    wanted = [b"%06d" % number for number in numbers]
    for member in crowd.members:
        assert sorted(member.seen) == wanted, (member.seen, wanted)
        member.seen.clear()
    assert crowd.trouble is None, crowd.trouble
    return times


def spent(pid: int) -> float:
    """The processor time of a process until now, in seconds."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


async def run(given: dict[str, Any]) -> dict[str, Any]:
    """Runs it and tells what came of it."""
    crowd, count = Crowd(given), given["subscribers"]
    server = psutil.Process(given["pid"])
    await gather(crowd, FIRST)
    await say(crowd, 20, waiting=False)
    before = server.memory_info().rss
    await gather(crowd, count)
    held = server.memory_info().rss
    result = {"kb": (held - before) / 1024 / (count - FIRST), "mb": held / 1024**2}
    if given["idle"]:
        await asyncio.sleep(given["idle"])
        return {**result, "seconds": max(await say(crowd, 1, waiting=True))}
    messages = max(AT_ONCE, min(100, given["deliveries"] // count))
    await say(crowd, messages, waiting=False)
    alone, alone_cpu, _ = await costing(crowd, messages, waiting=True)
    times = sorted(alone)
    burst, burst_cpu, client_cpu = await costing(crowd, messages, waiting=False)
    took = max(burst)
    return {
        **result,
        "p50": times[len(times) // 2],
        "p99": times[int(len(times) * 0.99)],
        "rate": len(burst) / took,
        "cpu_alone": alone_cpu / len(times),
        "cpu": burst_cpu / len(burst),
        "client_cpu": client_cpu / took,
        "bytes": crowd.size,
    }


async def costing(crowd: Crowd, messages: int, **how: Any) -> tuple[list[float], float, float]:
    """Says so many, and tells the processor time of the server and of the client besides."""
    pid = crowd.given["pid"]
    server, client = spent(pid), time.process_time()
    times = await say(crowd, messages, **how)
    return times, spent(pid) - server, time.process_time() - client


if __name__ == "__main__":
    import uvloop

    print(json.dumps(uvloop.run(run(json.load(sys.stdin)))))
