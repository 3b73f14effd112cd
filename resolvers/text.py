"""Text that people type, checked and brought into the form in which it is kept."""

import re
import unicodedata
from functools import cache
from zoneinfo import available_timezones

from adapters.emojis import whole_emoji
from adapters.passwords import common_passwords
from resolvers.errors import BadUserInput

_SURROGATE = re.compile("[\ud800-\udfff]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)*")
_EMAIL_LENGTH = 254
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks that show as nothing (Default_Ignorable_Code_Point, Unicode 15)."""
_TURNING = re.compile("[\u202a-\u202e]")
"""Turns what follows around, beyond the end of a name (Unicode UAX 9, section 2)."""
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u2066-\u2069\u200e\u200f]")
"""Control characters, and marks of direction."""
_FILE_NAME, _LONGEST_NAME = 255, 4_096
_BLANK = "\u2800"
"""A pattern of braille without dots, which is a symbol to Unicode."""
_RESERVED = frozenset({"channel", "everyone", "here", "all"})
"""Names that would read as everybody's."""
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_MENTION = re.compile(r"(?<![\w.@/-])@([\w.-]{2,40})")
_MOST_NAMED = 50
_WRITTEN_TOGETHER = (
    {"CJK", "HIRAGANA", "KATAKANA"},
    {"CJK", "HANGUL"},
    {"CJK", "BOPOMOFO"},
)
"""Scripts that one language mixes (Unicode UTS 39, section 5.1)."""


def plain(field: str, text: str) -> str:
    """The text, if it can be stored and sent at all. Raises BadUserInput."""
    if "\0" in text:
        raise BadUserInput(field, "must not contain NUL")
    if _SURROGATE.search(text):
        raise BadUserInput(field, "must not contain lone surrogates")
    return text


def body(field: str, text: str) -> str:
    """What a message says: 1 to 8,000 code points, kept as they are."""
    return _sized(field, plain(field, text), 1, 8_000)


def line(field: str, text: str, longest: int) -> str:
    """A name or a title: one line, without blanks around it."""
    line = unicodedata.normalize("NFC", _bounded(field, plain(field, text), longest)).strip()
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in line):
        raise BadUserInput(field, "must be one line without control characters")
    if _TURNING.search(line):
        raise BadUserInput(field, "must not turn the direction of what stands behind it")
    if line and not any(map(_seen, _INVISIBLE.sub("", line))):
        raise BadUserInput(field, "must not be invisible")
    return _sized(field, line, 1, longest)


def optional_line(field: str, text: str | None, longest: int) -> str | None:
    """Like `line`, where nothing (null, or only blanks) is an answer too."""
    return None if text is None or not text.strip() else line(field, text, longest)


def file_name(field: str, text: str) -> str:
    """What a file is called: to be shown, and nothing else; 1 to 255 code points.

    Whatever the uploader's system calls it is taken: of a path the last part, without what cannot
    be shown, cut in the middle where it is too long.
    """
    last = re.split(r"[/\\]", plain(field, text))[-1]
    shown = _UNSHOWN.sub("", _TURNING.sub("", unicodedata.normalize("NFC", last[-_LONGEST_NAME:])))
    name = shown.strip(" .") or "file"
    if len(name) > _FILE_NAME:
        name = f"{name[: _FILE_NAME - 25]}…{name[-24:]}"
    return name


def username(field: str, text: str) -> str:
    """A username: 2 to 32 letters, digits, `_`, `-` and `.`, all letters of one script."""
    name = unicodedata.normalize("NFKC", _bounded(field, plain(field, text), 32))
    _sized(field, name, 2, 32)
    if _INVISIBLE.search(name):
        raise BadUserInput(field, "must not have invisible characters")
    for character in name:
        if character not in "_-." and unicodedata.category(character)[0] not in "LNM":
            raise BadUserInput(field, "may have letters, digits and _-. only")
    if not any(character.isalnum() for character in name):
        raise BadUserInput(field, "needs a letter or a digit")
    if fold(name) in _RESERVED:
        raise BadUserInput(field, "is reserved")
    scripts = {_script(c) for c in name if unicodedata.category(c)[0] == "L"}
    if len(scripts) > 1 and not any(scripts <= together for together in _WRITTEN_TOGETHER):
        raise BadUserInput(field, "must not mix scripts")
    return name


def password(field: str, text: str) -> str:
    """A new password: 8 to 256 code points, and not one of the commonest."""
    _sized(field, plain(field, text), 8, 256)
    if text.lower() in common_passwords():
        raise BadUserInput(field, "is among the commonest passwords")
    return text


def email(field: str, text: str) -> str:
    """An email address, as far as its form goes: only a mail to it could tell more."""
    address = plain(field, text).strip()
    fits = len(address) <= _EMAIL_LENGTH and len(fold(address)) <= _EMAIL_LENGTH
    if not fits or not _EMAIL.fullmatch(address):
        raise BadUserInput(field, "must be an email address")
    return address


def emoji(field: str, text: str) -> str:
    """One emoji, in its fully qualified form."""
    found = whole_emoji(_bounded(field, plain(field, text), 16))
    if found is None:
        raise BadUserInput(field, "must be one emoji")
    return found


def time_zone(field: str, text: str) -> str:
    """The name of a time zone in the IANA database, such as `Europe/Madrid`."""
    name = _bounded(field, plain(field, text), 64).strip()
    if name not in _time_zones():
        raise BadUserInput(field, "must be a time zone of the IANA database")
    return name


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def mentioned(body: str) -> list[str]:
    """What may be the names, folded, of those whom a message mentions; the first 50.

    A name may end in a full stop, and so may the sentence: both readings are among them.
    """
    named = dict.fromkeys(fold(name) for name in _MENTION.findall(_CODE.sub(" ", body)))
    found: dict[str, None] = {}
    for name in list(named)[:_MOST_NAMED]:
        found |= {name: None, name.rstrip("._-"): None}
    return [name for name in found if name]


def known_name(field: str, text: str) -> str:
    """A name or an address that is looked for, folded."""
    return fold(_bounded(field, plain(field, text).strip(), _EMAIL_LENGTH))


def search(field: str, text: str | None) -> str:
    """What is searched for, folded; empty finds everything."""
    return fold(_sized(field, plain(field, text or "").strip(), 0, 100))


def fold(text: str) -> str:
    """The form in which two names are compared: compatibility forms and case do not count."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _bounded(field: str, text: str, longest: int) -> str:
    """The text, if it is not so long that even normalising it would be work."""
    if len(text) > 4 * longest:
        raise BadUserInput(field, f"must have {longest} characters at the most")
    return text


def _sized(field: str, text: str, shortest: int, longest: int) -> str:
    if not shortest <= len(text) <= longest:
        raise BadUserInput(field, f"must have {shortest} to {longest} characters")
    return text


def _seen(character: str) -> bool:
    unseen = ("Cc", "Cf", "Zs", "Zl", "Zp")
    return unicodedata.category(character) not in unseen and character != _BLANK


def _script(letter: str) -> str:
    """The first word of the letter's Unicode name, which for letters is their script."""
    return unicodedata.name(letter, "UNKNOWN").split(" ")[0].split("-")[0]
