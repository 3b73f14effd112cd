"""Loaders: what the fields of many objects ask for one by one is read at once."""

from functools import partial

from strawberry.dataloader import DataLoader

from models.accounts import UserRow
from models.channels import ChannelRow, MemberRow
from models.messages import MessageRow
from resolvers import loading
from resolvers.house import Caller, House


class Loaders:
    """The loaders of one operation, on behalf of its caller."""

    def __init__(self, caller: Caller) -> None:
        self.users: DataLoader[str, UserRow | None] = DataLoader(
            partial(loading.users, caller.house)
        )
        self.channels: DataLoader[str, ChannelRow | None] = DataLoader(
            partial(loading.visible_channels, caller)
        )
        self.messages: DataLoader[str, MessageRow | None] = DataLoader(
            partial(loading.visible_messages, caller)
        )
        self.last_messages: DataLoader[str, MessageRow | None] = DataLoader(
            partial(loading.last_messages, caller)
        )
        self.members: DataLoader[tuple[str, str], MemberRow | None] = DataLoader(
            partial(loading.visible_members, caller)
        )
        self.first_members: DataLoader[tuple[str, int], list[MemberRow]] = DataLoader(
            partial(loading.first_members, caller)
        )


class SharedLoaders(Loaders):
    """Those of an event in a channel that are the same for everybody who sees it, and no others."""

    def __init__(self, house: House, channel_id: str | None, message: MessageRow | None) -> None:
        async def messages(ids: list[str]) -> list[MessageRow | None]:
            # Who sees the event may read the channel, and knows that much.
            there = message if message and message.channel_id == channel_id else None
            return [there if there and there.id == asked else None for asked in ids]

        self.users = DataLoader(partial(loading.users, house))
        self.messages = DataLoader(messages)
