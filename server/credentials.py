"""Where a client's tokens come from: the Authorization header, or a browser's cookies."""

from dataclasses import dataclass
from http.cookies import SimpleCookie

from starlette.requests import cookie_parser

from resolvers.known_devices import DEVICE_LIFETIME
from resolvers.sessions import SignIn

_LIFETIME = 7 * 24 * 60 * 60
"""In seconds. The access token inside holds for less, and is renewed."""


_BEARER = "bearer "


def bearer(authorization: object) -> str | None:
    """The token in an Authorization header; None if there is none (RFC 6750, section 2.1)."""
    if not isinstance(authorization, str) or authorization[: len(_BEARER)].lower() != _BEARER:
        return None
    return authorization[len(_BEARER) :].strip()


@dataclass(frozen=True, slots=True)
class Kept:
    """The tokens that came in cookies."""

    access_token: str | None = None
    refresh_token: str | None = None
    device_token: str | None = None

    @property
    def any(self) -> bool:
        """Whether somebody is signed in by them."""
        return self.access_token is not None or self.refresh_token is not None


class Cookies:
    """The cookies of a server, in which no script can read the tokens."""

    def __init__(self, *, secure: bool) -> None:
        """`secure`: people reach the server over https, and only so.

        A name that begins with __Host- can then only be set by this very host, over https.
        """
        prefix = "__Host-" if secure else ""
        self._access = f"{prefix}tertulia_access"
        self._refresh = f"{prefix}tertulia_refresh"
        self._device = f"{prefix}tertulia_device"
        self._secure = secure

    def read(self, header: str | None) -> Kept:
        """The tokens in a Cookie header."""
        if header is None:
            return Kept()
        found = cookie_parser(header)
        return Kept(*(found.get(name) for name in (self._access, self._refresh, self._device)))

    def with_tokens(self, sign_in: SignIn) -> list[str]:
        """The Set-Cookie headers that keep these tokens: those of the session for 7 days."""
        kept = [
            self._header(self._access, sign_in.access_token, _LIFETIME),
            self._header(self._refresh, sign_in.refresh_token, _LIFETIME),
        ]
        if sign_in.device_token is not None:
            kept.append(self.with_device(sign_in.device_token))
        return kept

    def with_device(self, token: str) -> str:
        """The Set-Cookie header by which this browser is known to an account."""
        return self._header(self._device, token, DEVICE_LIFETIME)

    def without_tokens(self) -> list[str]:
        """The Set-Cookie headers that take the tokens back."""
        return [self._header(name, "", 0) for name in (self._access, self._refresh)]

    def _header(self, name: str, value: str, seconds: int) -> str:
        cookie: SimpleCookie = SimpleCookie({name: value})
        morsel = cookie[name]
        morsel["path"] = "/"
        morsel["max-age"] = seconds
        morsel["httponly"] = True
        morsel["samesite"] = "Strict"
        if self._secure:
            morsel["secure"] = True
        return morsel.OutputString()
