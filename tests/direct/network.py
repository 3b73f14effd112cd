"""Networks of our own, in network namespaces: two people at home, and a server between them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.stage import ROOT, needed

FOLDER = ROOT / "client-examples" / "direct"
HOMES = {"ada": "203.0.113.2", "ben": "203.0.113.130"}
GATES = {"ada": "203.0.113.1", "ben": "203.0.113.129"}
"""Under which address the one in the middle is seen from each home."""


class Network:
    """Two homes, and what is in the middle: they reach it, and each other if it lets them."""

    def __init__(self) -> None:
        self.middle = f"mid{os.getpid() % 100_000}"
        self.homes = {name: f"{name}{os.getpid() % 100_000}" for name in HOMES}

    def build(self) -> None:
        """Skips the test where that is not allowed."""
        if _ip("netns", "add", self.middle, check=False).returncode:
            pytest.skip("network namespaces cannot be made here")
        _ip("-n", self.middle, "link", "set", "lo", "up")
        for name, space in self.homes.items():
            _ip("netns", "add", space)
            _ip("link", "add", space, "type", "veth", "peer", "name", "home", "netns", space)
            _ip("link", "set", space, "netns", self.middle)
            for where, what, address in (
                (self.middle, space, GATES[name]),
                (space, "home", HOMES[name]),
            ):
                _ip("-n", where, "addr", "add", f"{address}/25", "dev", what)
                _ip("-n", where, "link", "set", what, "up")
            _ip("-n", space, "link", "set", "lo", "up")
            _ip("-n", space, "route", "add", "default", "via", GATES[name])

    def tear_down(self) -> None:
        """Takes it away again."""
        for space in (self.middle, *self.homes.values()):
            _ip("netns", "delete", space, check=False)

    def join(self) -> None:
        """From now on the homes reach each other."""
        self.run(self.middle, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")

    def cut(self, name: str) -> None:
        """Nothing gets into a home any more, nor out of it."""
        _ip("-n", self.middle, "link", "set", self.homes[name], "down")

    def mend(self, name: str) -> None:
        """Something does again."""
        _ip("-n", self.middle, "link", "set", self.homes[name], "up")

    def run(self, space: str, *command: str) -> None:
        """Runs a program in one of the networks, to its end."""
        subprocess.run(["ip", "netns", "exec", space, *command], check=True, timeout=30)

    def start(self, space: str, *command: str | Path, log: Path) -> "subprocess.Popen[bytes]":
        """Starts a program in one of the networks."""
        env = {**os.environ, "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}
        with log.open("w") as told:
            return subprocess.Popen(
                ["ip", "netns", "exec", space, *command],
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=subprocess.STDOUT,
                cwd=FOLDER,
                env=env,
            )

    def direct(self, who: str, deed: str, *more: str, port: int, log: Path) -> "Program":
        """Somebody at home runs the example."""
        url = f"http://{GATES[who]}:{port}"
        given = ("--url", url, "--password", "correct horse battery", *more)
        command = (sys.executable, "-m", "direct", deed, who, *given)
        return Program(self.start(self.homes[who], *command, log=log), log)


class Program:
    """A program that runs, and what it says."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.process, self.log = process, log

    @property
    def said(self) -> str:
        """All that it has."""
        return self.log.read_text()

    @property
    def megabytes(self) -> float:
        """The most memory that it has had so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1000


def _ip(*arguments: str, check: bool = True) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([needed("ip"), *arguments], check=check, capture_output=True)


@contextmanager
def a_network() -> Iterator[Network]:
    """Two homes that do not reach each other."""
    network = Network()
    try:
        network.build()
        yield network
    finally:
        network.tear_down()
