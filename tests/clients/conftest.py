"""Node, with the packages that the clients are made of."""

import asyncio
import json
import os
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.cast import Json
from tests.patience import PATIENCE
from tests.stage import install_packages, needed

HERE = Path(__file__).parent

Node = Callable[..., Awaitable[list[Json]]]


@pytest.fixture(scope="session")
def node() -> Node:
    """Runs a script of this folder, and gives the lines of JSON that it prints."""
    program = needed("node")
    install_packages(HERE)

    async def run(*arguments: str, **env: str) -> list[Json]:
        process = await asyncio.create_subprocess_exec(
            program, *arguments, stdout=PIPE, stderr=PIPE, cwd=HERE, env={**os.environ, **env}
        )
        try:
            async with asyncio.timeout(PATIENCE):  # the scripts give up after 30
                printed, told = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0, told.decode()
        return [json.loads(line) for line in printed.decode().splitlines()]

    return run
