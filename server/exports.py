"""Exports: the documents behind the links that the API hands out."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from resolvers import exports
from resolvers.errors import ChatError
from resolvers.exports import Export
from resolvers.house import House

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_AT_ONCE = 4
"""Of all users, each of whom may have one under way."""


def routes(house: House) -> list[BaseRoute]:
    """Where exports are to be had."""
    under_way: set[str] = set()

    async def export(request: Request) -> Response:
        try:
            found = await exports.opened(house, request.path_params["link"])
        except ChatError:
            return PlainTextResponse("This link is not good, or no longer.", 404, _HEADERS)
        if found.user_id in under_way or len(under_way) >= _AT_ONCE:
            headers = {**_HEADERS, "Retry-After": "10"}
            return PlainTextResponse("One after the other, please.", 429, headers)
        return StreamingResponse(
            _sent(found, under_way),
            media_type="application/json",
            headers={
                **_HEADERS,
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name)}",
            },
        )

    return [Route("/export/{link}", export)]


async def _sent(export: Export, under_way: set[str]) -> AsyncGenerator[bytes, None]:
    """The document; it is broken off where the right to it ends."""
    under_way.add(export.user_id)
    try:
        async with aclosing(export.parts) as parts:
            async for part in parts:
                yield part
    except ChatError:
        return
    finally:
        under_way.discard(export.user_id)
