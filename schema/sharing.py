"""Sharing: what many follow in the same words is executed once for all of them.

What may be shared is named here, field by field: that it is the same for everybody who may see it
at all. It is executed for nobody: the context has no caller and only the loaders that need none,
so whatever depends on who asks fails, and then everybody gets an answer of their own. Where a
subscription begins does not matter, nor does anything else that its root field is told: only what
is selected below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from inspect import isawaitable
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    execute,
    get_named_type,
)

from models.events import EventKind, EventRow
from models.messages import MessageRow
from schema.compiling import decided
from schema.context import Context
from schema.events import SHOWN, event_of
from schema.loaders import SharedLoaders
from schema.messages import Message

_EVENT = frozenset({"cursor", "at", "actor", "channelId"})
_ABOUT_USER = _EVENT | {"userId", "user"}
_ABOUT_MESSAGE = _EVENT | {"messageId", "message"}
_FILE = frozenset(
    {
        *("id", "name", "contentType", "size", "sha256", "status", "url", "thumbnailUrl"),
        *("width", "height", "createdAt"),
    }
)
SHARED: Mapping[str, frozenset[str]] = {
    "Message": frozenset(
        {
            *("id", "cursor", "number", "body", "createdAt", "editedAt", "deletedAt", "author"),
            *("replyTo", "thread", "threadId", "replyCount", "reactions", "mentions", "pinnedAt"),
            "files",
        }
    ),
    "Reaction": frozenset({"emoji", "count"}),
    "Mention": frozenset({"everybody", "user"}),
    "User": frozenset(
        {
            *("id", "username", "address", "displayName", "role", "banned", "createdAt"),
            *("statusText", "timeZone", "avatarUrl"),
        }
    ),
    "File": _FILE | {"uploader", "versions", "heads"},
    "FileVersion": _FILE | {"parents", "author"},
    "FileUpdated": _EVENT | {"fileId", "file"},
    "MessageAdded": _ABOUT_MESSAGE,
    "MessageEdited": _ABOUT_MESSAGE,
    "MessageDeleted": _EVENT | {"messageId"},
    "MessagesPurged": _EVENT | {"count"},
    "ReactionsChanged": _ABOUT_MESSAGE,
    "PinsChanged": _ABOUT_MESSAGE,
    "ChannelCreated": _EVENT,
    "ChannelUpdated": _EVENT,
    "ChannelDeleted": _EVENT,
    **dict.fromkeys(
        (
            *("CallStarted", "CallUpdated", "CallEnded", "CallInvited", "CallAccepted"),
            *("CallDeclined", "CallMissed"),
        ),
        _EVENT | {"callId"},
    ),
    "MemberAdded": _ABOUT_USER,
    "MemberUpdated": _ABOUT_USER,
    "MemberRemoved": _ABOUT_USER,
}
"""The fields that are the same for everybody who may see their object."""


class Way(Enum):
    """How those who follow get to know of an event in a channel that they see."""

    SHARED = "by one answer for all"
    ALONE = "each by an answer of their own"
    NOT = "not at all"


class Happened(NamedTuple):
    """An event, and the message that it is about, if it is about one that is still there."""

    event: EventRow
    message: MessageRow | None


class NotShared(Exception):
    """This has to be executed for each who follows."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How a subscription of a document can be shared."""

    root: str
    by_kind: Mapping[str, Way]

    @property
    def worthwhile(self) -> bool:
        """Whether what happens all the time is shared."""
        return self.by_kind[EventKind.MESSAGE_ADDED] is Way.SHARED


