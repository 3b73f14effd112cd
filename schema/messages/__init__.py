"""Messages: what they are, how they are read, and what is done with them."""

from schema.messages.types import Message

__all__ = ["Message"]
