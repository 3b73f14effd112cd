"""Kinds, locations and pictures: what files are, found out from their bytes."""

import struct
import zlib
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from adapters import pictures
from adapters.kinds import kind_of, listed
from adapters.locations import blot_out
from adapters.pictures import Pictures

KINDS = [
    (b"", "a.txt", "application/octet-stream"),
    (b"hola", "a.png", "text/plain"),
    ("año\r\n\t".encode(), "", "text/plain"),
    (b"BM is how this text begins", "a.bmp", "text/plain"),
    (b"a\0b", "a.txt", "application/octet-stream"),
    (b"\xff\xfe\xfd", "a.txt", "application/octet-stream"),
    ("ñ".encode()[:1] * 3, "a.txt", "application/octet-stream"),
    (b"<!doctype html><script>", "a.txt", "text/html"),
    (b"<svg xmlns='x'></svg>", "a.png", "image/svg+xml"),
    (b"%PDF-1.7", "a.txt", "application/pdf"),
    (b"GIF89a" + bytes(10), "a.html", "image/gif"),
    (b"GIF89a/*<script>*/", "a.html", "text/plain"),
    (b"\x89PNG\r\n\x1a\n", "a.jpg", "image/png"),
    (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a", "image/jpeg"),
    (b"RIFF\0\0\0\0WEBPVP8 ", "a", "image/webp"),
    (b"\0\0\0\x1cftypavif" + bytes(8), "a", "image/avif"),
    (b"\0\0\0\x20ftypisom" + bytes(8), "a", "video/mp4"),
    (b"\0\0\0\x1cftypmif1" + bytes(4) + b"mif1avif" + bytes(8), "a", "image/avif"),
    (b"\0\0\0\x1cftypmif1" + bytes(4) + b"mif1heic" + bytes(8), "a", "image/heif"),
    (b"ID3\x03" + bytes(9), "a", "audio/mpeg"),
    (b"MZ\x90\0" + bytes(60), "a.png", "application/vnd.microsoft.portable-executable"),
    (b"PK\x03\x04" + bytes(60), "a.zip", "application/zip"),
    (b"PK\x03\x04" + bytes(60), "a.png", "application/zip"),
    (
        b"PK\x03\x04" + bytes(60),
        "a.docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
]


@pytest.mark.parametrize(("content", "name", "kind"), KINDS)
def test_a_file_is_what_its_bytes_are(tmp_path: Path, content: bytes, name: str, kind: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    assert kind_of(path, name) == kind


def test_types_are_listed_one_by_one_or_all_of_a_sort() -> None:
    assert listed("image/png", ("image/*",))
    assert listed("image/png", ("text/plain", "image/png"))
    assert not listed("image/png", ("image/jpeg", "text/*", "image"))


def with_place(form: str) -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (40.0, 25.0, 1.5), 3: "W", 4: (3.0, 42.0, 9.5)})
    exif[0x010F] = "a camera"
    written = BytesIO()
    Image.new("RGB", (40, 20), "teal").save(written, form, exif=exif)
    return written.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_where_a_picture_was_taken_is_blotted_out(tmp_path: Path, form: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(with_place(form))
    with Image.open(path) as image:
        before = image.tobytes()
        assert image.getexif().get_ifd(0x8825)
    assert blot_out(path)
    with Image.open(path) as image:
        assert image.tobytes() == before
        assert image.getexif()[0x010F] == "a camera"
        assert not image.getexif().get_ifd(0x8825)
    assert path.stat().st_size == len(with_place(form))
    assert not blot_out(path)


@pytest.mark.parametrize("order", ["<", ">"])
def test_it_is_blotted_out_in_a_tiff(tmp_path: Path, order: str) -> None:
    latitude = struct.pack(f"{order}6I", 40, 1, 25, 1, 3, 2)
    gps = struct.pack(f"{order}HHHI4sHHII", 2, 1, 2, 2, b"N\0\0\0", 2, 5, 3, 60) + bytes(4)
    head = struct.pack(f"{order}I", 8) + struct.pack(f"{order}HHHIII", 1, 0x8825, 4, 1, 26, 0)
    content = (b"II*\0" if order == "<" else b"MM\0*") + head + gps
    content = content.ljust(60, b"\0") + latitude
    path = tmp_path / "x"
    path.write_bytes(content)
    assert blot_out(path)
    assert latitude not in path.read_bytes()
    assert b"N\0" not in path.read_bytes()
    assert path.read_bytes()[:26] == content[:26]


def test_it_is_blotted_out_in_xmp(tmp_path: Path) -> None:
    said = (
        b'<x exif:GPSLatitude="40,25.1N" exif:GPSLongitude=\'3,42W\' tiff:Make="a camera">'
        b"<exif:GPSAltitude>667/1</exif:GPSAltitude></x>"
    )
    path = tmp_path / "x"
    path.write_bytes(b"\xff\xd8\xff\xe1" + said)
    assert blot_out(path)
    left = path.read_bytes()
    for gone in (b"40,25", b"3,42W", b"667"):
        assert gone not in left
    assert b'tiff:Make="a camera"' in left
    assert len(left) == len(said) + 4


def test_the_sums_of_a_png_are_right_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(with_place("PNG"))
    assert blot_out(path)
    content, at, seen = path.read_bytes(), 8, 0
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        (told,) = struct.unpack_from(">I", content, at + 8 + length)
        assert told == zlib.crc32(content[at + 4 : at + 8 + length])
        at, seen = at + 12 + length, seen + 1
    assert seen >= 4


@given(st.binary(max_size=200), st.integers(0, 60), st.sampled_from([b"II*\0", b"MM\0*"]))
def test_whatever_looks_like_exif_does_no_harm(junk: bytes, at: int, magic: bytes) -> None:
    with NamedTemporaryFile() as file:
        file.write(junk[:at] + magic + junk[at:])
        file.flush()
        blot_out(Path(file.name))
        assert Path(file.name).stat().st_size == len(junk) + 4


async def test_a_picture_is_looked_at_apart(tmp_path: Path) -> None:
    looking, path = Pictures(), tmp_path / "x"
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    Image.new("RGB", (800, 400), "teal").save(path, "JPEG", exif=exif)
    seen = await looking.look(path, 100)
    assert seen is not None
    assert (seen.width, seen.height) == (400, 800)
    with Image.open(BytesIO(seen.small)) as small:
        assert (small.size, small.format) == ((50, 100), "WEBP")
        assert not small.getexif()
    square = await looking.look(path, 64, square=True)
    assert square is not None
    with Image.open(BytesIO(square.small)) as small:
        assert small.size == (64, 64)


async def test_what_is_too_large_or_no_picture_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking, path = Pictures(), tmp_path / "x"
    Image.new("1", (20_000, 20_000)).save(path, "PNG")
    assert path.stat().st_size < 100_000
    assert await looking.look(path, 100) is None
    path.write_bytes(b"no picture")
    assert await looking.look(path, 100) is None
    assert await looking.look(tmp_path / "nowhere", 100) is None
    Image.new("RGB", (10, 10)).save(path, "PNG")
    assert await looking.look(path, 100)
    monkeypatch.setattr(pictures, "_SECONDS", 0.0)
    assert await looking.look(path, 100) is None
    monkeypatch.undo()
    assert await looking.look(path, 100)


async def test_a_picture_with_more_tables_than_any_camera_writes_is_given_up(
    tmp_path: Path,
) -> None:
    gps = struct.pack("<H", 1000) + struct.pack("<HHI4s", 1, 2, 2, b"N\0\0\0") * 1000
    pointers = struct.pack("<H", 1000)
    at = 8 + 2 + 12 * 1000 + 4
    pointers += struct.pack("<HHII", 0x8825, 4, 1, at) * 1000
    one = b"II*\0" + struct.pack("<I", 8) + pointers + bytes(4) + gps
    path = tmp_path / "x"
    path.write_bytes(one)
    assert await Pictures().blot_out(path)
    path.write_bytes(one * 100)
    assert await Pictures().blot_out(path) is None
