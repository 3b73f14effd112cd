"""The one clock that everything reads, and the form in which a moment is stored and shown."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NewType

Instant = NewType("Instant", str)
"""A moment in UTC as RFC 3339 text of fixed width, `2026-01-31T18:04:05.123Z`.

It is stored, compared and sent in this form: text order is time order, and nothing
has to be converted between the disk and the wire.
"""


def instant(moment: datetime) -> Instant:
    """The text form of a moment, cut to milliseconds. A moment without a zone is an error."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return Instant(in_utc.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z")


def moment(text: Instant) -> datetime:
    """The moment that a text form names."""
    return datetime.fromisoformat(text)


def just_after(text: Instant) -> Instant:
    """The next moment that can be told from this one."""
    return instant(moment(text) + timedelta(milliseconds=1))


class Clock:
    """Tells the time in UTC; tests give it a source of their own."""

    def __init__(self, source: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._source = source

    def now(self) -> Instant:
        """The present moment."""
        return instant(self._source())

    def after(self, span: timedelta) -> Instant:
        """The moment that lies `span` ahead (or back, if it is negative)."""
        return instant(self._source() + span)

    def seconds(self) -> float:
        """The present as seconds since 1970, the form that tokens carry."""
        return self._source().timestamp()
