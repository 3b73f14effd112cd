"""Presence and typing: what is told live, and may be lost."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import strawberry

from adapters.clock import Instant
from resolvers import nearby
from schema.accounts import User, user_by
from schema.context import Info
from schema.joins import joined
from schema.permissions import mutation, subscription


@strawberry.type(description="Somebody is writing something.")
class Typing:
    """Somebody is writing something."""

    channel_id: strawberry.ID = strawberry.field(description="Where.")
    expires_at: Instant = strawberry.field(
        description="When it is over, unless it is said again or a message comes."
    )
    user_row_id: strawberry.Private[str]

    user: User = joined(
        User,
        user_by("user_row_id", absent=lambda: LookupError("somebody without an account types")),
        "Who it is.",
    )


@strawberry.type
class PresenceMutations:
    """The root mutations about presence."""

    @mutation
    async def set_typing(self, info: Info, channel_id: strawberry.ID) -> bool | None:
        """Tells others in the channel that the caller is writing. It expires by itself.

        Say it again every few seconds; more than once in two is not passed on.
        """
        await nearby.say_typing(info.context.caller, channel_id)
        return True


@strawberry.type
class PresenceSubscriptions:
    """The root subscriptions about presence."""

    @subscription
    async def presence_changed(self, info: Info) -> AsyncGenerator[User, None]:
        """People with whom the caller shares a channel, as they come to be online or cease to."""
        context = info.context
        async with aclosing(nearby.follow_presence(context.caller)) as changed:
            async for news in changed:
                row = await context.loaders.users.load(news.user_id)
                await context.renew(None)
                if row is not None and news.is_theirs():
                    yield User.of(row, context)

    @subscription
    async def typing(self, info: Info, channel_id: strawberry.ID) -> AsyncGenerator[Typing, None]:
        """Who is writing in a channel, others than the caller."""
        context = info.context
        return _typing(info, await nearby.follow_typing(context.caller, channel_id))


async def _typing(
    info: Info, typists: AsyncGenerator[nearby.Typist, None]
) -> AsyncGenerator[Typing, None]:
    async with aclosing(typists):
        async for typist in typists:
            await info.context.renew(None)
            if typist.news.is_theirs():
                yield Typing(
                    channel_id=strawberry.ID(typist.channel_id),
                    expires_at=typist.until,
                    user_row_id=typist.news.user_id,
                )
