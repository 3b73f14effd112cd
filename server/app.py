"""The ASGI application."""

from typing import Any, cast

from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from resolvers.house import House
from resolvers.sessions import Doorkeeper
from schema.api import api
from schema.limits import Limits
from schema.operations import Operations, Rules
from server import downloads, explorer, exports, metrics, persisted
from server.callers import Callers
from server.credentials import Cookies
from server.endpoint import Endpoint
from server.event_streams import EventStreams
from server.fanout import Fanout
from server.guard import Guard
from server.pages import Pages
from server.settings import Settings
from server.socket import SocketLimits
from server.streams import StreamLimits
from server.tus import PLACE as UPLOADS
from server.tus import Tus
from server.web import WebClient

ENDPOINT = "/graphql"
STREAM = "/graphql/stream"
_INIT_SECONDS = 5


def create_app(house: House, settings: Settings) -> ASGIApp:
    """The application over an open house. Raises CannotStart for settings that do not do."""
    cookies = Cookies(secure=settings.url.startswith("https://"))
    callers = Callers(house, Doorkeeper(house), cookies)
    operations = Operations(api, _rules(settings))
    sockets = SocketLimits(
        init_seconds=min(_INIT_SECONDS, settings.request_timeout),
        sockets=settings.max_sockets,
        buffer=settings.socket_buffer,
    )
    streams = StreamLimits(settings.max_sockets, settings.keep_alive, settings.socket_buffer)
    carry = Fanout(house).carrier if "sharing" in settings.shortcuts else None
    pages = Starlette(
        routes=[
            *Pages(house, WebClient(files=settings.files_origin), cookies).routes(),
            *exports.routes(house),
            *metrics.routes(house, _metrics_token(settings)),
            *explorer.assets(),
            *([] if settings.files_origin else downloads.routes(house)),
        ]
    )
    uploads = Tus(callers)
    # Past the router and its middleware, which a small operation would feel.
    places: dict[str, ASGIApp] = {
        ENDPOINT: Endpoint(callers, operations, sockets, streams, carry),
        STREAM: EventStreams(callers, operations, streams, carry),
    }

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        found = places.get(path, pages)
        if path == UPLOADS or path.startswith(f"{UPLOADS}/"):
            found = uploads
        await found(scope, receive, send)

    guarded: ASGIApp = Guard(_shared(app, settings), _files(house, settings), settings)
    if settings.trusted_proxies:
        trusted = list(settings.trusted_proxies)
        guarded = cast("ASGIApp", ProxyHeadersMiddleware(cast("Any", guarded), trusted))
    return guarded


def _files(house: House, settings: Settings) -> ASGIApp | None:
    """What is at the origin of files, if they have one: they, and nothing else."""
    return Starlette(routes=downloads.routes(house)) if settings.files_origin else None


def _metrics_token(settings: Settings) -> str | None:
    return settings.metrics_token.get_secret_value() if settings.metrics_token else None


def _rules(settings: Settings) -> Rules:
    return Rules(
        limits=Limits(cost=settings.max_cost),
        introspection=settings.introspection == "on",
        persisted=persisted.read(settings.persisted_operations),
        plans="plans" in settings.shortcuts,
    )


def _shared(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application as pages of other sites may use it, if any may."""
    if not settings.cors_origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=settings.cors_origins,
        allow_methods=("GET", "POST", "HEAD", "PATCH", "DELETE"),
        allow_headers=(
            "Authorization",
            "Content-Type",
            "GraphQL-Require-Preflight",
            "Apollo-Require-Preflight",
            "Last-Event-ID",
            *("Tus-Resumable", "Upload-Length", "Upload-Offset", "Upload-Metadata"),
            *("Upload-Checksum", "X-HTTP-Method-Override"),
        ),
        expose_headers=(
            "X-Request-Id",
            *("Location", "Upload-Offset", "Upload-Length", "Upload-Expires", "Tertulia-File-Id"),
            *("Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size"),
        ),
        max_age=600,
    )
