from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers import text
from resolvers.errors import BadUserInput

ANY_TEXT = st.text(st.characters(exclude_categories=[]))


def taken(check: Callable[..., str | None], *given: object) -> str | None:
    try:
        return check(*given)
    except BadUserInput as error:
        return None if error.extensions["field"] == given[0] else "the wrong field"


@given(ANY_TEXT)
def test_a_body_is_kept_as_it_is_or_refused(body: str) -> None:
    storable = "\0" not in body and not any("\ud800" <= c <= "\udfff" for c in body)
    kept = taken(text.body, "body", body)
    assert kept == (body if storable and 1 <= len(body) <= 8000 else None)


@given(ANY_TEXT)
def test_a_line_that_is_taken_is_one_clean_line(given_text: str) -> None:
    kept = taken(text.line, "name", given_text, 80)
    if kept is not None:
        assert kept == kept.strip()
        assert 1 <= len(kept) <= 80
        assert len(kept.splitlines()) == 1
        assert taken(text.line, "name", kept, 80) == kept


@pytest.mark.parametrize(
    "name",
    ["\u3164", "\u200b", "\u2060\u00ad", "\u2800", "\u034f \ufe0f", "safe\u202egnp", "\u202a"],
)
def test_a_line_is_seen_and_leaves_what_is_behind_it_alone(name: str) -> None:
    assert taken(text.line, "name", name, 80) is None


@pytest.mark.parametrize("name", ["Ada", "名", "👩‍🚀", "می‌خواهم", "עדה", "?", "❤️", "1"])
def test_a_line_is_whatever_people_are_called(name: str) -> None:
    assert taken(text.line, "name", name, 80) == name


@given(st.text(st.characters(categories=["L", "N", "P", "M"]), min_size=2, max_size=32))
def test_a_username_that_is_taken_stays_the_same_when_it_is_given_again(name: str) -> None:
    kept = taken(text.username, "username", name)
    if kept is not None:
        assert taken(text.username, "username", kept) == kept
        assert 2 <= len(kept) <= 32
        assert "@" not in kept


@given(ANY_TEXT)
def test_folding_twice_is_folding_once(given_text: str) -> None:
    once = text.fold(given_text)
    assert text.fold(once.upper()) == text.fold(text.fold(given_text).upper())


@pytest.mark.parametrize(
    ("one", "other"), [("Ada", "aDA"), ("STRASSE", "straße"), ("ﬁn", "fin"), ("Å", "å")]
)
def test_names_that_look_alike_fold_alike(one: str, other: str) -> None:
    assert text.fold(one) == text.fold(other)


def test_the_first_fifty_names_count() -> None:
    body = " ".join(f"@person{number}" for number in range(300))
    assert text.mentioned(body) == [f"person{number}" for number in range(50)]
    assert text.mentioned("@ben. @cleo.dee.") == ["ben.", "ben", "cleo.dee.", "cleo.dee"]
