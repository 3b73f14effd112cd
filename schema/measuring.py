"""What a document asks for: its shape and its price, measured in one pass over it.

The price is an estimate of how many fields have to be resolved: each field counts once for
every object that it is selected on. A page counts as many objects as are asked for (50 where
nothing is said), any other list ten, but the files of a message and the participants of a call
two, and what a mutation does ten fields. Fragments are measured once and counted wherever they are
spread, so the time taken grows with the length of a document, never with what it would expand to.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, NamedTuple, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)
from graphql.type import SchemaMetaFieldDef, TypeMetaFieldDef

from resolvers.paging import DEFAULT_SIZE, LARGEST_SIZE

Composite = GraphQLObjectType | GraphQLInterfaceType

UNPAGED = 10
"""How many items a list counts that is not asked for by pages."""
SHORT = {("Message", "files"): 2, ("Call", "participants"): 2}
"""And those lists that have fewer, as a rule: most messages have no files."""
FIELD = 10
"""The price of a field. Prices are whole numbers, in tenths of what clients are told."""
INTROSPECTED = 1
"""The price of a field of the schema's own description, and of `__typename`, which caches add
everywhere: it is only looked up."""
CHANGE = 10 * FIELD
"""The price of a mutation's root field, besides: a write to the disk, or more."""
_BEYOND = 2**31 - 1
"""What is told of prices that are higher yet."""
_SIZES = ("first", "last")


class Measure(NamedTuple):
    """What a selection comes to, with its fragments spread out."""

    depth: int = 0
    fields: int = 0
    """Those right here, not below."""
    aliases: int = 0
    directives: int = 0
    lists_of_schema: int = 0
    once: int = 0
    """The price of what is there once."""
    each: int = 0
    """The price, for one item, of the lists right here: how long they are is said above."""

    def beside(self, other: "Measure") -> "Measure":
        """Both, one beside the other."""
        return Measure(
            max(self.depth, other.depth),
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.lists_of_schema + other.lists_of_schema,
            self.once + other.once,
            self.each + other.each,
        )


_NOTHING = Measure()


@dataclass(slots=True)
class Ruler:
    """Measures the operations of one document."""

    schema: GraphQLSchema
    document: DocumentNode
    variable: Callable[[str], object]
    """What to take for the value of a variable that gives the size of a page."""
    _fragments: dict[str, FragmentDefinitionNode] = field(init=False)
    _measured: dict[str, Measure] = field(default_factory=dict[str, Measure], init=False)

    def __post_init__(self) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in self.document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    def measure(self, operation: OperationDefinitionNode) -> Measure:
        """What the operation comes to."""
        root = self.schema.get_root_type(operation.operation)
        measure = self._selections(operation.selection_set, root)
        if operation.operation is OperationType.MUTATION:
            measure = measure._replace(once=measure.once + CHANGE * measure.fields)
        return measure._replace(directives=measure.directives + len(operation.directives or ()))

    def price(self, operation: OperationDefinitionNode) -> int:
        """The estimated cost of the operation."""
        measure = self.measure(operation)
        price = -(-(measure.once + UNPAGED * measure.each) // FIELD)
        return min(price, _BEYOND)

    def _selections(
        self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None
    ) -> Measure:
        total = _NOTHING
        for selection in selection_set.selections:
            total = total.beside(self._selection(selection, parent))
        return total

    def _selection(self, selection: SelectionNode, parent: GraphQLNamedType | None) -> Measure:
        if isinstance(selection, FieldNode):
            measure = self._field(selection, parent)
        elif isinstance(selection, FragmentSpreadNode):
            measure = self._fragment(selection.name.value)
        elif isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            inside = self.schema.get_type(condition.name.value) if condition else parent
            measure = self._selections(selection.selection_set, inside)
        else:
            return _NOTHING
        return measure._replace(directives=measure.directives + len(selection.directives or ()))

    def _fragment(self, name: str) -> Measure:
        fragment = self._fragments.get(name)
        if fragment is None:
            return _NOTHING
        if name not in self._measured:
            # For one that spreads itself, which the validation will not have.
            self._measured[name] = _NOTHING
            condition = self.schema.get_type(fragment.type_condition.name.value)
            self._measured[name] = self._selections(fragment.selection_set, condition)
        return self._measured[name]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Measure:
        definition = self._definition(node.name.value, parent)
        of_schema = parent is not None and parent.name.startswith("__")
        known = of_schema or node.name.value == "__typename"
        weight = INTROSPECTED if known else FIELD
        inside = _NOTHING
        if node.selection_set:
            inside = self._selections(node.selection_set, _named(definition))
        whose = parent.name if parent else ""
        size = self._size(node, definition) or SHORT.get((whose, node.name.value))
        listed = definition is not None and bool(node.selection_set) and _is_list(definition)
        if listed and size is not None:
            price = weight + size * (inside.once + UNPAGED * inside.each)
        else:
            price = weight + inside.once + (UNPAGED if size is None else size) * inside.each
        one_of_many = listed and size is None
        return Measure(
            depth=inside.depth + 1,
            fields=1,
            aliases=inside.aliases + (node.alias is not None),
            directives=inside.directives,
            lists_of_schema=inside.lists_of_schema + (of_schema and listed),
            once=0 if one_of_many else price,
            each=price if one_of_many else 0,
        )

    def _definition(self, name: str, parent: GraphQLNamedType | None) -> GraphQLField | None:
        if parent is self.schema.query_type and name == "__schema":
            return SchemaMetaFieldDef
        if parent is self.schema.query_type and name == "__type":
            return TypeMetaFieldDef
        return parent.fields.get(name) if isinstance(parent, Composite) else None

    def _size(self, node: FieldNode, definition: GraphQLField | None) -> int | None:
        """How many items a page has; None where the field knows no pages."""
        if definition is None or not any(name in definition.args for name in _SIZES):
            return None
        asked = [argument for argument in node.arguments or () if argument.name.value in _SIZES]
        sizes = [size for argument in asked if (size := self._number(argument.value)) is not None]
        # An empty page costs something too: what is asked of it, or an error.
        return min(max(*sizes, 1), LARGEST_SIZE) if sizes else DEFAULT_SIZE

    def _number(self, value: object) -> int | None:
        if isinstance(value, IntValueNode):
            # Whatever is longer is more than anybody may ask for, and slow to read.
            return LARGEST_SIZE if len(value.value) > 4 else int(value.value)
        if not isinstance(value, VariableNode):
            return None
        given = self.variable(value.name.value)
        if isinstance(given, IntValueNode):  # its default
            return self._number(given)
        # GraphQL takes 100.0 for an Int, too.
        return int(given) if isinstance(given, int | float) and isfinite(given) else None


def _is_list(definition: GraphQLField) -> bool:
    return is_list_type(get_nullable_type(definition.type))


def _named(definition: GraphQLField | None) -> GraphQLNamedType | None:
    return get_named_type(cast("Any", definition.type)) if definition else None
