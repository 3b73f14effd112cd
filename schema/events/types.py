"""What happened: a type for each kind of event."""

from operator import attrgetter

import strawberry

from adapters.clock import Instant
from models.channels import ChannelRow
from models.events import EventKind, EventRow
from schema.accounts import User, user_by
from schema.calls import Call
from schema.channels import Channel, Member, channel_by
from schema.context import Context, Info
from schema.files import File
from schema.joins import Join, joined
from schema.messages import Message
from schema.scalars import Cursor


@strawberry.interface(
    description="Something that happened. What it is about may be gone when it is replayed, and is "
    "null then; ids stay."
)
class Event:
    """Something that happened; what it is about is read as it is when the event is delivered."""

    cursor: Cursor = strawberry.field(description="Its place in the feed.")
    at: Instant = strawberry.field(description="When it happened.")
    channel_id: strawberry.ID | None = strawberry.field(description="Where, if in a channel.")
    row: strawberry.Private[EventRow]

    actor: User | None = joined(
        User | None, user_by("row.actor_id"), "Who did it; null once their account is deleted."
    )


@strawberry.type
class _AboutMessage(Event):
    @strawberry.field(description="The message that it is about.")
    def message_id(self) -> strawberry.ID:
        """Its id."""
        return strawberry.ID(self.row.subject_id or "")

    message: Message | None = joined(
        Message | None,
        Join(attrgetter("messages"), attrgetter("row.subject_id"), Message.of),
        "As it is now; null where it is gone, or the channel is.",
    )


@strawberry.type
class _AboutChannel(Event):
    channel: Channel | None = joined(
        Channel | None,
        channel_by("row.channel_id"),
        "As it is now; null where it is gone, or hidden by now.",
    )


@strawberry.type
class _AboutUser(Event):
    @strawberry.field(description="The user that it is about.")
    def user_id(self) -> strawberry.ID:
        """Their id."""
        return strawberry.ID(self.row.subject_id or "")

    user: User | None = joined(
        User | None,
        user_by("row.subject_id"),
        "As they are now; null once their account is deleted.",
    )


@strawberry.type
class _AboutMember(_AboutUser):
    member: Member | None = joined(
        Member | None,
        Join(
            attrgetter("members"),
            attrgetter("row.channel_id", "row.subject_id"),
            lambda row, _: Member.of(row),
        ),
        "As they are now; null once they are not a member any more.",
    )


@strawberry.type(description="Somebody said something.")
class MessageAdded(_AboutMessage):
    """Somebody said something."""


@strawberry.type(description="An author had a message say something else.")
class MessageEdited(_AboutMessage):
    """An author had a message say something else."""


@strawberry.type(description="A message was deleted; its place stays.")
class MessageDeleted(Event):
    """A message was deleted; its place stays."""

    @strawberry.field(description="The message that it is about.")
    def message_id(self) -> strawberry.ID:
        """Its id."""
        return strawberry.ID(self.row.subject_id or "")


@strawberry.type(
    description="Messages were taken away for good, instead of one MessageDeleted each: fetch anew "
    "what is shown of the channel."
)
class MessagesPurged(Event):
    """Messages were taken away for good."""

    @strawberry.field(description="How many.")
    def count(self) -> int:
        """How many."""
        return self.row.amount or 0


@strawberry.type(description="There are other emoji beside a message, or more or fewer of them.")
class ReactionsChanged(_AboutMessage):
    """There are other emoji beside a message, or more or fewer of them."""


@strawberry.type(description="A message was pinned, or is no more.")
class PinsChanged(_AboutMessage):
    """A message was pinned, or is no more."""


@strawberry.type(
    description="A file was uploaded, has a new version or another status, or is gone."
)
class FileUpdated(Event):
    """A file is not what it was."""

    @strawberry.field(description="The file that it is about.")
    def file_id(self) -> strawberry.ID:
        """Its id."""
        return strawberry.ID(self.row.subject_id or "")

    file: File | None = joined(
        File | None,
        Join(attrgetter("files"), attrgetter("row.subject_id"), File.of),
        "As it is now; null where it is gone, or the channel is.",
    )


@strawberry.type(description="A channel was made.")
class ChannelCreated(_AboutChannel):
    """A channel was made."""


@strawberry.type(description="A channel has another name, topic or kind.")
class ChannelUpdated(_AboutChannel):
    """A channel has another name, topic or kind."""


@strawberry.type(description="A channel was deleted with all that was said in it.")
class ChannelDeleted(Event):
    """A channel was deleted with all that was said in it."""


@strawberry.type(description="Somebody became a member. If it is oneself: fetch the channel.")
class MemberAdded(_AboutChannel, _AboutMember):
    """Somebody became a member."""


@strawberry.type(description="A member has another role.")
class MemberUpdated(_AboutMember):
    """A member has another role."""


@strawberry.type(
    description="A membership ended. Also to the one who was removed, as their last event of that "
    "channel."
)
class MemberRemoved(_AboutUser):
    """A membership ended."""


@strawberry.type(
    description="The caller has read more of a channel, on this device or another. Only to the "
    "caller's own devices."
)
class ReadMarked(Event):
    """The caller has read more of a channel."""

    @strawberry.field(
        description="Up to where, as it is now. Where one is no member any more: this event's "
        "own place."
    )
    async def last_read(self, info: Info) -> Cursor:
        """Their place in the channel."""
        row = await self._membership(info)
        read = row.my_read_position if row else None
        return Cursor(info.context.house.feed.cursor(self.row.position if read is None else read))

    @strawberry.field(description="The number of that message; 0 where one is no member any more.")
    async def last_read_number(self, info: Info) -> int:
        """The number of the message that they read last."""
        row = await self._membership(info)
        return (row.my_read_number if row else None) or 0

    @strawberry.field(description="How many messages after it were purged, as it is now.")
    async def purged_unread(self, info: Info) -> int:
        """How many there is nothing to read of."""
        row = await self._membership(info)
        return (row.my_read_gone if row else None) or 0

    async def _membership(self, info: Info) -> ChannelRow | None:
        return await info.context.loaders.channels.load(self.row.channel_id or "")


