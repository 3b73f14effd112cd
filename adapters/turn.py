"""Credentials for a TURN server that are good for a time.

The server and we share a secret (draft-uberti-behave-turn-rest-00, coturn's use-auth-secret).
"""

import base64
import hashlib
import hmac
from typing import NamedTuple


class Credentials(NamedTuple):
    """What a client shows to the TURN server."""

    username: str
    password: str


def credentials(secret: str, user_id: str, expires: int) -> Credentials:
    """Those of a user, good until `expires`, in seconds since 1970."""
    username = f"{expires}:{user_id}"
    # SHA-1 is what TURN servers compute, too; as a MAC it is not known to be weak.
    digest = hmac.digest(secret.encode(), username.encode(), hashlib.sha1)
    return Credentials(username, base64.b64encode(digest).decode())
