import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.bus import Bus
from tests.stage import free_port, wait_for_port


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    wait_for_port(port)
    yield f"redis://127.0.0.1:{port}"
    server.terminate()
    server.wait(10)


async def heard(ringing: Bus, listening: Bus) -> None:
    async with asyncio.timeout(10), ringing.listening(), listening.listening() as has_rung:
        await ringing.ring()
        await has_rung()


async def test_a_ring_is_heard_in_its_own_process() -> None:
    bus = Bus("memory://")
    async with asyncio.timeout(10), bus.listening() as has_rung:
        await bus.ring()
        await has_rung()


async def test_a_ring_is_heard_in_another_process_over_redis(redis_url: str) -> None:
    await heard(Bus(redis_url), Bus(redis_url))
