"""Bans."""

import strawberry

from adapters.clock import Instant
from models.moderation import BanRow
from resolvers import moderation
from schema.accounts import User, user_by
from schema.channels import After, First
from schema.connections import Connection, connection
from schema.context import Info
from schema.joins import joined
from schema.permissions import mutation, query


@strawberry.type(description="The shutting out of a user.")
class Ban:
    """The shutting out of a user."""

    id: strawberry.ID = strawberry.field(description="Unique across servers.")
    reason: str = strawberry.field(description="Why, as the user is told.")
    until: Instant | None = strawberry.field(description="When it ends by itself; null: never.")
    created_at: Instant = strawberry.field(description="Since when.")
    row: strawberry.Private[BanRow]

    user: User | None = joined(User | None, user_by("row.user_id"), "Who is banned.")
    banned_by: User | None = joined(User | None, user_by("row.banned_by"), "Who banned them.")

    @classmethod
    def of(cls, row: BanRow) -> "Ban":
        """The ban in this row."""
        return cls(
            id=strawberry.ID(row.id),
            reason=row.reason,
            until=Instant(row.until) if row.until else None,
            created_at=Instant(row.created_at),
            row=row,
        )


@strawberry.input(description="Whom to shut out, why, and for how long.")
class BanUserInput:
    """Whom to shut out, why, and for how long."""

    user_id: strawberry.ID = strawberry.field(description="Who is to be banned.")
    reason: str = strawberry.field(description="Why, up to 500 characters; the user is told.")
    until: Instant | None = strawberry.field(
        default=None, description="When the ban ends by itself; never if absent."
    )


@strawberry.type
class ModerationQueries:
    """The root queries about moderation."""

    @query
    async def bans(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[Ban] | None:
        """The bans in force, newest first. Moderators and admins."""
        page = await moderation.page(info.context.caller, first, after)
        return connection(page, Ban.of)


@strawberry.type
class ModerationMutations:
    """The root mutations about moderation."""

    @mutation
    async def ban_user(self, info: Info, input: BanUserInput) -> Ban | None:
        """Shuts a user out. Moderators and admins.

        From the ban's position on, no device of the user is sent anything more, and all
        are disconnected.
        """
        row = await moderation.ban(info.context.caller, input.user_id, input.reason, input.until)
        return Ban.of(row)

    @mutation
    async def unban_user(self, info: Info, user_id: strawberry.ID) -> User | None:
        """Lets a user in again. Moderators and admins."""
        row = await moderation.unban(info.context.caller, user_id)
        return User.of(row, info.context)
