"""The web client, for whoever opens the server in a browser; built from client-examples/web."""

from pathlib import Path
from secrets import token_urlsafe

from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute

from server import built
from server.built import EXAMPLES

BUILT = EXAMPLES / "web" / "dist"
_NONCE = "{nonce}"
"""Stands in the page for what names the styles that are its own."""


class WebClient:
    """The page and what it is made of, if it is built."""

    def __init__(self, folder: Path = BUILT, files: str | None = None) -> None:
        """`files` is the origin of files, if they have one of their own."""
        self._files = files
        index = folder / "index.html"
        self._page = index.read_text() if index.exists() else None
        self.routes: list[BaseRoute] = built.parts("/app", folder)

    def page(self) -> Response | None:
        """The page, which is the same at all its addresses; None where it is not built."""
        if self._page is None:
            return None
        nonce = token_urlsafe(16)
        headers = built.page_headers(f"'nonce-{nonce}'", self._files)
        return HTMLResponse(self._page.replace(_NONCE, nonce), headers=headers)
