"""What texts are found by, and that finding it out is bounded."""

import sys

import pytest

from models.words import MOST, _letters, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("Hello, World!", ["hello", "world"]),
        ("snake_case kebab-case x1", ["snake", "case", "kebab", "case", "x1"]),
        ("Café ÜBER Straße", ["cafe", "uber", "strasse"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("東京 abc カナ", ["東", "京", "abc", "カ", "ナ"]),
        ("ﬁne Ⅷ ①", ["fine", "viii", "1"]),
        ("a👍b", ["a", "b"]),
        ("x" * 100, ["x" * 64]),
    ],
)
def test_words_are_what_people_take_for_words(text: str, found: list[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize("letter", ["a ", "\ufdfa", "東", "é ", "\u0300"])
def test_a_text_has_so_many_words_at_the_most(letter: str) -> None:
    assert len(words(letter * 8_000)) <= MOST
    assert len(words(letter * 8_000, 7)) <= 7


def test_what_is_remembered_of_letters_is_bounded() -> None:
    for start in range(0, sys.maxunicode - 5_000, 5_000):
        words("".join(map(chr, range(start, start + 5_000))).encode(errors="ignore").decode())
    assert len(_letters) <= 20_000
