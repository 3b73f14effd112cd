"""Plans: what a document selects of an object, compiled to Python functions.

graphql-core looks up, resolves and completes every field of every object by itself. Where nothing
of a selection is out of the ordinary, a plan makes the same dicts in one go: first the rows that
its joins need are read, each kind at once, then the dicts are built. Whatever surprises a plan (a
null where there must not be one, a value of another type, an error) makes it give up, and the
stock code decides about the same objects: so errors and their paths are always graphql-core's.

A plan knows plain attributes, joins, and methods that take nothing but their object. A selection
with anything else in it, such as an argument, has none.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn, TypeAlias, cast

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

from schema.context import Context
from schema.joins import JOIN, Join

MOST = 32
"""Plans of one document: for each place, and for each answer to @skip and @include."""
_MOST_FIELDS = 500
_TEXT = frozenset({"String", "ID", "Cursor", "DateTime"})
"""The scalars of which every str is a value, and is written as it is."""

Kind: TypeAlias = GraphQLObjectType | GraphQLInterfaceType
Made: TypeAlias = list[dict[Any, Any]]
"""For each load, the objects that were made, by their keys; None for a row that is not there."""


class Surprise(Exception):
    """The objects are not what the plan was made for."""


class _NoPlan(Exception):
    """The selection has something in it that plans do not know."""


class _Source(NamedTuple):
    """Where the objects of a selection come from."""

    load: int | None
    """The load that made those to begin with; None: those that the plan was asked for."""
    step: Callable[[Any], Iterable[Any]] | None = None
    """From each of those that come before to those of the selection; None: to itself."""
    before: "_Source | None" = None

    def objects(self, first: Sequence[Any]) -> Sequence[Any]:
        """Those of the selection, from those to begin with."""
        if self.step is None or self.before is None:
            return first
        return [found for thing in self.before.objects(first) for found in self.step(thing)]

    def attribute(self, name: str) -> "_Source":
        """What an attribute of these is, where it is not None."""

        def step(thing: Any) -> Iterable[Any]:
            found = getattr(thing, name)
            return () if found is None else (found,)

        return _Source(self.load, step, self)

    def items(self) -> "_Source":
        """What is in these, which are lists."""

        def step(items: Any) -> Iterable[Any]:
            return [item for item in _listed(items) if item is not None]

        return _Source(self.load, step, self)

    def of_class(self, wanted: type) -> "_Source":
        """Those of a class."""

        def step(thing: Any) -> Iterable[Any]:
            return (thing,) if type(thing) is wanted else ()

        return _Source(self.load, step, self)


class _Load(NamedTuple):
    """One reading of rows: for which objects, and by which join."""

    source: _Source
    join: Join


@dataclass(frozen=True, slots=True)
class Plan:
    """One selection, compiled."""

    build: Callable[[Any, Made], Any]
    """Makes the dict of one object. Raises whatever comes, Surprise above all."""
    loads: list[_Load]
    levels: list[list[int]]
    """Which loads can be done at once, and what has to be done before."""

    def at_hand(self, roots: Sequence[Any], context: Context) -> Made | None:
        """All that the joins need, if nothing of it has to be read."""
        made: Made = [{} for _ in self.loads]
        for number in range(len(self.loads)):
            if self._look(number, roots, made, context):
                return None
        return made

    async def read(self, roots: Sequence[Any], context: Context) -> Made:
        """All that the joins need."""
        made: Made = [{} for _ in self.loads]
        for level in self.levels:
            missing = [(n, keys) for n in level if (keys := self._look(n, roots, made, context))]
            await asyncio.gather(*(self._fill(n, keys, made, context) for n, keys in missing))
        return made

    def _look(
        self, number: int, roots: Sequence[Any], made: Made, context: Context
    ) -> dict[Any, None]:
        """Makes the objects whose rows are at hand; returns the keys of the others."""
        source, join = self.loads[number]
        key_of, at_hand, make = join.key, join.at_hand, join.make
        found, missing = made[number], dict[Any, None]()
        first = roots
        if source.load is not None:
            first = [thing for thing in made[source.load].values() if thing is not None]
        for thing in source.objects(first):
            key = key_of(thing)
            if key is None or key in found or key in missing:
                continue
            row = at_hand(thing, context)
            if row is None:
                missing[key] = None
            else:
                found[key] = make(row, context)
        return missing

    async def _fill(self, number: int, keys: dict[Any, None], made: Made, context: Context) -> None:
        join, found = self.loads[number].join, made[number]
        rows = await join.loader(context.loaders).load_many(keys)
        for key, row in zip(keys, rows, strict=True):
            found[key] = None if row is None else join.make(row, context)


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
        self._names: dict[str, Any] = {"surprised": _surprised, "listed": _listed}
        self._loads: list[_Load] = []
        self._fields = self._values = 0

    def plan(self, kind: Kind, details: Any) -> Plan:
        """Raises _NoPlan."""
        function = self._selection(kind, details, _Source(None))
        exec("\n".join(self._lines), self._names)  # noqa: S102 - names from outside are in repr()
        levels: list[list[int]] = [[] for _ in self._loads]
        for number in range(len(self._loads)):
            levels[self._depth(number)].append(number)
        return Plan(self._names[function], self._loads, [level for level in levels if level])

    def _depth(self, number: int) -> int:
        parent = self._loads[number].source.load
        return 0 if parent is None else 1 + self._depth(parent)

    def _selection(self, kind: Kind, details: Any, source: _Source) -> str:
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

    def _object(self, kind: GraphQLObjectType, details: Any, source: _Source) -> str:
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

    def _field(self, kind: GraphQLObjectType, details: Any, source: _Source) -> str:
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

    def _joined(self, join: Join, kind: Any, details: Any, source: _Source) -> str:
        number = len(self._loads)
        self._loads.append(_Load(source, join))
        key = self._named(join.key)
        # Where there is no key, there is nothing under it either.
        return self._value(kind, f"made[{number}].get({key}(o))", details, _Source(number))

    def _value(self, kind: Any, given: str, details: Any, source: _Source | None) -> str:
        """The expression for a value of this type that another expression gives."""
        if isinstance(kind, GraphQLNonNull):
            return self._present(kind.of_type, given, details, source)
        self._values += 1
        value = f"v{self._values}"
        present = self._present(kind, value, details, source)
        return f"(None if ({value} := {given}) is None else {present})"

    def _present(self, kind: Any, given: str, details: Any, source: _Source | None) -> str:
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


def _surprised(*_: object) -> NoReturn:
    raise Surprise


def _listed(value: Any) -> Sequence[Any]:
    return value if type(value) in (list, tuple) else _surprised()
