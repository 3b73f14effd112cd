"""Permission classes, and the root fields that take theirs from the table of rights.

They are few and coarse: whether the caller may use the operation at all. What they
may do to which object is looked at where it is looked up, in `resolvers.access`.
"""

import inspect
from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.extensions.field_extension import AsyncExtensionResolver, FieldExtension
from strawberry.permission import BasePermission, PermissionExtension
from strawberry.utils.str_converters import to_camel_case

from resolvers import access
from resolvers.errors import Forbidden, SecondFactorRequired
from resolvers.house import Caller
from resolvers.limits import OF_OPERATIONS, Kind, spend_own
from resolvers.rights import OPERATIONS, Who
from schema.context import Context


class Guard(BasePermission):
    """What lets callers through to one operation."""

    def __init__(self, operation: str) -> None:
        """`operation` is the name of the root field."""
        self._operation = operation

    def caller(self, info: strawberry.Info[Context]) -> Caller:
        """Who calls, if their token is good for this. Raises Forbidden."""
        caller = info.context.caller
        access.in_scope(caller, self._operation)
        return caller


class Anyone(Guard):
    """Lets everybody through, signed in or not."""

    def has_permission(self, source: Any, info: strawberry.Info[Context], **kwargs: Any) -> bool:
        """Always true."""
        return True


class SignedIn(Guard):
    """Lets through who is signed in. Raises Unauthenticated or Banned."""

    def has_permission(self, source: Any, info: strawberry.Info[Context], **kwargs: Any) -> bool:
        """True, if it returns at all."""
        return bool(self.caller(info))


class ServerModerator(Guard):
    """Lets moderators and admins of the server through. Raises Forbidden for others."""

    def has_permission(self, source: Any, info: strawberry.Info[Context], **kwargs: Any) -> bool:
        """True, if it returns at all."""
        if not _with_factor(self.caller(info)).is_moderator:
            raise Forbidden("Only moderators and admins may do this.")
        return True


class ServerAdmin(Guard):
    """Lets admins of the server through. Raises Forbidden for others."""

    def has_permission(self, source: Any, info: strawberry.Info[Context], **kwargs: Any) -> bool:
        """True, if it returns at all."""
        if not _with_factor(self.caller(info)).is_admin:
            raise Forbidden("Only admins may do this.")
        return True


def _with_factor(caller: Caller) -> Caller:
    if caller.lacks_second_factor:
        raise SecondFactorRequired(
            "Admins of this server need a second factor: set it up first.", setUp=True
        )
    return caller


class Counted(FieldExtension):
    """Counts each use of an operation for its caller, however many a document has of it."""

    def __init__(self, kind: Kind) -> None:
        """`kind` is that of the operation."""
        self._kind = kind

    async def resolve_async(
        self,
        next_: AsyncExtensionResolver,
        source: Any,
        info: strawberry.Info[Context],
        **kwargs: Any,
    ) -> Any:
        """Raises RateLimited where it is too much."""
        if isinstance(info.context.identity, Caller):
            await spend_own(info.context.identity, self._kind)
        return await next_(source, info, **kwargs)


class Afresh(FieldExtension):
    """Lets a mutation's answer be read afresh, not from what one before it had loaded."""

    async def resolve_async(
        self,
        next_: AsyncExtensionResolver,
        source: Any,
        info: strawberry.Info[Context],
        **kwargs: Any,
    ) -> Any:
        """Forgets what was loaded before the mutation begins."""
        info.context.forget()
        return await next_(source, info, **kwargs)


PERMISSIONS: dict[Who, type[Guard]] = {
    Who.ANYONE: Anyone,
    Who.SIGNED_IN: SignedIn,
    Who.MODERATOR: ServerModerator,
    Who.ADMIN: ServerAdmin,
}


_ARGUMENTS = {
    "id": "Which one: its id.",
    "channel_id": "Which channel: its id.",
    "message_id": "Which message: its id.",
    "user_id": "Which user: their id.",
    "user_ids": "Which users: their ids.",
    "role": "What they are to be.",
}
"""What arguments mean that mean the same everywhere; others are described beside their names."""


def query(resolver: Callable[..., Any]) -> Any:
    """A root query: described by its docstring, guarded as the table of rights says."""
    return _described(strawberry.field(resolver, **_options(resolver)))


def mutation(resolver: Callable[..., Any]) -> Any:
    """A root mutation: described by its docstring, guarded as the table of rights says."""
    options = _options(resolver, Kind.WRITES)
    options["extensions"].append(Afresh())
    return _described(strawberry.mutation(resolver, **options))


def subscription(resolver: Callable[..., Any]) -> Any:
    """A root subscription: described by its docstring, guarded as the table of rights says."""
    return _described(strawberry.subscription(resolver, **_options(resolver)))


def _options(resolver: Callable[..., Any], kind: Kind | None = None) -> dict[str, Any]:
    operation = to_camel_case(resolver.__name__)
    # An operation that is missing in the table ends the start of the server here.
    permission = PERMISSIONS[OPERATIONS[operation]](operation)
    extensions: list[FieldExtension] = [PermissionExtension([permission], use_directives=False)]
    counted = OF_OPERATIONS.get(operation, kind)
    if counted is not None:
        extensions.append(Counted(counted))
    return {"extensions": extensions, "description": inspect.getdoc(resolver)}


def _described(field: Any) -> Any:
    """The field, with a description of every argument."""
    for argument in field.arguments:
        if argument.python_name == "input":
            argument.description = argument.type.__strawberry_definition__.description
        elif argument.description is None:
            argument.description = _ARGUMENTS[argument.python_name]
    return field