@dataclass(frozen=True, slots=True)
class Shared:
    """A subscription, as all share it who follow it in the same words."""

    given: Mapping[str, Any]
    """What graphql-core is given to execute it, of one of those who follow."""
    conditions: list[str]
    """The variables that decide what is selected."""
    ways: Ways

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for those who get equal answers."""
        variables: Mapping[str, Any] = self.given["variable_values"] or {}
        # What is null is no default, and differs from what is absent.
        conditions = [(n in variables, decided(variables.get(n))) for n in self.conditions]
        return (id(self.given["document"]), self.given["operation_name"], *conditions)

    @property
    def of_one_channel(self) -> bool:
        """Whether one channel is followed, which one need not be a member of."""
        return self.ways.root == "messageAdded"

    def way(self, kind: str) -> Way:
        """How those who follow get to know of events of this kind."""
        return self.ways.by_kind.get(kind, Way.NOT)

    async def answer(self, happened: Happened) -> dict[str, Any] | None:
        """The answer for all who see the event; None: they are told nothing. Raises NotShared."""
        context = self._context(happened)
        if self.ways.root == "events":
            root: object = event_of(happened.event, context)
        elif happened.message is not None:
            root = Message.of(happened.message, context)
        else:
            return None
        given: dict[str, Any] = {**self.given, "root_value": root, "context_value": context}
        executed = execute(**given)
        result = await executed if isawaitable(executed) else executed
        if result.errors:
            raise NotShared
        return {"data": result.data}

    def _context(self, happened: Happened) -> Context:
        """Of nobody, with what may be loaded for everybody who sees this."""
        nobody: Context = self.given["context_value"]
        loaders = SharedLoaders(nobody.house, happened.event.channel_id, happened.message)
        return replace(nobody, loaded=loaders)


def ways(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> Ways | None:
    """How a subscription can be shared; None if it cannot, or if that is not worth it."""
    root = operation.selection_set.selections[0]
    if not isinstance(root, FieldNode) or root.directives or root.selection_set is None:
        return None
    analysis = _Analysis(schema, document)
    if root.name.value == "events":
        below = root.selection_set
        kinds = {kind: analysis.way(shown.__name__, below) for kind, shown in SHOWN.items()}
    elif root.name.value == "messageAdded":
        # The others may mean that there will be no more.
        kinds = {EventKind.CHANNEL_DELETED: Way.ALONE, EventKind.CHANNEL_UPDATED: Way.ALONE}
        kinds[EventKind.MESSAGE_ADDED] = analysis.way("Message", root.selection_set)
    else:
        return None
    found = Ways(root.name.value, {str(kind): way for kind, way in kinds.items()})
    return found if found.worthwhile else None


class _Analysis:
    """Looks through selections for what is not shared."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._known: dict[tuple[str, str], bool] = {}

    def way(self, kind: str, selected: SelectionSetNode) -> Way:
        """How objects of this type are told, of which so much is selected."""
        found = self._schema.type_map[kind]
        shared = isinstance(found, GraphQLObjectType) and self._shared(found, selected)
        return Way.SHARED if shared else Way.ALONE

    def _shared(self, kind: GraphQLObjectType, selected: SelectionSetNode) -> bool:
        return all(self._selection(kind, selection) for selection in selected.selections)

    def _selection(self, kind: GraphQLObjectType, selection: object) -> bool:
        if isinstance(selection, FieldNode):
            return self._field(kind, selection)
        if isinstance(selection, InlineFragmentNode):
            wanted = selection.type_condition
            return not self._concerns(kind, wanted.name.value if wanted else kind.name) or (
                self._shared(kind, selection.selection_set)
            )
        if isinstance(selection, FragmentSpreadNode):
            return self._fragment(kind, selection.name.value)
        return False

    def _field(self, kind: GraphQLObjectType, node: FieldNode) -> bool:
        name = node.name.value
        if name == "__typename":
            return True
        if name not in SHARED.get(kind.name, ()):
            return False
        below = get_named_type(kind.fields[name].type)
        if node.selection_set is None:
            return True
        return isinstance(below, GraphQLObjectType) and self._shared(below, node.selection_set)

    def _fragment(self, kind: GraphQLObjectType, name: str) -> bool:
        """Once for each fragment and type: else fragments in fragments would take for ever."""
        if (kind.name, name) not in self._known:
            fragment = self._fragments[name]
            self._known[kind.name, name] = not self._concerns(
                kind, fragment.type_condition.name.value
            ) or self._shared(kind, fragment.selection_set)
        return self._known[kind.name, name]

    def _concerns(self, kind: GraphQLObjectType, wanted: str) -> bool:
        """Whether a selection for a type is one for this type."""
        found = self._schema.type_map.get(wanted)
        of = isinstance(found, GraphQLInterfaceType) and self._schema.is_sub_type(found, kind)
        return wanted == kind.name or of
