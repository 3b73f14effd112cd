"""Exports: everything of a person, or of a channel, as one JSON document."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple

import orjson

from adapters.clock import Instant
from models import channels, exports, files, sessions
from models.channels import ChannelRow
from models.connection import Connection
from models.exports import Record
from models.files import VersionRow
from models.writer import Transaction
from resolvers import audit, links
from resolvers.access import channel_for
from resolvers.audit import Action
from resolvers.errors import Forbidden, NotFound
from resolvers.house import Caller, House, admitted

LIFETIME = timedelta(minutes=5)
_PURPOSE = "export"
_FORMAT = "tertulia-export-1"
_PAGE = 200

Read = Callable[[Connection, int], Awaitable[list[Record]]]
"""Reads what was said behind a position."""


class Link(NamedTuple):
    """Where an export is to be had."""

    url: str
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class Export:
    """An export that is about to be sent."""

    user_id: str
    """Whose it is."""
    name: str
    parts: AsyncGenerator[bytes, None]


async def of_caller(caller: Caller) -> Link:
    """A link to everything of the caller, good for five minutes and as long as they may have it."""
    return _link(caller, "")


async def of_channel(caller: Caller, channel_id: str) -> Link:
    """A link to all of a channel, for admins who may read it. Raises NotFound."""

    async def unit(transaction: Transaction, caller: Caller) -> str:
        row = await channel_for(transaction.db, caller, channel_id, "exportChannel")
        audit.note(transaction, caller, Action.CHANNEL_EXPORTED, None, row.id)
        return row.id

    return _link(caller, await caller.write(unit))


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
        name = f"tertulia-{caller.user.username}-{day}.json"
        return Export(caller.user_id, name, _of_person(caller))
    row = await _channel(caller, said["channel"])
    return Export(caller.user_id, f"tertulia-{row.id}-{day}.json", _of_channel(caller, row.id))


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
    ):
        yield b',"%s":%s' % (name.encode(), orjson.dumps(await read(db, user_id)))
    yield b',"reactions":['
    last, comma = "", b""
    while page := await exports.reactions(db, user_id, last, _PAGE):
        await caller.still_admitted(db)
        last = [reaction.pop("id") for reaction in page][-1]
        yield comma + b",".join(map(orjson.dumps, page))
        comma = b","
    yield b"]"

    async def made(db: Connection, after: str) -> list[VersionRow]:
        await caller.still_admitted(db)
        return await files.made_by(db, user_id, after, _PAGE)

    async def said(db: Connection, after: int) -> list[Record]:
        await caller.still_admitted(db)
        return await exports.said_by(db, user_id, after, _PAGE)

    async def seen(db: Connection) -> set[str]:
        # Of where one is no more, one has one's own words, and nothing that others do about them.
        return {channel.id for channel in await channels.readable(db, user_id)}

    async for part in _files(caller, made, seen):
        yield part
    async for part in _messages(db, said, seen):
        yield part


async def _of_channel(caller: Caller, channel_id: str) -> AsyncGenerator[bytes, None]:
    db = caller.db
    yield _head(caller, "channel", (await exports.channel(db, channel_id))[0])
    yield b',"members":' + orjson.dumps(await exports.members(db, channel_id))

    async def allowed(db: Connection) -> None:
        state = await caller.still_admitted(db)
        await _channel(replace(caller, user=state.user), channel_id)

    async def made(db: Connection, after: str) -> list[VersionRow]:
        await allowed(db)
        return await files.made_in(db, channel_id, after, _PAGE)

    async def said(db: Connection, after: int) -> list[Record]:
        await allowed(db)
        return await exports.said_in(db, channel_id, after, _PAGE)

    async def seen(_: Connection) -> set[str]:
        return {channel_id}

    async for part in _files(caller, made, seen):
        yield part
    async for part in _messages(db, said, seen):
        yield part


async def _files(
    caller: Caller,
    read: Callable[[Connection, str], Awaitable[list[VersionRow]]],
    seen: Callable[[Connection], Awaitable[set[str]]],
) -> AsyncGenerator[bytes, None]:
    """Every version of files, with links to those in channels that are seen."""
    yield b',"files":['
    after, comma = "", b""
    while page := await read(caller.db, after):
        after = page[-1].id
        there = await seen(caller.db)
        for row in page:
            url = links.of_version(caller.house, row) if row.channel_id in there else None
            yield comma + orjson.dumps(_version(row, url))
            comma = b","
    yield b"]"


def _version(row: VersionRow, url: str | None) -> Record:
    return {
        "fileId": row.file_id,
        "versionId": row.id,
        "parents": row.parent_ids,
        "channelId": row.channel_id,
        "authorId": row.author_id,
        "name": row.name,
        "contentType": row.content_type,
        "size": row.size,
        "sha256": row.sha256,
        "status": row.status,
        "createdAt": row.created_at,
        "url": url,
    }


def _head(caller: Caller, about: str, what: Record) -> bytes:
    head = {
        "format": _FORMAT,
        "server": caller.house.policy.name,
        "exportedAt": caller.house.clock.now(),
        about: what,
    }
    return orjson.dumps(head)[:-1]


async def _messages(
    db: Connection, read: Read, seen: Callable[[Connection], Awaitable[set[str]]]
) -> AsyncGenerator[bytes, None]:
    """Page by page, with what hangs on those in channels that are seen, and the end of it all."""
    yield b',"messages":['
    after, comma = 0, b""
    while page := await read(db, after):
        after = page[-1].pop("position")
        there = await seen(db)
        ids = [message["id"] for message in page if message["channelId"] in there]
        reacted = await exports.reactions_to(db, ids)
        attached = await exports.files_of(db, [message["id"] for message in page])
        for message in page:
            message.pop("position", None)
            edited = message["editedAt"] is not None
            versions = await exports.versions(db, message["id"]) if edited else []
            own = [reaction for reaction in reacted if reaction["messageId"] == message["id"]]
            sent = [one["fileId"] for one in attached if one["messageId"] == message["id"]]
            more = {"versions": versions, "reactions": own, "fileIds": sent}
            yield comma + orjson.dumps({**message, **more})
            comma = b","
    yield b"]}\n"
