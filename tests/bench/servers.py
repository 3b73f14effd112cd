"""The servers that are compared, each started fresh on a core of its own."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.stage import PASSWORD, free_port, wait_for_port

HERE = Path(__file__).parent
PEOPLE = 16
STORED = 2_000
SERVER_CORE = 0
MAKE_ROOM = 'mutation { createChannel(input: { kind: PRIVATE, name: "bench" }) { id } }'


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
            running.wait(20)
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
def tertulia() -> Iterator[Contestant]:
    """Ours, as anybody would run it."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        program = str(Path(sys.executable).with_name("tertulia"))
        flags = ["--data", folder, "--port", str(port), "--registration", "open"]
        env = {"TERTULIA_RATE_LIMITS": "off", "TERTULIA_ARGON2_MEMORY_KIB": "32"}
        with process([program, "serve", *flags], port, **env) as running:
            register = """mutation($name: String!, $password: String!) {
              register(input: { username: $name, password: $password }) {
                accessToken user { id } } }"""
            people = [
                ask(port, register, name=f"user{n}", password=PASSWORD) for n in range(PEOPLE)
            ]
            tokens = [person["accessToken"] for person in people]
            channel = ask(port, MAKE_ROOM, tokens[0])["id"]
            add = "mutation($c: ID!, $u: [ID!]!) { addMembers(channelId: $c, userIds: $u) { id } }"
            ask(port, add, tokens[0], c=channel, u=[person["user"]["id"] for person in people[1:]])
            say = """mutation($c: ID!, $b: String) {
              sendMessage(input: { channelId: $c, body: $b }) { id } }"""
            for n in range(STORED):
                ask(port, say, tokens[n % PEOPLE], c=channel, b=f"message {n}")
            yield Contestant("tertulia", port, running.pid, channel, tokens)


@contextmanager
def _other(name: str, command: Callable[[str, int], list[str]]) -> Iterator[Contestant]:
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        with process(command(f"{folder}/bench.db", port), port) as running:
            assert running.stdout
            given = json.loads(running.stdout.readline())
            yield Contestant(name, port, running.pid, given["channel"], given["tokens"])


def stock() -> Any:
    """Stock Strawberry and Tortoise."""
    return _other(
        "stock",
        lambda file, port: [
            *(sys.executable, "-m", "tests.bench.stock"),
            *(file, str(port), str(PEOPLE), str(STORED)),
        ],
    )


def node() -> Any:
    """graphql-yoga, graphql-ws and better-sqlite3."""
    program, npm = shutil.which("node"), shutil.which("npm")
    assert program
    assert npm
    if not (HERE / "node" / "node_modules").exists():
        subprocess.run([npm, "ci", "--silent"], cwd=HERE / "node", check=True)
    script = str(HERE / "node" / "server.mjs")
    return _other(
        "node", lambda file, port: [program, script, file, str(port), str(PEOPLE), str(STORED)]
    )


def canned() -> Any:
    """The one that shows how fast the client is."""
    return _other("canned", lambda _, port: [sys.executable, "-m", "tests.bench.canned", str(port)])
