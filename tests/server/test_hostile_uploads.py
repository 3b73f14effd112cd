"""Two hundred uploads by people who mean no good: each is refused clearly, or safe to fetch."""

import asyncio
import base64
import gzip
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from server.serving import Running
from tests.cast import UPLOAD, Json, Person, sign_up
from tests.patience import PATIENCE
from tests.stage import a_server

SAFE_TYPES = re.compile(
    r"image/(png|jpeg|gif|webp|avif|bmp)|audio/.*|video/.*|text/plain; charset=utf-8"
)
PLACES = re.compile(
    r"data/(files/blobs/lock|files/blobs/[0-9a-f]{2}/[0-9a-f]{64}|files/incoming/[0-9a-f-]{36}"
    r"|tertulia\.db(-wal|-shm)?)"
)

NAMES = [
    *("../../../etc/passwd", "/etc/passwd", "..\\..\\boot.ini", "C:\\Windows\\win.ini", "..", "."),
    *("....//....//x", "%2e%2e%2fsecret.key", "..%c0%af..%c0%afx", "file:///etc/passwd", "~/.ssh/x"),
    *("a.jpg.exe", "a.php.png", "a.png%00.php", "a.svg", "a.html", "a.htm", "a.xhtml", "a.js"),
    *("CON", "NUL.txt", "com1", ".htaccess", ".bashrc", "-rf", "; rm -rf *", "$(id)", "`id`"),
    *("a\r\nSet-Cookie: x=1", "a\nb", "a\tb", "a\x07b", "a\x7fb", "\u202egpj.exe", "\u2066a\u2069"),
    *("", " ", "   .   ", "\u200b", "a" * 10_000, "😀" * 5_000, "é" * 300, "/" * 10_000, "." * 9_999),
    *('a";filename="b', "a'; DROP TABLE files; --", "<script>alert(1)</script>", "{{7*7}}", "%s%n"),
    *("\ufeffa", "ａ／ｂ", "a\u2028b", "\u0000", "a\0.png", "ñ.txt", "文件.pdf", "🏴‍☠️"),
]  # fmt: skip


def png(width: int, height: int) -> bytes:
    """A PNG that says that it is so large, and is as small as that can be."""
    rows = zlib.compress(b"\0" * 4096, 9)
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), (b"IDAT", rows)]
    made = b"\x89PNG\r\n\x1a\n"
    for name, data in [*parts, (b"IEND", b"")]:
        made += struct.pack(">I", len(data)) + name + data
        made += struct.pack(">I", zlib.crc32(name + data))
    return made


def picture(form: str) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(written, form)
    return written.getvalue()


def archive(content: bytes, name: str = "a") -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, content)
    return written.getvalue()


def one_bit(side: int) -> bytes:
    written = io.BytesIO()
    Image.new("1", (side, side)).save(written, "PNG")
    return written.getvalue()


