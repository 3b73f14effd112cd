"""Channels: made, found, changed and deleted."""

import hashlib
from typing import TypedDict

import orjson

from adapters.ids import new_id, parsed_id
from models import blocks, channels, messages, search, shedding
from models.channels import TO_COME, Channel, ChannelRow, Membership
from models.events import Event, EventKind
from models.writer import Transaction
from resolvers import access, audit, paging, participation, text
from resolvers.access import channel_for
from resolvers.audit import Action
from resolvers.errors import BadUserInput, Conflict, Forbidden
from resolvers.house import Caller
from resolvers.paging import Page
from resolvers.participation import Act
from resolvers.rights import ChannelKind, ChannelRole, Standing

ADDED_AT_ONCE = 500
_NAME, _TOPIC = 80, 250
_END = (2**62, "~")
"""Comes before everything in a list that begins with the latest."""


class ChannelChanges(TypedDict, total=False):
    """What to change: absent stays, None clears."""

    name: str | None
    topic: str | None
    kind: ChannelKind | None


def digest(*content: object) -> str:
    """Tells whether an input with a chosen id is the one that came before."""
    return hashlib.blake2b(orjson.dumps(content), digest_size=16).hexdigest()


async def create(
    caller: Caller,
    kind: ChannelKind,
    *,
    name: str | None = None,
    topic: str | None = None,
    member_ids: list[str] | None = None,
    channel_id: str | None = None,
) -> ChannelRow:
    """Makes a channel that the caller owns, with these members.

    With an id of the client's choice it may be repeated: the same input finds the channel
    that is there. Raises BadUserInput, NotFound for a member, Conflict for the id.
    """
    chosen = access.chosen_id("id", channel_id)
    people = list(dict.fromkeys(parsed_id(person) or person for person in member_ids or []))
    if kind is ChannelKind.DIRECT:
        if len(people) != 1:
            raise BadUserInput("memberIds", "must name one person for a DIRECT channel")
        if name is not None or topic is not None:
            raise BadUserInput(
                "name" if name is not None else "topic", "is not for DIRECT channels"
            )
        return await open_direct(caller, people[0], chosen)
    title = _title(kind, name)
    about = text.optional_line("topic", topic, _TOPIC)
    given = digest(kind, title, about, sorted(people))
    if len(people) > ADDED_AT_ONCE:
        raise BadUserInput("memberIds", f"may name {ADDED_AT_ONCE} people at once")

    async def unit(transaction: Transaction, caller: Caller) -> str:
        if chosen and await _retried(transaction, caller, chosen, given):
            return chosen
        return await _add(
            transaction,
            caller,
            Channel(
                id=chosen or new_id(),
                kind=kind,
                name=title,
                topic=about,
                search_key=_search_key(title, about),
                digest=given,
            ),
            [person for person in people if person != caller.user_id],
        )

    return await one(caller, await caller.write(unit))


async def open_direct(caller: Caller, user_id: str, chosen: str | None = None) -> ChannelRow:
    """The DIRECT channel between the caller and that user (or oneself), made if there is none.

    Raises NotFound for the user, Conflict for a chosen id that is in use.
    """

    async def unit(transaction: Transaction, caller: Caller) -> str:
        other = await access.user_for(transaction.db, user_id)
        pair = channels.pair_of(caller.user_id, other.id)
        known = await Channel.get_or_none(pair=pair)
        if known is not None:
            return known.id
        if chosen and await Channel.exists(id=chosen):
            raise Conflict("id", "This id is in use.")
        channel = Channel(
            id=chosen or new_id(), kind=ChannelKind.DIRECT, pair=pair, digest=digest(pair)
        )
        others = [] if other.id == caller.user_id else [other.id]
        return await _add(transaction, caller, channel, others)

    return await one(caller, await caller.write(unit))


async def update(caller: Caller, channel_id: str, changes: ChannelChanges) -> ChannelRow:
    """Changes the name, the topic or the kind. Raises NotFound, Forbidden, BadUserInput."""

    async def unit(transaction: Transaction, caller: Caller) -> str:
        row = await channel_for(transaction.db, caller, channel_id, "updateChannel")
        kind = _new_kind(caller, row, changes)
        name = _title(kind, changes.get("name", row.name))
        topic = row.topic
        if "topic" in changes:
            topic = text.optional_line("topic", changes["topic"], _TOPIC)
        await Channel.filter(id=row.id).update(
            kind=kind, name=name, topic=topic, search_key=_search_key(name, topic)
        )
        if kind is not ChannelKind(row.kind):
            # Who could read it without being a member may have links.
            await channels.renew_links(transaction.db, row.id)
        happened(transaction, caller, EventKind.CHANNEL_UPDATED, row.id)
        return row.id

    return await one(caller, await caller.write(unit))


async def delete(caller: Caller, channel_id: str) -> str:
    """Deletes the channel with all that was said in it. Raises NotFound, Forbidden."""

    async def unit(transaction: Transaction, caller: Caller) -> str:
        row = await channel_for(transaction.db, caller, channel_id, "deleteChannel")
        await erase(transaction, caller, row.id)
        audit.note(
            transaction, caller, Action.CHANNEL_DELETED, None, row.id, name=row.name, kind=row.kind
        )
        return row.id

    return await caller.write(unit)


async def erase(transaction: Transaction, caller: Caller, channel_id: str) -> None:
    """Within a unit: empties the channel and marks it as deleted.

    The row stays as its own tombstone, and the memberships as the audience of its events.
    """
    await participation.close(Act.of(transaction, caller), channel_id)
    await search.forget_channel(transaction.db, channel_id)
    await messages.erase_channel(transaction.db, channel_id)
    await shedding.shed_channel(transaction.db, channel_id)
    await Channel.filter(id=channel_id).update(
        name=None, topic=None, search_key="", deleted_at=caller.house.clock.now()
    )
    happened(transaction, caller, EventKind.CHANNEL_DELETED, channel_id)


