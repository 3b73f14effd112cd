"""Resumable uploads, as the protocol has them: tus 1.0.0 (tus.io)."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from adapters.clock import Clock
from adapters.ids import first_of
from models import uploads as table
from resolvers import sweeping, uploads
from server.serving import Running
from tests.cast import FILE, Client, Json, Person, sign_up
from tests.stage import a_server, until

ONE = f"query($id: ID!) {{ file(id: $id) {{ {FILE} }} }}"
PIECE = "application/offset+octet-stream"


def encoded(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


class Tus:
    """Somebody's uploads."""

    def __init__(self, person: Client) -> None:
        self.person, self.url = person, person.url
        self.headers = {"tus-resumable": "1.0.0", "authorization": f"Bearer {person.token}"}

    async def ask(self, method: str, path: str = "/files/tus", **given: Json) -> httpx.Response:
        headers = {**self.headers, **given.pop("headers", {})}
        headers = {name: value for name, value in headers.items() if value is not None}
        url = f"{self.url}{path}"
        return await self.person.http.request(method, url, headers=headers, **given)

    async def create(self, size: int, channel: Json, **told: str) -> httpx.Response:
        metadata = {"channelId": channel["id"], "filename": "a.bin", **told}
        pairs = ",".join(f"{name} {encoded(value)}" for name, value in metadata.items())
        headers = {"upload-length": str(size), "upload-metadata": pairs}
        return await self.ask("POST", headers=headers)

    async def begin(self, size: int, channel: Json, **told: str) -> str:
        response = await self.create(size, channel, **told)
        assert response.status_code == 201, response.text
        return response.headers["location"]

    async def send(self, path: str, offset: int, content: object, **headers: str) -> httpx.Response:
        given = {"upload-offset": str(offset), "content-type": PIECE, **headers}
        return await self.ask("PATCH", path, content=content, headers=given)

    async def offset(self, path: str) -> int:
        response = await self.ask("HEAD", path)
        assert response.status_code == 200, response.status_code
        assert response.headers["cache-control"] == "no-store"
        return int(response.headers["upload-offset"])


@pytest.fixture
def tus(ada: Person) -> Tus:
    return Tus(ada)


@pytest.fixture
async def lobby(ada: Person) -> Json:
    return await ada.create_channel()


def code(response: httpx.Response) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])


async def test_it_says_what_it_can(tus: Tus) -> None:
    response = await tus.ask("OPTIONS", headers={"tus-resumable": None, "authorization": None})
    assert response.status_code == 204
    assert response.headers["tus-version"] == "1.0.0"
    assert response.headers["tus-extension"] == "creation,expiration,checksum,termination"
    assert response.headers["tus-max-size"] == "10000000"
    assert response.headers["tus-checksum-algorithm"] == "sha1,sha256,md5"


async def test_pieces_become_a_file(tus: Tus, ada: Person, lobby: Json) -> None:
    given = str(uuid4())
    path = await tus.begin(11, lobby, filename="nota ñ.txt", id=given)
    assert await tus.offset(path) == 0
    first = await tus.send(path, 0, b"hello ")
    assert (first.status_code, first.headers["upload-offset"]) == (204, "6")
    assert "tertulia-file-id" not in first.headers
    looked = await tus.ask("HEAD", path)
    assert (looked.headers["upload-offset"], looked.headers["upload-length"]) == ("6", "11")
    assert encoded("nota ñ.txt") in looked.headers["upload-metadata"]
    assert looked.headers["upload-expires"].endswith(" GMT")
    last = await tus.send(path, 6, b"world")
    assert (last.status_code, last.headers["upload-offset"]) == (204, "11")
    assert last.headers["tertulia-file-id"] == given
    file = await ada.do(ONE, id=given)
    assert (file["name"], file["size"]) == ("nota ñ.txt", 11)
    assert file["sha256"] == hashlib.sha256(b"hello world").hexdigest()
    # Who has not heard of the end asks for it.
    assert await tus.offset(path) == 11
    assert (await tus.send(path, 11, b"")).status_code == 409


async def test_it_may_be_a_version_of_a_file(tus: Tus, ada: Person, lobby: Json) -> None:
    file, version = await ada.upload(lobby), str(uuid4())
    told = {"replacesId": file["id"], "parentIds": file["heads"][0], "id": version}
    path = await tus.begin(3, lobby, **told)
    done = await tus.send(path, 0, b"new")
    assert done.headers["tertulia-file-id"] == file["id"]
    assert (await ada.do(ONE, id=file["id"]))["heads"] == [version]


