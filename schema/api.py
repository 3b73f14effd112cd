"""The schema: the three roots, and how an operation is run on them."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from inspect import isawaitable
from typing import Any, cast

import strawberry
from graphql import ExecutionResult as CoreResult
from graphql import GraphQLError
from graphql import OperationType as GraphQLOperationType
from graphql import execute as core_execute
from graphql import subscribe as core_subscribe
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from schema.accounts import AccountMutations, AccountQueries
from schema.channels import ChannelMutations, ChannelQueries
from schema.context import Context
from schema.documents import prepared
from schema.errors import presented
from schema.events import EventQueries
from schema.messages import MessageMutations, MessageQueries, MessageSubscriptions
from schema.moderation import ModerationMutations, ModerationQueries
from schema.scalars import SCALARS, ErrorCode
from schema.server import ServerQueries
from schema.sessions import SessionMutations, SessionQueries

_ANSWERED_ONCE = (OperationType.QUERY, OperationType.MUTATION)


@strawberry.type(description="What can be read.")
class Query(
    ServerQueries,
    EventQueries,
    AccountQueries,
    SessionQueries,
    ChannelQueries,
    MessageQueries,
    ModerationQueries,
):
    """What can be read."""


@strawberry.type(description="What can be done.")
class Mutation(
    SessionMutations,
    AccountMutations,
    ChannelMutations,
    MessageMutations,
    ModerationMutations,
):
    """What can be done."""


@strawberry.type(description="What can be followed live.")
class Subscription(MessageSubscriptions):
    """What can be followed live."""


class Api(strawberry.Schema):
    """The schema; each operation gets a context of its own, and its errors their codes.

    Operations go straight to graphql-core: Strawberry's runner of extensions, of which we
    have none, costs more than a small operation does.
    """

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Runs a query or a mutation. Raises InvalidOperationTypeError for others."""
        document = prepared(self._schema, query or "")
        if document.errors or document.node is None:
            return _failed(document.errors)
        try:
            operation = document.operation(operation_name)
        except GraphQLError as error:
            return _failed([error])
        kind = OperationType(operation.operation.value)
        if kind not in _ANSWERED_ONCE or kind not in (allowed_operation_types or _ANSWERED_ONCE):
            raise InvalidOperationTypeError(kind)
        result = core_execute(
            self._schema,
            document.node,
            root_value,
            await cast("Context", context_value).for_operation(),
            variable_values,
            operation_name,
            executor_class=self.execution_context_class,
            operation_extensions=operation_extensions,
        )
        return _presented(await result if isawaitable(result) else result)

    async def stream(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> Any:
        """Runs any operation and gives its results one after the other."""
        return self._results(
            query or "", variable_values, cast("Context", context_value), operation_name
        )

    async def _results(
        self, query: str, variables: dict[str, Any] | None, context: Context, name: str | None
    ) -> AsyncGenerator[ExecutionResult | PreExecutionError, None]:
        document = prepared(self._schema, query)
        if document.errors or document.node is None:
            yield _failed(document.errors)
            return
        try:
            operation = document.operation(name)
        except GraphQLError as error:
            yield _failed([error])
            return
        if operation.operation is not GraphQLOperationType.SUBSCRIPTION:
            yield await self.execute(query, variables, context, operation_name=name)
            return
        subscribing = core_subscribe(
            self._schema,
            document.node,
            None,
            await context.for_operation(),
            variables,
            name,
            executor_class=self.execution_context_class,
        )
        source = await subscribing if isawaitable(subscribing) else subscribing
        if isinstance(source, CoreResult):
            yield _failed(source.errors or (), executing=True)
            return
        async with aclosing(cast("AsyncGenerator[CoreResult, None]", source)) as events:
            try:
                async for event in events:
                    yield _presented(event)
            except Exception as error:  # noqa: BLE001 - the source has ended, in whatever way
                ended = presented(GraphQLError(str(error), original_error=error))
                yield ExecutionResult(data=None, errors=[ended])


def _failed(errors: Iterable[GraphQLError], *, executing: bool = False) -> PreExecutionError:
    """The result of an operation that was not begun."""
    shown = [presented(error, executing=executing) for error in errors]
    return PreExecutionError(data=None, errors=shown)


def _presented(result: CoreResult) -> ExecutionResult:
    errors = [presented(error) for error in result.errors] if result.errors else None
    return ExecutionResult(data=result.data, errors=errors)


api = Api(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[ErrorCode],
    config=StrawberryConfig(scalar_map=SCALARS),
)


def printed() -> str:
    """The schema in GraphQL's own language."""
    return print_schema(api) + "\n"
