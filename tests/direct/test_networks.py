"""Real programs in real networks: where two reach each other, where they do not, and cuts."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from direct.api import LOGIN, OPEN

from server.settings import ANYWHERE
from tests.coturn import SECRET, a_coturn
from tests.direct.network import GATES, Network, Program, a_network
from tests.patience import PATIENCE
from tests.stage import PASSWORD, needed

pytestmark = pytest.mark.slow
PORT = 8000
OVER = 9.0
"""In seconds: a cut that is this long is noticed by both."""
FILES = "query($c: ID!) { messages(channelId: $c) { nodes { files { name sha256 url } } } }"


@pytest.fixture
def network() -> Iterator[Network]:
    with a_network() as made:
        yield made


@contextmanager
def serving(network: Network, folder: Path, **env: str) -> Iterator[None]:
    """A server in the middle, with accounts for both."""
    program = str(Path(sys.executable).with_name("tertulia"))
    hosts = ",".join(GATES.values())
    flags = ("--data", str(folder / "data"), "--host", ANYWHERE[0], "--port", str(PORT))
    settings = {
        "TERTULIA_ALLOWED_HOSTS": hosts,
        "TERTULIA_REGISTRATION": "open",
        "TERTULIA_RATE_LIMITS": "off",
        "TERTULIA_ARGON2_MEMORY_KIB": "32",
        **env,
    }
    command = ("env", *(f"{name}={value}" for name, value in settings.items()))
    log = folder / "server.log"
    running = network.start(network.middle, *command, program, "serve", *flags, log=log)
    try:
        wait(lambda: "Tertulia is at" in log.read_text())
        for name in ("ada", "ben"):
            given = {"username": name, "password": PASSWORD}
            ask(
                network,
                "mutation($i: RegisterInput!) { register(input: $i) { user { id } } }",
                i=given,
            )
        yield
    finally:
        running.terminate()
        running.wait(PATIENCE)


def ask(network: Network, document: str, token: str = "", **variables: Any) -> Any:
    """One operation, asked from the middle."""
    body = json.dumps({"query": document, "variables": variables})
    url = f"http://{GATES['ada']}:{PORT}/graphql"
    headers = ("-H", "content-type: application/json", "-H", f"authorization: Bearer {token}")
    command = [
        "ip",
        "netns",
        "exec",
        network.middle,
        needed("curl"),
        "-s",
        url,
        *headers[: 4 if token else 2],
    ]
    answer = json.loads(
        subprocess.run([*command, "-d", body], check=True, capture_output=True).stdout
    )
    assert not answer.get("errors"), answer
    return next(iter(answer["data"].values()))


def wait(condition: Any, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.05)


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    """Whatever still runs at the end is ended."""
    begun: list[Program] = []
    yield begun
    for program in begun:
        if program.process.poll() is None:
            program.process.send_signal(signal.SIGKILL)
        program.process.wait(PATIENCE)


def a_transfer(
    network: Network, folder: Path, programs: list[Program], film: Path, *how: str
) -> tuple[Program, Program]:
    """ada sends a file, and ben takes one into a folder; both have begun."""
    into = folder / "into"
    into.mkdir()
    taking = ("--from", "ada", "--into", str(into), "--count", "1")
    ben = network.direct("ben", "receive", *taking, port=PORT, log=folder / "ben.log")
    programs.append(ben)
    sending = (str(film), "--to", "ben", *how)
    ada = network.direct("ada", "send", *sending, port=PORT, log=folder / "ada.log")
    programs.append(ada)
    return ada, ben


def ended(program: Program, seconds: float) -> str:
    """What it has said in the end."""
    try:
        status = program.process.wait(seconds)
    except subprocess.TimeoutExpired:
        pytest.fail(f"it does not end: {program.said}")
    assert status == 0, program.said
    return program.said


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def a_file(folder: Path, megabytes: int) -> Path:
    path = folder / "film.bin"
    with path.open("wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(1_000_000))
    return path


def test_200_mb_arrive_through_three_cuts(
    network: Network, tmp_path: Path, programs: list[Program]
) -> None:
    network.join()
    film, into = a_file(tmp_path, 200), tmp_path / "into"
    with serving(network, tmp_path):
        ada, ben = a_transfer(network, tmp_path, programs, film)

        def come() -> int:
            return sum(part.stat().st_size for part in into.glob(".*.part"))

        for megabytes in (30, 80, 130):
            wait(lambda megabytes=megabytes: come() > megabytes * 1_000_000, 120)
            network.cut("ben")
            before = come()
            time.sleep(OVER)
            assert come() - before < 2_000_000
            network.mend("ben")
        wait(lambda: come() > 190_000_000 or not come(), 120)
        peaks = [program.megabytes for program in (ada, ben)]
        assert sha256(film) in ended(ada, 120).replace("\n", "")
        ended(ben, 60)
    assert sha256(into / "film.bin") == sha256(film)
    assert ada.said.count("-- direct") >= 4
    print(f"{ada.said.count('-- direct')} connections; peak memory: {peaks} MB")
    assert max(peaks) < 100


def test_who_do_not_reach_each_other_connect_by_turn(
    network: Network, tmp_path: Path, programs: list[Program]
) -> None:
    film, into = a_file(tmp_path, 3), tmp_path / "into"
    inside = ("ip", "netns", "exec", network.middle)
    more = (f"listening-ip={GATES['ben']}", f"relay-ip={GATES['ben']}")
    with a_coturn(tmp_path, *more, host=GATES["ada"], inside=inside) as turn:
        port = turn.rpartition(":")[2]
        urls = f"turn:{GATES['ada']}:{port}"
        with serving(network, tmp_path, TERTULIA_TURN_URLS=urls, TERTULIA_TURN_SECRET=SECRET):
            ada, ben = a_transfer(network, tmp_path, programs, film)
            said = ended(ada, 90)
            ended(ben, 30)
    assert "-- relayed" in said
    assert "-- direct" not in said
    assert sha256(into / "film.bin") == sha256(film)


def test_without_turn_the_file_goes_up_to_the_server(
    network: Network, tmp_path: Path, programs: list[Program]
) -> None:
    film = a_file(tmp_path, 3)
    with serving(network, tmp_path):
        fallback = ("--patience", "20", "--fallback", "server")
        ada, ben = a_transfer(network, tmp_path, programs, film, *fallback)
        said = ended(ada, 90)
        assert "-- film.bin is on the server" in said
        assert "-- direct" not in said + ben.said
        token = ask(network, LOGIN, input={"username": "ben", "password": PASSWORD})["accessToken"]
        other = ask(network, '{ user(address: "ada") { id } }', token)["id"]
        channel = ask(network, OPEN, token, user=other)["id"]
        (message,) = ask(network, FILES, token, c=channel)["nodes"]
        (file,) = message["files"]
        assert (file["name"], file["sha256"]) == ("film.bin", sha256(film))
