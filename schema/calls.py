"""Calls: who takes part in them, and what they let each other hear and see."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from adapters.clock import Instant
from models.calls import CallRow, ParticipantRow
from resolvers import calls
from resolvers.calls import MediaChanges
from schema.accounts import User, user_by
from schema.channels import Channel, channel_by
from schema.context import Info
from schema.joins import joined
from schema.permissions import mutation, query, subscription

Peer = Annotated[
    strawberry.ID, strawberry.argument(description="Which of the caller's peers: a UUID.")
]


@strawberry.type(description="A peer in a call.")
class CallParticipant:
    """A peer in a call."""

    peer: strawberry.ID = strawberry.field(description="The tab or the program.")
    joined_at: Instant = strawberry.field(description="Since when.")
    muted: bool = strawberry.field(description="Whether it lets others hear nothing.")
    camera: bool = strawberry.field(description="Whether it shows what its camera sees.")
    screen: bool = strawberry.field(description="Whether it shows a screen.")
    user_row_id: strawberry.Private[str]

    user: User = joined(
        User,
        user_by("user_row_id", absent=lambda: LookupError("nobody takes part in a call")),
        "Whose it is.",
    )

    @classmethod
    def of(cls, row: ParticipantRow) -> "CallParticipant":
        """The participant in this row."""
        return cls(
            peer=strawberry.ID(row.peer),
            joined_at=Instant(row.joined_at),
            muted=row.media.muted,
            camera=row.media.camera,
            screen=row.media.screen,
            user_row_id=row.user_id,
        )


@strawberry.type(description="A call in a channel. Its participants speak to each other directly.")
class Call:
    """A call in a channel."""

    id: strawberry.ID = strawberry.field(description="Unique across servers.")
    participants: list[CallParticipant] = strawberry.field(
        description="The peers in it, in the order in which they came, six at the most."
    )
    started_at: Instant = strawberry.field(description="Since when.")
    ringing_until: Instant | None = strawberry.field(
        description="In a DIRECT channel, until the other has joined or declined: when it has "
        "been missed."
    )
    row: strawberry.Private[CallRow]

    channel: Channel = joined(
        Channel,
        channel_by("row.channel_id", absent=lambda: LookupError("a call in no channel")),
        "Where it is.",
    )
    started_by: User | None = joined(User | None, user_by("row.started_by"), "Who began it.")

    @classmethod
    def of(cls, row: CallRow) -> "Call":
        """The call in this row."""
        return cls(
            id=strawberry.ID(row.id),
            participants=[CallParticipant.of(one) for one in row.participants],
            started_at=Instant(row.started_at),
            ringing_until=Instant(row.rings_until) if row.rings_until else None,
            row=row,
        )


@strawberry.input(description="What a participant lets others hear and see: an absent field stays.")
class SetCallMediaInput:
    """What a participant lets others hear and see."""

    channel_id: strawberry.ID = strawberry.field(description="Where the call is.")
    peer: strawberry.ID = strawberry.field(description="Which of the caller's peers.")
    muted: bool | None = strawberry.field(default=None, description="Whether nothing is heard.")
    camera: bool | None = strawberry.field(default=None, description="Whether the camera is on.")
    screen: bool | None = strawberry.field(default=None, description="Whether a screen is shown.")

    def changes(self) -> MediaChanges:
        """Those that are asked for."""
        given = {"muted": self.muted, "camera": self.camera, "screen": self.screen}
        return MediaChanges(**{name: value for name, value in given.items() if value is not None})


@strawberry.type
class CallQueries:
    """The root queries about calls."""

    @query
    async def active_calls(self, info: Info) -> list[Call] | None:
        """Calls under way in the caller's channels."""
        return [Call.of(row) for row in await calls.active(info.context.caller)]


@strawberry.type
class CallMutations:
    """The root mutations about calls."""

    @mutation
    async def join_call(self, info: Info, channel_id: strawberry.ID, peer: Peer) -> Call | None:
        """Takes part in the call of a channel, which begins if there is none.

        In a DIRECT channel it then rings with the other. Who is in it already stays; a peer that
        is in another call leaves that. QUOTA_EXCEEDED where six peers take part.
        """
        return Call.of(await calls.join(info.context.caller, channel_id, peer))

    @mutation
    async def leave_call(
        self, info: Info, channel_id: strawberry.ID, peer: Peer
    ) -> strawberry.ID | None:
        """Takes part no more; the call ends with the last. Null where one is not in it."""
        left = await calls.leave(info.context.caller, channel_id, peer)
        return strawberry.ID(left) if left else None

    @mutation
    async def decline_call(self, info: Info, channel_id: strawberry.ID) -> strawberry.ID | None:
        """Says no to the call that rings in a DIRECT channel. Null where none rings for one."""
        declined = await calls.decline(info.context.caller, channel_id)
        return strawberry.ID(declined) if declined else None

    @mutation
    async def set_call_media(self, info: Info, input: SetCallMediaInput) -> Call | None:
        """Tells the others in a call what they can hear and see of one."""
        row = await calls.set_media(
            info.context.caller, input.channel_id, input.peer, input.changes()
        )
        return Call.of(row)


@strawberry.type
class CallSubscriptions:
    """The root subscription to calls."""

    @subscription
    async def call_changed(
        self, info: Info, channel_id: strawberry.ID
    ) -> AsyncGenerator[Call | None, None]:
        """The call as it is now and at each change; null when there is none."""
        return _told(info, await calls.follow(info.context.caller, channel_id))


async def _told(
    info: Info, changes: AsyncGenerator[CallRow | None, None]
) -> AsyncGenerator[Call | None, None]:
    async with aclosing(changes):
        async for row in changes:
            await info.context.renew(None)
            yield None if row is None else Call.of(row)
