"""The schema: the three roots."""

from functools import cached_property

import strawberry
from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig

from schema import inputs
from schema.accounts import AccountMutations, AccountQueries
from schema.activity import ActivityQueries, ActivitySubscriptions
from schema.administration import AdministrationMutations
from schema.audit import AuditQueries
from schema.blocks import BlockMutations, BlockQueries
from schema.calls import CallMutations, CallQueries, CallSubscriptions
from schema.channels import ChannelMutations, ChannelQueries
from schema.events import SHOWN
from schema.events.reading import EventQueries, EventSubscriptions
from schema.executing import Executor
from schema.exports import ExportQueries
from schema.files import FileMutations, FileQueries
from schema.inbox import InboxQueries
from schema.invites import InviteMutations, InviteQueries
from schema.members import MemberMutations
from schema.messages.reading import MessageQueries, MessageSubscriptions
from schema.messages.writing import MessageMutations
from schema.moderation import ModerationMutations, ModerationQueries
from schema.overview import OverviewQueries
from schema.presence import PresenceMutations, PresenceSubscriptions
from schema.reports import ReportMutations, ReportQueries
from schema.safety import SafetyMutations, SafetyQueries
from schema.scalars import SCALARS, ErrorCode
from schema.search import SearchQueries
from schema.server import ServerQueries
from schema.server_peer import ServerPeerMutations
from schema.sessions import SessionMutations, SessionQueries
from schema.signals import SignalMutations, SignalQueries, SignalSubscriptions


@strawberry.type(description="What can be read.")
class Query(
    ServerQueries,
    EventQueries,
    AccountQueries,
    SessionQueries,
    ChannelQueries,
    InboxQueries,
    OverviewQueries,
    MessageQueries,
    FileQueries,
    CallQueries,
    SignalQueries,
    BlockQueries,
    InviteQueries,
    SearchQueries,
    ExportQueries,
    ModerationQueries,
    ReportQueries,
    AuditQueries,
    SafetyQueries,
    ActivityQueries,
):
    """What can be read."""


@strawberry.type(description="What can be done.")
class Mutation(
    SessionMutations,
    AccountMutations,
    ChannelMutations,
    MemberMutations,
    MessageMutations,
    FileMutations,
    CallMutations,
    SignalMutations,
    ServerPeerMutations,
    BlockMutations,
    InviteMutations,
    PresenceMutations,
    ModerationMutations,
    ReportMutations,
    AdministrationMutations,
    SafetyMutations,
):
    """What can be done."""


@strawberry.type(description="What can be followed live.")
class Subscription(
    MessageSubscriptions,
    EventSubscriptions,
    PresenceSubscriptions,
    SignalSubscriptions,
    CallSubscriptions,
    ActivitySubscriptions,
):
    """What can be followed live."""


class Api(strawberry.Schema):
    """The schema as Strawberry has it, and as graphql-core does."""

    @cached_property
    def core(self) -> GraphQLSchema:
        """The schema that operations are run on."""
        described = self._schema.type_map["__Type"]
        if isinstance(described, GraphQLObjectType):
            # Strawberry's own takes every type for an input, and fails for lists.
            described.fields["isOneOf"].resolve = _is_one_of
        inputs.prepare(self._schema.type_map.values())
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
