"""Signing in, staying signed in, and signing out."""

from datetime import UTC, datetime
from typing import Annotated

import strawberry

from adapters.clock import Instant, instant
from resolvers import accounts, sessions, signing_in
from resolvers.errors import Unauthenticated
from resolvers.sessions import OwnSession, SignIn
from resolvers.signing_in import Device
from schema.accounts import User
from schema.context import Context, Info, Jar
from schema.permissions import mutation, query


@strawberry.type(
    description="What a sign-in gives: an access token, a JWT of 15 minutes, and a refresh token, "
    "which is used once and replaced. Both are null where they were put into cookies."
)
class AuthPayload:
    """What a sign-in gives."""

    user: User = strawberry.field(description="Who has signed in.")
    access_token: str | None = strawberry.field(
        description="For the header `Authorization: Bearer ...`, or for `connection_init`."
    )
    access_token_expires_at: Instant = strawberry.field(description="Then it has to be renewed.")
    refresh_token: str | None = strawberry.field(description="For `refreshSession`.")
    device_token: str | None = strawberry.field(
        description="For `login` on this device, later on. Null after `refreshSession`, and where "
        "it was put into a cookie."
    )

    @classmethod
    def of(cls, sign_in: SignIn, context: Context, jar: Jar | None) -> "AuthPayload":
        """What the client gets of a sign-in; with a jar, the tokens go there instead."""
        if jar is not None:
            jar.put(sign_in)
        return cls(
            user=User.of(sign_in.user, context, is_self=True),
            access_token=sign_in.access_token if jar is None else None,
            access_token_expires_at=instant(datetime.fromtimestamp(sign_in.expires_at, UTC)),
            refresh_token=sign_in.refresh_token if jar is None else None,
            device_token=sign_in.device_token if jar is None else None,
        )


@strawberry.type(description="A sign-in on one device; it lives through refreshes.")
class Session:
    """A sign-in on one device."""

    id: strawberry.ID = strawberry.field(description="For `endSession`.")
    user_agent: str | None = strawberry.field(description="What the client called itself.")
    created_at: Instant = strawberry.field(description="When it was signed in.")
    last_seen_at: Instant = strawberry.field(description="When its tokens were last renewed.")
    current: bool = strawberry.field(description="Whether it is the one that asks.")

    @classmethod
    def of(cls, own: OwnSession) -> "Session":
        """The session in this row."""
        return cls(
            id=strawberry.ID(own.row.id),
            user_agent=own.row.user_agent,
            created_at=Instant(own.row.created_at),
            last_seen_at=Instant(own.row.last_seen_at),
            current=own.current,
        )


@strawberry.input(description="A new account.")
class RegisterInput:
    """A new account."""

    username: str = strawberry.field(description="2 to 32 letters, digits, `_`, `-` or `.`.")
    password: str = strawberry.field(description="8 to 256 characters, none of the commonest.")
    email: str | None = strawberry.field(default=None, description="An email address.")
    display_name: str | None = strawberry.field(
        default=None, description="The name to show, up to 80 characters."
    )
    invite_code: str | None = strawberry.field(
        default=None,
        description="Of an invitation: needed where registration is by invitation, and one to a "
        "channel leads there at once.",
    )
    use_cookies: bool | None = strawberry.field(
        default=None,
        description="Into HttpOnly cookies instead of the answer, for browsers.",
    )


@strawberry.input(description="Who one is, and the proof.")
class LoginInput:
    """Who one is, and the proof."""

    username: str = strawberry.field(description="The username or the email address.")
    password: str = strawberry.field(description="The password.")
    otp: str | None = strawberry.field(
        default=None,
        description="The code of the second factor, or a recovery code, where there is one: "
        "SECOND_FACTOR_REQUIRED tells.",
    )
    device_token: str | None = strawberry.field(
        default=None,
        description="What was answered when somebody signed in here before. Then wrong passwords "
        "that others try do not keep one out.",
    )
    use_cookies: bool | None = strawberry.field(
        default=None,
        description="Into HttpOnly cookies instead of the answer, for browsers.",
    )


@strawberry.type
class SessionQueries:
    """The root queries about sessions."""

    @query
    async def sessions(self, info: Info) -> list[Session] | None:
        """The caller's sign-ins, the one seen last first."""
        return [Session.of(own) for own in await sessions.own(info.context.caller)]


@strawberry.type
class SessionMutations:
    """The root mutations about sessions."""

    @mutation
    async def register(self, info: Info, input: RegisterInput) -> AuthPayload | None:
        """Makes an account and signs in."""
        jar = info.context.cookies if input.use_cookies else None
        sign_in = await accounts.register(
            info.context.house,
            input.username,
            input.password,
            email=input.email,
            display_name=input.display_name,
            device=_device(info.context, None),
            invite_code=input.invite_code,
        )
        return AuthPayload.of(sign_in, info.context, jar)

    @mutation
    async def login(self, info: Info, input: LoginInput) -> AuthPayload | None:
        """Signs in."""
        context = info.context
        jar = context.cookies if input.use_cookies else None
        device = _device(context, input.device_token)
        sign_in = await signing_in.login(
            context.house, input.username, input.password, device, input.otp
        )
        return AuthPayload.of(sign_in, context, jar)

    @mutation
    async def refresh_session(
        self,
        info: Info,
        refresh_token: Annotated[
            str | None,
            strawberry.argument(description="The one that came last; if absent, the cookie's."),
        ] = None,
    ) -> AuthPayload | None:
        """New tokens for a refresh token. Those for a cookie's go into cookies again.

        The one before the last stays good until its successor is used, for answers that
        got lost. A token that is older than that ends the session: it must have been stolen.
        """
        context = info.context
        jar = context.jar if refresh_token is None else None
        token = jar.refresh_token if jar else refresh_token
        try:
            sign_in = await sessions.refresh(context.house, token)
        except Unauthenticated:
            if jar is not None:
                jar.clear()
            raise
        return AuthPayload.of(sign_in, context, jar)

    @mutation
    async def logout(self, info: Info) -> bool | None:
        """Ends the session of the caller, and takes back cookies."""
        caller = info.context.caller
        await sessions.end(caller, caller.session_id)
        jar = info.context.jar
        if jar is not None and jar.signs_in:
            jar.clear()
        return True

    @mutation
    async def end_session(self, info: Info, id: strawberry.ID) -> strawberry.ID | None:
        """Ends one of the caller's sessions."""
        return strawberry.ID(await sessions.end(info.context.caller, id))


def _device(context: Context, token: str | None) -> Device:
    """What the caller signs in on; a token that came in a cookie is as good as one that is sent."""
    kept = context.jar.device_token if context.jar else None
    return Device(context.user_agent, context.address, token or kept)
