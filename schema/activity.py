"""What goes on on the server, for those who run it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import strawberry

from adapters.clock import Instant
from resolvers import activity
from resolvers.activity import Overview
from schema.context import Info
from schema.overview import ChannelSummary
from schema.permissions import query, subscription
from schema.scalars import Long


@strawberry.type(description="An hour or a day.")
class ActivityPeriod:
    """An hour or a day."""

    since: Instant = strawberry.field(description="When it began, in UTC.")
    messages: int = strawberry.field(description="How many messages were sent in it.")


@strawberry.type(description="A channel in which much was said.")
class BusyChannel:
    """A channel in which much was said."""

    channel: ChannelSummary = strawberry.field(description="Which one.")
    messages: int = strawberry.field(description="How many messages in the last 24 hours.")


@strawberry.type(description="A limit, and how often it has refused something.")
class LimitHits:
    """A limit, and how often it has refused something."""

    limit: str = strawberry.field(description="Its name, as in TERTULIA_LIMITS.")
    refused: int = strawberry.field(description="How often, since this node started.")


@strawberry.type(
    description="What goes on on the server. Of several nodes, the one that answers tells its own "
    "`connections`, `writesWaiting` and `limits`."
)
class Activity:
    """What goes on on the server."""

    at: Instant = strawberry.field(description="When this was so.")
    people_online: int = strawberry.field(description="People who are connected to any node.")
    users: int = strawberry.field(description="Accounts.")
    connections: int = strawberry.field(description="Sockets and streams.")
    writes_waiting: int = strawberry.field(description="Changes that wait to be written.")
    failed_sign_ins: int = strawberry.field(description="In the last 24 hours.")
    open_reports: int = strawberry.field(description="Reports that nobody has handled.")
    storage_bytes: Long = strawberry.field(description="What the database takes.")
    messages_last_hour: int = strawberry.field(
        description="Messages of the present hour and the one before."
    )
    messages_last_day: int = strawberry.field(description="Messages of the last 24 hours.")
    hours: list[ActivityPeriod] = strawberry.field(
        description="The last 24 hours, the present one included, oldest first."
    )
    days: list[ActivityPeriod] = strawberry.field(
        description="The last 30 days in UTC, today included, oldest first."
    )
    busiest_channels: list[BusyChannel] = strawberry.field(
        description="Those of the last 24 hours, the busiest first, ten at the most."
    )
    limits: list[LimitHits] = strawberry.field(
        description="Those that have refused something, in alphabetical order."
    )

    @classmethod
    def of(cls, seen: Overview) -> "Activity":
        """What was seen."""
        return cls(
            at=seen.at,
            people_online=seen.people_online,
            users=seen.users,
            connections=seen.connections,
            writes_waiting=seen.writes_waiting,
            failed_sign_ins=seen.failed_sign_ins,
            open_reports=seen.open_reports,
            storage_bytes=Long(seen.storage_bytes),
            messages_last_hour=sum(period.messages for period in seen.hours[-2:]),
            messages_last_day=sum(period.messages for period in seen.hours),
            hours=[ActivityPeriod(since=p.since, messages=p.messages) for p in seen.hours],
            days=[ActivityPeriod(since=p.since, messages=p.messages) for p in seen.days],
            busiest_channels=[
                BusyChannel(channel=ChannelSummary.of(busy.channel), messages=busy.messages)
                for busy in seen.busiest
            ],
            limits=[
                LimitHits(limit=kind, refused=times) for kind, times in sorted(seen.refused.items())
            ],
        )


@strawberry.type
class ActivityQueries:
    """The root queries about what goes on."""

    @query
    async def activity(self, info: Info) -> Activity | None:
        """What goes on on the server. Admins only."""
        return Activity.of(await activity.overview(info.context.caller))


@strawberry.type
class ActivitySubscriptions:
    """The root subscriptions about what goes on."""

    @subscription
    async def activity_changed(self, info: Info) -> AsyncGenerator[Activity, None]:
        """What goes on on the server, every few seconds. Admins only."""
        context = info.context
        async with aclosing(activity.follow(context.caller)) as seen:
            async for overview in seen:
                await context.renew(None)
                activity.still_admin(context.caller)
                yield Activity.of(overview)
