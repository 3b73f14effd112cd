"""The servers that are compared, each started fresh on a core of its own."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.tokens import Tokens
from tests.patience import PATIENCE
from tests.stage import PASSWORD, free_port, wait_for_port

HERE = Path(__file__).parent
PEOPLE = 16
STORED = 2_000
ROOMS = 49
"""Channels besides the one that is written to; everybody is in all of them."""
SAID = 10
"""Messages in each of them."""
SERVER_CORE = 0
CLIENT_CORE = 1
DAY = 24 * 60 * 60
REGISTER = """mutation($name: String!, $password: String!) {
  register(input: { username: $name, password: $password }) { accessToken user { id } } }"""
MAKE_ROOM = """mutation($name: String, $people: [ID!]) {
  createChannel(input: { kind: PRIVATE, name: $name, memberIds: $people }) { id } }"""
SAY = """mutation($c: ID!, $b: String) { sendMessage(input: { channelId: $c, body: $b }) { id } }"""


@dataclass
class Contestant:
    """A server that runs, with people and a channel in it."""

    name: str
    port: int
    pid: int
    channel: str
    tokens: list[str]


@contextmanager
def process(command: list[str], port: int, **env: str) -> Iterator["subprocess.Popen[str]"]:
    """A server process, pinned to its core."""
    pin = ["taskset", "-c", str(SERVER_CORE)] if (os.cpu_count() or 1) > 1 else []
    running = subprocess.Popen(
        [*pin, *command], stdout=subprocess.PIPE, text=True, env={**os.environ, **env}
    )
    try:
        wait_for_port(port)
        yield running
    finally:
        running.terminate()
        try:
            running.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            running.kill()


def ask(port: int, query: str, token: str = "", **variables: Any) -> Any:
    """One operation of the setting up."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, headers)
    with urllib.request.urlopen(request) as response:  # noqa: S310
        answer = json.load(response)
    assert "errors" not in answer, answer
    return next(iter(answer["data"].values()))


@contextmanager
def serving(folder: str, **env: str) -> Iterator[tuple[int, int]]:
    """Ours over a data folder, as anybody would run it: its port and its pid."""
    port = free_port()
    program = str(Path(sys.executable).with_name("tertulia"))
    flags = ["--data", folder, "--port", str(port), "--registration", "open"]
    usual = {"TERTULIA_RATE_LIMITS": "off", "TERTULIA_ARGON2_MEMORY_KIB": "32"}
    with process([program, "serve", *flags], port, **usual, **env) as running:
        yield port, running.pid


def register(
    folder: str, port: int, people: int, called: str = "user"
) -> tuple[list[str], list[str]]:
    """Makes accounts; returns their ids, and tokens that outlast the longest run."""
    signing = ((Path(folder) / "secret.key").read_bytes(),)
    keys = Tokens(lambda: signing, DAY)
    ids: list[str] = []
    tokens: list[str] = []
    for n in range(people):
        given = ask(port, REGISTER, name=f"{called}{n}", password=PASSWORD)
        claims = keys.check(given["accessToken"], time.time())
        assert claims
        ids.append(claims.user_id)
        tokens.append(keys.issue(claims.user_id, claims.session_id, time.time())[0])
    return ids, tokens


@contextmanager
def tertulia(stored: int = STORED, rooms: int = ROOMS, **env: str) -> Iterator[Contestant]:
    """Ours, with everything said over its API."""
    with tempfile.TemporaryDirectory() as folder, serving(folder, **env) as (port, pid):
        people, tokens = register(folder, port, PEOPLE)
        made = [
            ask(port, MAKE_ROOM, tokens[0], name=f"room{n}", people=people[1:])["id"]
            for n in range(rooms + 1)
        ]
        for n in range(stored):
            ask(port, SAY, tokens[n % PEOPLE], c=made[0], b=f"message {n}")
        for n in range(rooms * SAID):
            ask(port, SAY, tokens[n % PEOPLE], c=made[1 + n % rooms], b=f"message {n}")
        yield Contestant("tertulia", port, pid, made[0], tokens)


@contextmanager
def _other(name: str, command: Callable[[str, int], list[str]]) -> Iterator[Contestant]:
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        with process(command(f"{folder}/bench.db", port), port) as running:
            assert running.stdout
            given = json.loads(running.stdout.readline())
            yield Contestant(name, port, running.pid, given["channel"], given["tokens"])


def stock(stored: int = STORED, rooms: int = ROOMS) -> Any:
    """Stock Strawberry and Tortoise."""
    return _other(
        "stock",
        lambda file, port: [
            *(sys.executable, "-m", "tests.bench.stock"),
            *(file, *map(str, (port, PEOPLE, stored, rooms, SAID))),
        ],
    )


def node(stored: int = STORED, rooms: int = ROOMS) -> Any:
    """graphql-yoga, graphql-ws and better-sqlite3."""
    program, npm = shutil.which("node"), shutil.which("npm")
    assert program
    assert npm
    if not (HERE / "node" / "node_modules").exists():
        subprocess.run([npm, "ci", "--silent"], cwd=HERE / "node", check=True)
    script = str(HERE / "node" / "server.mjs")
    return _other(
        "node",
        lambda file, port: [
            *(program, script),
            *(file, *map(str, (port, PEOPLE, stored, rooms, SAID))),
        ],
    )


def others() -> list[Callable[..., Any]]:
    """What ours is measured beside: Node only where it is installed."""
    return [stock, node] if shutil.which("node") and shutil.which("npm") else [stock]


def bare(**_: int) -> Any:
    """A loop over sockets: what fan-out costs at the least on what ours stands on."""
    return _other("bare", lambda _, port: [sys.executable, "-m", "tests.bench.bare", str(port)])


def canned() -> Any:
    """The one that shows how fast the client is."""
    return _other("canned", lambda _, port: [sys.executable, "-m", "tests.bench.canned", str(port)])
