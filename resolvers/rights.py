"""Who may do what: the one table that the code asks, the docs print and the tests try out."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Role(StrEnum):
    """What a user is on the server."""

    MEMBER = "MEMBER"
    MODERATOR = "MODERATOR"
    ADMIN = "ADMIN"


class ChannelRole(StrEnum):
    """What a member is in a channel."""

    MEMBER = "MEMBER"
    MODERATOR = "MODERATOR"
    OWNER = "OWNER"


class ChannelKind(StrEnum):
    """DIRECT is for two people, GROUP for a few, PRIVATE by invitation, PUBLIC open to all."""

    DIRECT = "DIRECT"
    GROUP = "GROUP"
    PRIVATE = "PRIVATE"
    PUBLIC = "PUBLIC"


class NotificationLevel(StrEnum):
    """Of what a member wants to be told of, where they do not look."""

    ALL = "ALL"
    MENTIONS = "MENTIONS"
    NONE = "NONE"


class SignalKind(StrEnum):
    """A step of a negotiation: what is offered, what is answered, a way to try, or the end."""

    OFFER = "OFFER"
    ANSWER = "ANSWER"
    CANDIDATE = "CANDIDATE"
    BYE = "BYE"


class Scope(StrEnum):
    """What an API token is good for. Each is good for what the ones before are."""

    READ = "READ"
    WRITE = "WRITE"
    ADMIN = "ADMIN"


class Standing(IntEnum):
    """How a signed-in caller stands to a channel. Each may do what the ones before may."""

    OUTSIDER = 0
    MEMBER = 1
    MODERATOR = 2
    OWNER = 3
    NOBODY = 9
    """Above all: what asks for it is not possible at all."""


class Who(StrEnum):
    """Who may use an operation at all, before it is looked at what it is about."""

    ANYONE = "anyone"
    SIGNED_IN = "signed in"
    MODERATOR = "server moderators and admins"
    ADMIN = "admins"


OPERATIONS: dict[str, Who] = {
    "server": Who.ANYONE,
    "register": Who.ANYONE,
    "login": Who.ANYONE,
    "refreshSession": Who.ANYONE,
    "logout": Who.SIGNED_IN,
    "endSession": Who.SIGNED_IN,
    "sessions": Who.SIGNED_IN,
    "changePassword": Who.SIGNED_IN,
    "updateProfile": Who.SIGNED_IN,
    "head": Who.SIGNED_IN,
    "events": Who.SIGNED_IN,
    "me": Who.SIGNED_IN,
    "user": Who.SIGNED_IN,
    "users": Who.SIGNED_IN,
    "channels": Who.SIGNED_IN,
    "publicChannels": Who.SIGNED_IN,
    "createChannel": Who.SIGNED_IN,
    "openDirectChannel": Who.SIGNED_IN,
    "channel": Who.SIGNED_IN,
    "message": Who.SIGNED_IN,
    "messages": Who.SIGNED_IN,
    "searchMessages": Who.SIGNED_IN,
    "messageAdded": Who.SIGNED_IN,
    "sendMessage": Who.SIGNED_IN,
    "editMessage": Who.SIGNED_IN,
    "messageEdits": Who.SIGNED_IN,
    "deleteMessage": Who.SIGNED_IN,
    "thread": Who.SIGNED_IN,
    "addReaction": Who.SIGNED_IN,
    "removeReaction": Who.SIGNED_IN,
    "pins": Who.SIGNED_IN,
    "pinMessage": Who.SIGNED_IN,
    "unpinMessage": Who.SIGNED_IN,
    "file": Who.SIGNED_IN,
    "files": Who.SIGNED_IN,
    "uploadFile": Who.SIGNED_IN,
    "deleteFile": Who.SIGNED_IN,
    "setAvatar": Who.SIGNED_IN,
    "markRead": Who.SIGNED_IN,
    "joinChannel": Who.SIGNED_IN,
    "leaveChannel": Who.SIGNED_IN,
    "addMembers": Who.SIGNED_IN,
    "removeMember": Who.SIGNED_IN,
    "setChannelRole": Who.SIGNED_IN,
    "setNotifications": Who.SIGNED_IN,
    "presenceChanged": Who.SIGNED_IN,
    "setTyping": Who.SIGNED_IN,
    "typing": Who.SIGNED_IN,
    "iceServers": Who.SIGNED_IN,
    "sendSignal": Who.SIGNED_IN,
    "signals": Who.SIGNED_IN,
    "connectServer": Who.SIGNED_IN,
    "activeCalls": Who.SIGNED_IN,
    "callChanged": Who.SIGNED_IN,
    "joinCall": Who.SIGNED_IN,
    "leaveCall": Who.SIGNED_IN,
    "declineCall": Who.SIGNED_IN,
    "setCallMedia": Who.SIGNED_IN,
    "invite": Who.ANYONE,
    "acceptInvite": Who.SIGNED_IN,
    "createInvite": Who.SIGNED_IN,
    "revokeInvite": Who.SIGNED_IN,
    "invites": Who.SIGNED_IN,
    "inbox": Who.SIGNED_IN,
    "blockUser": Who.SIGNED_IN,
    "unblockUser": Who.SIGNED_IN,
    "blockedUsers": Who.SIGNED_IN,
    "updateChannel": Who.SIGNED_IN,
    "deleteChannel": Who.SIGNED_IN,
    "reportMessage": Who.SIGNED_IN,
    "muteMember": Who.SIGNED_IN,
    "unmuteMember": Who.SIGNED_IN,
    "apiTokens": Who.SIGNED_IN,
    "createApiToken": Who.SIGNED_IN,
    "revokeApiToken": Who.SIGNED_IN,
    "beginSecondFactor": Who.SIGNED_IN,
    "enableSecondFactor": Who.SIGNED_IN,
    "disableSecondFactor": Who.SIGNED_IN,
    "renewRecoveryCodes": Who.SIGNED_IN,
    "bans": Who.MODERATOR,
    "banUser": Who.MODERATOR,
    "unbanUser": Who.MODERATOR,
    "reports": Who.MODERATOR,
    "handleReport": Who.MODERATOR,
    "wordList": Who.MODERATOR,
    "export": Who.SIGNED_IN,
    "exportChannel": Who.ADMIN,
    "allChannels": Who.ADMIN,
    "setRole": Who.ADMIN,
    "createUser": Who.ADMIN,
    "updateUser": Who.ADMIN,
    "resetPassword": Who.ADMIN,
    "resetSecondFactor": Who.ADMIN,
    "deleteUser": Who.ADMIN,
    "purgeMessages": Who.ADMIN,
    "setWordList": Who.ADMIN,
    "auditLog": Who.ADMIN,
    "activity": Who.ADMIN,
    "activityChanged": Who.ADMIN,
}
"""Every root field of the API."""

_READING = frozenset(
    {
        *("server", "head", "events", "me", "user", "users", "channels", "publicChannels"),
        *("channel", "message", "messages", "messageAdded", "searchMessages", "messageEdits"),
        *("thread", "pins", "presenceChanged", "typing", "invite", "invites", "inbox"),
        *("blockedUsers", "export", "file", "files", "activeCalls", "callChanged"),
    }
)
_SIGNED_IN_ONLY = frozenset(
    {
        *("logout", "endSession", "sessions", "changePassword"),
        *("apiTokens", "createApiToken", "revokeApiToken"),
        *("beginSecondFactor", "enableSecondFactor", "disableSecondFactor", "renewRecoveryCodes"),
        *("resetPassword", "resetSecondFactor"),
    }
)
"""What is about how somebody signs in is nothing that an API token is good for."""


def scope_for(operation: str) -> Scope | None:
    """Which scope an API token needs for an operation; None: no token is good for it."""
    if operation in _SIGNED_IN_ONLY:
        return None
    if OPERATIONS[operation] in (Who.MODERATOR, Who.ADMIN):
        return Scope.ADMIN
    return Scope.READ if operation in _READING else Scope.WRITE


def covers(scope: Scope | None, operation: str) -> bool:
    """Whether a caller with this scope may use an operation; None is that of a sign-in."""
    if scope is None:
        return True
    needed = scope_for(operation)
    return needed is not None and _SCOPES[scope] >= _SCOPES[needed]


@dataclass(frozen=True, slots=True)
class Right:
    """The standing that an operation asks for, by kind of channel."""

    direct: Standing
    group: Standing
    private: Standing
    public: Standing
    staff: Role | None = None
    """The server role that may do it in PUBLIC channels whatever the standing."""
    staff_private: Role | None = None
    """And in PRIVATE ones, though its holders may not even see those before."""
    own: Standing | None = None
    """The standing asked for, in channels of any kind, where it is about one's own message."""

    def asked(self, kind: str) -> Standing:
        """The standing asked for in a channel of this kind."""
        return {
            ChannelKind.DIRECT: self.direct,
            ChannelKind.GROUP: self.group,
            ChannelKind.PRIVATE: self.private,
            ChannelKind.PUBLIC: self.public,
        }[ChannelKind(kind)]

    def held(self, kind: str, standing: Standing, role: str, *, own: bool = False) -> bool:
        """Whether a caller of this standing and server role may do it, `own`: to what is theirs."""
        if own and self.own is not None and standing >= self.own:
            return True
        asked = self.asked(kind)
        staff = {ChannelKind.PUBLIC: self.staff, ChannelKind.PRIVATE: self.staff_private}.get(
            ChannelKind(kind)
        )
        by_role = staff is not None and _RANK[Role(role)] >= _RANK[staff]
        return asked is not Standing.NOBODY and (standing >= asked or by_role)


