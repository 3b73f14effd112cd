"""Compiling: plans made of what a document selects, when it comes a second time.

A plan knows plain attributes, joins, and methods that take nothing but their object. A selection
with anything else in it, such as an argument, has none.
"""

from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    DirectiveNode,
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution import Executor
from strawberry.types.field import StrawberryField

from schema.joins import JOIN, Join
from schema.plans import Load, Plan, Source, listed, surprised

MOST = 32
"""Plans of one document: for each place, and for each answer to @skip and @include."""
_MOST_FIELDS = 500
_TEXT = frozenset({"String", "ID", "Cursor", "DateTime"})
"""The scalars of which every str is a value, and is written as it is."""

Kind: TypeAlias = GraphQLObjectType | GraphQLInterfaceType


class _NoPlan(Exception):
    """The selection has something in it that plans do not know."""


@dataclass(slots=True)
class Plans:
    """The plans of one document, made when it comes back."""

    document: DocumentNode
    _known: "dict[tuple[object, ...], Plan | None]" = field(
        default_factory=dict[tuple[object, ...], Plan | None]
    )
    _conditions: list[str] | None = None
    _came: bool = False

    @property
    def conditions(self) -> list[str]:
        """The variables that decide what is selected."""
        if self._conditions is None:
            self._conditions = _conditions(self.document)
        return self._conditions

    def again(self) -> "Plans | None":
        """The plans, if the document was there before: for one that comes once, none are made."""
        came, self._came = self._came, True
        return self if came else None

    def plan(self, executor: "Executor[Any]", kind: Kind, details: Any) -> Plan | None:
        """The plan for objects of this type of which so much is selected; None: there is none."""
        given = executor.variable_values.coerced
        key = (
            kind.name,
            *[id(detail.node) for detail in details],
            *[decided(given.get(name)) for name in self.conditions],
        )
        if key not in self._known:
            if len(self._known) >= MOST:
                return None
            self._known[key] = _compiled(executor, kind, details)
        return self._known[key]


def decided(value: object) -> bool | None:
    """What a variable says to @skip or @include; to them, whatever else it is says nothing."""
    return value if isinstance(value, bool) else None


