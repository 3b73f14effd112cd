"""The scalars and enums that the types share."""

from datetime import datetime
from enum import Enum
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from adapters.clock import Instant, instant
from resolvers.errors import BadUserInput
from resolvers.intake import Upload
from resolvers.rights import ChannelKind, ChannelRole, NotificationLevel, Role, SignalKind

__all__ = [
    "SCALARS",
    "ChannelKind",
    "ChannelRole",
    "Cursor",
    "ErrorCode",
    "Json",
    "Long",
    "NotificationLevel",
    "RegistrationPolicy",
    "Role",
    "SignalKind",
    "Upload",
]

Cursor = NewType("Cursor", str)
Json = NewType("Json", object)
Long = NewType("Long", int)
_LARGEST = 2**53 - 1


def _parsed_instant(value: object) -> Instant:
    try:
        return instant(datetime.fromisoformat(str(value)))
    except (ValueError, OverflowError) as error:
        raise BadUserInput("DateTime", "must be RFC 3339 with a time zone") from error


def _parsed_long(value: object) -> Long:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _LARGEST:
        raise BadUserInput("Long", "must be an integer up to 2^53 - 1")
    return Long(value)


def _parsed_cursor(value: object) -> Cursor:
    if not isinstance(value, str):
        raise BadUserInput("Cursor", "must be a string")
    return Cursor(value)


def _parsed_upload(value: object) -> Upload:
    if not isinstance(value, Upload):
        raise BadUserInput("Upload", "must be a file of a multipart request")
    return value


SCALARS: dict[object, ScalarDefinition] = {
    Instant: strawberry.scalar(
        name="DateTime", description="RFC 3339, UTC.", serialize=str, parse_value=_parsed_instant
    ),
    Cursor: strawberry.scalar(
        name="Cursor",
        description="An opaque position in the order of events.",
        serialize=str,
        parse_value=_parsed_cursor,
    ),
    Long: strawberry.scalar(
        name="Long",
        description="An integer up to 2^53 - 1, as JSON numbers carry it.",
        serialize=int,
        parse_value=_parsed_long,
    ),
    Upload: strawberry.scalar(
        name="Upload",
        description="A file of a multipart request (graphql-multipart-request-spec).",
        parse_value=_parsed_upload,
    ),
    Json: strawberry.scalar(name="JSON", description="Any JSON value.", serialize=lambda v: v),
}

strawberry.enum(Role, description="What a user is on this server.")
strawberry.enum(ChannelRole, description="What a member is in a channel.")
strawberry.enum(
    NotificationLevel,
    description="What a member wants to be told of: all that is said, what mentions them, or "
    "nothing.",
)
strawberry.enum(
    ChannelKind,
    description="DIRECT is between two people, GROUP between a few, PRIVATE by invitation, "
    "PUBLIC open to all on the server.",
)
strawberry.enum(
    SignalKind,
    description="A step of a WebRTC negotiation: what is offered, what is answered, a way to try, "
    "or the end of it.",
)


@strawberry.enum(description="Who may make an account here.")
class RegistrationPolicy(Enum):
    """Who may make an account here."""

    OPEN = strawberry.enum_value("OPEN", description="Everybody who reaches the server.")
    INVITE = strawberry.enum_value("INVITE", description="Who was invited.")
    CLOSED = strawberry.enum_value("CLOSED", description="Nobody: admins make the accounts.")


def _code(name: str, description: str) -> Any:
    return strawberry.enum_value(name, description=description)


@strawberry.enum(description="What `extensions.code` of an error may be.")
class ErrorCode(Enum):
    """What `extensions.code` of an error may be."""

    BAD_QUERY = _code("BAD_QUERY", "The document does not parse or validate.")
    TOO_COMPLEX = _code("TOO_COMPLEX", "Over the limits on depth, tokens, aliases or cost.")
    UNAUTHENTICATED = _code("UNAUTHENTICATED", "No token, or one that is expired or revoked.")
    SECOND_FACTOR_REQUIRED = _code(
        "SECOND_FACTOR_REQUIRED", "The password was right: send `otp` too."
    )
    FORBIDDEN = _code("FORBIDDEN", "Known to the caller, but not theirs to do.")
    NOT_FOUND = _code("NOT_FOUND", "Absent, or hidden from the caller.")
    BAD_USER_INPUT = _code("BAD_USER_INPUT", "`field` names the input field, `reason` says why.")
    CONFLICT = _code("CONFLICT", "A name that is taken, or an id used for something else.")
    RATE_LIMITED = _code("RATE_LIMITED", "`retryAfter` in seconds.")
    BANNED = _code("BANNED", "`reason` and `until`.")
    PAYLOAD_TOO_LARGE = _code("PAYLOAD_TOO_LARGE", "`limit` in bytes.")
    QUOTA_EXCEEDED = _code("QUOTA_EXCEEDED", "`limit` and `used`.")
    UNSUPPORTED_FILE = _code("UNSUPPORTED_FILE", "A type this server refuses, or malware.")
    CURSOR_EXPIRED = _code("CURSOR_EXPIRED", "The cursor is no longer good: load afresh.")
    UNAVAILABLE = _code("UNAVAILABLE", "Not now: try again.")
    INTERNAL = _code("INTERNAL", "A bug; `errorId` stands in the server's log.")
