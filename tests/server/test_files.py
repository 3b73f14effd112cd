"""Files, as clients see them: uploaded, sent, replaced, fetched and taken away."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from adapters.ids import first_of
from resolvers import storing
from server.serving import Running
from tests.cast import FILE, UPLOAD, Client, Json, Person, Refused, sign_up
from tests.server.test_tus import Tus
from tests.stage import a_server, until

ONE = f"query($id: ID!) {{ file(id: $id) {{ {FILE} }} }}"
LISTED = "query($id: ID!) { files(channelId: $id) { nodes { id name } } }"
SEND = """mutation($input: SendMessageInput!) {
  sendMessage(input: $input) { id body files { id name url } } }"""
DELETE = "mutation($id: ID!) { deleteFile(id: $id) }"
UNSAY = "mutation($id: ID!) { deleteMessage(id: $id) { id files { id } } }"
BAN = 'mutation($id: ID!) { banUser(input: { userId: $id, reason: "x" }) { id } }'
AVATAR = "mutation($file: Upload) { setAvatar(file: $file) { id avatarUrl } }"


def a_picture(
    form: str = "PNG",
    size: tuple[int, int] = (800, 400),
    color: str = "teal",
    **given: object,
) -> bytes:
    """The bytes of a picture, with the place where it was taken."""
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (40.0, 25.0, 1.5), 29: "2026:01:31"})
    exif[0x010F] = "a camera"
    written = BytesIO()
    Image.new("RGB", size, color).save(written, form, exif=exif, **given)
    return written.getvalue()


def blobs_of(server: Running) -> list[str]:
    return [kept.sha256 for kept in server.house.shelf.blobs.all()]


def drafts_of(server: Running) -> list[Path]:
    return list(server.house.shelf.drafts.folder.iterdir())


async def fetched(person: Client, url: str | None, **headers: str) -> httpx.Response:
    """What a link leads to, for whoever has it: nothing says who asks."""
    assert url
    async with httpx.AsyncClient() as nobody:
        return await nobody.get(url, headers=headers)


async def test_what_ada_uploads_ben_gets(ada: Person, ben: Person) -> None:
    lobby = await ada.create_channel()
    await ben.join(lobby)
    content = "¡hola!\n".encode()
    made = await ada.upload(lobby, content, "notes.txt")
    assert made["name"] == "notes.txt"
    assert made["contentType"] == "text/plain"
    assert made["size"] == len(content)
    assert made["sha256"] == hashlib.sha256(content).hexdigest()
    assert made["status"] == "READY"
    assert made["uploader"]["username"] == ada.username
    assert made["channel"]["id"] == lobby["id"]
    assert [v["id"] for v in made["versions"]] == made["heads"] == [first_of(made["id"])]
    assert await ben.do(ONE, id=made["id"]) == made
    response = await fetched(ben, made["url"])
    assert response.content == content
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["etag"] == f'"{made["sha256"]}"'
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert response.headers["content-disposition"].startswith("inline; ")
    assert "set-cookie" not in response.headers


async def test_a_message_may_be_nothing_but_files(ada: Person, ben: Person) -> None:
    lobby = await ada.create_channel()
    await ben.join(lobby)
    ids = [(await ada.upload(lobby, b"x", f"{n}.txt"))["id"] for n in (2, 1)]
    given = {"channelId": lobby["id"], "fileIds": ids, "id": str(uuid4())}
    sent = await ada.do(SEND, input=given)
    assert (sent["body"], [one["id"] for one in sent["files"]]) == ("", ids)
    assert await ada.do(SEND, input=given) == sent
    assert await ada.code(SEND, input={**given, "fileIds": ids[:1]}) == "CONFLICT"
    again = await ada.do(SEND, input={"channelId": lobby["id"], "body": "again", "fileIds": ids})
    assert [one["id"] for one in again["files"]] == ids
    history = "query($id: ID!) { messages(channelId: $id) { nodes { files { id } } } }"
    found = await ben.do(history, id=lobby["id"])
    assert [[f["id"] for f in one["files"]] for one in found["nodes"]] == [ids, ids]
    assert [one["id"] for one in (await ben.do(LISTED, id=lobby["id"]))["nodes"]] == ids[::-1]


async def test_a_message_refers_to_files_of_its_author_in_its_channel(
    ada: Person, ben: Person
) -> None:
    lobby, other = await ada.create_channel(), await ada.create_channel(name="other")
    await ben.join(lobby)
    mine = (await ada.upload(lobby))["id"]
    for person, channel, ids, code in (
        (ben, lobby, [mine], "FORBIDDEN"),
        (ada, other, [mine], "BAD_USER_INPUT"),
        (ada, lobby, [str(uuid4())], "NOT_FOUND"),
        (ada, lobby, ["x"], "NOT_FOUND"),
        (ada, lobby, [str(uuid4()) for _ in range(11)], "BAD_USER_INPUT"),
        (ada, lobby, [], "BAD_USER_INPUT"),
    ):
        assert await person.code(SEND, input={"channelId": channel["id"], "fileIds": ids}) == code


async def test_a_retry_with_the_same_id_finds_the_file(ada: Person, ben: Person) -> None:
    lobby = await ada.create_channel()
    await ben.join(lobby)
    given = str(uuid4())
    made = await ada.upload(lobby, b"once", id=given)
    assert made["id"] == given
    assert await ada.upload(lobby, b"once", id=given.upper()) == made
    other = await ada.create_channel(name="other")
    for person, where, content, name in (
        (ada, lobby, b"twice", "a.txt"),
        (ada, lobby, b"once", "b.txt"),
        (ada, other, b"once", "a.txt"),
        (ben, lobby, b"once", "a.txt"),
    ):
        answer = await person.ask_with_file(UPLOAD, content, name, channelId=where["id"], id=given)
        assert answer["errors"][0]["extensions"]["code"] == "CONFLICT"
    assert await ada.do(DELETE, id=given) == given
    answer = await ada.ask_with_file(UPLOAD, b"once", channelId=lobby["id"], id=given)
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    answer = await ada.ask_with_file(UPLOAD, b"twice", channelId=lobby["id"], id=given)
    assert answer["errors"][0]["extensions"]["code"] == "CONFLICT"


async def test_two_versions_from_one_parent_both_stay_until_they_are_merged(
    ada: Person, ben: Person
) -> None:
    lobby = await ada.create_channel()
    await ben.join(lobby)
    made = await ada.upload(lobby, b"plan", "plan.txt")
    first = made["heads"][0]
    file = {"replacesId": made["id"]}
    mine, his, merged = str(uuid4()), str(uuid4()), str(uuid4())
    await ada.upload(lobby, b"plan A", "plan.txt", **file, id=mine, parentIds=[first])
    forked = await ben.upload(lobby, b"plan B", "plan.txt", **file, id=his, parentIds=[made["id"]])
    assert forked["id"] == made["id"]
    assert forked["heads"] == [mine, his]
    assert {v["id"]: v["parents"] for v in forked["versions"]} == {
        first: [],
        mine: [first],
        his: [first],
    }
    assert forked["sha256"] == hashlib.sha256(b"plan B").hexdigest()
    for version, content in zip(forked["versions"], (b"plan", b"plan A", b"plan B"), strict=True):
        assert (await fetched(ada, version["url"])).content == content
    whole = await ada.upload(lobby, b"A & B", "both.txt", **file, id=merged, parentIds=[mine, his])
    assert whole["heads"] == [merged]
    assert set(whole["versions"][-1]["parents"]) == {mine, his}
    assert (whole["name"], whole["uploader"]["username"]) == ("both.txt", ada.username)
    later = await ben.upload(lobby, b"more", **file)
    assert later["versions"][-1]["parents"] == [merged]
    assert later["versions"][-1]["author"]["username"] == ben.username


async def test_bad_parents_are_refused(ada: Person) -> None:
    lobby, other = await ada.create_channel(), await ada.create_channel(name="other")
    file = (await ada.upload(lobby))["id"]
    late, early = str(uuid4()), str(uuid4())
    await ada.upload(lobby, b"late", replacesId=file, id=late, parentIds=[early])
    for given, code in (
        ({"replacesId": str(uuid4())}, "NOT_FOUND"),
        ({"replacesId": "x"}, "NOT_FOUND"),
        ({"replacesId": file, "parentIds": ["x"]}, "BAD_USER_INPUT"),
        ({"replacesId": file, "parentIds": []}, "BAD_USER_INPUT"),
        ({"replacesId": file, "parentIds": [str(uuid4()) for _ in range(21)]}, "BAD_USER_INPUT"),
        ({"parentIds": [file]}, "BAD_USER_INPUT"),
        ({"replacesId": file, "id": early, "parentIds": [late]}, "BAD_USER_INPUT"),
        ({"replacesId": file, "id": early, "parentIds": [early]}, "BAD_USER_INPUT"),
        ({"replacesId": file, "channelId": other["id"]}, "BAD_USER_INPUT"),
        ({"id": "x"}, "BAD_USER_INPUT"),
    ):
        answer = await ada.ask_with_file(UPLOAD, b"x", **{"channelId": lobby["id"], **given})
        assert answer["errors"][0]["extensions"]["code"] == code, given
    assert [v["id"] for v in (await ada.do(ONE, id=file))["versions"]] == [first_of(file), late]


async def test_a_file_has_so_many_versions_at_the_most(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "MOST_VERSIONS", 2)
    lobby = await ada.create_channel()
    file = (await ada.upload(lobby))["id"]
    await ada.upload(lobby, b"2", replacesId=file)
    with pytest.raises(Refused, match="QUOTA_EXCEEDED"):
        await ada.upload(lobby, b"3", replacesId=file)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
async def test_a_picture_has_a_small_one_and_does_not_say_where_it_was_taken(
    ada: Person, form: str
) -> None:
    lobby = await ada.create_channel()
    content = a_picture(form)
    assert Image.open(BytesIO(content)).getexif().get_ifd(0x8825)
    made = await ada.upload(lobby, content, "holiday")
    assert made["contentType"] == f"image/{form.lower()}"
    assert (made["width"], made["height"], made["size"]) == (800, 400, len(content))
    served = (await fetched(ada, made["url"])).content
    assert hashlib.sha256(served).hexdigest() == made["sha256"]
    with Image.open(BytesIO(served)) as shown:
        shown.load()
        assert shown.getexif()[0x010F] == "a camera"
        assert not shown.getexif().get_ifd(0x8825)
    assert b"2026:01:31" not in served
    small = await fetched(ada, made["thumbnailUrl"])
    assert small.headers["content-type"] == "image/webp"
    with Image.open(BytesIO(small.content)) as shown:
        assert (shown.size, shown.format) == ((480, 240), "WEBP")
    assert await ada.upload(lobby, content, "holiday", id=made["id"]) == made


async def test_a_file_that_is_too_large_is_refused_while_it_comes(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path, max_upload_bytes=1_000_000) as server,
        httpx.AsyncClient() as http,
    ):
        ada = await signed_up(server, http)
        lobby = await ada.create_channel()
        assert await ada.do("{ server { maxUploadBytes } }") == {"maxUploadBytes": 1_000_000}
        assert (await ada.upload(lobby, bytes(1_000_000)))["size"] == 1_000_000
        come = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal come
            yield form_begins(lobby)
            while True:
                come += 65_536
                yield bytes(65_536)

        headers = {
            "authorization": f"Bearer {ada.token}",
            "content-type": "multipart/form-data; boundary=x",
        }
        async with httpx.AsyncClient(timeout=20) as client:
            request = client.build_request(
                "POST", f"{server.url}/graphql", headers=headers, content=endless()
            )
            reading = asyncio.create_task(client.send(request))
            await until(lambda: come > 3_000_000 and not drafts_of(server))
            reading.cancel()
        answer = await ada.ask_with_file(UPLOAD, bytes(1_000_001), channelId=lobby["id"])
        told = answer["errors"][0]["extensions"]
        assert told == {"code": "PAYLOAD_TOO_LARGE", "limit": 1_000_000}
        assert drafts_of(server) == []


def form_begins(channel: Json, filename: str = "a.bin") -> bytes:
    """A form up to the first byte of its file; its boundary is `x`."""
    variables = f'{{"channelId": "{channel["id"]}", "file": null}}'
    query = "mutation($channelId: ID!, $file: Upload!) { uploadFile(input: { channelId: $channelId, file: $file }) { id } }"  # noqa: E501
    part = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n'
    return (
        part.format("operations", "")
        + f'{{"query": "{query}", "variables": {variables}}}\r\n'
        + part.format("map", "")
        + '{"0": ["variables.file"]}\r\n'
        + part.format("0", f'; filename="{filename}"')
    ).encode()


async def signed_up(server: Running, http: httpx.AsyncClient) -> Person:
    return await sign_up(server.url, http, "ada")


async def test_quotas_hold_for_a_user_and_for_the_server(tmp_path: Path) -> None:
    limits = {"user_quota_bytes": 100, "server_quota_bytes": 150}
    async with a_server(tmp_path, **limits) as server, httpx.AsyncClient() as http:
        ada, ben = [await sign_up(server.url, http, name) for name in ("ada", "ben")]
        lobby = await ada.create_channel()
        await ben.join(lobby)
        first = await ada.upload(lobby, bytes(60))
        for person, size, facts in (
            (ada, 41, {"limit": 100, "used": 60}),
            (ben, 91, {"limit": 150, "used": 60}),
        ):
            answer = await person.ask_with_file(UPLOAD, bytes(size), channelId=lobby["id"])
            assert answer["errors"][0]["extensions"] == {"code": "QUOTA_EXCEEDED", **facts}
        await ada.upload(lobby, bytes(40), replacesId=first["id"])
        await ada.do(DELETE, id=first["id"])
        await ada.upload(lobby, bytes(100))
        # What somebody else is uploading counts for the server.
        await Tus(ben).begin(40, lobby)
        answer = await ben.ask_with_file(UPLOAD, bytes(11), channelId=lobby["id"])
        assert answer["errors"][0]["extensions"]["used"] == 140


async def test_types_are_allowed_and_refused_by_what_the_bytes_are(tmp_path: Path) -> None:
    limits = {"file_types": "image/*, text/plain", "refused_file_types": "image/gif"}
    async with a_server(tmp_path, **limits) as server, httpx.AsyncClient() as http:
        ada = await signed_up(server, http)
        lobby = await ada.create_channel()
        assert (await ada.upload(lobby, a_picture(), "a.pdf"))["contentType"] == "image/png"
        for content in (b"%PDF-1.7", a_picture("GIF"), b"\x7fELF", bytes(10)):
            answer = await ada.ask_with_file(UPLOAD, content, "a.png", channelId=lobby["id"])
            assert answer["errors"][0]["extensions"]["code"] == "UNSUPPORTED_FILE"
        assert len(blobs_of(server)) == 2


async def test_nobody_uploads_who_is_not_signed_in_or_not_in_the_channel(
    ada: Person, outsider: Person, anybody: Client, server: Running
) -> None:
    lobby, plans = await ada.create_channel(), await ada.create_channel("PRIVATE")
    for client, channel, code in (
        (anybody, lobby, "UNAUTHENTICATED"),
        (outsider, lobby, "FORBIDDEN"),
        (outsider, plans, "NOT_FOUND"),
    ):
        answer = await client.ask_with_file(UPLOAD, channelId=channel["id"])
        assert answer["errors"][0]["extensions"]["code"] == code
    file = await ada.upload(plans)
    assert await outsider.code(ONE, id=file["id"]) == "NOT_FOUND"
    assert await outsider.code(LISTED, id=plans["id"]) == "NOT_FOUND"
    assert drafts_of(server) == []


async def test_a_ban_ends_what_is_under_way(ada: Person, admin: Person, server: Running) -> None:
    lobby = await ada.create_channel()
    banned, before = asyncio.Event(), blobs_of(server)

    async def goes_on() -> AsyncIterator[bytes]:
        yield form_begins(lobby) + bytes(1_200_000)
        await banned.wait()
        for _ in range(6):
            yield bytes(1_200_000)
        # It has no end: who is heard of only then is not banned, but malformed.

    headers = {
        "authorization": f"Bearer {ada.token}",
        "content-type": "multipart/form-data; boundary=x",
    }
    async with httpx.AsyncClient() as client:
        sending = asyncio.create_task(
            client.post(f"{server.url}/graphql", headers=headers, content=goes_on())
        )
        await until(lambda: any(path.stat().st_size for path in drafts_of(server)))
        await admin.do(BAN, id=ada.id)
        banned.set()
        answer = (await sending).json()
    assert answer["errors"][0]["extensions"]["code"] == "BANNED"
    assert (drafts_of(server), blobs_of(server)) == ([], before)


async def test_a_form_has_its_files_last(ada: Person, server: Running) -> None:
    lobby, before = await ada.create_channel(), blobs_of(server)
    field = b'\r\n--x\r\nContent-Disposition: form-data; name="map"\r\n\r\n{}\r\n--x--\r\n'
    headers = {
        "authorization": f"Bearer {ada.token}",
        "content-type": "multipart/form-data; boundary=x",
    }
    body = form_begins(lobby) + b"hola" + field
    response = await ada.http.post(f"{server.url}/graphql", headers=headers, content=body)
    error = response.json()["errors"][0]
    assert (response.status_code, error["extensions"]["code"]) == (400, "BAD_QUERY")
    assert "and then the files" in error["message"]
    assert (drafts_of(server), blobs_of(server)) == ([], before)


async def test_equal_content_is_on_the_disk_once_and_as_long_as_something_refers_to_it(
    ada: Person, server: Running
) -> None:
    lobby = await ada.create_channel()
    content = uuid4().bytes
    digest = hashlib.sha256(content).hexdigest()
    first, second = [await ada.upload(lobby, content, name) for name in ("a", "b")]
    assert blobs_of(server).count(digest) == 1
    await ada.do(DELETE, id=first["id"])
    # What is swept away in its turn shows that this one was looked at.
    other = await ada.upload(lobby, uuid4().bytes)
    await ada.do(DELETE, id=other["id"])
    await until(lambda: other["sha256"] not in blobs_of(server))
    assert (await fetched(ada, second["url"])).content == content
    await ada.do(DELETE, id=second["id"])
    await until(lambda: digest not in blobs_of(server))


async def test_files_go_with_the_last_message_that_refers_to_them(
    ada: Person, server: Running
) -> None:
    lobby = await ada.create_channel()
    file = await ada.upload(lobby, uuid4().bytes)
    given = {"channelId": lobby["id"], "fileIds": [file["id"]]}
    sent = [await ada.do(SEND, input=given) for _ in range(2)]
    assert (await ada.do(UNSAY, id=sent[0]["id"]))["files"] == []
    assert (await fetched(ada, file["url"])).status_code == 200
    await ada.do(UNSAY, id=sent[1]["id"])
    assert await ada.code(ONE, id=file["id"]) == "NOT_FOUND"
    assert (await fetched(ada, file["url"])).status_code == 404
    await until(lambda: file["sha256"] not in blobs_of(server))


async def test_a_deleted_file_is_gone_from_its_messages(ada: Person, ben: Person) -> None:
    lobby = await ada.create_channel()
    await ben.join(lobby)
    file = await ben.upload(lobby)
    given = {"channelId": lobby["id"], "fileIds": [file["id"]], "body": "look"}
    sent = await ben.do(SEND, input=given)
    assert await ada.do(DELETE, id=file["id"]) == file["id"]
    found = "query($id: ID!) { message(id: $id) { body files { id } } }"
    assert await ben.do(found, id=sent["id"]) == {"body": "look", "files": []}
    assert await ben.code(DELETE, id=file["id"]) == "NOT_FOUND"


async def test_files_go_with_their_channel(ada: Person, server: Running) -> None:
    lobby = await ada.create_channel()
    file = await ada.upload(lobby, uuid4().bytes)
    await ada.do("mutation($id: ID!) { deleteChannel(id: $id) }", id=lobby["id"])
    assert (await fetched(ada, file["url"])).status_code == 404
    await until(lambda: file["sha256"] not in blobs_of(server))


async def test_purging_and_deleting_somebody_takes_their_files(
    ada: Person, ben: Person, admin: Person, server: Running
) -> None:
    lobby = await ada.create_channel()
    await ben.join(lobby)
    sent, unsent = [await ben.upload(lobby, uuid4().bytes) for _ in range(2)]
    await ben.do(SEND, input={"channelId": lobby["id"], "fileIds": [sent["id"]]})
    mine = await ada.upload(lobby, b"plan", "plan.txt")
    changed = await ben.upload(lobby, uuid4().bytes, replacesId=mine["id"])
    purge = "mutation($i: PurgeMessagesInput!) { purgeMessages(input: $i) }"
    assert await admin.do(purge, i={"userId": ben.id, "channelId": lobby["id"]}) == 1
    assert [f["id"] for f in (await ada.do(LISTED, id=lobby["id"]))["nodes"]] == [mine["id"]]
    delete = "mutation($id: ID!) { deleteUser(userId: $id, content: DELETE) }"
    await admin.do(delete, id=ben.id)
    left = await ada.do(ONE, id=mine["id"])
    assert (left["sha256"], left["heads"]) == (mine["sha256"], mine["heads"])
    gone = {sent["sha256"], unsent["sha256"], changed["sha256"]}
    await until(lambda: not gone & set(blobs_of(server)))


async def test_files_of_a_deleted_user_who_left_them_are_nobodys(
    ada: Person, ben: Person, admin: Person
) -> None:
    lobby = await ada.create_channel()
    await ben.join(lobby)
    file = await ben.upload(lobby)
    await admin.do("mutation($id: ID!) { deleteUser(userId: $id, content: KEEP) }", id=ben.id)
    left = await ada.do(ONE, id=file["id"])
    assert left["uploader"] is None
    assert (await fetched(ada, left["url"])).content == b"hola"


async def test_an_avatar_is_a_square_that_all_may_see(
    ada: Person, ben: Person, server: Running
) -> None:
    answer = await ada.ask_with_file(AVATAR, a_picture(), "me.png")
    url = answer["data"]["setAvatar"]["avatarUrl"]
    assert await ben.do("query($id: ID!) { user(id: $id) { avatarUrl } }", id=ada.id) == {
        "avatarUrl": url
    }
    response = await fetched(ben, url)
    with Image.open(BytesIO(response.content)) as shown:
        assert (shown.size, shown.format) == ((256, 256), "WEBP")
        assert not shown.getexif()
    digest = hashlib.sha256(response.content).hexdigest()
    assert digest in blobs_of(server)
    answer = await ada.ask_with_file(AVATAR, b"no picture", "me.png")
    assert answer["errors"][0]["extensions"]["code"] == "UNSUPPORTED_FILE"
    assert (await ada.do(AVATAR, file=None))["avatarUrl"] is None
    assert (await fetched(ben, url)).status_code == 404
    await until(lambda: digest not in blobs_of(server))


async def test_every_change_of_a_file_has_an_event(ada: Person, ben: Person) -> None:
    lobby = await ada.create_channel()
    await ben.join(lobby)
    head = await ben.do("{ head }")
    file = await ada.upload(lobby, b"1")
    await ada.upload(lobby, b"2", replacesId=file["id"])
    await ada.do(DELETE, id=file["id"])
    feed = """query($after: Cursor) { events(after: $after) { events { __typename channelId
      ... on FileUpdated { fileId file { id sha256 } } } } }"""
    told = (await ben.do(feed, after=head))["events"]
    assert [one["__typename"] for one in told] == ["FileUpdated"] * 3
    assert {(one["channelId"], one["fileId"]) for one in told} == {(lobby["id"], file["id"])}
    assert [one["file"] for one in told] == [None] * 3


async def test_who_follows_gets_links_live(ada: Person, ben: Person) -> None:
    lobby = await ada.create_channel()
    await ben.join(lobby)
    follow = """subscription { events { __typename
      ... on FileUpdated { file { id url versions { url } uploader { username } } }
      ... on MessageAdded { message { files { id url } } } } }"""
    async with ada.socket() as adas, ben.socket() as bens:
        for socket in (adas, bens):
            await socket.subscribe(follow)
            await socket.send({"type": "ping"})
            assert (await socket.receive())["type"] == "pong"
        file = await ada.upload(lobby)
        await ada.do(SEND, input={"channelId": lobby["id"], "fileIds": [file["id"]]})
        told = [[await socket.next() for _ in range(2)] for socket in (adas, bens)]
    assert told[0] == told[1]
    assert told[0][0]["file"]["url"] == file["url"] == told[0][1]["message"]["files"][0]["url"]


async def test_one_file_of_a_form_makes_one_file(ada: Person) -> None:
    lobby = await ada.create_channel()
    twice = """mutation($c: ID!, $file: Upload!) {
      a: uploadFile(input: { channelId: $c, file: $file }) { id }
      b: uploadFile(input: { channelId: $c, file: $file }) { id } }"""
    answer = await ada.ask_with_file(twice, c=lobby["id"])
    assert (answer["data"]["a"] is None, answer["data"]["b"]) == (False, None)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
