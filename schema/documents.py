"""Documents, parsed and validated once and remembered."""

from dataclasses import dataclass
from functools import lru_cache

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    get_operation_ast,
    parse,
)
from graphql.validation import specified_rules
from strawberry.schema.schema import validate_document

_REMEMBERED = 1_000
_LONGEST_REMEMBERED = 10_000
"""In characters: memory is bounded by the product of the two."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document, and what is wrong with it, if anything."""

    node: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation of this name, or the only one. Raises GraphQLError."""
        found = get_operation_ast(self.node, name) if self.node else None
        if found is not None:
            return found
        if name is None:
            raise GraphQLError("Must provide operation name if query contains multiple operations.")
        raise GraphQLError(f"Unknown operation named '{name}'.")


def prepared(schema: GraphQLSchema, text: str) -> Document:
    """The document in this text, ready to be executed unless it has errors."""
    if len(text) > _LONGEST_REMEMBERED:
        return _prepare(schema, text)
    return _remembered(schema, text)


def _prepare(schema: GraphQLSchema, text: str) -> Document:
    try:
        node = parse(text)
    except GraphQLError as error:
        return Document(None, (error,))
    except RecursionError:
        return Document(None, (GraphQLError("The document is nested too deeply."),))
    return Document(node, tuple(validate_document(schema, node, tuple(specified_rules))))


_remembered = lru_cache(_REMEMBERED)(_prepare)
