"""What admins do to the accounts of others, and to what was said."""

from enum import Enum
from typing import Annotated

import strawberry

from adapters.clock import Instant
from resolvers import administration, purging, second_factors
from resolvers.accounts import ProfileChanges
from resolvers.administration import Link
from schema.accounts import User
from schema.context import Info
from schema.permissions import mutation
from schema.scalars import Role


@strawberry.type(description="An account that an admin made.")
class CreatedUser:
    """An account that an admin made."""

    user: User = strawberry.field(description="The new user.")
    set_password_url: str | None = strawberry.field(
        description="Where no password was given: a link to choose one, good once and for a day."
    )


@strawberry.input(description="An account for somebody else.")
class CreateUserInput:
    """An account for somebody else."""

    username: str = strawberry.field(description="2 to 32 letters, digits, `_`, `-` or `.`.")
    password: str | None = strawberry.field(
        default=None, description="8 to 256 characters. Without it, a link to choose one."
    )
    email: str | None = strawberry.field(default=None, description="An email address.")
    display_name: str | None = strawberry.field(default=None, description="The name to show.")
    role: Role | None = strawberry.field(default=None, description="MEMBER if not given.")


@strawberry.input(description="What to change of a user: an absent field stays, null clears.")
class UpdateUserInput:
    """What to change of a user."""

    user_id: strawberry.ID = strawberry.field(description="Whose account.")
    username: str | None = strawberry.field(
        default=None, description="The name to sign in and to be mentioned with."
    )
    display_name: strawberry.Maybe[str | None] = strawberry.field(
        description="The name to show, up to 80 characters; null shows the username."
    )
    email: strawberry.Maybe[str | None] = strawberry.field(description="An email address.")


@strawberry.type(description="A link to choose a new password with.")
class PasswordReset:
    """A link to choose a new password with."""

    url: str = strawberry.field(description="Good once; hand it to the user, and to nobody else.")
    expires_at: Instant = strawberry.field(description="Until when: a day.")

    @classmethod
    def of(cls, link: Link) -> "PasswordReset":
        """The link."""
        return cls(url=link.url, expires_at=link.expires_at)


@strawberry.enum(description="What becomes of what somebody has said.")
class UserContent(Enum):
    """What becomes of what somebody has said."""

    KEEP = strawberry.enum_value("KEEP", description="It stays, without an author.")
    DELETE = strawberry.enum_value("DELETE", description="It goes, reactions included.")


@strawberry.input(description="What is to go: all that is given has to hold.")
class PurgeMessagesInput:
    """What is to go. At least one of the three."""

    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="What was said in this channel, which may be hidden to oneself."
    )
    user_id: strawberry.ID | None = strawberry.field(
        default=None, description="What this user has said, who may be deleted."
    )
    before: Instant | None = strawberry.field(
        default=None, description="What was said before this time."
    )


@strawberry.type
class AdministrationMutations:
    """The root mutations about the accounts of others."""

    @mutation
    async def create_user(self, info: Info, input: CreateUserInput) -> CreatedUser | None:
        """Makes an account for somebody else. Admins only."""
        row, url = await administration.create(
            info.context.caller,
            input.username,
            password=input.password,
            email=input.email,
            display_name=input.display_name,
            role=input.role or Role.MEMBER,
        )
        return CreatedUser(user=User.of(row, info.context), set_password_url=url)

    @mutation
    async def update_user(self, info: Info, input: UpdateUserInput) -> User | None:
        """Changes what others see of a user. Admins only."""
        changes = ProfileChanges()
        if input.display_name:
            changes["display_name"] = input.display_name.value
        if input.email:
            changes["email"] = input.email.value
        row = await administration.update(
            info.context.caller, input.user_id, input.username, changes
        )
        return User.of(row, info.context)

    @mutation
    async def set_role(self, info: Info, user_id: strawberry.ID, role: Role) -> User | None:
        """Gives a user another role on this server. Admins only."""
        row = await administration.set_role(info.context.caller, user_id, role)
        return User.of(row, info.context)

    @mutation
    async def reset_password(self, info: Info, user_id: strawberry.ID) -> PasswordReset | None:
        """A link with which a user chooses a new password, who is then signed out everywhere.

        Admins only.
        """
        return PasswordReset.of(await administration.reset_password(info.context.caller, user_id))

    @mutation
    async def reset_second_factor(self, info: Info, user_id: strawberry.ID) -> User | None:
        """Takes away the second factor of somebody who has lost it. Admins only."""
        row = await second_factors.reset(info.context.caller, user_id)
        return User.of(row, info.context)

    @mutation
    async def delete_user(
        self,
        info: Info,
        user_id: strawberry.ID,
        content: Annotated[
            UserContent, strawberry.argument(description="What becomes of what they have said.")
        ] = UserContent.KEEP,
    ) -> strawberry.ID | None:
        """Deletes an account: it is signed out everywhere and leaves its channels. Admins only."""
        with_content = content is UserContent.DELETE
        return strawberry.ID(
            await administration.delete(info.context.caller, user_id, with_content=with_content)
        )

    @mutation
    async def purge_messages(self, info: Info, input: PurgeMessagesInput) -> int | None:
        """Takes messages away for good; how many went. Admins only."""
        return await purging.purge(
            info.context.caller, input.channel_id, input.user_id, input.before
        )
