"""Exports: everything of a person, or of a channel, as one JSON document."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import orjson

from adapters.clock import Instant
from models import exports, sessions
from models.channels import ChannelRow
from models.connection import Connection
from models.exports import Record
from resolvers.access import channel_for
from resolvers.errors import Forbidden, NotFound
from resolvers.house import Caller, House, admitted

LIFETIME = timedelta(minutes=5)
_PURPOSE = "export"
_FORMAT = "tertulia-export-1"
_PAGE = 500

Read = Callable[[Connection, int], Awaitable[list[Record]]]
"""Reads what was said behind a position."""


class Link(NamedTuple):
    """Where an export is to be had."""

    url: str
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class Export:
    """An export that is about to be sent."""

    name: str
    parts: AsyncGenerator[bytes, None]


async def of_caller(caller: Caller) -> Link:
    """A link to everything of the caller, good for five minutes and as long as they may have it."""
    return _link(caller, "")


async def of_channel(caller: Caller, channel_id: str) -> Link:
    """A link to all of a channel, for admins who may read it. Raises NotFound."""
    row = await channel_for(caller.db, caller, channel_id, "exportChannel")
    return _link(caller, row.id)


async def opened(house: House, text: str) -> Export:
    """What a link leads to. Raises NotFound, Unauthenticated, Banned, Forbidden."""
    said = house.tokens.unseal(_PURPOSE, text, house.clock.seconds())
    if said is None:
        raise NotFound("export")
    state = await sessions.state(house.db, said["sid"])
    allowed = await admitted(house.db, state, house.clock.now())
    caller = Caller(house, allowed.user, allowed.session_id)
    day = house.clock.now()[:10]
    if not said["channel"]:
        return Export(f"tertulia-{caller.user.username}-{day}.json", _of_person(caller))
    row = await _channel(caller, said["channel"])
    return Export(f"tertulia-{row.id}-{day}.json", _of_channel(caller, row.id))


def _link(caller: Caller, channel_id: str) -> Link:
    house = caller.house
    expires = house.clock.seconds() + LIFETIME.total_seconds()
    said = {"sid": caller.session_id, "channel": channel_id}
    text = house.tokens.seal(_PURPOSE, said, expires)
    return Link(f"{house.policy.public_url}/export/{text}", house.clock.after(LIFETIME))


async def _channel(caller: Caller, channel_id: str) -> ChannelRow:
    if not caller.is_admin:
        raise Forbidden("Only admins export channels.")
    return await channel_for(caller.db, caller, channel_id, "exportChannel")


async def _of_person(caller: Caller) -> AsyncGenerator[bytes, None]:
    db, user_id = caller.db, caller.user_id
    yield _head(caller, "user", (await exports.user(db, user_id))[0])
    for name, read in (
        ("sessions", exports.sessions),
        ("blockedUsers", exports.blocked),
        ("channels", exports.places),
        ("reactions", exports.reactions),
    ):
        yield b',"%s":%s' % (name.encode(), orjson.dumps(await read(db, user_id)))

    async def said(db: Connection, after: int) -> list[Record]:
        await caller.still_admitted(db)
        return await exports.said_by(db, user_id, after, _PAGE)

    async for part in _messages(db, said):
        yield part


async def _of_channel(caller: Caller, channel_id: str) -> AsyncGenerator[bytes, None]:
    db = caller.db
    yield _head(caller, "channel", (await exports.channel(db, channel_id))[0])
    yield b',"members":' + orjson.dumps(await exports.members(db, channel_id))

    async def said(db: Connection, after: int) -> list[Record]:
        await caller.still_admitted(db)
        await _channel(caller, channel_id)
        return await exports.said_in(db, channel_id, after, _PAGE)

    async for part in _messages(db, said):
        yield part


def _head(caller: Caller, about: str, what: Record) -> bytes:
    head = {
        "format": _FORMAT,
        "server": caller.house.policy.name,
        "exportedAt": caller.house.clock.now(),
        about: what,
    }
    return orjson.dumps(head)[:-1]


async def _messages(db: Connection, read: Read) -> AsyncGenerator[bytes, None]:
    """Page by page, with what hangs on each, and the end of the document."""
    yield b',"messages":['
    after, comma = 0, b""
    while page := await read(db, after):
        after = page[-1].pop("position")
        by_id = {message["id"]: message for message in page}
        for message in page:
            message.pop("position", None)
            message |= {"versions": [], "reactions": []}
        versions, reacted = await exports.hanging_on(db, list(by_id))
        for name, records in (("versions", versions), ("reactions", reacted)):
            for record in records:
                by_id[record.pop("messageId")][name].append(record)
        yield comma + b",".join(map(orjson.dumps, page))
        comma = b","
    yield b"]}\n"
