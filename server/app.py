"""The ASGI application."""

from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from resolvers.house import House
from server.endpoint import Endpoint
from server.pages import Pages


def create_app(house: House) -> Starlette:
    """The application over an open house: the GraphQL endpoint and a few plain pages."""
    endpoint = Endpoint(house)
    return Starlette(
        routes=[
            Route("/graphql", endpoint, methods=["GET", "POST"]),
            WebSocketRoute("/graphql", endpoint),
            *Pages(house).routes(),
        ]
    )
