"""Exports: the documents behind the links that the API hands out."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from resolvers import exports
from resolvers.errors import ChatError
from resolvers.house import House

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def routes(house: House) -> list[BaseRoute]:
    """Where exports are to be had."""

    async def export(request: Request) -> Response:
        try:
            found = await exports.opened(house, request.path_params["link"])
        except ChatError:
            return PlainTextResponse("This link is not good, or no longer.", 404, _HEADERS)
        disposition = f"attachment; filename*=UTF-8''{quote(found.name)}"
        return StreamingResponse(
            found.parts,
            media_type="application/json",
            headers={**_HEADERS, "Content-Disposition": disposition},
        )

    return [Route("/export/{link}", export)]
