"""Ranking: which of many messages answer best to what was sought."""

from collections.abc import Sequence

from models.messages import MessageRow
from models.search import Phrase
from models.words import words

_SATURATION, _LENGTH = 1.2, 0.75
"""k1 and b of Okapi BM25."""
_PRECISION = 1_000_000
_READ_OF_EACH, _READ = 500, 50_000
"""In characters of a message, and in words of all: what is beyond does not count."""


def best_first(
    phrases: Sequence[Phrase], rows: Sequence[MessageRow]
) -> list[tuple[int, MessageRow]]:
    """The messages with their scores, the best first, of equals the latest.

    Each phrase counts by how often it occurs for the length of the message, less with each time:
    Okapi BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009, 3.1), without
    its weights for rare words, as all phrases are in all of these.
    """
    read, left = list[list[str]](), _READ
    for row in rows:
        read.append(words(row.body[:_READ_OF_EACH], left) if left > 0 else [])
        left -= len(read[-1])
    average = sum(map(len, read)) / len(read) if read else 1
    scored = [(_score(phrases, said, average), row) for said, row in zip(read, rows, strict=True)]
    return sorted(scored, key=lambda item: (-item[0], -item[1].position))


def _score(phrases: Sequence[Phrase], said: list[str], average: float) -> int:
    size = 1 - _LENGTH + _LENGTH * len(said) / max(average, 1)
    total = 0.0
    for phrase in phrases:
        count = _count(phrase, said)
        total += count * (_SATURATION + 1) / (count + _SATURATION * size)
    return int(total * _PRECISION)


def _count(phrase: Phrase, said: list[str]) -> int:
    *before, last = phrase.words
    span = len(before)
    return sum(
        said[at - span : at] == before
        for at in range(span, len(said))
        if said[at] == last or (phrase.is_prefix and said[at].startswith(last))
    )
