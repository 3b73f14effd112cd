"""What is not GraphQL: the web client, health checks, and the page to choose a password."""

import html

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from models.events import life_and_position
from resolvers import limits, passwords
from resolvers.errors import ChatError, RateLimited
from resolvers.house import House
from resolvers.limits import Kind
from server.addresses import address_of
from server.credentials import Cookies
from server.negotiation import Media, names
from server.web import WebClient

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; img-src 'self'; "
    "style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
}
_LARGEST_FORM = 4_096
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/app/favicon.svg">
<style>body{{font:1.1rem/1.6 system-ui,sans-serif;max-width:30rem;margin:4rem auto;padding:0 1rem}}
input,button{{font:inherit;padding:.4rem .6rem;width:100%;box-sizing:border-box;margin:.4rem 0}}
</style><h1>{title}</h1>{body}</html>"""
_FORM = """<p>{message}</p><form method="post"><input type="hidden" name="code" value="{code}">
<label>New password, 8 characters or more <input type="password" name="password"
autocomplete="new-password" minlength="8" maxlength="256" required autofocus></label>
<button>Choose it</button></form>"""


class Pages:
    """The plain pages of one house."""

    def __init__(self, house: House, client: WebClient, cookies: Cookies) -> None:
        self._house = house
        self._cookies = cookies
        self._client = client

    def routes(self) -> list[BaseRoute]:
        """Where they are."""
        return [
            Route("/", self.front),
            # A conversation in the web client, which finds out by itself what that is.
            Route("/c/{channel_id}", self.front),
            Route("/invite/{code}", self.front),
            Route("/admin/{part}", self.front),
            Route("/healthz", self.alive),
            Route("/readyz", self.ready),
            Route("/set-password", self.ask_password),
            Route("/set-password", self.take_password, methods=["POST"]),
            *self._client.routes,
        ]

    async def front(self, request: Request) -> Response:
        """The web client, in a browser; else what this is, in two lines."""
        in_browser = names(request.headers.get("accept"), Media.PAGE)
        page = self._client.page() if in_browser else None
        policy = self._house.policy
        return page or PlainTextResponse(
            f"Tertulia {policy.version} on {policy.name}\nThe GraphQL API is at /graphql\n",
            headers={"Vary": "Accept"},
        )

    async def alive(self, request: Request) -> Response:
        """The process answers."""
        return JSONResponse({"status": "alive"})

    async def ready(self, request: Request) -> Response:
        """The database answers; 503 if not."""
        try:
            await life_and_position(self._house.db)
        except Exception:  # noqa: BLE001 - whatever it is, we are not ready
            return JSONResponse({"status": "the database does not answer"}, 503)
        return JSONResponse({"status": "ready"})

    async def ask_password(self, request: Request) -> Response:
        """The form for a first password."""
        code = request.query_params.get("code", "")
        return _form(code, "Choose the password for your account.")

    async def take_password(self, request: Request) -> Response:
        """Takes the first password."""
        if int(request.headers.get("content-length", _LARGEST_FORM + 1)) > _LARGEST_FORM:
            return PlainTextResponse("The form is too large.", 413)
        if request.headers.get("content-type", "").lower() != "application/x-www-form-urlencoded":
            return PlainTextResponse("Send the form as it is.", 415)
        address = address_of(request.scope) or "somewhere"
        try:
            await limits.spend(self._house, Kind.SIGN_IN_ADDRESS, address)
        except RateLimited as error:
            retry = {"Retry-After": str(error.extensions["retryAfter"])}
            return PlainTextResponse(str(error), 429, headers=retry)
        form = await request.form()
        code = str(form.get("code", ""))
        try:
            user, device = await passwords.choose(self._house, code, str(form.get("password", "")))
        except ChatError as error:
            return _form(code, str(error), 400)
        name = html.escape(user.username)
        done = _page("Done", f"<p>You can now sign in as <b>{name}</b>.</p>")
        done.headers.append("Set-Cookie", self._cookies.with_device(device))
        return done


def _form(code: str, message: str, status: int = 200) -> Response:
    body = _FORM.format(code=html.escape(code), message=html.escape(message))
    return _page("Your password", body, status)


def _page(title: str, body: str, status: int = 200) -> Response:
    return HTMLResponse(_PAGE.format(title=title, body=body), status, headers=_HEADERS)
