"""Starting, stopping and being stopped, in a process of its own."""

import re
import signal
import socket
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest
import websockets

from server.cli import cli
from tests.cast import FOLLOW, SEND, Client, Socket, open_socket, sign_in, sign_up
from tests.patience import PATIENCE
from tests.server.process import on_sqlite, serving, tertulia
from tests.stage import PASSWORD, needed


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    """The one line of an error: nothing else is printed, and the command has failed."""
    assert result.returncode == 1, result
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("tertulia: ")
    return str(lines[0])


def test_every_command_explains_itself() -> None:
    names = {command.name or command.callback.__name__ for command in cli.registered_commands}
    overview = tertulia("--help").stdout
    for name in (name.replace("_", "-") for name in names):
        assert name in overview
        result = tertulia(name, "--help")
        assert result.returncode == 0
        assert len(result.stdout) > 100


def test_a_first_start_makes_all_it_needs_and_a_second_one_keeps_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data) as first:
        printed = "".join(first.lines)
        first.process.send_signal(signal.SIGTERM)
        printed = first.output()
        assert first.process.returncode == 0
    assert re.search(r"first admin is admin with the password \S{16}", printed)
    assert (data / "secret.key").stat().st_mode & 0o777 == 0o600
    assert not any(path.stat().st_mode & 0o077 for path in data.iterdir())
    key = (data / "secret.key").read_bytes()
    assert len(key) == 64
    with serving(data) as second:
        second.process.send_signal(signal.SIGTERM)
        assert "password" not in second.output()
    assert (data / "secret.key").read_bytes() == key


async def test_the_first_admin_can_be_named(tmp_path: Path) -> None:
    given = {"TERTULIA_ADMIN_USERNAME": "root.admin", "TERTULIA_ADMIN_PASSWORD": PASSWORD}
    with serving(tmp_path, **given) as served:
        async with httpx.AsyncClient() as http:
            admin = await sign_in(served.url, http, "root.admin")
            assert await admin.do("{ me { role } }") == {"role": "ADMIN"}