async def one(caller: Caller, channel_id: str) -> ChannelRow:
    """The channel with this id. Raises NotFound."""
    return await channel_for(caller.db, caller, channel_id)


async def own(
    caller: Caller, first: int | None, after: str | None, *, unread: bool = False
) -> Page[ChannelRow]:
    """The caller's channels, those with the latest activity first; only those with `unread`."""
    wanted = paging.size("first", first)
    position, last_id = paging.decode(after, _END)
    found = await channels.page_of_user(
        caller.db, caller.user_id, (int(position), str(last_id)), wanted + 1, unread=unread
    )
    return paging.forward(found, wanted, after, _by_activity)


async def every(
    caller: Caller, search: str | None, first: int | None, after: str | None
) -> Page[ChannelRow]:
    """For admins: all channels, those with the latest activity first."""
    wanted = paging.size("first", first)
    position, last_id = paging.decode(after, _END)
    sought = text.search("search", search)
    found = await channels.page_of_all(
        caller.db, caller.user_id, sought, (int(position), str(last_id)), wanted + 1
    )
    return paging.forward(found, wanted, after, _by_activity)


async def public(
    caller: Caller, search: str | None, first: int | None, after: str | None
) -> Page[ChannelRow]:
    """The PUBLIC channels, those with the latest activity first."""
    wanted = paging.size("first", first)
    position, last_id = paging.decode(after, _END)
    sought = text.search("search", search)
    found = await channels.page_of_public(
        caller.db, caller.user_id, sought, (int(position), str(last_id)), wanted + 1
    )
    return paging.forward(found, wanted, after, _by_activity)


def _by_activity(row: ChannelRow) -> paging.Key:
    return (row.last_position, row.id)


def _title(kind: ChannelKind, name: str | None) -> str | None:
    if kind in (ChannelKind.PRIVATE, ChannelKind.PUBLIC) and not (name and name.strip()):
        raise BadUserInput("name", f"is needed for {kind} channels")
    return text.optional_line("name", name, _NAME)


def _search_key(name: str | None, topic: str | None) -> str:
    return text.fold(f"{name or ''} {topic or ''}").strip()


def _new_kind(caller: Caller, row: ChannelRow, changes: ChannelChanges) -> ChannelKind:
    old = ChannelKind(row.kind)
    kind = changes.get("kind") or old
    if kind is old:
        return kind
    if kind is ChannelKind.DIRECT:
        raise BadUserInput("kind", "cannot become DIRECT")
    by_staff = caller.is_admin and old is ChannelKind.PUBLIC and row.my_role is not None
    if access.standing(row) < Standing.OWNER and not by_staff:
        raise Forbidden("Only the owner may change the kind of a channel.")
    most = caller.house.policy.group_size
    if kind is ChannelKind.GROUP and row.member_count > most:
        raise BadUserInput("kind", f"cannot become GROUP with more than {most} members")
    return kind


async def _retried(transaction: Transaction, caller: Caller, chosen: str, given: str) -> bool:
    """Whether an earlier try of the same input made the channel."""
    there = await channels.one_for_user(transaction.db, caller.user_id, chosen)
    if there is None:
        return False
    if there.created_by != caller.user_id or there.digest != given:
        raise Conflict("id", "This id is in use.")
    return True


async def _add(
    transaction: Transaction, caller: Caller, channel: Channel, others: list[str]
) -> str:
    most = caller.house.policy.group_size
    if channel.kind == ChannelKind.GROUP and len(others) + 1 > most:
        raise BadUserInput("memberIds", f"may be {most} people in a GROUP, oneself included")
    now = caller.house.clock.now()
    channel.created_by, channel.created_at = caller.user_id, now
    await channel.save()
    created = happened(transaction, caller, EventKind.CHANNEL_CREATED, channel.id)
    # Two people have a DIRECT channel in common: neither can change what the other has.
    first = ChannelRole.MEMBER if channel.kind == ChannelKind.DIRECT else ChannelRole.OWNER
    await admit(transaction, caller, channel.id, [caller.user_id], first, created)
    await admit(transaction, caller, channel.id, others, ChannelRole.MEMBER, created)
    return channel.id


async def admit(
    transaction: Transaction,
    caller: Caller,
    channel_id: str,
    user_ids: list[str],
    role: ChannelRole = ChannelRole.MEMBER,
    since: Event | None = None,
) -> None:
    """Within a unit: makes users members who are not.

    Raises NotFound for one that is unknown, Forbidden for one who has blocked the caller.
    """
    now = caller.house.clock.now()
    row = await Channel.get(id=channel_id)
    for user_id in user_ids:
        user = await access.user_for(transaction.db, user_id)
        if await Membership.exists(channel_id=channel_id, user_id=user.id):
            continue
        if await blocks.is_blocked(transaction.db, caller.user_id, by=user.id):
            raise Forbidden(f"You may not bring {user.username} into a channel.")
        row.member_count += 1
        await Membership.create(
            id=new_id(),
            channel_id=channel_id,
            user_id=user.id,
            role=role,
            joined_at=now,
            joined_position=TO_COME,
        )
        event = happened(transaction, caller, EventKind.MEMBER_ADDED, channel_id, user.id)
        event.since = since
    await row.save(update_fields=["member_count"])


def happened(
    transaction: Transaction,
    caller: Caller,
    kind: EventKind,
    channel_id: str,
    subject_id: str | None = None,
) -> Event:
    """Within a unit: adds what the caller did in a channel to the log."""
    now = caller.house.clock.now()
    return transaction.append(Event(kind, now, caller.user_id, channel_id, subject_id))
