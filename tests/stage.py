"""What the tests stand on: an open house, a real server on a free port, a PostgreSQL of our own."""

import asyncio
import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from adapters.clock import Clock
from models.connection import Connection
from resolvers.house import House
from server.opening import open_house
from server.serving import Running, running
from server.settings import Settings
from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent
PASSWORD = "correct horse battery"
BASE_URL = os.environ.get("TERTULIA_TEST_DATABASE_URL")
"""A PostgreSQL url with the right to create databases: the whole suite then runs on it."""


def settings_for(folder: Path, database_url: str | None = None, **changes: object) -> Settings:
    """Settings for a test: open registration, a port of the system's choice, cheap hashes."""
    given: dict[str, object] = {
        "data": folder,
        "port": 0,
        "database_url": database_url,
        "registration": "open",
        "rate_limits": "off",
        "argon2_memory_kib": 32,
        "argon2_passes": 1,
        **changes,
    }
    return Settings.model_validate(given)


@asynccontextmanager
async def fresh_database(base: str | None = BASE_URL) -> AsyncIterator[str | None]:
    """The url of an empty PostgreSQL database, or None where the tests run on SQLite."""
    if base is None:
        yield None
        return
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(base)
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
        yield f"{base.rpartition('/')[0]}/{name}"
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await connection.close()


async def database_named(base: str, name: str) -> str:
    """The url of the PostgreSQL database of this name, which is made if there is none."""
    connection = await asyncpg.connect(base)
    try:
        with suppress(asyncpg.DuplicateDatabaseError):
            await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    return f"{base.rpartition('/')[0]}/{name}"


@asynccontextmanager
async def a_house(
    folder: Path, clock: Clock | None = None, **changes: object
) -> AsyncIterator[House]:
    """An open house over an empty database."""
    async with (
        fresh_database() as url,
        open_house(settings_for(folder, url, **changes), clock) as house,
    ):
        yield house


@asynccontextmanager
async def a_server(folder: Path, **changes: object) -> AsyncIterator[Running]:
    """A server on a free port of the loopback, over an empty database."""
    async with (
        fresh_database() as url,
        running(settings_for(folder, url, **changes)) as server,
    ):
        yield server


def read_step_by_step(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets something happen between queries that else would be run in one go."""

    async def visit(work: Callable[[Connection], Awaitable[Any]]) -> Any:
        return await work(house.db)

    monkeypatch.setattr(house.db, "visit", visit)


async def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Waits for a condition. Raises TimeoutError if it does not come about."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.002)


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def needed(program: str) -> str:
    """Where a program is. Skips the test if it is not installed."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


def npm(folder: Path, *arguments: str) -> None:
    """Runs npm in a folder. Skips the test where there is none."""
    command = [needed("npm"), *arguments, "--silent", "--no-audit", "--no-fund"]
    ran = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=250
    )
    assert ran.returncode == 0, f"npm {arguments}: {ran.stdout}{ran.stderr}"


def install_packages(folder: Path) -> None:
    """Installs what the folder's package-lock.json lists, unless it is there already."""
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    with alone_in(folder):
        if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
            npm(folder, "ci")


def build_page(folder: Path, *sources: str) -> None:
    """Builds a page where the server looks for it, unless that is newer than its sources."""
    for program in ("node", "npm", "chromium"):
        needed(program)
    install_packages(folder)
    with alone_in(folder):
        changed = max(path.stat().st_mtime for pattern in sources for path in folder.glob(pattern))
        built = folder / "dist" / "index.html"
        if not built.exists() or built.stat().st_mtime < changed:
            npm(folder, "run", "build")


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keeps other processes of the tests waiting that would write into the folder, too."""
    with (folder / "package.json").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Redis:
    """A Redis of our own, which can be killed and started again at the same place."""

    def __init__(self, folder: Path) -> None:
        self._command = [needed("redis-server"), "--bind", "127.0.0.1", "--save", ""]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it, and waits until it listens."""
        command = [*self._command, "--port", str(self.port), "--dir", str(self._folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for_port(self.port)

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """Ends it without a word."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)


@contextmanager
def a_redis(folder: Path) -> Iterator[Redis]:
    """A Redis server on a free port. Skips the test where it is not installed."""
    redis = Redis(folder)
    redis.start()
    try:
        yield redis
    finally:
        redis.kill()


def postgres_program(name: str) -> Path | None:
    """Where one of PostgreSQL's programs is, if it is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    on_path = shutil.which(name)
    return found[0] if found else Path(on_path) if on_path else None


@contextmanager
def a_postgres() -> Iterator[str]:
    """A PostgreSQL server of our own on a free port; yields the url of its first database."""
    initdb, postgres = postgres_program("initdb"), postgres_program("postgres")
    assert initdb
    assert postgres
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="tertulia-postgres-") as folder:
        owner: dict[str, Any] = {"cwd": folder}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            account = pwd.getpwnam("postgres")
            os.chown(folder, account.pw_uid, account.pw_gid)
            owner |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        cluster = ["-D", f"{folder}/data"]
        making = [initdb, *cluster, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8"]
        subprocess.run(making, check=True, stdout=subprocess.DEVNULL, **owner)
        options = [f"-p{port}", "-k", folder, "-c", "listen_addresses=127.0.0.1", "-F"]
        server = subprocess.Popen(
            [postgres, *cluster, *options], stderr=subprocess.DEVNULL, **owner
        )
        try:
            _wait_until_ready(port)
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)  # ends sessions that are still open
            server.wait(PATIENCE)


def wait_for_port(port: int, seconds: float = PATIENCE) -> None:
    """Waits until somebody listens on a port of the loopback. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > end:
                raise TimeoutError(f"nobody listens on {port}") from None
            time.sleep(0.02)
        else:
            return


def _wait_until_ready(port: int) -> None:
    """Waits until PostgreSQL takes sessions, which is later than it takes connections."""
    asking = [postgres_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    for _ in range(600):
        if subprocess.run(asking, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise TimeoutError("PostgreSQL does not get ready")
