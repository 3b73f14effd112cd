"""Inputs: made of what clients give, by what is looked up once about each type."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING
from functools import partial
from typing import Any, NamedTuple

from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    get_nullable_type,
    is_leaf_type,
)
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryMaybe, StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

Make = Callable[[type, Mapping[str, Any], InputContext], Any]


class _Field(NamedTuple):
    python_name: str
    kind: Any
    as_is: bool
    """Whether what graphql-core gives is what the resolver gets."""


def prepare(types: Iterable[GraphQLNamedType]) -> None:
    """Has Strawberry make inputs of these types in this way."""
    for kind in types:
        described = kind.extensions.get("strawberry-definition")
        if isinstance(kind, GraphQLInputObjectType) and described is not None:
            described.from_input = _maker(kind, described)


def _maker(kind: GraphQLInputObjectType, described: StrawberryObjectDefinition) -> Make:
    fields = {name: _field(given, described) for name, given in kind.fields.items()}
    absent = {
        field.python_name: None
        for field in described.fields
        if field.default_value is MISSING and field.default_factory is MISSING
    }
    return partial(_made, fields, absent)


def _field(given: GraphQLInputField, described: StrawberryObjectDefinition) -> _Field:
    field: StrawberryField = given.extensions["strawberry-definition"]
    kind: Any = field.resolve_type(type_definition=described)
    leaf = is_leaf_type(get_nullable_type(given.type))
    return _Field(field.python_name, kind, leaf and not isinstance(kind, StrawberryMaybe))


def _made(
    fields: Mapping[str, _Field],
    absent: Mapping[str, None],
    kind: type,
    value: Mapping[str, Any],
    context: InputContext,
) -> Any:
    named: dict[str, Any] = dict(absent)
    for name, given in value.items():
        field = fields[name]
        named[field.python_name] = (
            given if field.as_is else context.convert(given, field.kind, name)
        )
    return kind(**named)
