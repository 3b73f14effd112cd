"""The only door from an id that a client sent to a row: what may not be seen is not found."""

from adapters.ids import parsed_id
from models import accounts, blocks, channels, files, messages
from models.accounts import FOREVER, UserRow
from models.channels import ChannelRow
from models.connection import Connection
from models.files import FileRow
from models.messages import MessageRow
from resolvers.errors import BadUserInput, Forbidden, NotFound
from resolvers.house import Caller
from resolvers.rights import IN_CHANNELS, ChannelKind, Standing, covers, scope_for

_SPEAKS = frozenset(
    {
        *("sendMessage", "editMessage", "addReaction", "pinMessage", "setTyping", "uploadFile"),
        "joinCall",
    }
)
"""What reaches the other one in a DIRECT channel."""
_SILENT = _SPEAKS | {
    "removeReaction",
    "unpinMessage",
    "updateChannel",
    "addMembers",
    "createInvite",
}
"""What somebody may not do who is muted."""


def in_scope(caller: Caller, operation: str) -> None:
    """Raises Forbidden where the API token that the caller has come with is not good for this."""
    if not covers(caller.scope, operation):
        needed = scope_for(operation)
        told = f"needs the scope {needed}" if needed else "needs a sign-in"
        raise Forbidden(f"The API token is not good for this: {operation} {told}.")


def standing(row: ChannelRow) -> Standing:
    """How the user for whom the row was read stands to the channel."""
    return Standing[row.my_role] if row.my_role else Standing.OUTSIDER


def may(caller: Caller, operation: str, row: ChannelRow, *, own: bool = False) -> bool:
    """Whether the caller may do this in the channel; `own`: to a message of theirs."""
    return IN_CHANNELS[operation].held(row.kind, standing(row), caller.role, own=own)


async def channel_for(
    db: Connection,
    caller: Caller,
    channel_id: str,
    operation: str = "channel",
    *,
    own: bool = False,
) -> ChannelRow:
    """The channel as the caller stands to it, if they may do this operation in it.

    `own` says that it is about a message of theirs. Raises NotFound if they may not even see
    the channel, and Forbidden if they may, or where one of two people has blocked the other.
    """
    known = parsed_id(channel_id)
    row = await channels.one_for_user(db, caller.user_id, known) if known else None
    if row is None or row.deleted_at is not None:
        raise NotFound("channel")
    allowed = may(caller, operation, row, own=own)
    if not allowed and not may(caller, "channel", row):
        raise NotFound("channel")
    if not allowed:
        raise Forbidden(f"You may not use {operation} in this channel.")
    if row.kind == ChannelKind.DIRECT and operation in _SPEAKS and await blocks.within(db, row.id):
        raise Forbidden("One of you has blocked the other.")
    muted = row.my_muted_until is not None and row.my_muted_until > caller.house.clock.now()
    if muted and operation in _SILENT:
        until = None if row.my_muted_until == FOREVER else row.my_muted_until
        raise Forbidden("You are muted in this channel.", mutedUntil=until)
    return row


async def any_channel(db: Connection, caller: Caller, channel_id: str) -> ChannelRow:
    """For admins: the channel, whether they may see what is in it or not. Raises NotFound."""
    known = parsed_id(channel_id)
    row = await channels.one_for_user(db, caller.user_id, known) if known else None
    if row is None or row.deleted_at is not None:
        raise NotFound("channel")
    return row


async def message_for(
    db: Connection, caller: Caller, message_id: str, operation: str = "message"
) -> MessageRow:
    """The message, if the caller may do this to it. Raises NotFound, Forbidden."""
    return (await message_and_channel_for(db, caller, message_id, operation))[0]


async def message_and_channel_for(
    db: Connection, caller: Caller, message_id: str, operation: str
) -> tuple[MessageRow, ChannelRow]:
    """The message with its channel, if the caller may do this. Raises NotFound, Forbidden."""
    known = parsed_id(message_id)
    row = await messages.by_id(db, known) if known else None
    if row is None:
        raise NotFound("message")
    own = row.author_id == caller.user_id
    try:
        channel = await channel_for(db, caller, row.channel_id, operation, own=own)
    except NotFound as error:
        raise NotFound("message") from error
    return row, channel


async def file_for(
    db: Connection, caller: Caller, file_id: str, operation: str = "file"
) -> FileRow:
    """The file, if the caller may do this to it. Raises NotFound, Forbidden."""
    known = parsed_id(file_id)
    row = await files.by_id(db, known) if known else None
    if row is None:
        raise NotFound("file")
    own = row.uploader_id == caller.user_id
    try:
        await channel_for(db, caller, row.channel_id, operation, own=own)
    except NotFound as error:
        raise NotFound("file") from error
    return row


def another(caller: Caller, row: UserRow) -> None:
    """Raises BadUserInput where the user is the caller.

    Who has come by a session must not get past the password and the second factor by it.
    """
    if row.id == caller.user_id:
        raise BadUserInput("userId", "is oneself")


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
