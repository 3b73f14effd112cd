"""Channels and their members."""

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry

from adapters.clock import Instant
from models.calls import CallRow
from models.channels import ChannelRow, MemberRow
from models.messages import MessageRow
from resolvers import channels, members, paging
from resolvers.channels import ChannelChanges
from schema.accounts import User, user_by
from schema.connections import Connection, connection
from schema.context import Context, Info
from schema.joins import Join, joined
from schema.permissions import mutation, query
from schema.scalars import ChannelKind, ChannelRole, Cursor, NotificationLevel

if TYPE_CHECKING:
    from schema.calls import Call
    from schema.messages import Message

First = Annotated[int | None, strawberry.argument(description="1 to 100, 50 if absent.")]
LastMessage: TypeAlias = Annotated["Message", strawberry.lazy("schema.messages.types")] | None
CallThere: TypeAlias = Annotated["Call", strawberry.lazy("schema.calls")] | None
After = Annotated[str | None, strawberry.argument(description="A cursor of this list.")]


@strawberry.type(description="What the caller is in a channel.")
class Membership:
    """What the caller is in a channel."""

    role: ChannelRole = strawberry.field(description="What the caller may do there.")
    joined_at: Instant = strawberry.field(description="Since when.")
    last_read: Cursor | None = strawberry.field(description="Null: nothing read yet.")
    last_read_number: int = strawberry.field(
        description="The number of the message up to which all is read; 0 where nothing is. The "
        "channel's `lastNumber`, less this, less `purgedUnread`, gives `unreadCount` as of any "
        "event."
    )
    purged_unread: int = strawberry.field(
        description="How many messages after `lastRead` were purged, and so cannot be read."
    )
    unread_count: int = strawberry.field(
        description="Messages after `lastRead`, deleted ones included; one's own are read by "
        "sending them."
    )
    notifications: NotificationLevel = strawberry.field(
        description="What the caller wants to be told of, where they do not look."
    )
    muted_until: Instant | None = strawberry.field(
        description="When the time ends, or ended, in which the caller may not say anything here: "
        "in the year 9999 if it has no end. Null: they may."
    )
    channel_row_id: strawberry.Private[str]

    mention_count: int = joined(
        int,
        Join(attrgetter("unread_mentions"), attrgetter("channel_row_id"), lambda count, _: count),
        "Messages after `lastRead` that mention the caller, by name or with everybody; not those "
        "of people whom the caller has blocked.",
    )


@strawberry.type(description="A user in a channel.")
class Member:
    """A user in a channel."""

    role: ChannelRole = strawberry.field(description="What they may do there.")
    joined_at: Instant = strawberry.field(description="Since when.")
    muted_until: Instant | None = strawberry.field(
        description="When the time ends, or ended, in which they may not say anything here: in "
        "the year 9999 if it has no end. Null: they may."
    )
    user_row_id: strawberry.Private[str]
    user: User = joined(
        User,
        user_by("user_row_id", absent=lambda: LookupError("a member without an account")),
        "Who it is.",
    )

    @classmethod
    def of(cls, row: MemberRow) -> "Member":
        """The member in this row."""
        return cls(
            role=ChannelRole(row.role),
            joined_at=Instant(row.joined_at),
            muted_until=Instant(row.muted_until) if row.muted_until else None,
            user_row_id=row.user_id,
        )


def _message(row: MessageRow, context: Context) -> "Message":
    # Messages have channels and channels messages: one of the two has to wait.
    from schema.messages.types import Message  # noqa: PLC0415

    return Message.of(row, context)


def _call(row: CallRow, _: Context) -> "Call":
    from schema.calls import Call  # noqa: PLC0415 - as above

    return Call.of(row)


