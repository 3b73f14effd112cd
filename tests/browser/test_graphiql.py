"""GraphiQL, as a browser shows it from a real server."""

import asyncio
import json
import os
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from server.serving import Running
from tests.cast import Person
from tests.stage import PASSWORD, ROOT, a_server, build_page, install_packages, needed

HERE = Path(__file__).parent
PAGE = ROOT / "client-examples" / "graphiql"
SOURCES = ("*.json", "*.js", "index.html", "src/*", "public/*")


@pytest.fixture(scope="module")
def page() -> None:
    """The page, built where the server looks for it."""
    build_page(PAGE, *SOURCES)
    install_packages(HERE)


@pytest.fixture(scope="module")
async def server(page: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """One that has found the page as it started."""
    async with a_server(tmp_path_factory.mktemp("data")) as started:
        yield started


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_browser_signs_in_asks_and_follows(
    ada: Person, server: Running, tmp_path: Path
) -> None:
    lobby = await ada.create_channel()
    arguments = (server.url, ada.username, PASSWORD, lobby["id"], str(tmp_path))
    visiting = await asyncio.create_subprocess_exec(
        needed("node"),
        "graphiql.mjs",
        *arguments,
        cwd=HERE,
        stdout=PIPE,
        stderr=PIPE,
        env={**os.environ, "TOKEN": ada.token or "", "CHROMIUM": needed("chromium")},
    )
    printed, told = await visiting.communicate()
    assert printed, told.decode()
    report = json.loads(printed)
    assert report["problems"] == []
    assert report["seen"] == SEEN
    assert visiting.returncode == 0


def test_the_saved_operations_fit_the_schema() -> None:
    schema = build_schema((ROOT / "schema" / "schema.graphql").read_text())
    operations = parse((PAGE / "src" / "operations.graphql").read_text())
    assert validate(schema, operations) == []


SEEN = [
    "rendered",
    "documentation",
    "signed in",
    "asked",
    "renewed",
    "followed",
    "dark",
    "phone",
    "signed out",
]
