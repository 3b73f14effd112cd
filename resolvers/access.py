"""The only door from an id that a client sent to a row: what may not be seen is not found."""

from adapters.ids import parsed_id
from models import accounts, channels, messages
from models.accounts import UserRow
from models.channels import ChannelRow
from models.connection import Connection
from models.messages import MessageRow
from resolvers.errors import BadUserInput, Forbidden, NotFound
from resolvers.house import Caller
from resolvers.rights import IN_CHANNELS, Standing


def standing(row: ChannelRow) -> Standing:
    """How the user for whom the row was read stands to the channel."""
    return Standing[row.my_role] if row.my_role else Standing.OUTSIDER


def may(caller: Caller, operation: str, row: ChannelRow) -> bool:
    """Whether the caller may do this in the channel."""
    return IN_CHANNELS[operation].held(row.kind, standing(row), caller.user.role)


async def channel_for(
    db: Connection, caller: Caller, channel_id: str, operation: str = "channel"
) -> ChannelRow:
    """The channel as the caller stands to it, if they may do this operation in it.

    Raises NotFound if they may not even see it, and Forbidden if they may.
    """
    known = parsed_id(channel_id)
    row = await channels.one_for_user(db, caller.user_id, known) if known else None
    if row is None or row.deleted_at is not None or not may(caller, "channel", row):
        raise NotFound("channel")
    if not may(caller, operation, row):
        raise Forbidden(f"You may not use {operation} in this channel.")
    return row


async def message_for(db: Connection, caller: Caller, message_id: str) -> MessageRow:
    """The message, if the caller may read its channel. Raises NotFound."""
    known = parsed_id(message_id)
    row = await messages.by_id(db, known) if known else None
    if row is None:
        raise NotFound("message")
    try:
        await channel_for(db, caller, row.channel_id, "message")
    except NotFound as error:
        raise NotFound("message") from error
    return row


async def user_for(db: Connection, user_id: str) -> UserRow:
    """The user with this id; everybody signed in may know of everybody. Raises NotFound."""
    known = parsed_id(user_id)
    row = await accounts.by_id(db, known) if known else None
    if row is None:
        raise NotFound("user")
    return row


def chosen_id(field: str, text: str | None) -> str | None:
    """The id that a client chose for something new. Raises BadUserInput."""
    if text is None:
        return None
    known = parsed_id(text)
    if known is None:
        raise BadUserInput(field, "must be a UUID")
    return known
