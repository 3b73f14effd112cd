"""Tortoise's own state: which models there are, and which connection they are on."""

import contextvars
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext

TABLES = (
    "models.accounts",
    "models.api_tokens",
    "models.audit",
    "models.blobs",
    "models.blocks",
    "models.calls",
    "models.channels",
    "models.edits",
    "models.events",
    "models.files",
    "models.invites",
    "models.mentions",
    "models.messages",
    "models.moderation",
    "models.mutes",
    "models.pins",
    "models.reactions",
    "models.reports",
    "models.second_factors",
    "models.sessions",
    "models.signals",
    "models.uploads",
)


def _name(url: str) -> str:
    # Tortoise keeps statements by the connection's name, so each engine needs its own.
    return url.partition(":")[0]


def tortoise_config(url: str) -> dict[str, Any]:
    """What Tortoise and aerich need to know of our models."""
    return {
        "connections": {_name(url): url},
        "apps": {
            "models": {"models": [*TABLES, "aerich.models"], "default_connection": _name(url)}
        },
    }


class Orm:
    """Lets models be used inside a transaction, on its connection, and nowhere else."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._tortoise = TortoiseContext()

    async def open(self) -> None:
        """Loads the models; connects to nothing."""
        await self._tortoise.init(tortoise_config(self._url), init_connections=False)

    def bound_to(self, connection: BaseDBAsyncClient) -> contextvars.Context:
        """A context in which models work on this connection."""
        context = contextvars.Context()
        context.run(self._bind, connection)
        return context

    def _bind(self, connection: BaseDBAsyncClient) -> None:
        self._tortoise.__enter__()
        self._tortoise.connections.set(_name(self._url), connection)