async def test_a_file_may_be_empty(tus: Tus, ada: Person, lobby: Json) -> None:
    response = await tus.create(0, lobby)
    assert response.status_code == 201
    file = await ada.do(ONE, id=response.headers["tertulia-file-id"])
    assert (file["size"], file["sha256"]) == (0, hashlib.sha256(b"").hexdigest())


async def test_beginning_again_finds_what_was_begun(tus: Tus, lobby: Json) -> None:
    given = str(uuid4())
    path = await tus.begin(10, lobby, id=given)
    await tus.send(path, 0, b"1234")
    again = await tus.create(10, lobby, id=given)
    assert (again.headers["location"], again.headers["upload-offset"]) == (path, "4")
    assert (await tus.create(11, lobby, id=given)).status_code == 409
    await tus.send(path, 4, b"567890")
    assert (await tus.create(10, lobby, id=given)).headers["upload-offset"] == "10"


async def test_what_came_before_the_connection_broke_stays(
    tus: Tus, ada: Person, lobby: Json, server: Running
) -> None:
    path = await tus.begin(3_000_000, lobby)
    sent = asyncio.Event()

    async def breaks() -> AsyncIterator[bytes]:
        yield bytes(2_000_000)
        sent.set()
        await asyncio.Event().wait()

    async with httpx.AsyncClient() as client:
        headers = {**tus.headers, "upload-offset": "0", "content-type": PIECE}
        sending = asyncio.create_task(
            client.patch(f"{tus.url}{path}", headers=headers, content=breaks())
        )
        await sent.wait()
        sending.cancel()
    # Asking takes the upload from the connection that is gone.
    offset = await tus.offset(path)
    assert 0 < offset <= 2_000_000
    done = await tus.send(path, offset, bytes(3_000_000 - offset))
    file = await ada.do(ONE, id=done.headers["tertulia-file-id"])
    assert file["sha256"] == hashlib.sha256(bytes(3_000_000)).hexdigest()


async def test_who_comes_anew_takes_over_from_one_who_is_still_at_it(tus: Tus, lobby: Json) -> None:
    path = await tus.begin(3_000_000, lobby)
    sent = asyncio.Event()

    async def lingers() -> AsyncIterator[bytes]:
        yield bytes(2_000_000)  # more than can be on its way: the server is at it by then
        sent.set()
        await asyncio.Event().wait()

    async with httpx.AsyncClient() as client:
        headers = {**tus.headers, "upload-offset": "0", "content-type": PIECE}
        sending = asyncio.create_task(
            client.patch(f"{tus.url}{path}", headers=headers, content=lingers())
        )
        await sent.wait()
        offset = await tus.offset(path)
        assert 0 < offset <= 2_000_000
        rest = bytes(3_000_000 - offset)
        assert (await tus.send(path, offset, rest)).status_code == 204
        sending.cancel()


async def test_a_sum_that_is_wrong_leaves_everything_as_it_was(tus: Tus, lobby: Json) -> None:
    path = await tus.begin(10, lobby)
    await tus.send(path, 0, b"12")
    for algorithm in ("sha1", "sha256", "md5"):
        right = hashlib.new(algorithm, b"34").digest()
        wrong = {"upload-checksum": f"{algorithm} {encoded(right)}"}
        assert (await tus.send(path, 2, b"35", **wrong)).status_code == 460
        assert await tus.offset(path) == 2
    for bad in ("crc32 AAAA", "sha1", "sha1 !!!"):
        expected = 460 if bad == "sha1" else 400
        assert (await tus.send(path, 2, b"35", **{"upload-checksum": bad})).status_code == expected
    right = hashlib.new("sha1", b"34", usedforsecurity=False).digest()
    good = {"upload-checksum": f"sha1 {encoded(right)}"}
    assert (await tus.send(path, 2, b"34", **good)).headers["upload-offset"] == "4"


async def test_an_upload_can_be_given_up(tus: Tus, lobby: Json, server: Running) -> None:
    path = await tus.begin(10, lobby)
    await tus.send(path, 0, b"12")
    assert (await tus.ask("DELETE", path)).status_code == 204
    assert (await tus.ask("HEAD", path)).status_code == 404
    assert path.rsplit("/", 1)[1] not in server.house.shelf.drafts.left()


