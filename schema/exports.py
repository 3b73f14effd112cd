"""Exports: links to everything of oneself, or of a channel."""

import strawberry

from adapters.clock import Instant
from resolvers import exports
from resolvers.exports import Link
from schema.context import Info
from schema.permissions import query


@strawberry.type(description="A link to a JSON document, which needs no other credential.")
class Export:
    """A link to a JSON document."""

    url: str = strawberry.field(description="Where it is to be had.")
    expires_at: Instant = strawberry.field(
        description="Until when; sooner, if the session ends or the right to it."
    )

    @classmethod
    def of(cls, link: Link) -> "Export":
        """The export behind this link."""
        return cls(url=link.url, expires_at=link.expires_at)


@strawberry.type
class ExportQueries:
    """The root queries for exports."""

    @query
    async def export(self, info: Info) -> Export | None:
        """Everything that is the caller's: account, sign-ins, channels, messages, reactions."""
        return Export.of(await exports.of_caller(info.context.caller))

    @query
    async def export_channel(self, info: Info, channel_id: strawberry.ID) -> Export | None:
        """All of a channel: members, messages with their versions and reactions. Admins only.

        Of a PRIVATE one only once they have joined it.
        """
        return Export.of(await exports.of_channel(info.context.caller, channel_id))
