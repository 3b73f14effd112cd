"""The one place where errors get the code under which clients see them."""

import re
from typing import Any
from uuid import uuid4

import structlog
from graphql import GraphQLError

from resolvers.errors import BadUserInput, ChatError
from schema.scalars import ErrorCode

_log = structlog.stdlib.get_logger(__name__)
_VARIABLE = re.compile(r"Variable '\$(\w+)' has invalid value(?: at (\S+))?: (.*)", re.DOTALL)
_LAST_NAME = re.compile(r"\.(\w+)[\[\]\d]*$")
_BEFORE_VALUE = re.compile(r"(\w+)\s*:\s*$")
_LONGEST = 500
"""In characters: graphql-core repeats what it does not like, however long it is."""


def presented(error: GraphQLError) -> GraphQLError:
    """The error as the client gets it.

    ChatErrors bring their code along. What GraphQL itself finds wrong is BAD_QUERY, or
    BAD_USER_INPUT where it is the value of a variable. All else is a bug: it is logged
    under an id, and the id is all that is told.
    """
    cause = _cause(error)
    variable = _VARIABLE.match(error.message)
    if variable:
        return _with(error, error.message, _about(variable))
    if isinstance(cause, BadUserInput) and error.path is None:
        # A scalar does not know what it is the value of.
        named = {"field": _named_before(error) or cause.extensions["field"]}
        return _with(error, str(cause), cause.extensions | named)
    if isinstance(cause, ChatError):
        return _with(error, str(cause), cause.extensions)
    if cause is None:
        # So graphql-core says that it has come to one of the limits that it was given.
        aborted = error.message.endswith(" aborted.")
        code = ErrorCode.TOO_COMPLEX if aborted else ErrorCode.BAD_QUERY
        return _with(error, error.message, {"code": code.value})
    told = bug(cause, path=error.path)
    return _with(error, told["message"], told["extensions"])


def bug(cause: BaseException, **facts: object) -> dict[str, Any]:
    """Logs what should not have happened; returns the error that is shown for it."""
    error_id = uuid4().hex
    _log.error("a bug", error_id=error_id, exc_info=cause, **facts)
    return {
        "message": "Something went wrong on the server.",
        "extensions": {"code": ErrorCode.INTERNAL.value, "errorId": error_id},
    }


def _cause(error: GraphQLError) -> Exception | None:
    """What was raised outside of GraphQL, if anything was."""
    cause: Exception | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _about(variable: re.Match[str]) -> dict[str, Any]:
    name, path, reason = variable.groups()
    last = _LAST_NAME.search(path or "")
    return {
        "code": ErrorCode.BAD_USER_INPUT.value,
        "field": last[1] if last else name,
        "reason": reason[:_LONGEST],
    }


def _named_before(error: GraphQLError) -> str | None:
    """The name of the argument or input field whose value the error is about."""
    if error.source is None or not error.positions:
        return None
    start = next(iter(error.positions))
    before = _BEFORE_VALUE.search(error.source.body[max(0, start - 100) : start])
    return before[1] if before else None


def _with(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message[:_LONGEST],
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
