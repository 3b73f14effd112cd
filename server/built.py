"""Pages that npm has built: what a browser gets of them, and how."""

from mimetypes import guess_type
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

EXAMPLES = Path(__file__).parent.parent / "client-examples"
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "worker-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self' data:",
    "img-src": "'self' data: blob:",
    "media-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}


def page_headers(styles: str, files: str | None = None) -> dict[str, str]:
    """Of a page that loads nothing from elsewhere, but files from their origin, if they have one.

    `styles`: who else may style it.
    """
    policy = _POLICY | {"style-src": f"'self' {styles}"}
    for kind in ("img-src", "media-src"):
        policy[kind] = f"{policy[kind]} {files or ''}".strip()
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cache-Control": "no-cache",
        "Vary": "Accept",
    }


def parts(place: str, built: Path) -> list[BaseRoute]:
    """The routes to the parts of a page, if it is built."""
    if not (built / "index.html").exists():
        return []

    async def icon(_: Request) -> Response:
        return FileResponse(built / "favicon.svg")

    return [
        Mount(f"{place}/assets", _Kept(directory=built / "assets")),
        Route(f"{place}/favicon.svg", icon),
    ]


class _Kept(StaticFiles):
    """Files whose names change with their content, so that browsers may keep them.

    Where one has been compressed beforehand, that is what is sent to whoever takes it.
    """

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """The file, to be kept for good."""
        path, status, scope = args
        taken = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        small = Path(f"{path}.gz")
        headers = {
            "cache-control": "public, max-age=31536000, immutable",
            "vary": "accept-encoding",
        }
        if not (taken and small.exists()):
            response = super().file_response(path, status, scope, **kwargs)
            response.headers.update(headers)
            return response
        media_type = guess_type(path)[0]
        headers["content-encoding"] = "gzip"
        return FileResponse(small, headers=headers, media_type=media_type)