SCRIPT = b"<script>alert(document.domain)</script>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'>%s</svg>"
CONTENTS: dict[str, bytes] = {
    "nothing": b"",
    "one byte": b"\0",
    "a page": b"<!doctype html><html><body>" + SCRIPT,
    "a page behind blanks": b"\n" * 300 + b"<html>" + SCRIPT,
    "a page in UTF-16": "<html><script>alert(1)</script>".encode("utf-16"),
    "a page in UTF-7": b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "a page of XML": b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">' + SCRIPT,
    "an SVG": SVG % SCRIPT,
    "an SVG behind XML": b'<?xml version="1.0"?><!-- -->' + SVG % SCRIPT,
    "an SVG, compressed": gzip.compress(SVG % SCRIPT),
    "entities that explode": b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
    "a GIF that is a script": b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)",
    "a GIF that is a page": b"GIF89a" + b"\x01\0\x01\0\0\0\0" + SCRIPT,
    "a PNG with a page": picture("PNG") + SCRIPT,
    "a JPEG with PHP": picture("JPEG") + b"<?php system($_GET[0]); ?>",
    "a JPEG that is an archive": picture("JPEG") + archive(b"x"),
    "a PDF that is an archive": b"%PDF-1.7\n" + archive(b"x"),
    "a PDF with a script": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>",
    "a PDF that is a page": b"%PDF-1.7\n" + SCRIPT,
    "a program": b"MZ\x90\0" + bytes(200),
    "a program for Linux": b"\x7fELF\x02\x01\x01" + bytes(200),
    "a shell script": b"#!/bin/sh\nrm -rf /\n",
    "an archive that explodes": archive(bytes(20_000_000)),
    "an archive of archives": archive(archive(archive(bytes(5_000_000)))),
    "an archive with a path": archive(b"x", "../../../etc/cron.d/x"),
    "gzip that explodes": gzip.compress(bytes(20_000_000)),
    "a PNG of 4 milliards": png(65_535, 65_535),
    "a PNG of nothing": png(0, 0),
    "a PNG of 2^31": png(2**31 - 1, 1),
    "a PNG that explodes": one_bit(15_000),
    "a GIF of 4 milliards": b"GIF89a\xff\xff\xff\xff\xf7\0\0" + bytes(50),
    "a BMP of 4 milliards": b"BM"
    + bytes(12)
    + struct.pack("<IiiHHI", 40, 65_535, 65_535, 1, 24, 0),
    "a WebP that lies": b"RIFF\xff\xff\xff\xffWEBPVP8L\xff\xff\xff\xff\x2f\xff\xff\xff\x0f",
    "a TIFF in a circle": b"II*\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0",
    "a TIFF beyond its end": b"MM\0*\0\0\0\x08\xff\xff" + b"\x88\x25\0\x04" * 10,
    "an AVIF that lies": b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + b"\xff" * 100,
    "a film that lies": b"\0\0\0\x20ftypisom" + b"\xff" * 200,
    "sound that lies": b"ID3\x04\0\xff\xff\xff\xff\xff" + bytes(50),
    "all bytes": bytes(range(256)) * 4,
    "text with NUL": b"hola\0hola",
    "half a character": b"hola \xc3",
    "turned text": "a\u202eb\u2066c".encode(),
    "a long line": b"x" * 1_000_000,
    "a form": b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{}\r\n--x--',
    **{f"half a {form}": picture(form)[:100] for form in ("PNG", "JPEG", "GIF", "WEBP", "TIFF")},
    **{f"a scrambled {f}": picture(f)[:60] + bytes(400) for f in ("PNG", "JPEG", "GIF", "WEBP")},
}
MAPS: list[object] = [
    *({}, [], None, 1, "x", True, {"0": []}, {"0": None}, {"0": "variables.file"}, {"0": [1]}),
    *({"0": [None]}, {"0": ["file"]}, {"0": ["variables"]}, {"0": ["variables.nothing"]}),
    *({"0": ["query"]}, {"0": ["variables.file.x"]}, {"0": ["variables.channelId"]}),
    *({"0": ["variables.__proto__"]}, {"0": ["variables.constructor.prototype.x"]}),
    *({"0": ["variables.file", "variables.file"]}, {"1": ["variables.file"]}, {"": ["variables.file"]}),
    *({"0": ["variables.file"], "1": ["variables.file"]}, {"0": ["variables." + "x." * 10_000]}),
    *({str(n): ["variables.file"] for n in range(50)}, {"map": ["variables.file"]}),
    *({"0": [["variables.file"]]}, {"0": {"variables.file": 1}}, {"0": ["variables.file\0"]}),
]  # fmt: skip
HEADS = [
    b'Content-Disposition: form-data; name="0"; filename="a"\r\nContent-Type: text/html',
    b'Content-Disposition: form-data; name="0"; filename="a"\r\nContent-Type: image/png\r\nX: ' + b"y" * 15_000,
    b'Content-Disposition: form-data; name="0"; filename="a"\r\nContent-Type: ' + b"y" * 50_000,
    b'Content-Disposition: form-data; name="0"; filename="a"\r\nContent-Transfer-Encoding: base64',
    b'Content-Disposition: form-data; name="0"; filename="a"\r\nContent-Length: 5',
    b'Content-Disposition: form-data; name="0"; filename="\xff\xfe"',
    b'Content-Disposition: form-data; name="0"; filename*=UTF-8\'\'%00%2e%2e%2f',
    b'Content-Disposition: form-data; name="0"; name="map"; filename="a"; filename="../b"',
    b'Content-Disposition: attachment; name="0"; filename="a"',
    b'Content-Disposition: form-data; filename="a"',
    b"Content-Disposition: form-data",
    b"X: y",
    b"",
    b"\r\n" * 10,
    b"a" * 1_000,
    b"".join(b"X%d: y\r\n" % n for n in range(200)),
]  # fmt: skip
TUS = [
    {"upload-length": "5"},
    {"upload-length": "9" * 18},
    {"upload-length": "-5"},
    {"upload-length": "1e3"},
    {"upload-length": ""},
    {"upload-defer-length": "1"},
    {"upload-length": "5", "upload-metadata": "filename"},
    {"upload-length": "5", "upload-metadata": "channelId " + "A" * 8_000},
    {"upload-length": "5", "upload-metadata": ",,,"},
    {"upload-length": "5", "upload-metadata": "channelId //8="},
    {"upload-length": "5", "upload-concat": "final;/files/tus/x"},
]


