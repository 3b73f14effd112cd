"""GraphiQL, for whoever opens `/graphql` in a browser; built from client-examples/graphiql."""

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

BUILT = Path(__file__).parent.parent / "client-examples" / "graphiql" / "dist"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; worker-src 'self'; "
    # Its editor writes styles of its own.
    "style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-cache",
    "Vary": "Accept",
}
_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Tertulia</title>
<h1>Tertulia's GraphQL API</h1>
<p>It is at this address, and works: send it a query by POST, as JSON.</p>
<pre>curl URL -H 'content-type: application/json' -d '{"query": "{ server { name } }"}'</pre>
<p>An explorer would be shown here, but it is not built. With Node.js and npm installed,
run <code>make web</code> and start the server anew.</p></html>"""


class Explorer:
    """The page and what it is made of."""

    def __init__(self, built: Path = BUILT) -> None:
        index = built / "index.html"
        self._page = index.read_text() if index.exists() else _NOT_BUILT

    def page(self) -> Response:
        """The page, or how to get it built."""
        return HTMLResponse(self._page, headers=_HEADERS)


def assets(built: Path = BUILT) -> list[BaseRoute]:
    """Where the parts of the page are, if it is built."""
    if not (built / "index.html").exists():
        return []

    async def icon(request: Request) -> Response:
        return FileResponse(built / "favicon.svg")

    return [
        Mount("/graphiql/assets", _Kept(directory=built / "assets")),
        Route("/graphiql/favicon.svg", icon),
    ]


class _Kept(StaticFiles):
    """Files whose names change with their content, so that browsers may keep them."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """The file, to be kept for good."""
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response
