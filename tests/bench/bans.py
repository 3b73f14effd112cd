"""From a ban to silence: how long somebody who is banned goes on hearing.

python -m tests.bench.bans [--users 100] [--sockets 10] [--bans 90]

All are in one channel in which somebody talks all the time. The time is from when the ban is
sent off to when each socket is closed, and nothing that was sent after the ban may be heard.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from tests.bench import servers
from tests.bench.frames import Frames
from tests.bench.servers import CLIENT_CORE, ask
from tests.patience import PATIENCE
from tests.stage import PASSWORD

FOLLOW = "subscription($c: ID!) { messageAdded(channelId: $c) { body author { username } } }"
SEND = "mutation($c: ID!, $b: String) { sendMessage(input: { channelId: $c, body: $b }) { id } }"
BAN = 'mutation($id: ID!) { banUser(input: { userId: $id, reason: "enough" }) { id } }'
LOGIN = """mutation($p: String!) {
  login(input: { username: "admin", password: $p }) { accessToken } }"""
MAKE = """mutation($people: [ID!]) {
  createChannel(input: { kind: PUBLIC, name: "lobby", memberIds: $people }) { id } }"""
MARK = b"#"
PAUSE = 0.05
"""In seconds, between what is said: a thousand sockets hear twenty messages a second."""


class Listener(Frames):
    """One socket that follows, and notes what it hears last and when it is closed."""

    def __init__(self, token: str, channel: str) -> None:
        super().__init__(token)
        self.heard = -1
        self.closed_at = 0.0
        self.following, self.closed = asyncio.Event(), asyncio.Event()
        payload = {"query": FOLLOW, "variables": {"c": channel}}
        self._subscribe = {"id": "1", "type": "subscribe", "payload": payload}

    def hear(self, opcode: int, content: bytes) -> None:
        if opcode == 0x88:
            assert content[:2] == (4403).to_bytes(2, "big"), content
            assert content[2:] == b"Banned: enough", content
            self.closed_at = time.perf_counter()
            self.closed.set()
        elif b'"connection_ack"' in content:
            self.say(self._subscribe)
        elif b'"next"' in content[:60]:
            mark = content.find(MARK) + 1
            self.heard = int(content[mark : mark + 6])
            self.following.set()


class Talker:
    """A connection that asks one thing after the other."""

    async def open(self, port: int, token: str) -> "Talker":
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        self._head = (
            "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Accept: application/json\r\nAuthorization: Bearer {token}\r\n"
        )
        return self

    async def ask(self, query: str, **variables: Any) -> None:
        body = json.dumps({"query": query, "variables": variables}).encode()
        self._writer.write(f"{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length:")[2].split(b"\r\n", 1)[0]
        answer = await self._reader.readexactly(int(length))
        assert b'"errors"' not in answer, answer


class Crowd:
    """All who listen, somebody who talks, and the admin."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.listeners: dict[str, list[Listener]] = {user_id: [] for user_id in given["ids"]}
        self.said = 0
        self.times: dict[str, list[float]] = {"answered": [], "silent": [], "said": []}

    async def gather(self) -> None:
        """Opens the sockets."""
        given, loop = self.given, asyncio.get_running_loop()
        for _ in range(given["sockets"]):
            for user_id, token in zip(given["ids"], given["tokens"], strict=True):
                made = Listener(token, given["channel"])
                self.listeners[user_id].append(made)
                await loop.create_connection(lambda one=made: one, "127.0.0.1", given["port"])

    async def talk(self) -> None:
        """Says one thing after the other."""
        talker = await Talker().open(self.given["port"], self.given["tokens"][0])
        while True:
            began, self.said = time.perf_counter(), self.said + 1
            body = f"{MARK.decode()}{self.said:06d}, and so on"
            await talker.ask(SEND, c=self.given["channel"], b=body)
            self.times["said"].append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE)

    async def all_follow(self) -> None:
        """Waits until everybody has heard something."""
        async with asyncio.timeout(PATIENCE):
            for own in self.listeners.values():
                for listener in own:
                    await listener.following.wait()
        self.times["said"].clear()

    async def ban(self, admin: Talker, user_id: str) -> None:
        """Bans somebody, and sees that they hear nothing of what is said from then on."""
        began = time.perf_counter()
        await admin.ask(BAN, id=user_id)
        self.times["answered"].append(time.perf_counter() - began)
        upto = self.said + 1  # what is sent from now on stands behind the ban
        for listener in self.listeners[user_id]:
            async with asyncio.timeout(PATIENCE):
                await listener.closed.wait()
            self.times["silent"].append(listener.closed_at - began)
            assert listener.heard < upto, (listener.heard, upto)


async def run(given: dict[str, Any], bans: int) -> dict[str, list[float]]:
    """Bans so many, one after the other; returns times in seconds."""
    crowd = Crowd(given)
    await crowd.gather()
    admin = await Talker().open(given["port"], given["admin"])
    talking = asyncio.create_task(crowd.talk())
    await crowd.all_follow()
    for user_id in given["ids"][1 : bans + 1]:
        await crowd.ban(admin, user_id)
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)
    return crowd.times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--sockets", type=int, default=10, help="of each user")
    parser.add_argument("--bans", type=int, default=90)
    wanted = parser.parse_args()
    os.sched_setaffinity(0, {CLIENT_CORE} if (os.cpu_count() or 1) > 1 else {0})
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.serving(folder, TERTULIA_ADMIN_PASSWORD=PASSWORD) as (port, _),
    ):
        ids, tokens = servers.register(folder, port, wanted.users)
        channel = ask(port, MAKE, tokens[0], people=ids[1:])["id"]
        admin = ask(port, LOGIN, p=PASSWORD)["accessToken"]
        given = {
            "port": port,
            "channel": channel,
            "admin": admin,
            "ids": ids,
            "tokens": tokens,
            "sockets": wanted.sockets,
        }
        times = uvloop.run(run(given, min(wanted.bans, wanted.users - 1)))
    table = Table(title=f"{wanted.users * wanted.sockets} sockets, in ms", title_justify="left")
    for name in ("", "p50", "p99", "most"):
        table.add_column(name, justify="right" if name else "left")
    for name, told in (
        ("a message, sent and answered", "said"),
        ("a ban, sent and answered", "answered"),
        ("a ban, until a socket is closed", "silent"),
    ):
        found = sorted(times[told])
        shown = (found[len(found) // 2], found[int(len(found) * 0.99)], found[-1])
        table.add_row(name, *(f"{1000 * value:.1f}" for value in shown))
    Console().print(table)


if __name__ == "__main__":
    main()
