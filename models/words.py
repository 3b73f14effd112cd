"""Words: what a text is found by, the same on every engine.

Neither engine's own parser would do: they do not agree with each other on what a word is, and both
take a line of Chinese for one.
"""

import re
import unicodedata

_PLAIN = re.compile("[a-z0-9]+")
_LONGEST = 64
_ACCENTS = re.compile("[\u0300-\u036f]")
_WRITTEN_WITHOUT_SPACES = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Han, Hiragana and Katakana: each of their characters is a word of its own."""


class _Letters(dict[int, str | None]):
    """What becomes of each character: letters, marks and digits stay, all else parts words."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        kept = unicodedata.category(character)[0] in "LMN"
        if _WRITTEN_WITHOUT_SPACES.match(character):
            character = f" {character} "
        self[code] = found = character if kept else " "
        return found


_letters = _Letters()


def words(text: str) -> list[str]:
    """The words of a text in their order: without case, without the accents of Latin and Greek.

    A word that is longer than 64 characters is cut there.
    """
    if text.isascii():
        found = _PLAIN.findall(text.lower())
    else:
        folded = unicodedata.normalize("NFKD", text).casefold()
        bare = unicodedata.normalize("NFKC", _ACCENTS.sub("", folded))
        found = bare.translate(_letters).split()
    return [word[:_LONGEST] for word in found]
