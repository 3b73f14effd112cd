"""What is shared is named field by field, and each name has to be one of the schema."""

import pytest
from graphql import GraphQLObjectType

from schema.api import api
from schema.sharing import SHARED

NAMES = [(kind, name) for kind, names in SHARED.items() for name in sorted(names)]


@pytest.mark.parametrize(("kind", "name"), NAMES)
def test_what_is_shared_is_in_the_schema_and_is_told_nothing(kind: str, name: str) -> None:
    """An argument could be a variable, and those are not looked at below the root."""
    found = api.core.type_map[kind]
    assert isinstance(found, GraphQLObjectType)
    assert not found.fields[name].args
