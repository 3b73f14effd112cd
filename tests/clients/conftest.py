"""Node, with the packages that the clients are made of."""

import asyncio
import json
import os
import subprocess
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.cast import Json
from tests.stage import needed

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"
INSTALLED = HERE / "node_modules" / ".package-lock.json"

Node = Callable[..., Awaitable[list[Json]]]


@pytest.fixture(scope="session")
def node() -> Node:
    """Runs a script of this folder, and gives the lines of JSON that it prints."""
    program = needed("node")
    npm = needed("npm")
    if not INSTALLED.exists() or INSTALLED.stat().st_mtime < LOCK.stat().st_mtime:
        installing = [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(
            installing, cwd=HERE, capture_output=True, text=True, check=False, timeout=100
        )
        assert done.returncode == 0, f"npm ci: {done.stderr}"

    async def run(*arguments: str, **env: str) -> list[Json]:
        process = await asyncio.create_subprocess_exec(
            program, *arguments, stdout=PIPE, stderr=PIPE, cwd=HERE, env={**os.environ, **env}
        )
        try:
            async with asyncio.timeout(60):  # the scripts give up after 30
                printed, told = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0, told.decode()
        return [json.loads(line) for line in printed.decode().splitlines()]

    return run
