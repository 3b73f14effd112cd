"""The ASGI application."""

from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from resolvers.house import House
from schema.api import api
from schema.limits import Limits
from schema.operations import Operations, Rules
from server import explorer, persisted
from server.credentials import Cookies
from server.endpoint import Endpoint
from server.guard import Guard
from server.pages import Pages
from server.settings import Settings
from server.socket import SocketLimits

ENDPOINT = "/graphql"
_INIT_SECONDS = 5


def create_app(house: House, settings: Settings) -> ASGIApp:
    """The application over an open house. Raises CannotStart for settings that do not do."""
    endpoint = Endpoint(
        house,
        Operations(api, _rules(settings)),
        Cookies(secure=settings.url.startswith("https://")),
        SocketLimits(
            init_seconds=min(_INIT_SECONDS, settings.request_timeout),
            sockets=settings.max_sockets,
        ),
    )
    pages = Starlette(routes=[*Pages(house).routes(), *explorer.assets()])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        # Past the router and its middleware, which a small operation would feel.
        answering = endpoint if scope["path"] == ENDPOINT else pages
        await answering(scope, receive, send)

    return Guard(_shared(app, settings), settings)


def _rules(settings: Settings) -> Rules:
    return Rules(
        limits=Limits(cost=settings.max_cost),
        introspection=settings.introspection == "on",
        persisted=persisted.read(settings.persisted_operations),
    )


def _shared(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application as pages of other sites may use it, if any may."""
    if not settings.cors_origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=settings.cors_origins,
        allow_methods=("GET", "POST"),
        allow_headers=(
            "Authorization",
            "Content-Type",
            "GraphQL-Require-Preflight",
            "Apollo-Require-Preflight",
        ),
        expose_headers=("X-Request-Id",),
        max_age=600,
    )
