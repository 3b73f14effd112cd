"""The schema keeps what the contract promises, but for what `not_yet.txt` lists."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    is_required_argument,
)

from schema.api import printed

CONTRACT = build_schema((Path(__file__).parent / "contract.graphql").read_text())
OURS = build_schema(printed())

NOT_YET = set((Path(__file__).parent / "not_yet.txt").read_text().split())
NOT_YET_TYPES = {name for name in NOT_YET if "." not in name}
NOT_YET_FIELDS = NOT_YET - NOT_YET_TYPES

Fielded = GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType


def names(schema: GraphQLSchema) -> set[str]:
    return {name for name in schema.type_map if not name.startswith("__")}


def fields(schema: GraphQLSchema) -> dict[str, str]:
    """Every field and enum value with its signature, arguments included."""
    found: dict[str, str] = {}
    for type_name in names(schema):
        type_ = schema.type_map[type_name]
        if isinstance(type_, GraphQLEnumType):
            found |= {f"{type_name}.{value}": "" for value in type_.values}
        elif isinstance(type_, Fielded):
            for name, field in type_.fields.items():
                args = {key: str(arg.type) for key, arg in getattr(field, "args", {}).items()}
                found[f"{type_name}.{name}"] = f"{args} {field.type}"
    return found


def test_the_types_of_the_contract_are_there_but_for_those_listed() -> None:
    assert names(CONTRACT) - names(OURS) == NOT_YET_TYPES


def test_the_fields_of_the_contract_are_there_but_for_those_listed() -> None:
    missing = set(fields(CONTRACT)) - set(fields(OURS))
    listed = {field for field in missing if field.partition(".")[0] in NOT_YET_TYPES}
    assert missing - listed == NOT_YET_FIELDS


def signature(schema: GraphQLSchema, name: str, *, optional: bool) -> tuple[dict[str, str], str]:
    """The arguments of a field, with or without those that need not be given, and its type."""
    type_name, _, field_name = name.partition(".")
    field = schema.type_map[type_name].fields[field_name]
    arguments = {
        key: str(argument.type)
        for key, argument in getattr(field, "args", {}).items()
        if optional or is_required_argument(argument)
    }
    return arguments, str(field.type)


@pytest.mark.parametrize("name", sorted(set(fields(CONTRACT)) & set(fields(OURS))))
def test_a_field_has_the_type_of_the_contract_and_no_more_than_optional_arguments(
    name: str,
) -> None:
    if "." not in name or isinstance(CONTRACT.type_map[name.partition(".")[0]], GraphQLEnumType):
        return
    asked, type_ = signature(CONTRACT, name, optional=True)
    taken, our_type = signature(OURS, name, optional=True)
    assert our_type == type_
    assert {key: taken.get(key) for key in asked} == asked
    assert signature(OURS, name, optional=False) == signature(CONTRACT, name, optional=False)
