"""Emoji: what is one, and in which form it is kept (Unicode UTS 51; the list is emoji's)."""

from functools import cache

import emoji

_VARIANT = "\ufe0f"
"""Asks for the colourful form of what may be text, too. Some keyboards leave it out."""


def whole_emoji(text: str) -> str | None:
    """The emoji that the text is, in its fully qualified form; None if it is anything else."""
    return _known().get(text.replace(_VARIANT, ""))


@cache
def _known() -> dict[str, str]:
    qualified = emoji.STATUS["fully_qualified"]
    return {
        one.replace(_VARIANT, ""): one
        for one, described in emoji.EMOJI_DATA.items()
        if described["status"] == qualified
    }
