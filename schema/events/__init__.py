"""The feed: the events, and how they are read."""

from schema.events.types import SHOWN, event_of

__all__ = ["SHOWN", "event_of"]