async def test_health_is_told(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        async with httpx.AsyncClient() as http:
            for path, status in (("healthz", "alive"), ("readyz", "ready")):
                response = await http.get(f"{served.url}/{path}")
                assert (response.status_code, response.json()) == (200, {"status": status})
            assert "/graphql" in (await http.get(served.url)).text
            visited = await http.get(f"{served.url}/graphql", headers={"accept": "text/html"})
            assert (visited.status_code, "<html" in visited.text) == (200, True)


async def test_sigterm_says_goodbye_to_sockets_and_loses_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        async with httpx.AsyncClient() as http:
            ada = await sign_up(served.url, http, "ada")
            lobby = await ada.create_channel()
            async with ada.socket() as socket:
                await socket.subscribe(FOLLOW, channelId=lobby["id"])
                for number in range(20):
                    given = {"channelId": lobby["id"], "body": str(number)}
                    await socket.subscribe(SEND, f"send{number}", input=given)
                acknowledged: set[str] = set()
                served.process.send_signal(signal.SIGTERM)
                with pytest.raises(websockets.ConnectionClosed) as closed:
                    await collect(socket, acknowledged)
                assert closed.value.rcvd
                assert closed.value.rcvd.code == 1001
        assert "Traceback" not in served.output()
        assert served.process.returncode == 0
    with serving(tmp_path) as served:
        async with httpx.AsyncClient() as http:
            ada = await sign_in(served.url, http, "ada")
            stored = {node["id"] for node in (await ada.history(lobby))["nodes"]}
            assert acknowledged <= stored


async def test_sigterm_says_goodbye_to_a_socket_that_has_not_said_anything(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        async with open_socket(served.url) as socket:
            served.process.send_signal(signal.SIGTERM)
            assert await socket.closing() == (1001, "The server stops")
        served.output()
        assert served.process.returncode == 0


async def collect(socket: Socket, acknowledged: set[str]) -> None:
    while True:
        message = await socket.receive()
        data = (message.get("payload") or {}).get("data") if message["type"] == "next" else None
        if data and "sendMessage" in data:
            acknowledged.add(data["sendMessage"]["id"])


async def test_without_its_old_key_a_server_knows_no_access_token_and_still_the_refresh_tokens(
    tmp_path: Path,
) -> None:
    with serving(tmp_path) as served:
        async with httpx.AsyncClient() as http:
            ada = await sign_up(served.url, http, "ada")
    (tmp_path / "secret.key").unlink()
    with serving(tmp_path) as served:
        async with httpx.AsyncClient() as http:
            ada.url, ada.http = served.url, http
            assert await ada.code("{ me { id } }") == "UNAUTHENTICATED"
            refresh = """mutation($token: String) {
              refreshSession(refreshToken: $token) { accessToken } }"""
            ada.token = (await ada.do(refresh, token=ada.refresh_token))["accessToken"]
            assert await ada.do("{ me { id } }") == {"id": ada.id}


@on_sqlite
async def test_a_copy_can_be_made_while_it_runs(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as served:
        async with httpx.AsyncClient() as http:
            ada = await sign_up(served.url, http, "ada")
            lobby = await ada.create_channel()
            sent = await ada.send(lobby, "kept")
            (tmp_path / "copy").mkdir()
            with (
                closing(sqlite3.connect(tmp_path / "data" / "tertulia.db")) as file,
                closing(sqlite3.connect(tmp_path / "copy" / "tertulia.db")) as copy,
            ):
                file.backup(copy)
    with serving(tmp_path / "copy") as served:
        async with httpx.AsyncClient() as http:
            ada = await sign_in(served.url, http, "ada")
            assert (await ada.history(lobby))["nodes"] == [sent]


async def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        async with httpx.AsyncClient() as http:
            ada = await sign_up(served.url, http, "ada")
            lobby = await ada.create_channel()
            sent = [await ada.send(lobby, str(number)) for number in range(10)]
            served.process.kill()
            served.process.wait(PATIENCE)
    with serving(tmp_path) as served:
        async with httpx.AsyncClient() as http:
            ada = await sign_in(served.url, http, "ada")
            assert (await ada.history(lobby))["nodes"] == sent
            later = await ada.send(lobby, "later")
            positions = [int(one["cursor"].split(".")[1]) for one in (*sent, later)]
            assert positions == sorted(set(positions))


@on_sqlite
@pytest.mark.slow
async def test_the_answer_is_written_only_after_the_disk_has_it(tmp_path: Path) -> None:
    strace = needed("strace")
    trace = tmp_path / "trace"
    traced = ("fsync", "fdatasync", "write", "writev", "sendto", "sendmsg", "read", "recvfrom")
    options = (strace, "-f", "-y", "-s", "2000", "-o", str(trace), "-e", ",".join(traced))
    with serving(tmp_path / "data", *options) as served:
        async with httpx.AsyncClient(timeout=PATIENCE) as http:
            ada = await sign_up(served.url, http, "ada")
            lobby = await ada.create_channel()
            await ada.send(lobby, "written-in-stone")
        # strace has no signal to forward: the server is its child.
        psutil.Process(served.process.pid).children()[0].terminate()
        served.output()
    lines = trace.read_text(errors="replace").splitlines()
    mentions = [n for n, line in enumerate(lines) if "written-in-stone" in line]
    request = next(n for n in mentions if re.search(r"(read|recvfrom)(\(| resumed)", lines[n]))
    answer = next(n for n in mentions if n > request and r"\"sendMessage\":{" in lines[n])
    between = lines[request:answer]
    synced = [n for n, line in enumerate(between) if re.search(r"(fsync|fdatasync)\(.*wal", line)]
    assert synced, between


def test_a_port_that_is_taken_is_told_in_one_line(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        line = one_line(tertulia("serve", "--port", port, "--data", tmp_path / "data"))
    assert str(port) in line
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--port", "70000"), "TERTULIA_PORT"),
        (("--registration", "sometimes"), "TERTULIA_REGISTRATION"),
        (("--database-url", "mysql://x"), "TERTULIA_DATABASE_URL"),
        (("--bus-url", "carrier-pigeon://"), "TERTULIA_BUS_URL"),
        (("--rate-limits", "maybe"), "TERTULIA_RATE_LIMITS"),
        (("--host", "256.0.0.1"), "Cannot listen"),
        (("--database-url", "postgres://nobody@127.0.0.1:1/x"), "cannot be opened"),
        (("--bus-url", "redis://127.0.0.1:1"), "cannot be opened"),
    ],
)
def test_a_bad_setting_is_told_in_one_line(
    tmp_path: Path, flags: tuple[str, ...], told: str
) -> None:
    port = () if flags[0] == "--port" else ("--port", "0")
    assert told in one_line(tertulia("serve", *port, "--data", tmp_path / "data", *flags))


def test_a_data_folder_that_cannot_be_used_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for data in (tmp_path / "file", tmp_path / "file" / "below"):
        assert "cannot be used" in one_line(tertulia("serve", "--port", 0, "--data", data))


def test_a_damaged_key_is_told_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_bytes(b"short")
    assert "secret.key" in one_line(tertulia("serve", "--port", 0, "--data", tmp_path))
    assert (tmp_path / "secret.key").read_bytes() == b"short"


@on_sqlite
def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "tertulia.db").write_text("something else entirely" * 100)
    one_line(tertulia("serve", "--port", 0, "--data", tmp_path))
    assert (tmp_path / "tertulia.db").read_text() == "something else entirely" * 100


@on_sqlite
def test_a_database_from_a_newer_version_is_told_and_left_alone(tmp_path: Path) -> None:
    assert "applied" in tertulia("migrate", "--data", tmp_path).stdout
    with closing(sqlite3.connect(tmp_path / "tertulia.db")) as file, file:
        file.execute("INSERT INTO aerich (version, app, content) VALUES ('9_x.py', 'models', '{}')")
    for command in ("serve", "migrate"):
        port = ("--port", 0) if command == "serve" else ()
        assert "newer version" in one_line(tertulia(command, *port, "--data", tmp_path))


def test_migrating_twice_does_nothing_the_second_time(tmp_path: Path) -> None:
    assert "applied" in tertulia("migrate", "--data", tmp_path).stdout
    assert "Nothing to do" in tertulia("migrate", "--data", tmp_path).stdout


async def test_an_admin_can_be_made_on_the_command_line(tmp_path: Path) -> None:
    assert tertulia("create-admin", "hugo", "--data", tmp_path, answer=f"{PASSWORD}\n" * 2).returncode == 0  # fmt: skip  # noqa: E501
    again = tertulia("create-admin", "HUGO", "--data", tmp_path, TERTULIA_ADMIN_PASSWORD=PASSWORD)
    assert "taken" in one_line(again)
    weak = tertulia("create-admin", "ines", "--data", tmp_path, TERTULIA_ADMIN_PASSWORD="password1")
    assert "commonest" in one_line(weak)
    with serving(tmp_path) as served:
        assert "first admin" not in "".join(served.lines)
        async with httpx.AsyncClient() as http:
            hugo = await sign_in(served.url, http, "hugo")
            assert await hugo.do("{ me { role } }") == {"role": "ADMIN"}


def test_the_version_is_told() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", tertulia("--version").stdout)


def test_the_schema_is_printed() -> None:
    printed = tertulia("schema").stdout
    assert "type Mutation {" in printed


@on_sqlite
async def test_the_demo_can_be_looked_around_in_and_started_over(tmp_path: Path) -> None:
    seeded = tertulia("seed", "--data", tmp_path)
    assert seeded.returncode == 0, seeded
    assert "--data demo" in one_line(tertulia("seed", "--data", tmp_path))
    refused = tertulia("seed", "--reset", "--data", tmp_path, answer="n\n")
    assert refused.returncode == 1
    with closing(sqlite3.connect(tmp_path / "tertulia.db")) as file:
        assert file.execute("SELECT count(*) FROM messages").fetchone()[0] == 3000
    assert tertulia("seed", "--reset", "--data", tmp_path, answer="y\n").returncode == 0
    with serving(tmp_path) as served:
        in_use = one_line(tertulia("seed", "--reset", "--yes", "--data", tmp_path))
        assert "running" in in_use
        async with httpx.AsyncClient() as http:
            document = "mutation { login(input: { username: \"ada\", password: \"a table by the window\" }) { accessToken } }"  # fmt: skip  # noqa: E501
            ada = Client(served.url, http)
            ada.token = (await ada.do(document))["accessToken"]
            listed = await ada.do("{ channels { nodes { name lastMessage { body } } } }")
            assert len(listed["nodes"]) == 5
