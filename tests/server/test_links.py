"""Links to files: what they lead to, and when they stop leading there."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from adapters.clock import Clock
from models import files
from resolvers import links
from server.downloads import disposition
from server.serving import Running
from tests.cast import Client, Person, sign_up
from tests.server.test_files import AVATAR, a_picture
from tests.stage import a_server

ONE = "query($id: ID!) { file(id: $id) { url } }"
BAN = 'mutation($id: ID!) { banUser(input: { userId: $id, reason: "x" }) { id } }'
REMOVE = "mutation($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }"


async def get(url: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient() as nobody:
        return await nobody.get(url, headers=headers)


async def status(url: str) -> int:
    return (await get(url)).status_code


async def renewed(person: Client, file: dict[str, str]) -> str:
    return str((await person.do(ONE, id=file["id"]))["url"])


async def test_all_who_may_see_a_file_get_the_same_link(ada: Person, ben: Person) -> None:
    lobby = await ada.create_channel()
    await ben.join(lobby)
    file = await ada.upload(lobby)
    assert await renewed(ben, file) == await renewed(ada, file) == file["url"]


async def test_a_link_ends_with_the_right_of_anybody_in_the_channel(
    ada: Person, ben: Person, outsider: Person, admin: Person
) -> None:
    plans = await ada.create_channel("PRIVATE", memberIds=[ben.id, outsider.id])
    lobby = await ada.create_channel("PUBLIC")
    other = await ada.create_channel("PRIVATE", name="other")
    files = {room["id"]: await ada.upload(room) for room in (plans, lobby, other)}
    links = {room: file["url"] for room, file in files.items()}

    async def dead() -> set[str]:
        """The channels whose links are no good any more; new ones are there for who may."""
        found = {room for room, link in links.items() if await status(link) == 404}
        for room in found:
            links[room] = await renewed(ada, files[room])
            assert await status(links[room]) == 200
        return found

    assert await dead() == set()
    await ada.do(REMOVE, c=plans["id"], u=ben.id)
    assert await dead() == {plans["id"]}
    await outsider.do("mutation($id: ID!) { leaveChannel(id: $id) }", id=plans["id"])
    assert await dead() == {plans["id"]}
    # Who could read it without being a member may have had a link.
    await admin.do(BAN, id=outsider.id)
    assert lobby["id"] in await dead()
    kind = (
        'mutation($id: ID!) { updateChannel(input: { id: $id, kind: PRIVATE, name: "l" }) { id } }'
    )
    await ada.do(kind, id=lobby["id"])
    assert await dead() == {lobby["id"]}
    assert await status(files[other["id"]]["url"]) == 200


async def test_a_link_holds_for_an_hour_or_two(
    ada: Person, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await ada.upload(await ada.create_channel())
    row = await files.version(server.house.db, made["heads"][0])
    assert row is not None
    start = datetime.now(UTC).replace(minute=59, second=59)
    for minutes, expected in ((0, 200), (60, 200), (61, 404), (-1, 200), (-60, 404)):
        # The clock of links alone: people would be signed out by this.
        at(monkeypatch, start)
        url = links.of_version(server.house, row)
        assert url
        at(monkeypatch, start + timedelta(minutes=minutes))
        assert await status(url) == expected, minutes
        monkeypatch.undo()


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(Clock, "seconds", lambda _: moment.timestamp())


async def test_a_link_that_was_tampered_with_leads_nowhere(ada: Person) -> None:
    lobby = await ada.create_channel()
    one, other = [(await ada.upload(lobby, uuid4().bytes))["url"] for _ in range(2)]
    start, version, link = one.rsplit("/", 2)
    hour, _, mark = link.partition("-")
    for changed in (
        f"{start}/{version}/{int(hour) + 1}-{mark}",
        f"{start}/{version}/{hour}-{mark[:-1]}",
        f"{start}/{version}/{hour}-{mark}x",
        f"{start}/{version}/{hour}-",
        f"{start}/{version}/{hour}",
        f"{start}/{version}/-{mark}",
        f"{start}/{version}/٣-{mark}",
        f"{start}/{version}/{'9' * 5000}-{mark}",
        f"{start}/{other.rsplit('/', 2)[1]}/{link}",
        f"{start}/{version}/{link}/thumbnail",
        f"{start}/{uuid4()}/{link}",
        f"{start}/x/{link}",
        f"{start}/..%2f..%2fsecret.key/{link}",
        f"{start}/{version}%00/{link}",
    ):
        assert await status(changed) == 404, changed
    assert await status(one) == 200


async def test_a_link_to_an_avatar_is_for_that_picture_of_that_user(
    ada: Person, ben: Person
) -> None:
    first, again, other = [
        (await person.ask_with_file(AVATAR, a_picture(color=color), "a.png"))["data"]["setAvatar"]
        for person, color in ((ada, "teal"), (ada, "gold"), (ben, "gold"))
    ]
    start, user, link = again["avatarUrl"].rsplit("/", 2)
    hour, _, mark = link.partition("-")
    file = await ada.upload(await ada.create_channel(), a_picture())
    for changed in (
        first["avatarUrl"],
        f"{start}/{ben.id}/{link}",
        f"{start}/{user}/{other['avatarUrl'].rsplit('/', 1)[1]}",
        f"{start}/{user}/{file['url'].rsplit('/', 1)[1]}",
        f"{start}/{user}/{int(hour) + 1}-{mark}",
        f"{start}/{user}/{hour}-{mark[:-1]}",
        f"{start}/{uuid4()}/{link}",
        f"{start}/x/{link}",
    ):
        assert await status(changed) == 404, changed
    assert await status(again["avatarUrl"]) == await status(other["avatarUrl"]) == 200


async def test_a_part_can_be_asked_for(ada: Person) -> None:
    lobby = await ada.create_channel()
    file = await ada.upload(lobby, bytes(range(100)))
    etag = f'"{file["sha256"]}"'
    part = await get(file["url"], range="bytes=10-19")
    assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
    assert part.headers["content-range"] == "bytes 10-19/100"
    assert (await get(file["url"], range="bytes=-5")).content == bytes(range(95, 100))
    resumed = await get(file["url"], range="bytes=90-", **{"if-range": etag})
    assert (resumed.status_code, len(resumed.content)) == (206, 10)
    changed = await get(file["url"], range="bytes=90-", **{"if-range": '"other"'})
    assert (changed.status_code, len(changed.content)) == (200, 100)
    assert (await get(file["url"], range="bytes=100-")).status_code == 416
    several = await get(file["url"], range="bytes=0-0,50-51")
    assert several.headers["content-type"].startswith("multipart/byteranges")
    for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        assert (await get(file["url"], **{"if-none-match": known})).status_code == 304
    assert (await get(file["url"], **{"if-none-match": '"x"'})).status_code == 200
    async with httpx.AsyncClient() as nobody:
        head = await nobody.head(file["url"])
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "100", b"")


@pytest.mark.parametrize(
    ("content", "kind", "way"),
    [
        (b"hola", "text/plain; charset=utf-8", "inline"),
        (b"GIF89a" + bytes(20), "image/gif", "inline"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "application/octet-stream", "attachment"),
        (b"<!doctype html><script>alert(1)</script>", "application/octet-stream", "attachment"),
        (b"%PDF-1.7", "application/pdf", "attachment"),
        (b"PK\x03\x04" + bytes(50), "application/zip", "attachment"),
        (bytes(20), "application/octet-stream", "attachment"),
        (b"", "application/octet-stream", "attachment"),
    ],
)
async def test_only_what_is_harmless_to_look_at_is_shown(
    ada: Person, content: bytes, kind: str, way: str
) -> None:
    lobby = await ada.create_channel()
    response = await get((await ada.upload(lobby, content, "a.png"))["url"])
    assert response.headers["content-type"] == kind
    assert response.headers["content-disposition"].startswith(f"{way}; filename=")
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a.txt", "inline; filename=\"a.txt\"; filename*=UTF-8''a.txt"),
        ("año.txt", "inline; filename=\"a_o.txt\"; filename*=UTF-8''a%C3%B1o.txt"),
        ('a"b;c.txt', "inline; filename=\"a_b;c.txt\"; filename*=UTF-8''a%22b%3Bc.txt"),
    ],
)
async def test_what_is_saved_has_its_name(ada: Person, name: str, told: str) -> None:
    lobby = await ada.create_channel()
    file = await ada.upload(lobby, name=name)
    assert file["name"] == name
    assert (await get(file["url"])).headers["content-disposition"] == told


def test_no_name_breaks_the_header() -> None:
    for name in ("a\r\nb", "\x00", "%s", "\u202e", "'", "\\"):
        assert re.fullmatch(r"[ -~]+", disposition(name))


async def test_files_have_an_origin_of_their_own_where_there_is_one(tmp_path: Path) -> None:
    origin = "http://files.example"
    async with a_server(tmp_path, files_origin=origin) as server, httpx.AsyncClient() as http:
        ada = await sign_up(server.url, http, "ada")
        lobby = await ada.create_channel()
        file = await ada.upload(lobby)
        assert file["url"].startswith(f"{origin}/files/")
        path = file["url"].removeprefix(origin)
        there = {"host": "files.example"}
        found = await http.get(f"{server.url}{path}", headers=there)
        assert (found.status_code, found.content) == (200, b"hola")
        assert found.headers["cross-origin-resource-policy"] == "cross-origin"
        assert found.headers["access-control-allow-origin"] == "*"
        # A page of the server's own, or of any other site, may show it.
        shown = {**there, "origin": "https://elsewhere.example"}
        assert (await http.get(f"{server.url}{path}", headers=shown)).status_code == 200
        assert (await http.get(f"{server.url}{path}")).status_code == 404
        for page in ("/", "/graphql", "/files/tus", "/healthz"):
            assert (await http.get(f"{server.url}{page}", headers=there)).status_code == 404
