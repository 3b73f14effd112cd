"""Signals: from the moment one peer sends until the other has it, at a steady rate.

python -m tests.bench.signals [--pairs 100] [--rate 1000] [--seconds 10]

Each pair are two people who share a channel, each with one socket on which they listen and send:
one in ten a description of a session, which is looked through, the others candidates. The server
has one core. The client sends on time, whether or not answers have come (an open loop).
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from adapters.ids import new_id
from tests.bench import servers
from tests.bench.frames import Frames
from tests.bench.servers import CLIENT_CORE, ask
from tests.patience import PATIENCE
from tests.peers import CANDIDATE

LISTEN = "subscription($p: ID!) { signals(peer: $p) { id fromPeer kind payload } }"
SEND = "mutation($i: SendSignalInput!) { sendSignal(input: $i) { id } }"
MAKE = "mutation($u: ID!) { openDirectChannel(userId: $u) { id } }"
OFFER = json.loads((Path(__file__).parent / "offer.json").read_text())
"""Chromium's, of audio, video and data."""
EVERY = 10


class Peer(Frames):
    """A socket that listens for signals, and sends some."""

    def __init__(self, user_id: str, token: str, sent: dict[str, float]) -> None:
        super().__init__(token)
        self.user_id, self.id, self.sent = user_id, new_id(), sent
        self.times: dict[str, list[float]] = {"answered": [], "heard": []}
        self.ready = asyncio.Event()

    def hear(self, opcode: int, content: bytes) -> None:
        now = time.perf_counter()
        message = json.loads(content)
        if message["type"] == "connection_ack":
            payload = {"query": LISTEN, "variables": {"p": self.id}}
            self._subscribe("listen", payload)
            self._subscribe("probe", {"query": "subscription { nothing }"})
        elif message["id"] == "probe":
            self.ready.set()
        elif message["type"] == "next":
            assert "errors" not in message["payload"], message
            about = "heard" if message["id"] == "listen" else "answered"
            told = message["payload"]["data"]["signals" if about == "heard" else "sendSignal"]
            self.times[about].append(now - self.sent[told["id"]])

    def send(self, to: "Peer", payload: Any) -> None:
        made = new_id()
        kind = "OFFER" if payload is OFFER else "CANDIDATE"
        given = {
            "fromPeer": self.id,
            "toUser": to.user_id,
            "toPeer": to.id,
            "kind": kind,
            "payload": payload,
            "id": made,
        }
        self.sent[made] = time.perf_counter()
        self._subscribe(made, {"query": SEND, "variables": {"i": given}})

    def _subscribe(self, name: str, payload: Any) -> None:
        self.say({"id": name, "type": "subscribe", "payload": payload})


async def run(port: int, people: list[tuple[str, str]], rate: int, seconds: float) -> list[Peer]:
    """Has them all talk, and waits until everything has come."""
    sent: dict[str, float] = {}
    peers = [Peer(user_id, token, sent) for user_id, token in people]
    for peer in peers:
        await asyncio.get_running_loop().create_connection(lambda one=peer: one, "127.0.0.1", port)
    for peer in peers:
        await asyncio.wait_for(peer.ready.wait(), PATIENCE)
    await talk(peers, rate, 2)  # to warm up
    sent.clear()
    for peer in peers:
        peer.times = {"answered": [], "heard": []}
    await talk(peers, rate, seconds)
    return peers


async def talk(peers: list[Peer], rate: int, seconds: float) -> None:
    """Sends on time, and waits until everything has come."""
    began, whole, done = time.perf_counter(), int(rate * seconds), 0
    while done < whole:
        due = min(whole, int((time.perf_counter() - began) * rate))
        for one in range(done, due):
            place = one % len(peers)
            peers[place].send(peers[place ^ 1], CANDIDATE if one % EVERY else OFFER)
        done = due
        await asyncio.sleep(0.001)
    async with asyncio.timeout(PATIENCE):
        while sum(len(peer.times["heard"]) for peer in peers) < whole:  # noqa: ASYNC110 - of all
            await asyncio.sleep(0.01)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--rate", type=int, default=1_000, help="signals a second")
    parser.add_argument("--seconds", type=float, default=10)
    wanted = parser.parse_args()
    os.sched_setaffinity(0, {CLIENT_CORE} if (os.cpu_count() or 1) > 1 else {0})
    with tempfile.TemporaryDirectory() as folder, servers.serving(folder) as (port, _):
        ids, tokens = servers.register(folder, port, 2 * wanted.pairs)
        people = list(zip(ids, tokens, strict=True))
        for (_, token), (other, _) in zip(people[::2], people[1::2], strict=True):
            ask(port, MAKE, token, u=other)
        peers = uvloop.run(run(port, people, wanted.rate, wanted.seconds))
    title = f"{wanted.rate:,} signals a second among {2 * wanted.pairs} peers, in ms"
    table = Table(title=title, title_justify="left")
    for name in ("", "p50", "p99", "most"):
        table.add_column(name, justify="right" if name else "left")
    for name, about in (("until it is heard", "heard"), ("until it is answered", "answered")):
        found = sorted(taken for peer in peers for taken in peer.times[about])
        shown = (found[len(found) // 2], found[int(len(found) * 0.99)], found[-1])
        table.add_row(name, *(f"{1000 * value:.1f}" for value in shown))
    Console().print(table)


if __name__ == "__main__":
    main()
