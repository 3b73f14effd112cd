"""The printed schema, and what every root field has to have."""

from pathlib import Path

import pytest
from graphql import GraphQLObjectType, build_schema
from strawberry.permission import PermissionExtension

from resolvers.rights import OPERATIONS, Who
from schema.api import Mutation, Query, Subscription, api, printed
from schema.permissions import PERMISSIONS, Anyone

ROOT = Path(__file__).parents[2]
PUBLIC = {"server", "invite", "register", "login", "refreshSession"}
ROOTS = {"Query": Query, "Mutation": Mutation, "Subscription": Subscription}


def root_fields() -> list[tuple[str, str]]:
    schema = api._schema
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    return [(root.name, field) for root in roots if root for field in root.fields]


def test_the_printed_schema_is_the_one_in_the_code() -> None:
    assert (ROOT / "schema" / "schema.graphql").read_text() == printed()


@pytest.mark.parametrize(("root", "name"), root_fields())
def test_a_root_field_has_the_permission_that_the_table_says(root: str, name: str) -> None:
    fields = ROOTS[root].__strawberry_definition__.fields
    field = next(f for f in fields if api.config.name_converter.get_graphql_name(f) == name)
    guards = [e for e in field.extensions if isinstance(e, PermissionExtension)]
    (permission,) = guards[0].permissions
    assert type(permission) is PERMISSIONS[OPERATIONS[name]]
    assert (type(permission) is Anyone) == (name in PUBLIC)


def test_the_table_has_every_root_field_and_no_other() -> None:
    assert {name for _, name in root_fields()} == set(OPERATIONS)
    assert {name for name, who in OPERATIONS.items() if who is Who.ANYONE} == PUBLIC


def test_a_root_field_that_can_fail_is_nullable() -> None:
    for root, name in root_fields():
        root_type = api._schema.get_type(root)
        assert isinstance(root_type, GraphQLObjectType)
        nullable = not str(root_type.fields[name].type).endswith("!")
        assert nullable or root == "Subscription" or name == "server", name


def test_everything_has_a_description() -> None:
    schema = build_schema(printed())
    for type_ in schema.type_map.values():
        if type_.name.startswith("__") or type_.name in ("String", "Int", "Boolean", "ID", "Float"):
            continue
        assert type_.description, type_.name
        for name, field in getattr(type_, "fields", {}).items():
            assert field.description, f"{type_.name}.{name}"
            for argument_name, argument in getattr(field, "args", {}).items():
                assert argument.description, f"{type_.name}.{name}({argument_name})"
