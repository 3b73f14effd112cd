"""Drafts and blobs: bytes that arrive, and have their place once they are all there."""

import asyncio
import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters import files
from adapters.blobs import Kept, LocalBlobs
from adapters.drafts import PIECE, Drafts, NoSpace
from adapters.files import Busy


@pytest.fixture
def drafts(tmp_path: Path) -> Iterator[Drafts]:
    made = Drafts(tmp_path / "incoming")
    yield made
    made.close()


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def test_what_has_no_name_is_gone_when_it_is_closed(drafts: Drafts) -> None:
    draft = await drafts.begin()
    await draft.write(b"hola")
    assert (draft.size, await draft.sha256()) == (4, sha256(b"hola"))
    assert drafts.left() == []
    await draft.close()
    await draft.close()
    assert list(drafts.folder.iterdir()) == []


@pytest.mark.parametrize("again", [False, True])
async def test_what_has_a_name_can_be_gone_on_with(drafts: Drafts, again: bool) -> None:
    content = os.urandom(PIECE + 1000)
    draft = await drafts.begin("one")
    await draft.write(content[: PIECE + 10])
    await draft.save()
    await draft.close()
    if again:  # another process has no hash of it
        drafts._hashed.clear()
    assert (drafts.left(), await drafts.come("one")) == (["one"], PIECE + 10)
    draft = await drafts.begin("one")
    with pytest.raises(Busy):
        await drafts.begin("one")
    assert not await drafts.forget("one")
    await draft.write(content[PIECE + 10 :])
    assert await draft.sha256() == sha256(content)
    draft.abandon()
    await draft.close()
    assert drafts.left() == []


async def test_the_hash_is_of_what_is_there(drafts: Drafts) -> None:
    draft = await drafts.begin("one")
    await draft.write(b"12345")
    assert await draft.sha256() == sha256(b"12345")
    await draft.cut(2)
    await draft.write(b"xyz")
    assert (draft.size, await draft.sha256()) == (5, sha256(b"12xyz"))

    draft.path.write_bytes(b"other")
    draft.changed()
    assert await draft.sha256() == sha256(b"other")
    await draft.close()
    # Another has changed it meanwhile.
    (drafts.folder / "one").write_bytes(b"again")
    draft = await drafts.begin("one")
    assert await draft.sha256() == sha256(b"again")
    await draft.close()


async def test_a_full_disk_is_told(drafts: Drafts, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = await drafts.begin()

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(NoSpace):
        await draft.write(bytes(PIECE))
    monkeypatch.undo()
    await draft.close()
    assert list(drafts.folder.iterdir()) == []


async def test_who_is_cancelled_leaves_no_thread_with_a_closed_file(drafts: Drafts) -> None:
    for delay in range(1, 20):
        draft = await drafts.begin()

        async def write(draft=draft) -> None:
            try:
                while True:
                    await draft.write(bytes(PIECE))
            finally:
                await draft.close()

        writing = asyncio.create_task(write())
        for _ in range(delay):
            await asyncio.sleep(0)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
    assert list(drafts.folder.iterdir()) == []


async def test_who_takes_over_from_one_who_was_cancelled_has_the_right_hash(
    drafts: Drafts,
) -> None:
    for turn in range(40):
        content = os.urandom(PIECE)
        draft = await drafts.begin("one")
        start = draft.size
        writing = asyncio.create_task(draft.write(content))
        for _ in range(turn % 4 + 1):
            await asyncio.sleep(0)
        writing.cancel()
        await asyncio.wait([writing])
        await draft.save()
        await draft.close()
        draft = await drafts.begin("one")
        assert draft.size in (start, start + PIECE)
        assert await draft.sha256() == sha256(draft.path.read_bytes())
        draft.abandon()
        await draft.close()


async def test_equal_content_has_one_place(drafts: Drafts, blobs: LocalBlobs) -> None:
    for _ in range(2):
        draft = await drafts.begin()
        await draft.write(b"hola")
        async with blobs.growing():
            assert await blobs.keep(draft) == Kept(sha256(b"hola"), 4)
        await draft.close()
    assert list(blobs.all()) == [Kept(sha256(b"hola"), 4)]
    path = blobs.path(sha256(b"hola"))
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"hola", 0o600)
    async with blobs.shrinking():
        await blobs.remove(sha256(b"hola"))
        await blobs.remove(sha256(b"hola"))
    assert list(blobs.all()) == []
    assert list(drafts.folder.iterdir()) == []


@pytest.mark.parametrize("name", ["", "x", "../secret.key", "A" * 64, "a" * 63, "a" * 65, "\0"])
def test_only_a_sha256_names_a_place(blobs: LocalBlobs, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        blobs.path(name)


async def test_it_is_on_the_disk_before_it_has_its_place(
    drafts: Drafts, blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    replace, sync = Path.replace, files.sync
    monkeypatch.setattr(Path, "replace", lambda a, b: (done.append("rename"), replace(a, b))[1])

    def synced(descriptor: int) -> None:
        folder = Path(f"/proc/self/fd/{descriptor}").is_dir()
        done.append("folder" if folder else "file")
        sync(descriptor)

    monkeypatch.setattr(files, "sync", synced)
    draft = await drafts.begin()
    await draft.write(b"hola")
    async with blobs.growing():
        await blobs.keep(draft)
    await draft.close()
    assert done == ["file", "folder", "rename", "folder"]


async def test_nothing_is_removed_while_something_is_kept(
    blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    refused, lock = asyncio.Event(), files.lock

    def telling(descriptor: int, *, shared: bool) -> None:
        try:
            lock(descriptor, shared=shared)
        except Busy:
            refused.set()
            raise

    monkeypatch.setattr(files, "lock", telling)

    async def shrink() -> None:
        async with blobs.shrinking():
            order.append("shrinks")

    async with blobs.growing(), blobs.growing():
        shrinking = asyncio.create_task(shrink())
        async with asyncio.timeout(10):
            await refused.wait()
        order.append("grown")
    await shrinking
    assert order == ["grown", "shrinks"]
