"""GraphiQL, for whoever opens `/graphql` in a browser; built from client-examples/graphiql."""

from pathlib import Path

from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute

from server import built
from server.built import EXAMPLES

BUILT = EXAMPLES / "graphiql" / "dist"
_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Tertulia</title>
<h1>Tertulia's GraphQL API</h1>
<p>It is at this address, and works: send it a query by POST, as JSON.</p>
<pre>curl URL -H 'content-type: application/json' -d '{"query": "{ server { name } }"}'</pre>
<p>An explorer would be shown here, but it is not built. With Node.js and npm installed,
run <code>make web</code> and start the server anew.</p></html>"""


class Explorer:
    """The page and what it is made of."""

    def __init__(self, folder: Path = BUILT) -> None:
        index = folder / "index.html"
        self._page = index.read_text() if index.exists() else _NOT_BUILT
        # Its editor writes styles of its own.
        self._headers = built.page_headers(styles="'unsafe-inline'")

    def page(self) -> Response:
        """The page, or how to get it built."""
        return HTMLResponse(self._page, headers=self._headers)


def assets(folder: Path = BUILT) -> list[BaseRoute]:
    """Where the parts of the page are, if it is built."""
    return built.parts("/graphiql", folder)
