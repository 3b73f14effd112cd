"""A browser's own EventSource, which resumes by itself."""

import asyncio
import json
import os
from asyncio.subprocess import PIPE
from pathlib import Path

import httpx
import pytest

from tests.browser.test_graphiql import HERE
from tests.cast import sign_up
from tests.patience import PATIENCE
from tests.server.process import serving
from tests.stage import PASSWORD, free_port, install_packages, needed


@pytest.mark.slow
async def test_it_goes_on_where_it_was_when_the_server_comes_back(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    for program in ("node", "npm", "chromium"):
        needed(program)
    install_packages(HERE)
    port = free_port()
    with serving(tmp_path, port=port) as served:
        ada = await sign_up(served.url, http, "ada")
        lobby = await ada.create_channel()
        start = (await ada.send(lobby, "before it began"))["cursor"]
        await ada.send(lobby, "missed")
        given = (served.url, ada.username, PASSWORD, lobby["id"], start, "the last")
        browser = await asyncio.create_subprocess_exec(
            needed("node"),
            "event-source.mjs",
            *given,
            cwd=HERE,
            stdout=PIPE,
            env={**os.environ, "CHROMIUM": needed("chromium")},
        )
        assert browser.stdout
        assert json.loads(await browser.stdout.readline()) == "missed"
        await ada.send(lobby, "live")
        assert json.loads(await browser.stdout.readline()) == "live"
    with serving(tmp_path, port=port):
        for body in ("missed meanwhile", "the last"):
            await ada.send(lobby, body)
        async with asyncio.timeout(PATIENCE):
            printed, _ = await browser.communicate()
    assert [json.loads(line) for line in printed.splitlines()] == ["missed meanwhile", "the last"]
    assert browser.returncode == 0
