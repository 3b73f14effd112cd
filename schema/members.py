"""Members: coming and going, what one is in a channel, and what one has read."""

from typing import Annotated

import strawberry

from adapters.clock import Instant
from resolvers import members, mutes
from schema.channels import Channel
from schema.context import Info
from schema.permissions import mutation
from schema.scalars import ChannelRole, Cursor, NotificationLevel


@strawberry.type
class MemberMutations:
    """The root mutations about members."""

    @mutation
    async def join_channel(self, info: Info, id: strawberry.ID) -> Channel | None:
        """Makes the caller a member of a PUBLIC channel."""
        return Channel.of(await members.join(info.context.caller, id), info.context)

    @mutation
    async def leave_channel(self, info: Info, id: strawberry.ID) -> strawberry.ID | None:
        """Ends the caller's membership. An owner's place goes to the senior moderator or member."""
        return strawberry.ID(await members.leave(info.context.caller, id))

    @mutation
    async def add_members(
        self, info: Info, channel_id: strawberry.ID, user_ids: list[strawberry.ID]
    ) -> Channel | None:
        """Makes other users members of a channel."""
        row = await members.add(info.context.caller, channel_id, list(user_ids))
        return Channel.of(row, info.context)

    @mutation
    async def remove_member(
        self, info: Info, channel_id: strawberry.ID, user_id: strawberry.ID
    ) -> Channel | None:
        """Ends another's membership."""
        row = await members.remove(info.context.caller, channel_id, user_id)
        return Channel.of(row, info.context)

    @mutation
    async def mark_read(
        self,
        info: Info,
        channel_id: strawberry.ID,
        cursor: Annotated[
            Cursor, strawberry.argument(description="Of the last message that was read.")
        ],
    ) -> Channel | None:
        """Notes that the caller has read a channel up to here. It only ever moves forward."""
        row = await members.mark_read(info.context.caller, channel_id, cursor)
        return Channel.of(row, info.context)

    @mutation
    async def set_channel_role(
        self, info: Info, channel_id: strawberry.ID, user_id: strawberry.ID, role: ChannelRole
    ) -> Channel | None:
        """Gives a member another role. OWNER hands the channel over to them."""
        row = await members.set_role(info.context.caller, channel_id, user_id, role)
        return Channel.of(row, info.context)

    @mutation
    async def mute_member(
        self,
        info: Info,
        channel_id: strawberry.ID,
        user_id: strawberry.ID,
        until: Annotated[
            Instant | None, strawberry.argument(description="For good if absent.")
        ] = None,
    ) -> Channel | None:
        """Has somebody read a channel and say nothing in it, also when they leave and come back."""
        row = await mutes.mute(info.context.caller, channel_id, user_id, until)
        return Channel.of(row, info.context)

    @mutation
    async def unmute_member(
        self, info: Info, channel_id: strawberry.ID, user_id: strawberry.ID
    ) -> Channel | None:
        """Lets somebody speak in a channel again."""
        row = await mutes.unmute(info.context.caller, channel_id, user_id)
        return Channel.of(row, info.context)

    @mutation
    async def set_notifications(
        self,
        info: Info,
        channel_id: strawberry.ID,
        level: Annotated[NotificationLevel, strawberry.argument(description="What to be told of.")],
    ) -> Channel | None:
        """Says what the caller wants to be told of a channel, on all their devices."""
        row = await members.set_notifications(info.context.caller, channel_id, level)
        return Channel.of(row, info.context)
