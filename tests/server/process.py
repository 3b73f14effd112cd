"""The `tertulia` command in a process of its own."""

import asyncio
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from queue import Empty, Queue

import pytest

from tests.patience import PATIENCE
from tests.stage import BASE_URL, database_named

TERTULIA = str(Path(sys.executable).with_name("tertulia"))
CHEAP = {
    "TERTULIA_ARGON2_MEMORY_KIB": "32",
    "TERTULIA_ARGON2_PASSES": "1",
    # Tests ask for more in a minute than people do.
    "TERTULIA_RATE_LIMITS": "off",
}
QUIET = {name: value for name, value in os.environ.items() if not name.startswith("TERTULIA_")}

on_sqlite = pytest.mark.skipif(BASE_URL is not None, reason="about the file of SQLite")
"""For tests of what there is with SQLite alone."""


def tertulia(
    *arguments: object, answer: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end."""
    return subprocess.run(
        [TERTULIA, *map(str, arguments)],
        input=answer,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**QUIET, **CHEAP, **own_database(arguments), **environment},
    )


class Served:
    """A server in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []
        self._queue: Queue[str] = Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.url = self._url()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._queue.put(line)

    def _url(self) -> str:
        while True:
            try:
                line = self._queue.get(timeout=PATIENCE)
            except Empty:
                told = f"the server does not start: {self.process.poll()} {self.lines}"
                raise TimeoutError(told) from None
            self.lines.append(line)
            if found := re.search(r"Tertulia is at (http://\S+)", line):
                return found[1]

    def output(self) -> str:
        """What was printed, once the process has ended."""
        self.process.wait(PATIENCE)
        while not self._queue.empty():
            self.lines.append(self._queue.get_nowait())
        return "".join(self.lines)


@contextmanager
def serving(data: Path, *prefix: str, port: int = 0, **environment: str) -> Iterator[Served]:
    """Within it, a server runs on a free port, or on this one, with open registration."""
    process = subprocess.Popen(
        [*prefix, TERTULIA, "serve", "--port", str(port), "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={
            **QUIET,
            **CHEAP,
            **own_database(("--data", data)),
            "TERTULIA_REGISTRATION": "open",
            **environment,
        },
    )
    try:
        yield Served(process)
    finally:
        process.kill()
        process.wait(PATIENCE)
        if process.stdout:
            process.stdout.close()


def own_database(arguments: Sequence[object]) -> dict[str, str]:
    """Where the tests run on PostgreSQL: the settings for a database of each data folder's own."""
    if BASE_URL is None or "--data" not in arguments:
        return {}
    folder = arguments[arguments.index("--data") + 1]
    name = f"test_{sha256(str(folder).encode()).hexdigest()[:32]}"
    # Not on the loop of the test, which is under way.
    with ThreadPoolExecutor(1) as thread:
        url = thread.submit(asyncio.run, database_named(BASE_URL, name)).result()
    return {"TERTULIA_DATABASE_URL": url}
