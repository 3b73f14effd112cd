"""Blocks: whom one does not want to hear from."""

import strawberry

from adapters.clock import Instant
from models.blocks import BlockRow
from resolvers import blocks
from schema.accounts import User, user_by
from schema.channels import After, First
from schema.connections import Connection, connection
from schema.context import Info
from schema.joins import joined
from schema.permissions import mutation, query


@strawberry.type(description="Somebody whom the caller does not want to hear from.")
class Block:
    """Somebody whom the caller does not want to hear from."""

    created_at: Instant = strawberry.field(description="Since when.")
    row: strawberry.Private[BlockRow]

    user: User | None = joined(User | None, user_by("row.blocked_id"), "Who it is.")

    @classmethod
    def of(cls, row: BlockRow) -> "Block":
        """The block in this row."""
        return cls(created_at=Instant(row.created_at), row=row)


@strawberry.type
class BlockQueries:
    """The root queries about blocks."""

    @query
    async def blocked_users(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[Block] | None:
        """Whom the caller has blocked, the latest first."""
        return connection(await blocks.page(info.context.caller, first, after), Block.of)


@strawberry.type
class BlockMutations:
    """The root mutations about blocks."""

    @mutation
    async def block_user(self, info: Info, user_id: strawberry.ID) -> User | None:
        """Has somebody's direct messages and mentions not reach the caller any more.

        Neither of the two can say anything in their DIRECT channel, and the other cannot bring
        the caller into channels. They are not told.
        """
        return User.of(await blocks.block(info.context.caller, user_id), info.context)

    @mutation
    async def unblock_user(self, info: Info, user_id: strawberry.ID) -> User | None:
        """Lets somebody's messages reach the caller again."""
        return User.of(await blocks.unblock(info.context.caller, user_id), info.context)
