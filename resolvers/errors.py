"""Everything that can go wrong in a way that the caller should hear of.

    ChatError
    ├── Unauthenticated      no valid sign-in
    ├── SecondFactorRequired a right password, and no code
    ├── Banned               a valid one, of somebody who is shut out
    ├── Forbidden            known to the caller, but not theirs to do
    ├── NotFound             absent, or hidden from the caller
    ├── BadUserInput         a value that no caller may send
    ├── TooComplex           an operation that would cost too much
    ├── Conflict             a name or an id that is in use for something else
    ├── RateLimited          too often
    ├── QuotaExceeded        more than there may be
    ├── PayloadTooLarge      more bytes than one file or description may have
    ├── UnsupportedFile      a file of a kind that is not wanted here
    ├── CursorExpired        a place in a log that is no more
    └── Unavailable          not now; a later try may succeed

Anything else that is raised is a bug, and is shown as INTERNAL.
"""

from typing import Any, ClassVar


class ChatError(Exception):
    """An outcome that has a code; `extensions` are the facts that go with it."""

    code: ClassVar[str]

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.extensions: dict[str, Any] = {"code": self.code, **facts}


class Unauthenticated(ChatError):
    """No token, or one that is expired, revoked or forged; or a wrong password."""

    code = "UNAUTHENTICATED"

    def __init__(self, message: str = "Sign in first.", **facts: Any) -> None:
        """`field` is "otp" where it is the code that is wrong."""
        super().__init__(message, **facts)


class SecondFactorRequired(ChatError):
    """The password was right, and a code is needed; or there has to be a second factor first."""

    code = "SECOND_FACTOR_REQUIRED"

    def __init__(
        self, message: str = "Send the code of your second factor, too.", **facts: Any
    ) -> None:
        """`setUp` is true where there is no second factor yet, and has to be."""
        super().__init__(message, **facts)


class Banned(ChatError):
    """The caller is banned: `until` is null for a ban without an end."""

    code = "BANNED"

    def __init__(self, reason: str, until: str | None) -> None:
        super().__init__("You are banned from this server.", reason=reason, until=until)


class Forbidden(ChatError):
    """The caller knows of it, but may not do this to it."""

    code = "FORBIDDEN"


class NotFound(ChatError):
    """There is no such thing, as far as the caller can tell."""

    code = "NOT_FOUND"

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no such {what}.")


class BadUserInput(ChatError):
    """`field` names the input field, `reason` says what is wrong with it."""

    code = "BAD_USER_INPUT"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}.", field=field, reason=reason)


class TooComplex(ChatError):
    """The operation is over one of the limits on its shape or its cost."""

    code = "TOO_COMPLEX"


class Conflict(ChatError):
    """`field` names what is in use already."""

    code = "CONFLICT"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message, field=field)


class RateLimited(ChatError):
    """`retryAfter` is in seconds."""

    code = "RATE_LIMITED"

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many attempts. Try again later.", retryAfter=retry_after)


class QuotaExceeded(ChatError):
    """There is as much as there may be: `used` of `limit`."""

    code = "QUOTA_EXCEEDED"

    def __init__(self, message: str, limit: int, used: int) -> None:
        super().__init__(message, limit=limit, used=used)


class PayloadTooLarge(ChatError):
    """Something has more than `limit` bytes."""

    code = "PAYLOAD_TOO_LARGE"

    def __init__(self, limit: int, what: str = "A file") -> None:
        super().__init__(f"{what} may have {limit:,} bytes at the most.", limit=limit)


class UnsupportedFile(ChatError):
    """A file of a type that this server refuses, or one in which malware was found."""

    code = "UNSUPPORTED_FILE"


class CursorExpired(ChatError):
    """The cursor is from another life of the database: load afresh."""

    code = "CURSOR_EXPIRED"

    def __init__(self) -> None:
        super().__init__("This cursor is no longer good. Load afresh.")


class Unavailable(ChatError):
    """The server is shutting down, overloaded, or lacks something that this needs."""

    code = "UNAVAILABLE"

    def __init__(self, message: str = "Not now. Try again in a moment.") -> None:
        super().__init__(message)
