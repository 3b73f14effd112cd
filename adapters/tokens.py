"""Access tokens (JWT, RFC 7519, HS512) and the random secrets of refresh tokens and links."""

import base64
import hashlib
import hmac
import math
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jwt

Keys = Callable[[], Sequence[bytes]]
"""The key that signs, and then others by which what they have signed is still checked.

It gives the same object as long as they are the same."""

API_TOKEN = "tertulia_"  # noqa: S105 - what all of them begin with
_ALGORITHM = "HS512"
_PARTY = "tertulia"
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid access token says: whose it is, of which sign-in, and until when."""

    user_id: str
    session_id: str
    expires: float
    """Seconds since 1970."""


class Tokens:
    """Signs access tokens and links with the newest of the secret keys, and checks them by all."""

    def __init__(self, keys: Keys, lifetime: float) -> None:
        """`lifetime` is in seconds."""
        self._keys = keys
        self._known_by: Sequence[bytes] = ()
        self._lifetime = lifetime
        self._known: OrderedDict[str, Claims] = OrderedDict()

    def issue(
        self, user_id: str, session_id: str, now: float, most: float = math.inf
    ) -> tuple[str, Claims]:
        """A token that holds from `now` for the lifetime, or for `most`, and what it says."""
        lifetime = min(self._lifetime, most)
        claims = Claims(user_id, session_id, float(int(now + lifetime)))
        payload: dict[str, Any] = {
            "iss": _PARTY,
            "aud": _PARTY,
            "sub": user_id,
            "sid": session_id,
            "iat": int(now),
            "exp": int(claims.expires),
        }
        return jwt.encode(payload, self._keys()[0], algorithm=_ALGORITHM), claims

    def seal(self, purpose: str, said: dict[str, str], expires: float) -> str:
        """A text for a link that says this, and cannot be forged; `expires` in seconds since 1970.

        It is good for this purpose alone, and never as an access token.
        """
        payload: dict[str, Any] = {
            **said,
            "iss": _PARTY,
            "aud": f"{_PARTY}.{purpose}",
            "exp": int(expires),
        }
        return jwt.encode(payload, self._keys()[0], algorithm=_ALGORITHM)

    def unseal(self, purpose: str, text: str, now: float) -> dict[str, str] | None:
        """What a link says, or None if it is forged, for another purpose, or expired at `now`."""
        payload = self._decoded(text, f"{_PARTY}.{purpose}", ["exp"])
        if payload is None or not payload["exp"] > now:
            return None
        return {name: value for name, value in payload.items() if isinstance(value, str)}

    def mark(self, purpose: str, text: str) -> str:
        """A code for a link that nobody can forge: HMAC-SHA256, cut to 128 bits (RFC 2104)."""
        return _mark(self._keys()[0], purpose, text)

    def marked(self, purpose: str, text: str, mark: str) -> bool:
        """Whether this is the code for the text, by any of the keys."""
        given = mark.encode("utf-8", "surrogatepass")
        return any(
            hmac.compare_digest(_mark(key, purpose, text).encode(), given) for key in self._keys()
        )

    def check(self, token: str, now: float) -> Claims | None:
        """What the token says, or None if it is forged, malformed or expired at `now`.

        A signature is verified once and remembered; the expiry is looked at every time.
        """
        keys = self._keys()
        if keys is not self._known_by:
            self._known.clear()
            self._known_by = keys
        claims = self._known.get(token) or self._verify(token)
        return claims if claims and claims.expires > now else None

    def _verify(self, token: str) -> Claims | None:
        payload = self._decoded(token, _PARTY, ["exp", "sub", "sid"])
        if payload is None:
            return None
        claims = Claims(str(payload["sub"]), str(payload["sid"]), payload["exp"])
        self._known[token] = claims
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return claims

    def _decoded(self, text: str, audience: str, required: list[str]) -> dict[str, Any] | None:
        found = (_decoded(text, key, audience, required) for key in self._keys())
        return next((payload for payload in found if payload is not None), None)


def _decoded(text: str, key: bytes, audience: str, required: list[str]) -> dict[str, Any] | None:
    try:
        payload: dict[str, Any] = jwt.decode(
            text,
            key,
            algorithms=[_ALGORITHM],
            audience=audience,
            issuer=_PARTY,
            options={
                "require": required,
                # The caller's clock decides about time, and it does so at every check.
                "verify_exp": False,
                "verify_iat": False,
            },
        )
        return {**payload, "exp": float(payload["exp"])}
    except (jwt.PyJWTError, ValueError, TypeError):
        return None


def _mark(key: bytes, purpose: str, text: str) -> str:
    code = hmac.digest(key, f"{_PARTY}.{purpose}\0{text}".encode(), "sha256")[:16]
    return base64.urlsafe_b64encode(code).decode().rstrip("=")


def new_secret() -> str:
    """256 random bits as URL-safe text: a refresh token, or the code in a link."""
    return secrets.token_urlsafe(32)


def new_api_token() -> str:
    """256 random bits behind a name by which scanners for lost secrets know them."""
    return API_TOKEN + secrets.token_urlsafe(32)


def new_code() -> str:
    """128 random bits as 22 characters of URL-safe text: an invitation, short enough to be sent."""
    return secrets.token_urlsafe(16)


def fingerprint(secret: str) -> str:
    """The SHA-256 under which a secret is stored: enough, as the secret itself is random."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
