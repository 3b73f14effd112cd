"""Merging what was done apart: when something counts as done, and what wins over what.

The rules, and why they end in the same content everywhere, are in docs/merge.md.
"""

from adapters.clock import Clock, Instant, just_after
from resolvers.errors import BadUserInput


def claimed(clock: Clock, at: Instant | None) -> Instant | None:
    """When a person says that they did it, offline. Raises BadUserInput for what is to come."""
    if at is not None and at > clock.now():
        raise BadUserInput("at", "must not be in the future")
    return at


def counted(clock: Clock, at: Instant | None, latest: str | None) -> Instant:
    """When it counts as done: as claimed; else now, and after whatever was done before."""
    if at is not None:
        return at
    now = clock.now()
    return max(now, just_after(Instant(latest))) if latest else now
