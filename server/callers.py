"""Who sends a request: by a header, or else by a cookie."""

from dataclasses import dataclass
from typing import NamedTuple

from starlette.types import Scope

from resolvers.house import House
from resolvers.sessions import Doorkeeper
from schema.context import Context, Jar
from schema.scalars import ErrorCode
from server.addresses import address_of
from server.credentials import Cookies, Kept, bearer
from server.requests import BadRequest, HeaderFields, headers_of, is_json

_PREFLIGHT = ("graphql-require-preflight", "apollo-require-preflight", "tus-resumable")


class Came(NamedTuple):
    """What came with a request besides its operation."""

    headers: HeaderFields
    cookies: Kept
    address: str | None
    """Where it came from."""
    trusted: bool
    """Whether no page of another site can have made a browser send it, to any effect."""


@dataclass(frozen=True, slots=True)
class Callers:
    """Tells who calls, for one house."""

    house: House
    doorkeeper: Doorkeeper
    cookies: Cookies

    def came(self, scope: Scope, *, harmless: bool) -> Came:
        """What came with a request; `harmless`: it can change nothing, whoever made it be sent."""
        headers = headers_of(scope)
        trusted = harmless or _asks_first(headers)
        cookies = self.cookies.read(headers.get("cookie"))
        return Came(headers, cookies, address_of(scope), trusted)

    def context(self, came: Came, jar: Jar | None) -> Context:
        """Who asks. Raises BadRequest."""
        headers = came.headers
        token = bearer(headers.get("authorization"))
        if token is None and came.cookies.any:
            if not came.trusted:
                raise BadRequest(
                    f"With cookies, send JSON or one of the headers {', '.join(_PREFLIGHT)}.",
                    403,
                    ErrorCode.FORBIDDEN,
                )
            token = came.cookies.access_token
            if jar is not None:
                jar.signs_in = True
        agent = headers.get("user-agent")
        return Context(self.house, self.doorkeeper, token, jar, agent, came.address)


def _asks_first(headers: HeaderFields) -> bool:
    """Whether a browser asks before it lets a page of another site send such headers."""
    return is_json(headers) or any(name in headers for name in _PREFLIGHT)
