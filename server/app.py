"""The ASGI application."""

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from resolvers.house import House
from server.endpoint import Endpoint
from server.pages import Pages

ENDPOINT = "/graphql"


def create_app(house: House) -> ASGIApp:
    """The application over an open house: the GraphQL endpoint and a few plain pages."""
    endpoint = Endpoint(house)
    pages = Starlette(routes=Pages(house).routes())

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        # Past the router and its middleware, which a small operation would feel.
        answering = endpoint if scope["path"] == ENDPOINT else pages
        await answering(scope, receive, send)

    return app
