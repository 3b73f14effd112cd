"""The web client in a real browser, before a server that is stopped and started meanwhile."""

import asyncio
import json
import os
import re
from asyncio.subprocess import PIPE
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.browser import gallery
from tests.browser.gallery import ADMIN
from tests.server.process import Served, serving
from tests.stage import PASSWORD, ROOT, build_page, free_port, install_packages, needed, npm

HERE = Path(__file__).parent
WEB = ROOT / "client-examples" / "web"
SOURCES = (
    "*.json",
    "*.ts",
    "index.html",
    "src/**/*",
    "public/*",
    "../resume/*.js",
    "../resume/src/*",
)
PAGES = 49
# Both ends of a connection are on this machine.
NEAR = {"TERTULIA_SERVER_PEER_NETWORKS": "127.0.0.0/8"}
FIRST_LOAD = 250_000
"""In bytes, compressed: the scripts without which nothing is shown."""
STORY = [
    "signed up",
    "refused in a sentence",
    "created and joined",
    "said safely",
    "kept drafts",
    "wrote directly",
    "called each other",
    "chose what to speak with",
    "talked directly",
    "kept a sheet open",
    "drew the line",
    "scrolled up without a jump",
    "began at the first unread message",
    "sent again under the same id",
    "went on after a restart",
    "caught up after a sleep",
    "renewed unseen",
    "used the keyboard",
    "looked in and left",
    "came by invitation",
    "changed what was said",
    "shared files",
    "named each other",
    "kept the house",
    "saw each other come and write",
    "found what was said",
    "kept order",
    "kept an account safe",
    "changed looks and language",
    "banned while typing",
    "two tabs, one person",
    "signed out with something unsent",
    "two people, one browser",
]


@pytest.fixture(scope="module")
def page() -> None:
    """The web client, built where the server looks for it."""
    build_page(WEB, *SOURCES)
    install_packages(HERE)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_two_people_do_all_that_can_be_done(page: None, tmp_path: Path) -> None:
    port, data, shots = free_port(), tmp_path / "data", tmp_path / "shots"
    with ExitStack() as serving_now:
        served = serving_now.enter_context(serving(data, port=port, **ADMIN, **NEAR))
        visiting = await asyncio.create_subprocess_exec(
            needed("node"),
            "web.mjs",
            *(served.url, ADMIN["TERTULIA_ADMIN_USERNAME"], PASSWORD, str(shots)),
            cwd=HERE,
            stdin=PIPE,
            stdout=PIPE,
            limit=2**20,
            env={**os.environ, "CHROMIUM": needed("chromium")},
        )
        assert visiting.stdin
        assert visiting.stdout
        # Ended with its input, should this end before it does.
        serving_now.callback(visiting.stdin.close)
        line = b""
        async for line in visiting.stdout:
            order = line.decode().strip()
            if order == "stop":
                await asyncio.to_thread(stopped, served)
            elif order == "start":
                served = serving_now.enter_context(serving(data, port=port, **ADMIN, **NEAR))
            else:
                continue
            visiting.stdin.write(b"done\n")
            await visiting.stdin.drain()
        await visiting.wait()
    report = json.loads(line)
    assert not report["problems"], "\n".join(report["problems"])
    assert report["seen"] == STORY


def stopped(served: Served) -> None:
    """Ends the server as whoever runs it would."""
    served.process.terminate()
    served.process.wait()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_page_can_be_used_in_every_light(page: None, tmp_path: Path) -> None:
    found = gallery.taken(tmp_path / "pages", tmp_path / "data")
    assert not found["problems"], "\n".join(found["problems"])
    scenes = {picture.rsplit("-", 2)[0] for picture in found["pictures"]}
    assert len(scenes) == PAGES
    assert len(found["pictures"]) == 4 * PAGES


@pytest.mark.slow
def test_what_has_to_come_before_anything_is_shown_is_small(page: None) -> None:
    index = (WEB / "dist" / "index.html").read_text()
    scripts = re.findall(r'(?:src|href)="/app/(assets/[^"]+\.js)"', index)
    assert scripts
    assert sum((WEB / "dist" / f"{name}.gz").stat().st_size for name in scripts) < FIRST_LOAD


@pytest.mark.slow
def test_its_parts_do_what_their_own_tests_say(page: None) -> None:
    npm(WEB, "run", "check")
    npm(WEB, "test")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_its_types_are_those_of_the_schema(page: None, tmp_path: Path) -> None:
    install_packages(WEB / "codegen")
    generated = sorted((WEB / "src" / "api").glob("**/generated/*"))
    assert len(generated) == 6
    before = [file.read_text() for file in generated]
    npm(WEB / "codegen", "run", "generate")
    assert [file.read_text() for file in generated] == before
