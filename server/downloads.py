"""Downloads: the bytes behind the links that the API hands out.

Nothing that a user uploaded is trusted: it says what it is by the server's word alone, does nothing
when it is opened (`sandbox`), and is shown by the browser only where it is of a kind that is meant
to be looked at. The rest is saved. No cookie counts here.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from resolvers import links
from resolvers.errors import ChatError
from resolvers.house import House
from resolvers.links import Served

PLACES = ("/files/", "/avatars/")
"""What the paths of downloads begin with."""
_SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp")
_POLICY = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
_LIFETIME = 3_600
"""In seconds: for so long a browser need not ask again."""

Find = Callable[[Request], Awaitable[Served]]


class _File(FileResponse):
    """Starlette's, which answers to ranges, in larger pieces."""

    chunk_size = 256 * 1024


def routes(house: House) -> list[BaseRoute]:
    """Where files are to be had."""

    def version(*, thumbnail: bool) -> Find:
        async def find(request: Request) -> Served:
            asked = request.path_params
            return await links.open_version(
                house, asked["version"], asked["link"], thumbnail=thumbnail
            )

        return find

    async def avatar(request: Request) -> Served:
        asked = request.path_params
        return await links.open_avatar(house, asked["user"], asked["link"])

    return [
        Route("/files/{version}/{link}", _serve(house, version(thumbnail=False))),
        Route("/files/{version}/{link}/thumbnail", _serve(house, version(thumbnail=True))),
        Route("/avatars/{user}/{link}", _serve(house, avatar)),
    ]


def _serve(house: House, find: Find) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        try:
            served = await find(request)
            path = house.shelf.blobs.path(served.sha256)
            found = path.stat()
        except (ChatError, OSError):
            return _absent()
        headers = _headers(served)
        if _is_known(request.headers.get("if-none-match"), headers["etag"]):
            return Response(status_code=304, headers=headers)
        return _File(path, headers=headers, media_type=_media_type(served), stat_result=found)

    return serve


def _absent() -> Response:
    headers = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "cross-origin"}
    return PlainTextResponse("This link is not good, or no longer.\n", 404, headers)


def _headers(served: Served) -> dict[str, str]:
    return {
        "etag": f'"{served.sha256}"',
        "cache-control": f"private, max-age={_LIFETIME}, immutable",
        "content-disposition": disposition(served.name, inline=_is_shown(served.content_type)),
        "content-security-policy": _POLICY,
        # The link itself is what opens it: it may be shown on pages of other origins.
        "cross-origin-resource-policy": "cross-origin",
        "access-control-allow-origin": "*",
    }


def disposition(name: str, *, inline: bool = False) -> str:
    """Under which name to save something (RFC 6266, with the fallback of its appendix D)."""
    plain = "".join(c if " " <= c <= "~" and c not in '"\\%' else "_" for c in name)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _is_shown(kind: str) -> bool:
    return kind in _SHOWN or kind == "text/plain" or kind.startswith(("audio/", "video/"))


def _media_type(served: Served) -> str:
    if served.content_type == "text/plain":
        return "text/plain; charset=utf-8"
    return served.content_type if _is_safe(served.content_type) else "application/octet-stream"


def _is_safe(kind: str) -> bool:
    """Whether a browser that opens it all the same could not run it as a page of ours."""
    return _is_shown(kind) or not kind.startswith(("text/", "image/svg", "application/x"))


def _is_known(asked: str | None, etag: str) -> bool:
    """Whether the client has it (RFC 9110, section 13.1.2)."""
    if asked is None:
        return False
    return asked.strip() == "*" or etag in (
        one.strip().removeprefix("W/") for one in asked.split(",")
    )
