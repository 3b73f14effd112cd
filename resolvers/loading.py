"""Rows for many ids at once, in the order of the ids: what the schema's loaders call."""

from collections import defaultdict

from models import accounts, channels, messages, sessions
from models import calls as calls_table
from models import files as files_table
from models import mentions as mentions_table
from models import pins as pins_table
from models import reactions as reactions_table
from models.accounts import UserRow
from models.calls import CallRow
from models.channels import ChannelRow, MemberRow
from models.files import FileRow, VersionRow
from models.mentions import MentionRow
from models.messages import MessageRow
from models.pins import PinRow
from models.reactions import ReactionRow
from resolvers.access import may
from resolvers.house import Caller, House
from resolvers.presence import Seen


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


async def visible_files(caller: Caller, ids: list[str]) -> list[FileRow | None]:
    """The files with these ids; None for one that is gone or that the caller may not have."""
    found = await files_table.by_ids(caller.db, ids)
    rooms = list({row.channel_id for row in found.values()})
    readable = {row.id for row in await visible_channels(caller, rooms) if row}
    rows = [found.get(file_id) for file_id in ids]
    return [row if row and row.channel_id in readable else None for row in rows]


async def last_messages(caller: Caller, channel_ids: list[str]) -> list[MessageRow | None]:
    """The latest message of each of these channels, which the caller is known to see."""
    found = await messages.last_of(caller.db, channel_ids)
    return [found.get(channel_id) for channel_id in channel_ids]


async def calls(caller: Caller, channel_ids: list[str]) -> list[CallRow | None]:
    """The call in each of these channels; None where there is none, or the caller is no member."""
    own = await channels.places_of_user(caller.db, caller.user_id)
    found = await calls_table.of_channels(caller.db, [one for one in channel_ids if one in own])
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


async def presence(caller: Caller, user_ids: list[str]) -> list[Seen | None]:
    """Who of these is online; None for one with whom the caller shares no channel."""
    near = await channels.neighbours(caller.db, caller.user_id, user_ids) | {caller.user_id}
    house = caller.house
    away = [one for one in user_ids if one in near and not house.presence.online(one)]
    stored = await sessions.last_seen(caller.db, away) if away else {}
    now = house.clock.now()

    def seen(user_id: str) -> Seen | None:
        if user_id not in near:
            return None
        if house.presence.online(user_id):
            return Seen(online=True, last_seen_at=now)
        return Seen(
            online=False,
            last_seen_at=max(
                stored.get(user_id, ""), house.presence.left_at(user_id) or "", key=str
            )
            or None,
        )

    return [seen(user_id) for user_id in user_ids]


async def reactions(house: House, message_ids: list[str]) -> list[list[ReactionRow]]:
    """The reactions of each of these messages."""
    found = await reactions_table.of_messages(house.db, message_ids)
    return [found[message_id] for message_id in message_ids]


async def own_reactions(caller: Caller, message_ids: list[str]) -> list[list[str]]:
    """The emoji with which the caller reacted to each of these messages."""
    found = await reactions_table.of_user(caller.db, caller.user_id, message_ids)
    return [found[message_id] for message_id in message_ids]


async def reacted(house: House, asked: list[tuple[str, str, int]]) -> list[list[UserRow]]:
    """For each message and emoji so many of the first users who reacted with it."""
    most = max(count for _, _, count in asked)
    pairs = [(message_id, emoji) for message_id, emoji, _ in asked]
    found = await reactions_table.first_users(house.db, pairs, most)
    named = list({user_id for users in found.values() for user_id in users})
    people = dict(zip(named, await users(house, named), strict=True)) if named else {}
    return [
        [row for user_id in found[message_id, emoji][:count] if (row := people[user_id])]
        for message_id, emoji, count in asked
    ]


async def mentions(house: House, message_ids: list[str]) -> list[list[MentionRow]]:
    """Who is named in each of these messages."""
    found = await mentions_table.of_messages(house.db, message_ids)
    return [found[message_id] for message_id in message_ids]


async def unread_mentions(caller: Caller, channel_ids: list[str]) -> list[int]:
    """How many messages that the caller has not read name them, in each of these channels."""
    found = await mentions_table.unread(caller.db, caller.user_id, channel_ids)
    return [found.get(channel_id, 0) for channel_id in channel_ids]


async def pins(house: House, message_ids: list[str]) -> list[PinRow | None]:
    """The pins of these messages; None for one that is not pinned."""
    found = await pins_table.of_messages(house.db, message_ids)
    return [found.get(message_id) for message_id in message_ids]


async def message_files(house: House, message_ids: list[str]) -> list[list[FileRow]]:
    """The files that each of these messages refers to."""
    found = await files_table.of_messages(house.db, message_ids)
    return [found[message_id] for message_id in message_ids]


async def versions(house: House, file_ids: list[str]) -> list[list[VersionRow]]:
    """The versions of each of these files."""
    found = await files_table.versions(house.db, file_ids)
    return [found[file_id] for file_id in file_ids]
