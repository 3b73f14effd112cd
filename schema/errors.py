"""The one place where errors get the code under which clients see them."""

import re
from uuid import uuid4

import structlog
from graphql import GraphQLError

from resolvers.errors import ChatError
from schema.scalars import ErrorCode

_log = structlog.stdlib.get_logger(__name__)
_VARIABLE = re.compile(r"Variable ['\"]\$(\w+)")


def presented(error: GraphQLError, *, executing: bool = True) -> GraphQLError:
    """The error as the client gets it.

    ChatErrors bring their code along. What GraphQL itself finds wrong is BAD_QUERY, or
    BAD_USER_INPUT where it is the value of a variable, which only `executing` can tell. All
    else is a bug: it is logged under an id, and the id is all that is told.
    """
    cause = _cause(error)
    if isinstance(cause, ChatError):
        return _with(error, str(cause), cause.extensions)
    if cause is None:
        facts = _extensions(error.message) if executing else {"code": ErrorCode.BAD_QUERY.value}
        return _with(error, error.message, facts)
    error_id = uuid4().hex
    _log.error("a bug", error_id=error_id, path=error.path, exc_info=cause)
    return _with(
        error,
        "Something went wrong on the server.",
        {"code": ErrorCode.INTERNAL.value, "errorId": error_id},
    )


def _cause(error: GraphQLError) -> Exception | None:
    """What was raised outside of GraphQL, if anything was."""
    cause: Exception | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _extensions(message: str) -> dict[str, object]:
    variable = _VARIABLE.match(message)
    if variable is None:
        return {"code": ErrorCode.BAD_QUERY.value}
    code = ErrorCode.BAD_USER_INPUT.value
    return {"code": code, "field": variable[1], "reason": message}


def _with(error: GraphQLError, message: str, extensions: dict[str, object]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
