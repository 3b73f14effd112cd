"""Inputs are made as Strawberry would make them."""

from random import Random
from typing import Any
from unittest.mock import Mock

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    coerce_input_value,
)
from strawberry.types.arguments import convert_argument

from adapters.drafts import Draft
from resolvers.intake import Upload
from schema.api import api

UPLOAD = Upload("a.txt", Mock(Draft))
ENUMS = {
    name: list(kind.values)
    for name, kind in api.core.type_map.items()
    if isinstance(kind, GraphQLEnumType)
}
INPUTS = [kind for kind in api.core.type_map.values() if isinstance(kind, GraphQLInputObjectType)]


def any_value(chance: Random, kind: Any) -> Any:
    """What a client may give for this type."""
    if isinstance(kind, GraphQLNonNull):
        return any_value(chance, kind.of_type)
    if isinstance(kind, GraphQLList):
        return [any_value(chance, kind.of_type) for _ in range(chance.randint(0, 3))]
    if isinstance(kind, GraphQLInputObjectType):
        return {
            name: None if optional and chance.random() < 0.3 else any_value(chance, field.type)
            for name, field in kind.fields.items()
            if not (optional := not isinstance(field.type, GraphQLNonNull)) or chance.random() < 0.6
        }
    if kind.name in ENUMS:
        return chance.choice(ENUMS[kind.name])
    if kind.name == "Upload":
        return UPLOAD
    made = {"Boolean": True, "Int": 3, "DateTime": "2026-01-31T18:04:05.123Z"}
    return made.get(kind.name, f"text {chance.random()}")


@pytest.mark.parametrize("kind", INPUTS, ids=lambda kind: kind.name)
def test_an_input_is_made_as_strawberry_makes_it(kind: GraphQLInputObjectType) -> None:
    described = kind.extensions["strawberry-definition"]
    make = described.from_input
    assert make is not None
    converter = api.schema_converter
    for seed in range(100):
        given = coerce_input_value(any_value(Random(seed), kind), kind)
        found = []
        for how in (make, None):
            described.from_input = how
            found.append(
                convert_argument(given, described.origin, converter.scalar_registry, api.config)
            )
        described.from_input = make
        assert found[0] == found[1]
