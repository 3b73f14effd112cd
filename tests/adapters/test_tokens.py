import base64
import json
from typing import Any

import jwt
import pytest

from adapters.tokens import Tokens, fingerprint, new_secret

KEY = bytes(range(64))
NOW = 1_800_000_000.0


def tokens(key: bytes = KEY) -> Tokens:
    keys = (key,)
    return Tokens(lambda: keys, lifetime=900)


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


def test_a_token_of_the_key_before_is_good_until_that_is_forgotten() -> None:
    keys = [(KEY,)]
    checker = Tokens(lambda: keys[-1], lifetime=900)
    token, claims = checker.issue("user", "session", NOW)
    link = checker.seal("link", {"to": "x"}, NOW + 900)
    keys.append((bytes(64), KEY))
    assert checker.check(token, NOW) == claims
    assert checker.unseal("link", link, NOW) == checker.unseal("link", link, NOW + 1) is not None
    newer, _ = checker.issue("user", "session", NOW)
    assert tokens().check(newer, NOW) is None
    keys.append((bytes(64),))
    assert checker.check(token, NOW) is None
    assert checker.unseal("link", link, NOW) is None
    assert checker.check(newer, NOW)


def test_secrets_are_long_and_their_fingerprints_tell_them_apart() -> None:
    one, other = new_secret(), new_secret()
    assert len(one) == 43
    assert fingerprint(one) != fingerprint(other)
