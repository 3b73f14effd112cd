import base64
import json
from typing import Any

import jwt
import pytest

from adapters.tokens import Tokens, fingerprint, new_secret

KEY = bytes(range(64))
NOW = 1_800_000_000.0


def tokens(key: bytes = KEY) -> Tokens:
    return Tokens(key, lifetime=900)


def payload(**changes: Any) -> dict[str, Any]:
    plain = {"iss": "tertulia", "aud": "tertulia", "sub": "u", "sid": "s", "exp": NOW + 900}
    return {**plain, **changes}


def test_a_token_says_whose_it_is_and_until_when() -> None:
    token, issued = tokens().issue("user", "session", NOW)
    assert tokens().check(token, NOW) == issued
    assert (issued.user_id, issued.session_id, issued.expires) == ("user", "session", NOW + 900)


def test_a_token_is_good_until_it_expires_also_when_it_is_remembered() -> None:
    checker = tokens()
    token, _ = checker.issue("user", "session", NOW)
    assert checker.check(token, NOW + 899)
    assert checker.check(token, NOW + 900) is None


def test_a_token_of_another_key_is_worth_nothing() -> None:
    token, _ = tokens(bytes(64)).issue("user", "session", NOW)
    assert tokens().check(token, NOW) is None


@pytest.mark.parametrize(
    "forged",
    [
        jwt.encode(payload(), KEY, algorithm="HS256"),
        jwt.encode(payload(), None, algorithm="none"),
        jwt.encode(payload(aud="others"), KEY, algorithm="HS512"),
        jwt.encode(payload(iss="others"), KEY, algorithm="HS512"),
        jwt.encode(payload(exp="soon"), KEY, algorithm="HS512"),
        jwt.encode({"sub": "u", "sid": "s"}, KEY, algorithm="HS512"),
        "",
        "a.b.c",
        "\udc80.x.y",
    ],
)
def test_a_forged_token_is_worth_nothing(forged: str) -> None:
    assert tokens().check(forged, NOW) is None


def test_a_token_whose_content_was_changed_is_worth_nothing() -> None:
    token, _ = tokens().issue("user", "session", NOW)
    header, _, signature = token.split(".")
    changed = base64.urlsafe_b64encode(json.dumps(payload(sub="admin")).encode()).decode()
    assert tokens().check(f"{header}.{changed.rstrip('=')}.{signature}", NOW) is None


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        tokens(b"secret")


def test_secrets_are_long_and_their_fingerprints_tell_them_apart() -> None:
    one, other = new_secret(), new_secret()
    assert len(one) == 43
    assert fingerprint(one) != fingerprint(other)
