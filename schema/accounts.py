"""Users and their accounts."""

from collections.abc import Callable
from operator import attrgetter
from typing import Annotated, Any

import strawberry

from adapters.clock import Instant
from models.accounts import UserRow
from resolvers import accounts, links, passwords
from resolvers.accounts import ProfileChanges
from resolvers.house import House
from schema.connections import Connection, connection
from schema.context import Context, Info
from schema.joins import Join, joined
from schema.permissions import mutation, query
from schema.scalars import Role


@strawberry.type(description="A person on this server or another.")
class User:
    """A person on this server or another."""

    id: strawberry.ID = strawberry.field(description="Unique across servers.")
    username: str = strawberry.field(description="The name to sign in and to be mentioned with.")
    address: str = strawberry.field(
        description="`username@server`: how people on other servers name this user."
    )
    display_name: str = strawberry.field(description="The name to show.")
    role: Role = strawberry.field(description="What the user is on this server.")
    banned: bool = strawberry.field(description="Whether the user is shut out at present.")
    created_at: Instant = strawberry.field(description="When the account was made.")
    status_text: str | None = strawberry.field(description="What they say of themself.")
    time_zone: str | None = strawberry.field(
        description="Where they are by the clock: a name of the IANA database."
    )
    online: bool | None = joined(
        bool | None,
        Join(attrgetter("presence"), attrgetter("id"), lambda seen, _: seen.online),
        "Whether they are connected. Null where the caller shares no channel with the user.",
    )
    last_seen_at: Instant | None = joined(
        Instant | None,
        Join(attrgetter("presence"), attrgetter("id"), lambda seen, _: seen.last_seen_at),
        "When they were online last; now, if they are. Null where the caller shares no channel "
        "with the user.",
    )
    row: strawberry.Private[UserRow]
    house: strawberry.Private[House]
    private_email: strawberry.Private[str | None]
    private_factor: strawberry.Private[bool]
    is_self: strawberry.Private[bool]

    @strawberry.field(
        description="A link to their picture, a square in WebP, that holds for an hour or two; "
        "null where there is none."
    )
    def avatar_url(self) -> str | None:
        """Where to get their picture."""
        return links.of_avatar(self.house, self.row)

    @strawberry.field(description="Only to the user themself and to admins.")
    def email(self, info: Info) -> str | None:
        """The address, for those who may see it."""
        if self.is_self:
            return self.private_email
        caller = info.context.caller
        return self.private_email if caller.is_admin or caller.user_id == self.id else None

    @strawberry.field(
        description="Whether a sign-in asks for a second factor. Only to the user themself and to "
        "admins."
    )
    def second_factor(self, info: Info) -> bool | None:
        """Whether there is one, for those who may know."""
        if self.is_self:
            return self.private_factor
        caller = info.context.caller
        return self.private_factor if caller.is_admin or caller.user_id == self.id else None

    @classmethod
    def of(cls, row: UserRow, context: Context, *, is_self: bool = False) -> "User":
        """The user in this row; `is_self` where that is known before anybody is signed in."""
        house = context.house
        return cls(
            id=strawberry.ID(row.id),
            username=row.username,
            address=f"{row.username}@{row.home or house.policy.name}",
            display_name=row.display_name,
            role=Role(row.role),
            banned=row.banned_until is not None and row.banned_until > house.clock.now(),
            created_at=Instant(row.created_at),
            status_text=row.status_text,
            time_zone=row.time_zone,
            row=row,
            house=house,
            private_email=row.email,
            private_factor=row.second_factor_at is not None,
            is_self=is_self,
        )


def user_by(
    key: str, *, at_hand: str | None = None, absent: Callable[[], Exception] | None = None
) -> Join:
    """To the user whose id is this attribute; `at_hand` is one that may have their row already."""
    key_of = attrgetter(key)
    given = attrgetter(at_hand) if at_hand else _nothing

    def known(source: Any, context: Context) -> UserRow | None:
        return given(source) or context.house.people.known(key_of(source))

    return Join(attrgetter("users"), key_of, User.of, known, absent)


def _nothing(source: Any) -> None:
    """There is no such attribute."""


@strawberry.input(description="A new password.")
class ChangePasswordInput:
    """A new password."""

    current_password: str = strawberry.field(description="The one until now.")
    new_password: str = strawberry.field(description="8 to 256 characters.")


@strawberry.input(description="What to change: an absent field stays, null clears.")
class UpdateProfileInput:
    """What to change of one's profile."""

    display_name: strawberry.Maybe[str | None] = strawberry.field(
        description="The name to show, up to 80 characters; null shows the username."
    )
    email: strawberry.Maybe[str | None] = strawberry.field(description="An email address.")
    status_text: strawberry.Maybe[str | None] = strawberry.field(
        description="What to say of oneself, up to 100 characters."
    )
    time_zone: strawberry.Maybe[str | None] = strawberry.field(
        description="A name of the IANA database, such as `Europe/Madrid`."
    )


@strawberry.type
class AccountQueries:
    """The root queries about users."""

    @query
    def me(self, info: Info) -> User | None:
        """The caller."""
        return User.of(info.context.caller.user, info.context)

    @query
    async def user(
        self,
        info: Info,
        id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The user's id.")
        ] = None,
        address: Annotated[
            str | None, strawberry.argument(description="`username@server`, or only `username`.")
        ] = None,
    ) -> User | None:
        """A user, by id or by address."""
        row = await accounts.find(info.context.caller, id, address)
        return User.of(row, info.context)

    @query
    async def users(
        self,
        info: Info,
        search: Annotated[
            str | None, strawberry.argument(description="The beginning of a name or of its words.")
        ] = None,
        first: Annotated[
            int | None, strawberry.argument(description="1 to 100, 50 if absent.")
        ] = None,
        after: Annotated[
            str | None, strawberry.argument(description="A cursor of this list.")
        ] = None,
        role: Annotated[
            Role | None, strawberry.argument(description="Only those who have this role.")
        ] = None,
        banned: Annotated[
            bool | None, strawberry.argument(description="Only those who are banned, or are not.")
        ] = None,
    ) -> Connection[User] | None:
        """Users in alphabetical order."""
        page = await accounts.page(
            info.context.caller, search, first, after, role=role, banned=banned
        )
        return connection(page, lambda row: User.of(row, info.context))


@strawberry.type
class AccountMutations:
    """The root mutations about accounts."""

    @mutation
    async def change_password(self, info: Info, input: ChangePasswordInput) -> bool | None:
        """Replaces the caller's password, and ends all their other sessions."""
        await passwords.change(info.context.caller, input.current_password, input.new_password)
        return True

    @mutation
    async def update_profile(self, info: Info, input: UpdateProfileInput) -> User | None:
        """Changes what others see of the caller."""
        changes = ProfileChanges()
        if input.display_name:
            changes["display_name"] = input.display_name.value
        if input.email:
            changes["email"] = input.email.value
        if input.status_text:
            changes["status_text"] = input.status_text.value
        if input.time_zone:
            changes["time_zone"] = input.time_zone.value
        row = await accounts.update_profile(info.context.caller, changes)
        return User.of(row, info.context)