async def test_an_upload_that_nobody_goes_on_with_is_forgotten(
    tus: Tus, lobby: Json, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await tus.begin(10, lobby)
    await tus.send(path, 0, b"12")
    name = path.rsplit("/", 1)[1]
    monkeypatch.setattr(server.house.policy.__class__, "upload_lifetime", None, raising=False)
    now = Clock.now
    monkeypatch.setattr(Clock, "now", lambda clock: f"2999{now(clock)[4:]}")
    await sweeping.forget_uploads(server.house)
    monkeypatch.undo()
    assert (await tus.ask("HEAD", path)).status_code == 404
    assert name not in server.house.shelf.drafts.left()


async def test_only_who_began_it_goes_on_with_it(
    tus: Tus, lobby: Json, ben: Person, anybody: Client
) -> None:
    await ben.join(lobby)
    path = await tus.begin(10, lobby)
    for method in ("HEAD", "PATCH", "DELETE"):
        headers = {"upload-offset": "0", "content-type": PIECE}
        assert (await Tus(ben).ask(method, path, headers=headers)).status_code == 404
        nobody = {**headers, "authorization": None}
        assert (await Tus(anybody).ask(method, path, headers=nobody)).status_code == 401
    assert (await Tus(anybody).create(1, lobby)).status_code == 401


async def test_what_is_wrong_is_told(tus: Tus, lobby: Json, ada: Person, outsider: Person) -> None:
    plans = await ada.create_channel("PRIVATE")
    for response, status, said in (
        (await tus.create(10_000_001, lobby), 413, "PAYLOAD_TOO_LARGE"),
        (await tus.create(1, {"id": str(uuid4())}), 404, "NOT_FOUND"),
        (await Tus(outsider).create(1, plans), 404, "NOT_FOUND"),
        (await Tus(outsider).create(1, lobby), 403, "FORBIDDEN"),
        (await tus.create(1, lobby, id="x"), 400, "BAD_USER_INPUT"),
        (await tus.create(1, lobby, filename="a\0b"), 400, "BAD_USER_INPUT"),
        (await tus.create(1, lobby, replacesId=str(uuid4())), 404, "NOT_FOUND"),
        (await tus.create(1, lobby, parentIds=str(uuid4())), 400, "BAD_USER_INPUT"),
        (await tus.ask("POST", headers={"upload-length": "1"}), 400, "BAD_USER_INPUT"),
    ):
        assert (response.status_code, code(response)) == (status, said), response.text
        assert response.headers["tus-resumable"] == "1.0.0"
    path = await tus.begin(10, lobby)
    for method, where, headers, status in (
        ("POST", "/files/tus", {"tus-resumable": None}, 412),
        ("POST", "/files/tus", {"tus-resumable": "0.2"}, 412),
        ("POST", "/files/tus", {"upload-length": "-1"}, 400),
        ("POST", "/files/tus", {"upload-length": "3.0"}, 400),
        ("POST", "/files/tus", {"upload-length": "9" * 30}, 400),
        ("POST", "/files/tus", {"upload-length": "1", "upload-metadata": "channelId !"}, 400),
        ("POST", "/files/tus", {"upload-length": "1", "upload-metadata": "a," * 9_000}, 400),
        ("GET", path, {}, 405),
        ("PUT", path, {}, 405),
        ("POST", path, {}, 405),
        ("PATCH", "/files/tus", {}, 405),
        ("PATCH", path, {"content-type": "text/plain", "upload-offset": "0"}, 415),
        ("PATCH", path, {"content-type": PIECE}, 400),
        ("PATCH", path, {"content-type": PIECE, "upload-offset": "1"}, 409),
        ("PATCH", f"/files/tus/{uuid4()}", {"content-type": PIECE, "upload-offset": "0"}, 404),
        ("PATCH", "/files/tus/../secret", {"content-type": PIECE, "upload-offset": "0"}, 404),
    ):
        response = await tus.ask(method, where, headers=headers)
        assert response.status_code == status, (method, where, headers)
        assert (response.headers.get("tus-version") is not None) == (status == 412)
    over = await tus.send(path, 0, bytes(11))
    assert (over.status_code, code(over)) == (413, "PAYLOAD_TOO_LARGE")
    assert await tus.offset(path) == 0
    spoken = await tus.ask("POST", path, headers={"x-http-method-override": "HEAD"})
    assert spoken.headers["upload-offset"] == "0"


async def test_what_cannot_become_a_file_is_no_upload_any_more(
    tus: Tus, ada: Person, lobby: Json, server: Running
) -> None:
    file = await ada.upload(lobby)
    path = await tus.begin(3, lobby, replacesId=file["id"])
    await ada.do("mutation($id: ID!) { deleteFile(id: $id) }", id=file["id"])
    response = await tus.send(path, 0, b"new")
    assert (response.status_code, code(response)) == (404, "NOT_FOUND")
    assert (await tus.ask("HEAD", path)).status_code == 404
    assert path.rsplit("/", 1)[1] not in server.house.shelf.drafts.left()


async def test_who_may_not_speak_for_a_while_finishes_their_upload_later(
    tus: Tus, ada: Person, ben: Person
) -> None:
    room = await ben.create_channel("PRIVATE", memberIds=[ada.id])
    path = await tus.begin(3, room)
    mute = "mutation($c: ID!, $u: ID!) { muteMember(channelId: $c, userId: $u) { id } }"
    await ben.do(mute, c=room["id"], u=ada.id)
    response = await tus.send(path, 0, b"new")
    assert (response.status_code, code(response)) == (403, "FORBIDDEN")
    await ben.do(mute.replace("mute", "unmute"), c=room["id"], u=ada.id)
    assert await tus.offset(path) == 3
    assert (await tus.ask("HEAD", path)).headers["tertulia-file-id"]


async def test_what_was_forgotten_can_be_begun_anew(
    tus: Tus, lobby: Json, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = str(uuid4())
    path = await tus.begin(10, lobby, id=given)
    await tus.send(path, 0, b"12")
    soon = server.house.clock.after(-timedelta(minutes=1))
    await server.house.write(lambda t: table.go_on(t.db, path.rsplit("/", 1)[1], soon))
    assert (await tus.ask("HEAD", path)).status_code == 404
    assert await tus.begin(10, lobby, id=given) == path
    assert await tus.offset(path) == 0


async def test_an_upload_that_had_all_its_bytes_when_the_server_died_becomes_a_file(
    tus: Tus, ada: Person, lobby: Json, server: Running
) -> None:
    path = await tus.begin(4, lobby)
    name = path.rsplit("/", 1)[1]
    (server.house.shelf.drafts.folder / name).write_bytes(b"hola")
    response = await tus.ask("HEAD", path)
    assert response.headers["upload-offset"] == "4"
    assert (await ada.do(ONE, id=response.headers["tertulia-file-id"]))["size"] == 4


async def test_what_is_under_way_counts_for_the_quota(tmp_path: Path) -> None:
    async with a_server(tmp_path, user_quota_bytes=100) as server, httpx.AsyncClient() as http:
        ada = await sign_up(server.url, http, "ada")
        lobby, tus = await ada.create_channel(), Tus(ada)
        path = await tus.begin(60, lobby)
        refused = await tus.create(41, lobby)
        assert (refused.status_code, code(refused)) == (413, "QUOTA_EXCEEDED")
        assert (await tus.send(path, 0, bytes(60))).status_code == 204
        await tus.begin(40, lobby)


async def test_there_are_so_many_under_way_at_the_most(
    tus: Tus, lobby: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_UNDER_WAY", 2)
    for _ in range(2):
        await tus.begin(1, lobby)
    assert code(await tus.create(1, lobby)) == "QUOTA_EXCEEDED"


async def test_a_ban_ends_what_is_under_way(
    tus: Tus, ada: Person, admin: Person, lobby: Json, server: Running
) -> None:
    path = await tus.begin(9_000_000, lobby)
    banned = asyncio.Event()

    async def goes_on() -> AsyncIterator[bytes]:
        yield bytes(1_200_000)
        await banned.wait()
        for _ in range(6):
            yield bytes(1_200_000)

    headers = {**tus.headers, "upload-offset": "0", "content-type": PIECE}
    async with httpx.AsyncClient() as client:
        sending = asyncio.create_task(
            client.patch(f"{tus.url}{path}", headers=headers, content=goes_on())
        )
        draft = server.house.shelf.drafts.folder / path.rsplit("/", 1)[1]
        await until(lambda: draft.exists() and draft.stat().st_size)
        await admin.do(
            'mutation($id: ID!) { banUser(input: { userId: $id, reason: "x" }) { id } }', id=ada.id
        )
        banned.set()
        response = await sending
    assert (response.status_code, code(response)) == (403, "BANNED")
    assert draft.stat().st_size < 4_000_000


async def test_an_api_token_for_reading_uploads_nothing(ada: Person, lobby: Json) -> None:
    make = """mutation { createApiToken(input: { name: "x", scope: READ,
      password: "correct horse battery" }) { token } }"""
    bot = Client(ada.url, ada.http, (await ada.do(make))["token"])
    response = await Tus(bot).create(1, lobby)
    assert (response.status_code, code(response)) == (403, "FORBIDDEN")


def test_the_first_version_has_an_id_that_follows_from_that_of_the_file() -> None:
    assert first_of("01a21f77-af0e-74e0-99bb-46951ea2ff9a") == (
        "80f10eb2-4cff-51f6-80db-53db7d9d3c4a"
    )
