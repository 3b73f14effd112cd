"""Rows for many ids at once, in the order of the ids: what the schema's loaders call."""

from collections import defaultdict

from models import accounts, channels, messages
from models.accounts import UserRow
from models.channels import ChannelRow, MemberRow
from models.messages import MessageRow
from resolvers.access import may
from resolvers.house import Caller, House


async def users(house: House, ids: list[str]) -> list[UserRow | None]:
    """The users with these ids; None for one that is gone."""
    people = house.people
    changes = people.changes
    found = await accounts.by_ids(house.db, ids)
    people.learn(found.values(), changes)
    return [found.get(user_id) for user_id in ids]


async def visible_channels(caller: Caller, ids: list[str]) -> list[ChannelRow | None]:
    """The channels with these ids as the caller stands to them; None where they may not see it."""
    found = await channels.for_user(caller.db, caller.user_id, ids)
    rows = [found.get(channel_id) for channel_id in ids]
    return [
        row if row and row.deleted_at is None and may(caller, "channel", row) else None
        for row in rows
    ]


async def visible_messages(caller: Caller, ids: list[str]) -> list[MessageRow | None]:
    """The messages with these ids; None for one that is gone or that the caller may not read."""
    found = await messages.by_ids(caller.db, ids)
    rooms = list({row.channel_id for row in found.values()})
    readable = {row.id for row in await visible_channels(caller, rooms) if row}
    rows = [found.get(message_id) for message_id in ids]
    return [row if row and row.channel_id in readable else None for row in rows]


async def last_messages(caller: Caller, channel_ids: list[str]) -> list[MessageRow | None]:
    """The latest message of each of these channels, which the caller is known to see."""
    found = await messages.last_of(caller.db, channel_ids)
    return [found.get(channel_id) for channel_id in channel_ids]


async def visible_members(caller: Caller, asked: list[tuple[str, str]]) -> list[MemberRow | None]:
    """For each channel and user their place in it; None where there is none, or it is hidden."""
    rooms = list({channel_id for channel_id, _ in asked})
    seen = [row.id for row in await visible_channels(caller, rooms) if row]
    found = await channels.members(caller.db, seen, list({user_id for _, user_id in asked}))
    return [found.get(pair) for pair in asked]


async def first_members(caller: Caller, asked: list[tuple[str, int]]) -> list[list[MemberRow]]:
    """For each channel, which the caller is known to see, so many of its first members."""
    by_count: defaultdict[int, list[str]] = defaultdict(list)
    for channel_id, count in asked:
        by_count[count].append(channel_id)
    found = {
        count: await channels.first_members(caller.db, ids, count)
        for count, ids in by_count.items()
    }
    return [found[count][channel_id] for channel_id, count in asked]
