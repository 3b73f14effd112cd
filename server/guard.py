"""The guard at the door: which names the server answers to, and which pages may talk to it.

A page of another site can make a browser send requests here: under the name of that site
(DNS rebinding), which the Host header gives away, or in its own, which Origin does.
"""

import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import orjson
import structlog
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.ids import new_id
from schema.errors import bug
from schema.scalars import ErrorCode
from server.downloads import PLACES
from server.settings import ANYWHERE, LOOPBACK, Settings
from server.tus import PLACE as UPLOADS

_log = structlog.stdlib.get_logger(__name__)
_HOST = re.compile(r"((?P<name>[\w-]+(\.[\w-]+)*)|\[(?P<address>[\da-f:.]+)\])(:\d{1,5})?")
_IPV4_AS_IPV6 = "::ffff:"
_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # Not "no-referrer": a form that is sent would then say that it is from nowhere.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


_Header = tuple[bytes, bytes]
_BEGINNINGS = ("http.response.start", "websocket.http.response.start", "websocket.accept")


class Guard:
    """Lets through what is meant for this server; what goes wrong behind it is a bug."""

    def __init__(self, app: ASGIApp, files: ASGIApp | None, settings: Settings) -> None:
        """`files` is what is served at the origin of files, if they have one of their own."""
        self._app = app
        self._files = files
        self._files_host = urlsplit(settings.files_origin or "").netloc
        self._names = frozenset(_names(settings))
        self._sites = frozenset(settings.cors_origins)
        self._public_origin = settings.public_url
        self._encrypted = settings.tls_cert is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or refuses to."""
        request_id = new_id()
        own = [*_ALWAYS, (b"x-request-id", request_id.encode())]
        structlog.contextvars.bind_contextvars(request_id=request_id)
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] in _BEGINNINGS:
                begun = True
                given = list(message.get("headers", ()))
                message["headers"] = [*given, *_lacking(given, own)]
            await send(message)

        try:
            answering = self._refusal(scope) or self._place(scope)
            await answering(scope, receive, sending)
        except Exception as error:
            told = bug(error, path=scope["path"])
            if begun:
                raise
            await _refused(told["message"], 500, told["extensions"])(scope, receive, sending)

    def _place(self, scope: Scope) -> ASGIApp:
        """What is served under the name that the request is for."""
        if self._files is not None and _only(scope, b"host") == self._files_host:
            _leave_out_cookies(scope)
            return self._files
        return self._app

    def _refusal(self, scope: Scope) -> Response | None:
        """Why the request is not answered, if it is not."""
        host, origin = _only(scope, b"host"), _only(scope, b"origin")
        if host is None or not self._is_ours(host, scope):
            return _refused(
                f"This server does not answer to the name {host or '(none)'}: "
                "its owner can add it to TERTULIA_ALLOWED_HOSTS.",
                421,
            )
        encrypted = scope["scheme"] in ("https", "wss")
        if self._encrypted and not encrypted:
            query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
            path = scope["raw_path"].decode("latin-1")
            # Not to be remembered: a browser would keep to it when TLS is long switched off.
            forget = {"cache-control": "no-store"}
            return RedirectResponse(f"https://{host}{path}{query}", 308, forget)
        own = f"{'https' if encrypted else 'http'}://{host}"
        if origin in self._sites and origin != own:
            _leave_out_cookies(scope)
        elif origin not in (None, own, self._public_origin) and not _is_download(scope):
            return _refused(
                "This server does not answer to pages of another site: "
                "its owner can add yours to TERTULIA_CORS_ORIGINS.",
                403,
            )
        return None

    def _is_ours(self, host: str, scope: Scope) -> bool:
        name = _name(host)
        if name in self._names or name.endswith(".localhost"):
            return True
        # An address cannot be made to mean another server: rebinding takes a name.
        server = scope.get("server")
        return bool(server) and name == server[0].removeprefix(_IPV4_AS_IPV6)


def _names(settings: Settings) -> Iterable[str]:
    yield from LOOPBACK
    yield from settings.allowed_hosts
    if settings.host not in ANYWHERE:
        yield settings.host.lower()
    for origin in (settings.public_url, settings.files_origin):
        if origin:
            yield _name(urlsplit(origin).netloc)


def _leave_out_cookies(scope: Scope) -> None:
    """For a page of another site, however near: it may use tokens of its own and no others."""
    scope["headers"] = [header for header in scope["headers"] if header[0] != b"cookie"]


def _is_download(scope: Scope) -> bool:
    """Whether it is for what a link alone opens, for the pages of whatever site."""
    reads = scope.get("method") in ("GET", "HEAD")
    return reads and scope["path"].startswith(PLACES) and not scope["path"].startswith(UPLOADS)


def _lacking(given: list[_Header], own: list[_Header]) -> list[_Header]:
    """Those of ours that an answer does not have already."""
    names = {name for name, _ in given}
    return [header for header in own if header[0] not in names]


def _only(scope: Scope, name: bytes) -> str | None:
    """A header in lower case; empty, which is good for nothing, if it is sent twice."""
    values = [value for key, value in scope["headers"] if key == name]
    if len(values) > 1:
        return ""
    return values[0].decode("latin-1").lower() if values else None


def _name(host: str) -> str:
    """The name or address in a Host header, without its port; empty if it is none."""
    found = _HOST.fullmatch(host)
    if found is None:
        return ""
    if found["name"]:
        return found["name"]
    try:
        return ip_address(found["address"]).compressed
    except ValueError:
        return ""


def _refused(message: str, status: int, extensions: dict[str, Any] | None = None) -> Response:
    told = extensions or {"code": ErrorCode.FORBIDDEN.value}
    body = orjson.dumps({"errors": [{"message": message, "extensions": told}]})
    return Response(body, status, media_type="application/json")