class Hostile:
    """Somebody who tries it all, and looks at what comes of it."""

    def __init__(self, server: Running, ada: Person, channel: Json) -> None:
        self.server, self.ada, self.channel = server, ada, channel
        self.tried = self.refused = self.fetched = 0

    async def upload(self, content: bytes, name: str) -> None:
        """An upload as any client sends it."""
        answer = await self.ada.ask_with_file(UPLOAD, content, name, channelId=self.channel["id"])
        await self._look(answer, (content[:40], name[:40]))

    async def send(self, body: bytes, told: object, **headers: str) -> None:
        """A request as no client sends it."""
        given = {
            "authorization": f"Bearer {self.ada.token}",
            "content-type": "multipart/form-data; boundary=x",
            **headers,
        }
        async with httpx.AsyncClient(timeout=PATIENCE) as http:
            response = await http.post(f"{self.ada.url}/graphql", content=body, headers=given)
        assert response.status_code < 500, told
        await self._look(response.json(), told)

    async def _look(self, answer: Json, told: object) -> None:
        self.tried += 1
        if answer.get("errors"):
            codes = {error["extensions"]["code"] for error in answer["errors"]}
            assert "INTERNAL" not in codes, told
            self.refused += 1
        else:
            await self._fetch(answer["data"]["uploadFile"], told)

    async def _fetch(self, file: Json, told: object) -> None:
        assert 0 < len(file["name"]) <= 255, told
        assert not re.search(r"[\x00-\x1f\x7f/\\\u202a-\u202e\u2066-\u2069]", file["name"]), told
        for url in filter(None, (file["url"], file["thumbnailUrl"])):
            async with httpx.AsyncClient(timeout=PATIENCE) as nobody:
                response = await nobody.get(url)
            assert response.status_code == 200, told
            kind, way = response.headers["content-type"], response.headers["content-disposition"]
            assert way.startswith("attachment; ") or SAFE_TYPES.fullmatch(kind), told
            assert not re.match("text/html|image/svg|application/xhtml|text/xml", kind), told
            assert response.headers["x-content-type-options"] == "nosniff", told
            assert response.headers["content-security-policy"].startswith("sandbox;"), told
            assert "set-cookie" not in response.headers, told
            self.fetched += 1


def form(operations: bytes, places: bytes, head: bytes, content: bytes = b"hola") -> bytes:
    part = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    fields = part % (b"operations", operations) + part % (b"map", places)
    return fields + b"--x\r\n" + head + b"\r\n\r\n" + content + b"\r\n--x--\r\n"


@pytest.fixture
async def hostile(tmp_path: Path) -> AsyncIterator[Hostile]:
    async with (
        a_server(tmp_path / "data") as server,
        httpx.AsyncClient(timeout=PATIENCE) as http,
    ):
        ada = await sign_up(server.url, http, "ada")
        yield Hostile(server, ada, await ada.create_channel())


async def lying_about_lengths(hostile: Hostile, whole: bytes) -> None:
    """Requests that say that they are longer or shorter than they are, by a socket of one's own."""
    ada, port = hostile.ada, hostile.server.port
    for said in (0, 1, len(whole) - 5, len(whole) + 5, 10**15):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {ada.token}\r\n"
            f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {said}\r\n\r\n"
        )
        writer.write(head.encode() + whole)
        writer.write_eof()
        async with asyncio.timeout(PATIENCE):
            answer = await reader.read()
        writer.close()
        assert not answer.startswith(b"HTTP/1.1 5"), said
        assert b"INTERNAL" not in answer
        hostile.tried += 1


async def by_tus(hostile: Hostile) -> None:
    ada, url = hostile.ada, f"{hostile.ada.url}/files/tus"
    own = {"authorization": f"Bearer {ada.token}", "tus-resumable": "1.0.0"}
    place = base64.b64encode(hostile.channel["id"].encode()).decode()
    for given in TUS:
        told = given.get("upload-metadata", f"channelId {place}")
        headers: dict[str, Any] = {**own, "upload-metadata": told, **given}
        response = await ada.http.post(url, headers=headers)
        assert response.status_code < 500, given
        if response.status_code == 201:
            path = f"{ada.url}{response.headers['location']}"
            piece = {**own, "content-type": "application/offset+octet-stream"}
            for offset, content in (("0", bytes(50)), ("99", b"x"), ("x", b"x"), ("0", b"<html")):
                sent = {**piece, "upload-offset": offset}
                assert (await ada.http.patch(path, headers=sent, content=content)).status_code < 500
        hostile.tried += 1


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def misplaced(folder: Path, before: set[Path]) -> list[Path]:
    """New files that are neither blobs, nor drafts of uploads under way, nor the database's."""
    return [
        path
        for path in files_below(folder) - before
        if not PLACES.fullmatch(str(path.relative_to(folder)))
    ]


async def test_two_hundred_hostile_uploads(hostile: Hostile, tmp_path: Path) -> None:
    before = files_below(tmp_path)
    query = json.dumps(
        {"query": UPLOAD, "variables": {"channelId": hostile.channel["id"], "file": None}}
    ).encode()
    good = b'Content-Disposition: form-data; name="0"; filename="a"'
    for name in NAMES:
        await hostile.upload(b"hola", name)
    for content in CONTENTS.values():
        for name in ("a.png", "a.html"):
            await hostile.upload(content, name)
    for places in MAPS:
        await hostile.send(form(query, json.dumps(places).encode(), good), places)
    for head in HEADS:
        await hostile.send(form(query, b'{"0": ["variables.file"]}', head), head[:80])
    whole = form(query, b'{"0": ["variables.file"]}', good)
    for cut in range(0, len(whole), 37):
        await hostile.send(whole[:cut], cut)
    await lying_about_lengths(hostile, whole)
    await by_tus(hostile)
    assert hostile.tried >= 200
    assert hostile.refused > 50
    assert hostile.fetched > 50
    assert misplaced(tmp_path, before) == []
    print(f"{hostile.tried} tried, {hostile.refused} refused, {hostile.fetched} fetched")