def _conditions(document: DocumentNode) -> list[str]:
    """The variables that decide what is selected."""
    found: set[str] = set()

    class Conditions(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            values = [argument.value for argument in node.arguments or ()]
            found.update(value.name.value for value in values if isinstance(value, VariableNode))

    visit(document, Conditions())
    return sorted(found)


def _compiled(executor: "Executor[Any]", kind: Kind, details: Any) -> Plan | None:
    try:
        return _Compiler(executor).plan(kind, details)
    except (_NoPlan, GraphQLError):
        # Null for @skip or @include is an error of those objects alone where it is found.
        return None


class _Compiler:
    """Writes the functions of one plan, one for each selection of a type."""

    def __init__(self, executor: "Executor[Any]") -> None:
        self._executor = executor
        self._lines: list[str] = []
        self._names: dict[str, Any] = {"surprised": surprised, "listed": listed}
        self._loads: list[Load] = []
        self._fields = self._values = 0

    def plan(self, kind: Kind, details: Any) -> Plan:
        """Raises _NoPlan."""
        function = self._selection(kind, details, Source(None))
        exec("\n".join(self._lines), self._names)  # noqa: S102 - names from outside are in repr()
        levels: list[list[int]] = [[] for _ in self._loads]
        for number in range(len(self._loads)):
            levels[self._depth(number)].append(number)
        return Plan(self._names[function], self._loads, [level for level in levels if level])

    def _depth(self, number: int) -> int:
        parent = self._loads[number].source.load
        return 0 if parent is None else 1 + self._depth(parent)

    def _selection(self, kind: Kind, details: Any, source: Source) -> str:
        """Writes the function for what is selected of a type, and returns its name."""
        if isinstance(kind, GraphQLObjectType):
            return self._object(kind, details, source)
        functions = {
            of: self._object(possible, details, source.of_class(of))
            for possible in self._executor.schema.get_possible_types(kind)
            if (of := _class_of(possible))
        }
        pairs = ", ".join(f"{self._named(of)}: {name}" for of, name in functions.items())
        table = self._named(None)
        self._lines.append(f"{table} = {{{pairs}}}")
        return self._function(f"{table}.get(type(o), surprised)(o, made)")

    def _object(self, kind: GraphQLObjectType, details: Any, source: Source) -> str:
        selected = self._executor.collect_subfields(kind, details)
        if selected.new_defer_usages:
            raise _NoPlan
        pairs = [
            f"{name!r}: {self._field(kind, fields, source)}"
            for name, fields in selected.grouped_field_set.items()
        ]
        made = f"{{{', '.join(pairs)}}}"
        return self._function(
            f"{made} if type(o) is {self._named(_class_of(kind))} else surprised()"
        )

    def _field(self, kind: GraphQLObjectType, details: Any, source: Source) -> str:
        """The expression for one field."""
        self._fields += 1
        if self._fields > _MOST_FIELDS:
            raise _NoPlan
        node = details[0].node
        if node.name.value == "__typename":
            return repr(kind.name)
        known: GraphQLField | None = kind.fields.get(node.name.value)
        if known is None or known.args or any(d.fragment_variable_values for d in details):
            raise _NoPlan
        described = known.extensions.get("strawberry-definition")
        if not isinstance(described, StrawberryField) or described.extensions:
            raise _NoPlan
        join = described.metadata.get(JOIN)
        if join is not None:
            return self._joined(join, known.type, details, source)
        if described.base_resolver is None:
            name = described.python_name
            return self._value(known.type, f"o.{name}", details, source.attribute(name))
        return self._value(known.type, self._called(described), details, None)

    def _called(self, described: StrawberryField) -> str:
        method = described.base_resolver
        if method is None or method.is_async or method.info_parameter or method.arguments:
            raise _NoPlan
        return f"{self._named(cast('object', method.wrapped_func))}(o)"

    def _joined(self, join: Join, kind: Any, details: Any, source: Source) -> str:
        number = len(self._loads)
        self._loads.append(Load(source, join))
        key = self._named(join.key)
        # Where there is no key, there is nothing under it either.
        return self._value(kind, f"made[{number}].get({key}(o))", details, Source(number))

    def _value(self, kind: Any, given: str, details: Any, source: Source | None) -> str:
        """The expression for a value of this type that another expression gives."""
        if isinstance(kind, GraphQLNonNull):
            return self._present(kind.of_type, given, details, source)
        self._values += 1
        value = f"v{self._values}"
        present = self._present(kind, value, details, source)
        return f"(None if ({value} := {given}) is None else {present})"

    def _present(self, kind: Any, given: str, details: Any, source: Source | None) -> str:
        """The expression for a value of this type that must not be null."""
        if isinstance(kind, (GraphQLScalarType, GraphQLEnumType)):
            return f"({self._leaf(kind, given)} else surprised())"
        if source is None:
            raise _NoPlan
        if isinstance(kind, GraphQLList):
            item = self._value(kind.of_type, "i", details, source.items())
            return f"[{item} for i in listed({given})]"
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
            return f"{self._selection(kind, details, source)}({given}, made)"
        raise _NoPlan

    def _leaf(self, kind: GraphQLScalarType | GraphQLEnumType, given: str) -> str:
        """The value, and whether it is one that is written as it is."""
        if isinstance(kind, GraphQLEnumType):
            names, of = _names_of(kind)
            return f"{self._named(names)}[v] if type(v := {given}) is {self._named(of)}"
        if kind.name in _TEXT:
            return f"v if type(v := {given}) is str"
        if kind.name == "Boolean":
            return f"v if type(v := {given}) is bool"
        if kind.name == "Long":
            return f"v if type(v := {given}) is int"
        if kind.name == "Int":
            return f"v if type(v := {given}) is int and {GRAPHQL_MIN_INT} <= v <= {GRAPHQL_MAX_INT}"
        raise _NoPlan

    def _function(self, expression: str) -> str:
        name = f"f{len(self._names)}"
        self._names[name] = None
        self._lines.append(f"def {name}(o, made):\n    return {expression}")
        return name

    def _named(self, value: object) -> str:
        name = f"n{len(self._names)}"
        self._names[name] = value
        return name


def _class_of(kind: GraphQLObjectType) -> type:
    """The class of the objects of a type. Raises _NoPlan where it is not Strawberry's to say."""
    described = kind.extensions.get("strawberry-definition")
    if described is None:
        raise _NoPlan
    return (described.concrete_of or described).origin


def _names_of(kind: GraphQLEnumType) -> tuple[dict[Any, str], type]:
    """What the members of an enum are called in GraphQL, and what they are in Python."""
    of: Any = getattr(kind, "wrapped_cls", None)
    if of is None:
        raise _NoPlan
    return {member: kind.coerce_output_value(member) for member in of}, of
