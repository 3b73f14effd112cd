"""The web client as the server hands it out, whether it is built or not."""

import gzip
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from resolvers.house import House
from server.credentials import Cookies
from server.pages import Pages
from server.web import WebClient

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
SCRIPT = "/app/assets/index-a1b2.js"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """What building the page leaves."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "assets" / "index-a1b2.js").write_text("// the page")
    (folder / "assets" / "index-a1b2.js.gz").write_bytes(gzip.compress(b"// the page, smaller"))
    (folder / "assets" / "index-c3d4.css").write_text("/* its looks */")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "index.html").write_text('<meta property="csp-nonce" nonce="{nonce}">')
    return folder


def visitor(house: House, folder: Path) -> httpx.AsyncClient:
    routes = Pages(house, WebClient(folder), Cookies(secure=False)).routes()
    transport = httpx.ASGITransport(Starlette(routes=routes))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


@pytest.mark.parametrize("place", ["/", "/c/01a1fd14-e377-7782-a2e9-dadc2112d7f8"])
async def test_a_browser_gets_the_page_at_each_of_its_addresses(
    house: House, built: Path, place: str
) -> None:
    async with visitor(house, built) as http:
        page = await http.get(place, headers=BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    assert page.headers["vary"] == "Accept"


async def test_only_its_own_scripts_and_styles_are_run_and_nobody_can_guess_their_name(
    house: House, built: Path
) -> None:
    async with visitor(house, built) as http:
        pages = [await http.get("/", headers=BROWSER) for _ in range(2)]
    found = [re.search(r'nonce="([\w-]{20,})"', page.text) for page in pages]
    nonces = [match[1] for match in found if match]
    assert len(set(nonces)) == 2
    for page, nonce in zip(pages, nonces, strict=True):
        policy = page.headers["content-security-policy"]
        for part in (
            "default-src 'none';",
            "script-src 'self';",
            f"style-src 'self' 'nonce-{nonce}';",
            "connect-src 'self';",
            "frame-ancestors 'none'",
        ):
            assert part in policy


async def test_whoever_is_no_browser_is_told_in_two_lines(house: House, built: Path) -> None:
    async with visitor(house, built) as http:
        for headers in ({}, {"accept": "*/*"}, {"accept": "application/json"}):
            told = await http.get("/", headers=headers)
            assert "The GraphQL API is at /graphql" in told.text
            assert told.headers["vary"] == "Accept"


async def test_a_browser_is_told_the_same_where_it_is_not_built(
    house: House, tmp_path: Path
) -> None:
    async with visitor(house, tmp_path / "nowhere") as http:
        assert "The GraphQL API is at" in (await http.get("/", headers=BROWSER)).text
        assert (await http.get(SCRIPT)).status_code == 404


async def test_its_parts_are_kept_for_good_and_come_compressed_to_whoever_takes_that(
    house: House, built: Path
) -> None:
    async with visitor(house, built) as http:
        small = await http.get(SCRIPT, headers={"accept-encoding": "gzip, br"})
        plain = await http.get(SCRIPT, headers={"accept-encoding": "identity"})
        never = await http.get("/app/assets/index-c3d4.css", headers={"accept-encoding": "gzip"})
        icon = await http.get("/app/favicon.svg")
        outside = await http.get("/app/assets/../index.html")
    assert (small.text, small.headers["content-encoding"]) == ("// the page, smaller", "gzip")
    assert plain.text == "// the page"
    assert "content-encoding" not in {**plain.headers, **never.headers}
    for part in (small, plain):
        assert part.headers["content-type"].startswith("text/javascript")
    for part in (small, plain, never):
        assert part.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert part.headers["vary"] == "accept-encoding"
    assert icon.headers["content-type"] == "image/svg+xml"
    assert outside.status_code == 404
