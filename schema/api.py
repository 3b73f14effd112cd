"""The schema: the three roots."""

from functools import cached_property
from typing import Any

import strawberry
from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema
from graphql.execution import Executor as GraphQLExecutor
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.accounts import AccountMutations, AccountQueries
from schema.channels import ChannelMutations, ChannelQueries
from schema.events import SHOWN, EventQueries, EventSubscriptions
from schema.messages import MessageMutations, MessageQueries, MessageSubscriptions
from schema.moderation import ModerationMutations, ModerationQueries
from schema.scalars import SCALARS, ErrorCode
from schema.server import ServerQueries
from schema.sessions import SessionMutations, SessionQueries


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
class Subscription(MessageSubscriptions, EventSubscriptions):
    """What can be followed live."""


class Executor(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's, which for each event of a subscription forgets what it kept for the last.

    graphql-core's copy for an event shares its memory of selected fields with the original, under
    keys that are made anew for each event: about 1.2 KB more with every one.
    """

    def build_per_event_executor(self, payload: Any) -> GraphQLExecutor[Any]:
        """A copy of the executor for one event."""
        executor = super().build_per_event_executor(payload)
        executor._relevant_sub_fields = {}  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        return executor


class Api(strawberry.Schema):
    """The schema as Strawberry has it, and as graphql-core does."""

    @cached_property
    def core(self) -> GraphQLSchema:
        """The schema that operations are run on."""
        described = self._schema.type_map["__Type"]
        if isinstance(described, GraphQLObjectType):
            # Strawberry's own takes every type for an input, and fails for lists.
            described.fields["isOneOf"].resolve = _is_one_of
        return self._schema


def _is_one_of(described: object, _: object) -> bool | None:
    return described.is_one_of if isinstance(described, GraphQLInputObjectType) else None


api = Api(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[ErrorCode, *SHOWN.values()],
    execution_context_class=Executor,
    config=StrawberryConfig(scalar_map=SCALARS),
)


def printed() -> str:
    """The schema in GraphQL's own language."""
    return print_schema(api) + "\n"
