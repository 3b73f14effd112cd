"""A large file over a bad network: it arrives as it was, and is never in memory."""

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.cast import sign_up
from tests.patience import PATIENCE
from tests.server.cutting import a_cutter
from tests.server.process import serving
from tests.server.test_tus import ONE, PIECE, Tus

GIGABYTE = 1024 * 1024 * 1024
BLOCK = 1024 * 1024
CUTS = 10
MEMORY = 50 * 1024 * 1024


def peak(process_id: int) -> int:
    """The most memory that a process has ever had, in bytes."""
    status = Path(f"/proc/{process_id}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


def pieces(noise: bytes, start: int, end: int) -> Iterator[bytes]:
    """What the file holds between two places: noise that is never the same twice."""
    for number in range(start // BLOCK, -(-end // BLOCK)):
        block = number.to_bytes(8) + noise[8:]
        yield block[max(start - number * BLOCK, 0) : end - number * BLOCK]


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is told by /proc")
async def test_a_gigabyte_arrives_though_the_connection_is_cut_ten_times(tmp_path: Path) -> None:
    noise, whole = os.urandom(BLOCK), hashlib.sha256()
    for piece in pieces(noise, 0, GIGABYTE):
        whole.update(piece)
    limits = {"TERTULIA_MAX_UPLOAD_BYTES": str(GIGABYTE)}
    cuts = [GIGABYTE * (n + 1) // 60 for n in range(CUTS)]
    with serving(tmp_path, **limits) as server:
        port = int(server.url.rsplit(":", 1)[1])
        async with a_cutter(port, cuts) as cutter, httpx.AsyncClient(timeout=PATIENCE) as http:
            ada = await sign_up(cutter.url, http, "ada")
            tus = Tus(ada)
            path = await tus.begin(GIGABYTE, await ada.create_channel(), filename="large.bin")
            idle = psutil.Process(server.process.pid).memory_info().rss
            before, file_id = peak(server.process.pid), ""
            while not file_id:
                offset = await tus.offset(path)

                async def rest(offset: int = offset) -> AsyncIterator[bytes]:
                    for piece in pieces(noise, offset, GIGABYTE):
                        yield piece
                        await asyncio.sleep(0)  # The cutter is in this process as well.

                headers = {**tus.headers, "upload-offset": str(offset), "content-type": PIECE}
                try:
                    async with httpx.AsyncClient(timeout=PATIENCE) as client:
                        done = await client.patch(
                            f"{cutter.url}{path}", headers=headers, content=rest()
                        )
                except httpx.TransportError:
                    continue
                assert done.status_code == 204, done.text
                file_id = done.headers["tertulia-file-id"]
            file = await ada.do(ONE, id=file_id)
            grown = peak(server.process.pid) - idle
        assert cutter.cut == CUTS
        assert (file["size"], file["sha256"]) == (GIGABYTE, whole.hexdigest())
        print(f"{cutter.cut} cuts, {grown / 1024 / 1024:.1f} MiB above idle ({before} {idle})")
        assert grown < MEMORY