@strawberry.type(description="A conversation.")
class Channel:
    """A conversation."""

    id: strawberry.ID = strawberry.field(description="Unique across servers.")
    kind: ChannelKind = strawberry.field(description="Between whom it is.")
    name: str | None = strawberry.field(description="Null in a DIRECT channel.")
    topic: str | None = strawberry.field(description="What it is about.")
    member_count: int = strawberry.field(description="How many members there are.")
    last_number: int = strawberry.field(
        description="The number that was given to a message last; 0 before there is one."
    )
    created_at: Instant = strawberry.field(description="When it was made.")
    membership: Membership | None = strawberry.field(
        description="The caller's own; null before joining."
    )
    row: strawberry.Private[ChannelRow]

    @strawberry.field(description="The members, in the order in which they joined.")
    async def members(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[Member]:
        """A page of members; first pages of several channels are read at once."""
        if after is not None:
            page = await members.page(info.context.caller, self.row, first, after)
            return connection(page, Member.of)
        wanted = paging.size("first", first)
        found = await info.context.loaders.first_members.load((self.row.id, wanted + 1))
        return connection(members.as_page(found, wanted, None), Member.of)

    last_message: LastMessage = joined(
        LastMessage,
        Join(attrgetter("last_messages"), attrgetter("id"), _message),
        "The latest message; null before there is one.",
    )
    call: CallThere = joined(
        CallThere,
        Join(attrgetter("calls"), attrgetter("id"), _call),
        "The call under way; null while there is none, and to those who are no members.",
    )
    created_by: User | None = joined(User | None, user_by("row.created_by"), "Who made it.")

    @classmethod
    def of(cls, row: ChannelRow, context: Context) -> "Channel":
        """The channel in this row, as the user for whom it was read stands to it."""
        return cls(
            id=strawberry.ID(row.id),
            kind=ChannelKind(row.kind),
            name=row.name,
            topic=row.topic,
            member_count=row.member_count,
            last_number=row.last_number,
            created_at=Instant(row.created_at),
            membership=_membership(row, context),
            row=row,
        )


def _membership(row: ChannelRow, context: Context) -> Membership | None:
    if row.my_role is None:
        return None
    read = row.my_read_position
    return Membership(
        role=ChannelRole(row.my_role),
        joined_at=Instant(row.my_joined_at or ""),
        last_read=None if read is None else Cursor(context.house.feed.cursor(read)),
        last_read_number=row.my_read_number or 0,
        purged_unread=row.my_read_gone or 0,
        unread_count=row.last_number - (row.my_read_number or 0) - (row.my_read_gone or 0),
        notifications=NotificationLevel(row.my_notifications or "ALL"),
        muted_until=Instant(row.my_muted_until) if row.my_muted_until else None,
        channel_row_id=row.id,
    )


def channel_by(key: str, *, absent: Callable[[], Exception] | None = None) -> Join:
    """To the channel whose id is this attribute, if the caller may see it."""
    return Join(attrgetter("channels"), attrgetter(key), Channel.of, absent=absent)


@strawberry.input(description="A new channel.")
class CreateChannelInput:
    """A new channel."""

    kind: ChannelKind = strawberry.field(description="Between whom it is.")
    name: str | None = strawberry.field(
        default=None, description="Up to 80 characters; needed in PRIVATE and PUBLIC channels."
    )
    topic: str | None = strawberry.field(default=None, description="Up to 250 characters.")
    member_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Who else is in it from the beginning."
    )
    id: strawberry.ID | None = strawberry.field(
        default=None, description="A UUID of the client's choice makes a retry safe."
    )


@strawberry.input(description="What to change: an absent field stays, null clears.")
class UpdateChannelInput:
    """What to change of a channel."""

    id: strawberry.ID = strawberry.field(description="The channel.")
    name: strawberry.Maybe[str | None] = strawberry.field(description="Up to 80 characters.")
    topic: strawberry.Maybe[str | None] = strawberry.field(description="Up to 250 characters.")
    kind: strawberry.Maybe[ChannelKind | None] = strawberry.field(
        description="For the owner: GROUP, PRIVATE or PUBLIC; null changes nothing."
    )


@strawberry.type
class ChannelQueries:
    """The root queries about channels."""

    @query
    async def channel(self, info: Info, id: strawberry.ID) -> Channel | None:
        """A channel that the caller is in, or a PUBLIC one."""
        return Channel.of(await channels.one(info.context.caller, id), info.context)

    @query
    async def channels(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[Channel] | None:
        """The caller's channels, those with the latest activity first."""
        page = await channels.own(info.context.caller, first, after)
        return connection(page, lambda row: Channel.of(row, info.context))

    @query
    async def public_channels(
        self,
        info: Info,
        search: Annotated[
            str | None, strawberry.argument(description="A part of the name or the topic.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Channel] | None:
        """The PUBLIC channels, those with the latest activity first."""
        page = await channels.public(info.context.caller, search, first, after)
        return connection(page, lambda row: Channel.of(row, info.context))


@strawberry.type
class ChannelMutations:
    """The root mutations about channels and members."""

    @mutation
    async def create_channel(self, info: Info, input: CreateChannelInput) -> Channel | None:
        """Makes a channel that the caller owns."""
        row = await channels.create(
            info.context.caller,
            input.kind,
            name=input.name,
            topic=input.topic,
            member_ids=None if input.member_ids is None else list(input.member_ids),
            channel_id=input.id,
        )
        return Channel.of(row, info.context)

    @mutation
    async def open_direct_channel(self, info: Info, user_id: strawberry.ID) -> Channel | None:
        """The one DIRECT channel between the caller and that user (or oneself).

        It is made if there is none.
        """
        row = await channels.open_direct(info.context.caller, user_id)
        return Channel.of(row, info.context)

    @mutation
    async def update_channel(self, info: Info, input: UpdateChannelInput) -> Channel | None:
        """Changes a channel's name, topic or kind."""
        changes = ChannelChanges()
        if input.name:
            changes["name"] = input.name.value
        if input.topic:
            changes["topic"] = input.topic.value
        if input.kind:
            changes["kind"] = input.kind.value
        row = await channels.update(info.context.caller, input.id, changes)
        return Channel.of(row, info.context)

    @mutation
    async def delete_channel(self, info: Info, id: strawberry.ID) -> strawberry.ID | None:
        """Deletes a channel with all that was said in it."""
        return strawberry.ID(await channels.delete(info.context.caller, id))
