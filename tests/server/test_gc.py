"""`tertulia gc`: what belongs to nothing goes, and what is missing is told."""

import asyncio
import hashlib
import random
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from models import blobs, files
from server import ownership
from server.opening import CannotStart, open_house
from server.serving import running
from tests.cast import Json, Person, sign_up
from tests.patience import PATIENCE
from tests.server.process import on_sqlite, serving, tertulia
from tests.server.test_tus import Tus
from tests.stage import fresh_database, settings_for

DELETE = "mutation($id: ID!) { deleteFile(id: $id) }"


async def test_what_belongs_to_nothing_goes_and_what_is_missing_is_told(tmp_path: Path) -> None:
    async with fresh_database() as url:
        settings = settings_for(tmp_path, url)
        async with running(settings) as server, httpx.AsyncClient() as http:
            ada = await sign_up(server.url, http, "ada")
            lobby = await ada.create_channel()
            kept, lost = [await ada.upload(lobby, uuid4().bytes) for _ in range(2)]
            path = await Tus(ada).begin(10, lobby)
            await Tus(ada).send(path, 0, b"1234")
        folder = tmp_path / "files"
        (folder / "incoming" / f"{uuid4()}.once").write_bytes(b"broken off")
        orphan = hashlib.sha256(b"orphan").hexdigest()
        (folder / "blobs" / orphan[:2]).mkdir(exist_ok=True)
        (folder / "blobs" / orphan[:2] / orphan).write_bytes(b"orphan")
        async with open_house(settings) as house:
            loose = "f" * 64
            await house.write(lambda t: blobs.loosen(t.db, [loose]))
            (folder / "blobs" / "ff").mkdir(exist_ok=True)
            (folder / "blobs" / "ff" / loose).write_bytes(b"x")
            house.shelf.blobs.path(lost["sha256"]).unlink()
        for dry_run in (True, False):
            found = await ownership.collect(settings, dry_run=dry_run, yes=False)
            assert [name.endswith(".once") for name in found.drafts] == [True]
            assert [one.sha256 for one in found.orphans] == [orphan]
            assert (found.loose, found.missing, found.kept) == ([loose], [lost["sha256"]], 1)
        found = await ownership.collect(settings, dry_run=True, yes=False)
        assert (found.drafts, found.orphans, found.loose) == ([], [], [])
        assert (found.missing, found.kept) == ([lost["sha256"]], 1)
        async with open_house(settings) as house:
            assert [one.sha256 for one in house.shelf.blobs.all()] == [kept["sha256"]]
            # What can be gone on with is no rubbish.
            assert house.shelf.drafts.left() == [path.rsplit("/", 1)[1]]


async def test_nothing_goes_for_a_database_that_knows_of_no_file(tmp_path: Path) -> None:
    async with fresh_database() as url:
        settings = settings_for(tmp_path, url)
        async with open_house(settings):
            pass
        place = tmp_path / "files" / "blobs" / "aa" / ("a" * 64)
        place.parent.mkdir()
        place.write_bytes(b"x")
        with pytest.raises(CannotStart, match="is it the right one"):
            await ownership.collect(settings, dry_run=False, yes=False)
        assert place.exists()
        await ownership.collect(settings, dry_run=False, yes=True)
        assert not place.exists()


@on_sqlite
def test_the_command_tells_what_it_did(tmp_path: Path) -> None:
    ran = tertulia("gc", "--dry-run", "--data", tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "0 temporary files of broken uploads to go." in ran.stdout


class Uploader:
    """Somebody who uploads without pause, by either way, until the server dies."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.acknowledged: dict[str, str] = {}
        """The hashes of files that the server has said it has, by their ids."""

    async def upload(self, ada: Person, lobby: Json) -> None:
        while True:
            content = self.chance.randbytes(self.chance.randint(1, 400_000))
            given = str(uuid4())
            if self.chance.random() < 0.5:
                file = await ada.upload(lobby, content, id=given)
            else:
                tus = Tus(ada)
                path = await tus.begin(len(content), lobby, id=given)
                half = len(content) // 2
                for start, end in ((0, half), (half, len(content))):
                    response = await tus.send(path, start, content[start:end])
                    assert response.status_code == 204, response.text
                file = {"id": given}
            self.acknowledged[file["id"]] = hashlib.sha256(content).hexdigest()
            if self.chance.random() < 0.2:
                gone = self.chance.choice(list(self.acknowledged))
                del self.acknowledged[gone]
                await ada.do(DELETE, id=gone)


@pytest.mark.slow
@on_sqlite
@pytest.mark.timeout(500)
async def test_fifty_kills_in_the_middle_of_uploads_leave_nothing_but_temporary_files(
    tmp_path: Path,
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    uploader = Uploader(random.Random(seed))
    lobby: Json = None
    for kill in range(50):
        with serving(tmp_path) as server:
            async with httpx.AsyncClient(timeout=PATIENCE) as http:
                ada = await sign_up(server.url, http, f"ada{kill}")
                lobby = lobby or await ada.create_channel()
                await ada.do("mutation($id: ID!) { joinChannel(id: $id) { id } }", id=lobby["id"])
                mine = Uploader(uploader.chance)
                uploading = [asyncio.create_task(mine.upload(ada, lobby)) for _ in range(4)]
                # It is killed a while after the first upload is there, whatever it is at then.
                after = len(mine.acknowledged) + uploader.chance.randint(1, 12)
                async with asyncio.timeout(PATIENCE):
                    while len(mine.acknowledged) < after:  # noqa: ASYNC110
                        await asyncio.sleep(uploader.chance.random() / 200)
                server.process.kill()
                server.process.wait(PATIENCE)
                for ended in await asyncio.gather(*uploading, return_exceptions=True):
                    assert isinstance(ended, httpx.TransportError), ended
        uploader.acknowledged |= mine.acknowledged
        ran = tertulia("gc", "--dry-run", "--data", tmp_path)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "\n0 blobs that belong to nothing, 0 bytes, to go.\n" in ran.stdout, ran.stdout
    async with open_house(settings_for(tmp_path)) as house:
        for file_id, digest in uploader.acknowledged.items():
            row = await files.by_id(house.db, file_id)
            assert row is not None
            assert row.current.sha256 == digest
            assert hashlib.sha256(house.shelf.blobs.path(digest).read_bytes()).hexdigest() == digest
    assert len(uploader.acknowledged) > 50
    ran = tertulia("gc", "--data", tmp_path)
    assert ran.returncode == 0
    ran = tertulia("gc", "--dry-run", "--data", tmp_path)
    assert "0 temporary files" in ran.stdout
