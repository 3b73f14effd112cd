"""The schema: the three roots."""

import strawberry
from graphql import GraphQLSchema
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig

from schema.accounts import AccountMutations, AccountQueries
from schema.channels import ChannelMutations, ChannelQueries
from schema.events import EventQueries
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
class Subscription(MessageSubscriptions):
    """What can be followed live."""


class Api(strawberry.Schema):
    """The schema as Strawberry has it, and as graphql-core does."""

    @property
    def core(self) -> GraphQLSchema:
        """The schema that operations are run on."""
        return self._schema


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
