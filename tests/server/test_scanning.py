"""Malware: files are scanned by a real clamd before anybody gets them."""

import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from adapters.scanner import ScanFailed, Scanner, ScannerDown, TooLargeToScan
from resolvers import scanning
from server.opening import add_admin
from tests.cast import FILE, Json, Person, sign_in, sign_up
from tests.patience import PATIENCE
from tests.stage import PASSWORD, a_server, needed

MALWARE = b"what this harmless text says is taken for malware"
ONE = f"query($id: ID!) {{ file(id: $id) {{ {FILE} }} }}"
FOLLOW = """subscription { events { __typename
  ... on FileUpdated { fileId file { status url versions { status url } } } } }"""
AUDIT = "{ auditLog(filter: { actions: [FILE_QUARANTINED] }) { nodes { subject { id } details } } }"
SEND = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { files { status } } }"


class Clamd:
    """A clamd of our own, which knows one signature."""

    def __init__(self, folder: Path) -> None:
        self._program = needed("clamd")
        self.socket = folder / "clamd.sock"
        self.address = f"unix://{self.socket}"
        database = folder / "signatures"
        database.mkdir()
        (database / "own.ndb").write_text(f"Tertulia.Test:0:*:{MALWARE.hex()}\n")
        self._settings = folder / "clamd.conf"
        self._settings.write_text(
            f"DatabaseDirectory {database}\nLocalSocket {self.socket}\nForeground yes\n"
            "StreamMaxLength 1M\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it, and waits until it listens."""
        command = [self._program, f"--config-file={self._settings}"]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        )
        end = time.monotonic() + PATIENCE
        while True:
            with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(self.socket))
                return
            assert time.monotonic() < end
            time.sleep(0.02)

    def stop(self) -> None:
        """Ends it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(PATIENCE)
            self._process = None
            self.socket.unlink(missing_ok=True)


@contextmanager
def a_clamd(folder: Path) -> Iterator[Clamd]:
    """One that runs."""
    clamd = Clamd(folder)
    clamd.start()
    try:
        yield clamd
    finally:
        clamd.stop()


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clamd]:
    with a_clamd(tmp_path_factory.mktemp("clamd")) as running:
        yield running


@asynccontextmanager
async def scanned(folder: Path, address: str, **settings: object) -> AsyncIterator[Person]:
    """Somebody on a server that has its files scanned, who follows what happens there."""
    async with (
        a_server(folder, clamd=address, **settings) as server,
        httpx.AsyncClient(timeout=PATIENCE) as http,
    ):
        await add_admin(server.house, "root", PASSWORD)
        yield await sign_up(server.url, http, "ada")


async def settled(person: Person, file: Json) -> Json:
    """The file once it has been looked at, as those are told who follow."""
    async with person.socket() as socket_:
        await socket_.subscribe(FOLLOW)
        await socket_.send({"type": "ping"})
        assert (await socket_.receive())["type"] == "pong"
        found = await person.do(ONE, id=file["id"])
        while found["status"] == "PENDING":
            told = await socket_.next()
            found = await person.do(ONE, id=file["id"])
            if told["fileId"] == file["id"]:
                assert told["file"]["status"] == found["status"]
    return found


async def test_what_is_clean_can_be_had_once_it_was_looked_at(tmp_path: Path, clamd: Clamd) -> None:
    async with scanned(tmp_path, clamd.address) as ada:
        lobby = await ada.create_channel()
        file = await ada.upload(lobby, b"clean")
        assert (file["status"], file["url"], file["thumbnailUrl"]) == ("PENDING", None, None)
        file = await settled(ada, file)
        assert file["status"] == "READY"
        assert (await ada.http.get(file["url"])).content == b"clean"


async def test_malware_is_had_by_nobody_and_audited(tmp_path: Path, clamd: Clamd) -> None:
    async with scanned(tmp_path, clamd.address) as ada:
        lobby = await ada.create_channel()
        file = await settled(ada, await ada.upload(lobby, b"clean"))
        bad = await ada.upload(lobby, b"a" + MALWARE + b"b", replacesId=file["id"])
        assert bad["status"] == "PENDING"
        bad = await settled(ada, bad)
        assert (bad["status"], bad["url"]) == ("QUARANTINED", None)
        assert [v["status"] for v in bad["versions"]] == ["READY", "QUARANTINED"]
        assert bad["versions"][1]["url"] is None
        # The link that it would have, if it were clean.
        made = bad["versions"][0]["url"].replace(bad["versions"][0]["id"], bad["versions"][1]["id"])
        assert (await ada.http.get(made)).status_code == 404
        assert (await ada.http.get(bad["versions"][0]["url"])).content == b"clean"
        given = {"channelId": lobby["id"], "fileIds": [file["id"]]}
        assert await ada.code(SEND, input=given) == "UNSUPPORTED_FILE"
        root = await sign_in(ada.url, ada.http, "root")
        (entry,) = (await root.do(AUDIT))["nodes"]
        assert entry["subject"]["id"] == ada.id
        assert "Tertulia.Test" in str(entry["details"])


async def test_what_is_pending_can_be_sent_already(tmp_path: Path) -> None:
    async with scanned(tmp_path, "unix:///nowhere") as ada:
        lobby = await ada.create_channel()
        file = await ada.upload(lobby, b"x")
        sent = await ada.do(SEND, input={"channelId": lobby["id"], "fileIds": [file["id"]]})
        assert sent["files"] == [{"status": "PENDING"}]


async def test_while_it_is_down_files_wait(tmp_path: Path) -> None:
    (tmp_path / "clamd").mkdir()
    with a_clamd(tmp_path / "clamd") as clamd:
        clamd.stop()
        async with scanned(tmp_path / "data", clamd.address) as ada:
            lobby = await ada.create_channel()
            file = await ada.upload(lobby, b"clean")
            clamd.start()
            # The next one rings.
            await ada.upload(lobby, b"other")
            assert (await settled(ada, file))["status"] == "READY"


async def test_or_they_are_let_through(tmp_path: Path) -> None:
    async with scanned(tmp_path, "unix:///nowhere", clamd_down="open") as ada:
        lobby = await ada.create_channel()
        file = await settled(ada, await ada.upload(lobby, MALWARE))
        assert file["status"] == "READY"


@pytest.mark.parametrize(("down", "status"), [("closed", "QUARANTINED"), ("open", "READY")])
async def test_what_is_too_large_for_it_is_had_as_if_it_were_down(
    tmp_path: Path, clamd: Clamd, down: str, status: str
) -> None:
    async with scanned(tmp_path, clamd.address, clamd_down=down) as ada:
        lobby = await ada.create_channel()
        file = await settled(ada, await ada.upload(lobby, bytes(2_000_000)))
        assert file["status"] == status


async def test_clamd_is_asked_over_either_kind_of_socket(tmp_path: Path, clamd: Clamd) -> None:
    paths = [tmp_path / name for name in "abc"]
    for path, content in zip(paths, (b"clean", MALWARE, bytes(2_000_000)), strict=True):
        path.write_bytes(content)
    scanner = Scanner(clamd.address)
    assert await scanner.scan(paths[0]) is None
    assert await scanner.scan(paths[1]) == "Tertulia.Test.UNOFFICIAL"
    with pytest.raises(TooLargeToScan):
        await scanner.scan(paths[2])
    for nowhere in ("unix:///nowhere", "tcp://127.0.0.1:1"):
        with pytest.raises(ScannerDown):
            await Scanner(nowhere).scan(paths[0])
    with pytest.raises(ScanFailed):
        await scanner.scan(tmp_path / "absent")


async def test_a_file_that_cannot_be_scanned_holds_up_no_other(
    tmp_path: Path, clamd: Clamd, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_through = scanning.look_through

    async def not_by_itself(_: object) -> int:
        return 0

    # What the server tries by itself would count, too.
    monkeypatch.setattr(scanning, "look_through", not_by_itself)
    async with (
        a_server(tmp_path, clamd="unix:///nowhere") as server,
        httpx.AsyncClient(timeout=PATIENCE) as http,
    ):
        ada = await sign_up(server.url, http, "ada")
        lobby = await ada.create_channel()
        first = await ada.upload(lobby, b"first", id="00000000-0000-7000-8000-000000000001")
        second = await ada.upload(lobby, b"second")
        server.house.shelf.blobs.path(first["sha256"]).unlink()
        server.house.shelf.scanner._address = urlsplit(clamd.address)
        statuses = []
        for _ in range(3):
            await look_through(server.house)
            statuses.append([(await ada.do(ONE, id=f["id"]))["status"] for f in (first, second)])
        assert statuses[0] == ["PENDING", "READY"]
        assert statuses[-1] == ["QUARANTINED", "READY"]