_SCOPES = {scope: rank for rank, scope in enumerate(Scope)}
_STAFF = {None: "", Role.MODERATOR: "server moderators", Role.ADMIN: "admins"}
_RANK = {Role.MEMBER: 0, Role.MODERATOR: 1, Role.ADMIN: 2}
_OUTSIDER, _MEMBER, _MODERATOR, _OWNER, _NOBODY = Standing

IN_CHANNELS: dict[str, Right] = {
    #                        DIRECT    GROUP       PRIVATE     PUBLIC
    "channel": Right(_MEMBER, _MEMBER, _MEMBER, _OUTSIDER),
    "message": Right(_MEMBER, _MEMBER, _MEMBER, _OUTSIDER),
    "messages": Right(_MEMBER, _MEMBER, _MEMBER, _OUTSIDER),
    "messageAdded": Right(_MEMBER, _MEMBER, _MEMBER, _OUTSIDER),
    "exportChannel": Right(_MEMBER, _MEMBER, _MEMBER, _OUTSIDER),
    "sendMessage": Right(_MEMBER, _MEMBER, _MEMBER, _MEMBER),
    "editMessage": Right(_NOBODY, _NOBODY, _NOBODY, _NOBODY, own=_MEMBER),
    "messageEdits": Right(_NOBODY, _MODERATOR, _MODERATOR, _MODERATOR, Role.MODERATOR, own=_MEMBER),
    "deleteMessage": Right(
        _NOBODY, _MODERATOR, _MODERATOR, _MODERATOR, Role.MODERATOR, own=_MEMBER
    ),
    "thread": Right(_MEMBER, _MEMBER, _MEMBER, _OUTSIDER),
    "addReaction": Right(_MEMBER, _MEMBER, _MEMBER, _MEMBER),
    "removeReaction": Right(_MEMBER, _MEMBER, _MEMBER, _MEMBER),
    "pins": Right(_MEMBER, _MEMBER, _MEMBER, _OUTSIDER),
    "pinMessage": Right(_MEMBER, _MEMBER, _MEMBER, _MODERATOR, Role.MODERATOR),
    "unpinMessage": Right(_MEMBER, _MEMBER, _MEMBER, _MODERATOR, Role.MODERATOR),
    "file": Right(_MEMBER, _MEMBER, _MEMBER, _OUTSIDER),
    "files": Right(_MEMBER, _MEMBER, _MEMBER, _OUTSIDER),
    "uploadFile": Right(_MEMBER, _MEMBER, _MEMBER, _MEMBER),
    "deleteFile": Right(_NOBODY, _MODERATOR, _MODERATOR, _MODERATOR, Role.MODERATOR, own=_MEMBER),
    "markRead": Right(_MEMBER, _MEMBER, _MEMBER, _MEMBER),
    "joinChannel": Right(_MEMBER, _MEMBER, _MEMBER, _OUTSIDER, staff_private=Role.ADMIN),
    "leaveChannel": Right(_NOBODY, _MEMBER, _MEMBER, _OUTSIDER),
    "addMembers": Right(_NOBODY, _MEMBER, _MODERATOR, _MEMBER),
    "removeMember": Right(_NOBODY, _MODERATOR, _MODERATOR, _MODERATOR, Role.MODERATOR),
    "setChannelRole": Right(_NOBODY, _OWNER, _OWNER, _OWNER, Role.ADMIN),
    "createInvite": Right(_NOBODY, _MEMBER, _MODERATOR, _MEMBER),
    "invites": Right(_NOBODY, _MEMBER, _MODERATOR, _MEMBER, Role.MODERATOR),
    "reportMessage": Right(_MEMBER, _MEMBER, _MEMBER, _OUTSIDER),
    "muteMember": Right(_NOBODY, _MODERATOR, _MODERATOR, _MODERATOR, Role.MODERATOR),
    "unmuteMember": Right(_NOBODY, _MODERATOR, _MODERATOR, _MODERATOR, Role.MODERATOR),
    "setTyping": Right(_MEMBER, _MEMBER, _MEMBER, _MEMBER),
    "typing": Right(_MEMBER, _MEMBER, _MEMBER, _MEMBER),
    "callChanged": Right(_MEMBER, _MEMBER, _MEMBER, _MEMBER),
    "joinCall": Right(_MEMBER, _MEMBER, _MEMBER, _MEMBER),
    "leaveCall": Right(_MEMBER, _MEMBER, _MEMBER, _MEMBER),
    "declineCall": Right(_MEMBER, _NOBODY, _NOBODY, _NOBODY),
    "setCallMedia": Right(_MEMBER, _MEMBER, _MEMBER, _MEMBER),
    "setNotifications": Right(_MEMBER, _MEMBER, _MEMBER, _MEMBER),
    "updateChannel": Right(_NOBODY, _MEMBER, _MODERATOR, _MODERATOR, Role.MODERATOR),
    "deleteChannel": Right(_NOBODY, _OWNER, _OWNER, _OWNER, Role.ADMIN),
}
"""What else an operation on a channel asks for. Who may not see the channel gets NOT_FOUND."""


def printed() -> str:
    """The table in Markdown, as it stands in docs/rights.md."""
    kinds = [kind.value for kind in ChannelKind]
    heads = [*kinds, "in PUBLIC also", "in PRIVATE also", "one's own"]
    lines = [
        "| operation | who may use it | scope of an API token |",
        "| --- | --- | --- |",
        *(
            f"| `{name}` | {who} | {scope_for(name) or 'none'} |"
            for name, who in OPERATIONS.items()
        ),
        "",
        f"| in a channel | {' | '.join(heads)} |",
        f"| --- |{' --- |' * len(heads)}",
    ]
    for operation, right in IN_CHANNELS.items():
        cells = [right.asked(kind).name.lower() for kind in ChannelKind]
        staff = " | ".join(_STAFF[role] for role in (right.staff, right.staff_private))
        own = right.own.name.lower() if right.own is not None else ""
        lines.append(f"| `{operation}` | {' | '.join(cells)} | {staff} | {own} |")
    return "\n".join(lines) + "\n"
