"""Invitations."""

from typing import Annotated

import strawberry

from adapters.clock import Instant
from models.invites import InviteRow
from resolvers import invites
from schema.accounts import User, user_by
from schema.channels import After, Channel, First, channel_by
from schema.connections import Connection, connection
from schema.context import Context, Info
from schema.joins import joined
from schema.permissions import mutation, query

Code = Annotated[str, strawberry.argument(description="The code of an invitation.")]


@strawberry.type(description="To a channel, or, where `channel` is null, to the server.")
class Invite:
    """An invitation to a channel or to the server."""

    code: str = strawberry.field(description="Who has it may accept it.")
    url: str = strawberry.field(description="The link to send; it opens the web client.")
    expires_at: Instant = strawberry.field(description="Until when it is good.")
    max_uses: int | None = strawberry.field(description="How often; null: any number of times.")
    uses: int = strawberry.field(description="How often it has been accepted.")
    revoked: bool = strawberry.field(description="Whether somebody has ended it.")
    created_at: Instant = strawberry.field(description="When it was made.")
    row: strawberry.Private[InviteRow]

    channel: Channel | None = joined(
        Channel | None, channel_by("row.channel_id"), "Where it leads; null: to the server."
    )
    created_by: User | None = joined(User | None, user_by("row.created_by"), "Who invites.")

    @classmethod
    def of(cls, row: InviteRow, context: Context) -> "Invite":
        """The invitation in this row."""
        return cls(
            code=row.code,
            url=f"{context.house.policy.public_url}/invite/{row.code}",
            expires_at=Instant(row.expires_at),
            max_uses=row.max_uses,
            uses=row.uses,
            revoked=row.revoked_at is not None,
            created_at=Instant(row.created_at),
            row=row,
        )


@strawberry.type(description="What one may see of an invitation before accepting it.")
class InvitePreview:
    """What one may see of an invitation before accepting it."""

    server_name: str = strawberry.field(description="The name in everybody's address here.")
    channel_name: str | None = strawberry.field(
        description="Of the channel; null where it has none, or it is to the server."
    )
    member_count: int | None = strawberry.field(
        description="How many are in the channel; null where it is to the server."
    )
    expires_at: Instant = strawberry.field(description="Until when it is good.")
    invited_by: str = strawberry.field(description="The name that who invites shows.")
    opens_registration: bool = strawberry.field(
        description="Whether it is good for an account where registration is by invitation."
    )


@strawberry.input(description="A new invitation.")
class CreateInviteInput:
    """A new invitation."""

    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where it leads; to the server if absent (admins, moderators)."
    )
    expires_in_seconds: int | None = strawberry.field(
        default=None, description="For how long it is good, up to a year; 7 days if absent."
    )
    max_uses: int | None = strawberry.field(
        default=None, description="How often it may be accepted; any number of times if absent."
    )


@strawberry.type
class InviteQueries:
    """The root queries about invitations."""

    @query
    async def invite(self, info: Info, code: Code) -> InvitePreview | None:
        """An invitation as one sees it before accepting it. Needs no sign-in.

        What has expired, is used up, was revoked or never was looks the same.
        """
        house = info.context.house
        opened = await invites.look(house, code)
        channel = opened.channel
        return InvitePreview(
            server_name=house.policy.name,
            channel_name=channel.name if channel else None,
            member_count=channel.member_count if channel else None,
            expires_at=Instant(opened.row.expires_at),
            invited_by=opened.maker.display_name,
            opens_registration=opened.lets_in,
        )

    @query
    async def invites(
        self,
        info: Info,
        channel_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="To which channel; to the server if absent."),
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Invite] | None:
        """Invitations, the latest first: all for who keeps order there, else one's own."""
        page = await invites.page(info.context.caller, channel_id, first, after)
        return connection(page, lambda row: Invite.of(row, info.context))


@strawberry.type
class InviteMutations:
    """The root mutations about invitations."""

    @mutation
    async def create_invite(self, info: Info, input: CreateInviteInput) -> Invite | None:
        """Invites whoever gets the link. It is good as long as its maker could make it again."""
        row = await invites.create(
            info.context.caller, input.channel_id, input.expires_in_seconds, input.max_uses
        )
        return Invite.of(row, info.context)

    @mutation
    async def accept_invite(self, info: Info, code: Code) -> Channel | None:
        """Goes where one is invited to.

        Answers with the channel, or with null and no error for an invitation to the server.
        """
        row = await invites.accept(info.context.caller, code)
        return Channel.of(row, info.context) if row else None

    @mutation
    async def revoke_invite(self, info: Info, code: Code) -> Invite | None:
        """Ends an invitation: one's own or, for who keeps order there, anybody's."""
        return Invite.of(await invites.revoke(info.context.caller, code), info.context)
