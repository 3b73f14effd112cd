"""The schema: the three roots, and how an operation is run on them."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Any, cast

import strawberry
from graphql import GraphQLError
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from schema.accounts import AccountMutations, AccountQueries
from schema.channels import ChannelMutations, ChannelQueries
from schema.context import Context
from schema.errors import presented
from schema.events import EventQueries
from schema.messages import MessageMutations, MessageQueries, MessageSubscriptions
from schema.moderation import ModerationMutations, ModerationQueries
from schema.scalars import SCALARS, ErrorCode
from schema.server import ServerQueries
from schema.sessions import SessionMutations, SessionQueries

_DOCUMENTS = 1_000


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
    """The schema; each operation gets a context of its own, and its errors their codes."""

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
        """Runs a query or a mutation."""
        result = await super().execute(
            query,
            variable_values,
            cast("Context", context_value).for_operation(),
            root_value,
            operation_name,
            allowed_operation_types,
            operation_extensions,
        )
        return _presented(result)

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
        results = await super().stream(
            query,
            variable_values,
            cast("Context", context_value).for_operation(),
            root_value,
            operation_name,
            operation_extensions,
            allowed_operation_types,
        )
        return _each_presented(cast("AsyncGenerator[ExecutionResult, None]", results))

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Logs nothing: what is worth it is logged where errors get their codes."""


def _presented(result: ExecutionResult) -> ExecutionResult:
    if result.errors:
        result.errors = [presented(error) for error in result.errors]
    return result


async def _each_presented(
    results: AsyncGenerator[ExecutionResult, None],
) -> AsyncGenerator[ExecutionResult, None]:
    async with aclosing(results):
        async for result in results:
            yield _presented(result)


api = Api(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[ErrorCode],
    config=StrawberryConfig(scalar_map=SCALARS),
    extensions=[lambda: ParserCache(_DOCUMENTS), lambda: ValidationCache(_DOCUMENTS)],
)


def printed() -> str:
    """The schema in GraphQL's own language."""
    return print_schema(api) + "\n"
