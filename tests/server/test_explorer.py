"""GraphiQL as the server hands it out, whether it is built or not."""

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from server.explorer import Explorer, assets


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """What building the page leaves."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index-a1b2.js").write_text("// the page")
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (tmp_path / "index.html").write_text("<title>the page</title>")
    return tmp_path


async def test_its_parts_may_be_kept_for_good_and_the_page_itself_may_not(built: Path) -> None:
    transport = httpx.ASGITransport(Starlette(routes=assets(built)))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        part = await http.get("/graphiql/assets/index-a1b2.js")
        assert (part.text, part.status_code) == ("// the page", 200)
        assert part.headers["cache-control"] == "public, max-age=31536000, immutable"
        icon = await http.get("/graphiql/favicon.svg")
        assert icon.headers["content-type"] == "image/svg+xml"
        assert (await http.get("/graphiql/assets/../index.html")).status_code == 404
    page = Explorer(built).page()
    assert bytes(page.body) == b"<title>the page</title>"
    assert page.headers["cache-control"] == "no-cache"
    policy = page.headers["content-security-policy"]
    for part in ("script-src 'self';", "connect-src 'self';", "form-action 'none'"):
        assert part in policy


def test_without_it_the_page_says_how_to_build_it(tmp_path: Path) -> None:
    assert assets(tmp_path) == []
    assert b"make web" in bytes(Explorer(tmp_path).page().body)
