"""What keeps an account safe besides its password: second factors, and API tokens."""

from typing import Annotated

import strawberry

from adapters.clock import Instant
from models.accounts import FOREVER
from models.api_tokens import ApiTokenRow
from resolvers import api_tokens, second_factors
from resolvers.rights import Scope
from schema.context import Info
from schema.permissions import mutation, query

Password = Annotated[str, strawberry.argument(description="The caller's own, once more.")]
Code = Annotated[
    str, strawberry.argument(description="Of the authenticator app, or a recovery code.")
]
FirstCode = Annotated[str, strawberry.argument(description="Of the authenticator app.")]
strawberry.enum(
    Scope,
    name="ApiTokenScope",
    description="READ is for what changes nothing; WRITE for what members do, too; ADMIN for all "
    "that the user may do by their role. None is for what is about signing in.",
)


@strawberry.type(description="A token with which a program acts for a user.")
class ApiToken:
    """A token with which a program acts for a user."""

    id: strawberry.ID = strawberry.field(description="Unique; not the token itself.")
    name: str = strawberry.field(description="What it is for.")
    scope: Scope = strawberry.field(description="What it is good for.")
    created_at: Instant = strawberry.field(description="When it was made.")
    last_used_at: Instant | None = strawberry.field(
        description="When it was used last, to within a minute; null: never."
    )
    expires_at: Instant | None = strawberry.field(description="Null: never.")

    @classmethod
    def of(cls, row: ApiTokenRow) -> "ApiToken":
        """The token in this row."""
        return cls(
            id=strawberry.ID(row.id),
            name=row.name,
            scope=Scope(row.scope),
            created_at=Instant(row.created_at),
            last_used_at=Instant(row.last_seen_at) if row.last_seen_at != row.created_at else None,
            expires_at=Instant(row.expires_at) if row.expires_at != FOREVER else None,
        )


@strawberry.type(description="An API token that was just made.")
class CreatedApiToken:
    """An API token that was just made."""

    token: str = strawberry.field(
        description="To be sent as `Authorization: Bearer ...`. It is shown only now."
    )
    api_token: ApiToken = strawberry.field(description="What is kept of it.")


@strawberry.input(description="An API token to be made.")
class CreateApiTokenInput:
    """An API token to be made."""

    name: str = strawberry.field(description="What it is for, up to 80 characters.")
    scope: Scope = strawberry.field(description="What it is to be good for.")
    password: str = strawberry.field(description="The caller's own, once more.")
    expires_at: Instant | None = strawberry.field(
        default=None, description="Until when it is good; for good if absent."
    )


@strawberry.type(description="What an authenticator app has to be told.")
class SecondFactor:
    """What an authenticator app has to be told."""

    secret: str = strawberry.field(description="In base32, to be typed.")
    uri: str = strawberry.field(description="`otpauth://...`, to be shown as a QR code.")


@strawberry.type
class SafetyQueries:
    """The root queries about the safety of one's account."""

    @query
    async def api_tokens(self, info: Info) -> list[ApiToken] | None:
        """The caller's API tokens, newest first."""
        return [ApiToken.of(row) for row in await api_tokens.own(info.context.caller)]


@strawberry.type
class SafetyMutations:
    """The root mutations about the safety of one's account."""

    @mutation
    async def create_api_token(
        self, info: Info, input: CreateApiTokenInput
    ) -> CreatedApiToken | None:
        """Makes a token with which a program acts for the caller."""
        row, token = await api_tokens.create(
            info.context.caller, input.name, input.scope, input.password, input.expires_at
        )
        return CreatedApiToken(token=token, api_token=ApiToken.of(row))

    @mutation
    async def revoke_api_token(self, info: Info, id: strawberry.ID) -> strawberry.ID | None:
        """Makes one of the caller's API tokens worthless."""
        return strawberry.ID(await api_tokens.revoke(info.context.caller, id))

    @mutation
    async def begin_second_factor(self, info: Info, password: Password) -> SecondFactor | None:
        """A secret for an authenticator app. It counts once `enableSecondFactor` was shown a code.

        The caller's password is asked for once more.
        """
        begun = await second_factors.begin(info.context.caller, password)
        return SecondFactor(secret=begun.secret, uri=begun.uri)

    @mutation
    async def enable_second_factor(self, info: Info, otp: FirstCode) -> list[str] | None:
        """Has sign-ins ask for a code from now on. Ten recovery codes, which are shown only now."""
        return await second_factors.enable(info.context.caller, otp)

    @mutation
    async def disable_second_factor(self, info: Info, password: Password, otp: Code) -> bool | None:
        """Has sign-ins ask for the password alone."""
        await second_factors.disable(info.context.caller, password, otp)
        return True

    @mutation
    async def renew_recovery_codes(
        self, info: Info, password: Password, otp: Code
    ) -> list[str] | None:
        """Ten new recovery codes in place of those before. They are shown only now."""
        return await second_factors.renew_codes(info.context.caller, password, otp)
