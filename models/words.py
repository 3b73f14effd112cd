"""Words: what a text is found by, the same on every engine.

Neither engine's own parser would do: they do not agree with each other on what a word is, and both
take a line of Chinese for one.
"""

import re
import unicodedata

_PLAIN = re.compile("[a-z0-9]+")
_LONGEST, MOST = 64, 2_000
"""In characters of a word, and in words of a text: what is beyond is not found."""
_FOLDED = 16_000
"""In characters: some fold to eighteen."""
_REMEMBERED = 20_000
_ACCENTS = re.compile("[\u0300-\u036f]")
_WRITTEN_WITHOUT_SPACES = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Han, Hiragana and Katakana: each of their characters is a word of its own."""


class _Letters(dict[int, str]):
    """What becomes of each character: letters, marks and digits stay, all else parts words."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kept = unicodedata.category(character)[0] in "LMN"
        if _WRITTEN_WITHOUT_SPACES.match(character):
            character = f" {character} "
        found = character if kept else " "
        if len(self) < _REMEMBERED:
            self[code] = found
        return found


_letters = _Letters()


def words(text: str, most: int = MOST) -> list[str]:
    """The words of a text in their order: without case, without the accents of Latin and Greek.

    A word that is longer than 64 characters is cut there, and a text after so many words.
    """
    if text.isascii():
        found = _PLAIN.findall(text.lower())
    else:
        folded = unicodedata.normalize("NFKD", text)[:_FOLDED].casefold()
        bare = unicodedata.normalize("NFKC", _ACCENTS.sub("", folded))
        found = bare.translate(_letters).split()
    return [word[:_LONGEST] for word in found[:most]]
