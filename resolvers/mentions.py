"""Mentions: whom a message names, found out when it is written."""

from adapters.ids import new_id
from models import mentions
from models.channels import ChannelRow
from models.mentions import EVERYBODY, Named
from models.messages import MessageRow
from models.writer import Transaction
from resolvers import access, text
from resolvers.house import Caller
from resolvers.rights import ChannelKind, Standing


async def name(
    transaction: Transaction,
    caller: Caller,
    channel: ChannelRow,
    row: MessageRow,
    body: str,
    *,
    is_new: bool,
) -> bool:
    """Within a unit: has a message name whom its text does; whether that is anybody.

    `@name` names a member; `@channel` everybody, where the caller may speak to all at once.
    """
    keys = text.mentioned(body)
    rows: list[tuple[str, str]] = []
    if keys:
        found = await mentions.members_named(transaction.db, channel.id, keys)
        rows = [(new_id(), user_id) for user_id in dict.fromkeys(found.values())]
        if EVERYBODY in keys and speaks_to_all(caller, channel):
            rows.append((new_id(), EVERYBODY))
    where = Named(row.id, channel.id, row.author_id, row.number or None)
    if not is_new:
        await mentions.replace(transaction.db, where, rows)
    elif rows:
        await mentions.add(transaction.db, where, rows)
    return bool(rows)


def speaks_to_all(caller: Caller, channel: ChannelRow) -> bool:
    """Whether `@channel` is the caller's to say: moderators', and anybody's between a few."""
    if channel.kind in (ChannelKind.DIRECT, ChannelKind.GROUP):
        return True
    by_role = channel.kind == ChannelKind.PUBLIC and caller.is_moderator
    return by_role or access.standing(channel) >= Standing.MODERATOR