@strawberry.type(
    description="The caller has chosen to be told of more of a channel, or of less. Only to the "
    "caller's own devices."
)
class MembershipUpdated(_AboutChannel):
    """The caller has chosen to be told of more of a channel, or of less."""


@strawberry.type(
    description="The caller has blocked somebody, or does so no more. Only to the caller's own "
    "devices."
)
class BlocksChanged(Event):
    """The caller has blocked somebody, or does no more."""


@strawberry.type(description="An account has another name, email address or role.")
class UserUpdated(_AboutUser):
    """An account has another name, email address or role."""


@strawberry.type(description="Somebody was shut out.")
class UserBanned(_AboutUser):
    """Somebody was shut out."""


@strawberry.type(description="Somebody was let in again, or their ban is over.")
class UserUnbanned(_AboutUser):
    """Somebody was let in again."""


@strawberry.type(description="An account was deleted. Everybody is told.")
class UserDeleted(_AboutUser):
    """An account was deleted."""


@strawberry.type
class _AboutCall(Event):
    @strawberry.field(description="The call that it is about.")
    def call_id(self) -> strawberry.ID:
        """Its id."""
        return strawberry.ID(self.row.subject_id or "")

    call: Call | None = joined(
        Call | None,
        Join(attrgetter("calls"), attrgetter("row.channel_id"), lambda row, _: Call.of(row)),
        "The one in the channel as it is now; null where it is over.",
    )


@strawberry.type(description="Somebody began a call.")
class CallStarted(_AboutCall):
    """Somebody began a call."""


@strawberry.type(
    description="Somebody came to a call or left it, or lets others hear or see more or less."
)
class CallUpdated(_AboutCall):
    """A call is not what it was."""


@strawberry.type(description="A call is over.")
class CallEnded(Event):
    """A call is over."""

    @strawberry.field(description="The call that it is about.")
    def call_id(self) -> strawberry.ID:
        """Its id."""
        return strawberry.ID(self.row.subject_id or "")


@strawberry.type(description="In a DIRECT channel: the actor calls, and it rings with the other.")
class CallInvited(_AboutCall):
    """Somebody is called."""


@strawberry.type(description="The actor has joined the call that rang with them.")
class CallAccepted(_AboutCall):
    """A call is answered."""


@strawberry.type(description="The actor does not want to join the call that rang with them.")
class CallDeclined(_AboutCall):
    """A call is declined."""


@strawberry.type(description="A call rang in vain: its time was up, or the caller rang off.")
class CallMissed(_AboutCall):
    """A call is missed."""


@strawberry.type(
    description="A message was reported, or a report handled. Only to moderators and admins."
)
class ReportsChanged(Event):
    """A message was reported, or a report handled."""

    @strawberry.field(description="The report that it is about.")
    def report_id(self) -> strawberry.ID:
        """Its id."""
        return strawberry.ID(self.row.subject_id or "")


SHOWN: dict[EventKind, type[Event]] = {
    EventKind.MESSAGE_ADDED: MessageAdded,
    EventKind.MESSAGE_EDITED: MessageEdited,
    EventKind.MESSAGE_DELETED: MessageDeleted,
    EventKind.MESSAGES_PURGED: MessagesPurged,
    EventKind.REACTIONS_CHANGED: ReactionsChanged,
    EventKind.PINS_CHANGED: PinsChanged,
    EventKind.FILE_UPDATED: FileUpdated,
    EventKind.READ_MARKED: ReadMarked,
    EventKind.MEMBERSHIP_UPDATED: MembershipUpdated,
    EventKind.BLOCKS_CHANGED: BlocksChanged,
    EventKind.CHANNEL_CREATED: ChannelCreated,
    EventKind.CHANNEL_UPDATED: ChannelUpdated,
    EventKind.CHANNEL_DELETED: ChannelDeleted,
    EventKind.MEMBER_ADDED: MemberAdded,
    EventKind.MEMBER_UPDATED: MemberUpdated,
    EventKind.MEMBER_REMOVED: MemberRemoved,
    EventKind.USER_UPDATED: UserUpdated,
    EventKind.USER_BANNED: UserBanned,
    EventKind.USER_UNBANNED: UserUnbanned,
    EventKind.USER_DELETED: UserDeleted,
    EventKind.REPORTS_CHANGED: ReportsChanged,
    EventKind.CALL_STARTED: CallStarted,
    EventKind.CALL_UPDATED: CallUpdated,
    EventKind.CALL_ENDED: CallEnded,
    EventKind.CALL_INVITED: CallInvited,
    EventKind.CALL_ACCEPTED: CallAccepted,
    EventKind.CALL_DECLINED: CallDeclined,
    EventKind.CALL_MISSED: CallMissed,
}
"""The kinds of events that are shown to anybody, and as what."""


def event_of(row: EventRow, context: Context) -> Event:
    """The event in this row."""
    return SHOWN[EventKind(row.kind)](
        cursor=Cursor(context.house.feed.cursor(row.position)),
        at=Instant(row.at),
        channel_id=strawberry.ID(row.channel_id) if row.channel_id else None,
        row=row,
    )
