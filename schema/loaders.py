"""Loaders: what the fields of many objects ask for one by one is read at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

from models.accounts import UserRow
from models.calls import CallRow
from models.channels import ChannelRow, MemberRow
from models.files import FileRow, VersionRow
from models.files import by_ids as files_by_ids
from models.mentions import MentionRow
from models.messages import MessageRow, by_ids
from models.pins import PinRow
from models.reactions import ReactionRow
from resolvers import loading
from resolvers.house import Caller, House
from resolvers.presence import Seen

K = TypeVar("K")
T = TypeVar("T")


class _Loader(DataLoader[K, T]):
    """A loader for those who may be cancelled.

    graphql-core cancels what is beside an error. What it awaits there may be awaited elsewhere,
    too: the row of one key is one future for all that ask for it.
    """

    def __init__(self, load: Callable[[list[K]], Awaitable[list[T]]]) -> None:
        super().__init__(load)
        self._wanted: dict[K, None] = {}
        self._reading: asyncio.Task[dict[K, T]] | None = None

    def load(self, key: K) -> Awaitable[T]:
        """The row of this key."""
        row = asyncio.ensure_future(super().load(key))
        if not row.done():
            row.add_done_callback(_looked_at)
        return asyncio.shield(row)

    async def load_many(self, keys: Iterable[K]) -> list[T]:
        """The rows of many keys, read at once with those that others want at this moment.

        They are not remembered, and so cost nothing each.
        """
        wanted = list(keys)
        self._wanted.update(dict.fromkeys(wanted))
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._read())
            self._reading.add_done_callback(_looked_at)
        found = await asyncio.shield(self._reading)
        return [found[key] for key in wanted]

    async def _read(self) -> dict[K, T]:
        # A task begins in the next turn: whoever asks in this one is heard.
        keys, self._wanted, self._reading = list(self._wanted), {}, None
        rows: Any = await self.load_fn(keys)
        return dict(zip(keys, rows, strict=True))


def _looked_at(row: "asyncio.Future[Any]") -> None:
    """All who asked may be gone by now: what went wrong then is nobody's business."""
    if not row.cancelled():
        row.exception()


class Loaders:
    """The loaders of one operation, on behalf of its caller."""

    def __init__(self, caller: Caller) -> None:
        self._load_what_is_alike(caller.house)
        self.channels: DataLoader[str, ChannelRow | None] = _Loader(
            partial(loading.visible_channels, caller)
        )
        self.messages: DataLoader[str, MessageRow | None] = _Loader(
            partial(loading.visible_messages, caller)
        )
        self.files: DataLoader[str, FileRow | None] = _Loader(
            partial(loading.visible_files, caller)
        )
        self.calls: DataLoader[str, CallRow | None] = _Loader(partial(loading.calls, caller))
        self.last_messages: DataLoader[str, MessageRow | None] = _Loader(
            partial(loading.last_messages, caller)
        )
        self.members: DataLoader[tuple[str, str], MemberRow | None] = _Loader(
            partial(loading.visible_members, caller)
        )
        self.first_members: DataLoader[tuple[str, int], list[MemberRow]] = _Loader(
            partial(loading.first_members, caller)
        )

        self.my_reactions: DataLoader[str, list[str]] = _Loader(
            partial(loading.own_reactions, caller)
        )
        self.presence: DataLoader[str, Seen | None] = _Loader(partial(loading.presence, caller))
        self.unread_mentions: DataLoader[str, int] = _Loader(
            partial(loading.unread_mentions, caller)
        )

    def _load_what_is_alike(self, house: House) -> None:
        """What is the same for everybody who may see the object that it belongs to."""
        self.users: DataLoader[str, UserRow | None] = _Loader(partial(loading.users, house))
        self.reactions: DataLoader[str, list[ReactionRow]] = _Loader(
            partial(loading.reactions, house)
        )
        self.reacted: DataLoader[tuple[str, str, int], list[UserRow]] = _Loader(
            partial(loading.reacted, house)
        )
        self.mentions: DataLoader[str, list[MentionRow]] = _Loader(partial(loading.mentions, house))
        self.pins: DataLoader[str, PinRow | None] = _Loader(partial(loading.pins, house))
        self.message_files: DataLoader[str, list[FileRow]] = _Loader(
            partial(loading.message_files, house)
        )
        self.versions: DataLoader[str, list[VersionRow]] = _Loader(partial(loading.versions, house))


class SharedLoaders(Loaders):
    """Those of an event in a channel that are the same for everybody who sees it, and no others."""

    def __init__(self, house: House, channel_id: str | None, message: MessageRow | None) -> None:
        async def messages(ids: list[str]) -> list[MessageRow | None]:
            # Who sees the event may read its channel, and knows that much.
            there = {message.id: message} if message else {}
            if any(asked not in there for asked in ids):
                there |= await by_ids(house.db, ids)
            found = [there.get(asked) for asked in ids]
            return [row if row and row.channel_id == channel_id else None for row in found]

        async def files(ids: list[str]) -> list[FileRow | None]:
            found = await files_by_ids(house.db, ids)
            rows = [found.get(asked) for asked in ids]
            return [row if row and row.channel_id == channel_id else None for row in rows]

        self._load_what_is_alike(house)
        self.messages = _Loader(messages)
        self.files = _Loader(files)
