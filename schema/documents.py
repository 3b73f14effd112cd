"""Documents, parsed, measured and validated once and remembered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    get_operation_ast,
    parse,
    validate,
)
from graphql.validation import specified_rules
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule

from resolvers.errors import ChatError, TooComplex
from schema.compiling import Plans
from schema.limits import Limits, check
from schema.measuring import Ruler
from schema.sharing import Ways

Variables = Mapping[str, Any] | None

REMEMBERED = 200_000
"""In characters of all documents: what is made of them takes up to 300 bytes for each."""
_OVERHEAD = 100
_LONGEST = 50_000
"""In characters."""
_COMMENTS = 200
_PRICES = 20
"""Of one operation, by the sizes of its pages: so many are remembered."""
_ABSENT = object()
_PLAIN = frozenset({int, type(None), str, float, bool, object})
"""The types of what can be looked up by: that of what is absent, too."""
_RULES = (*specified_rules, MaybeNullValidationRule)

# Comparing the fields of a selection with each other is the one part of a validation that can
# grow faster than the document does. Two units are one comparison.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 20_000


@dataclass(frozen=True, slots=True)
class _Priced:
    """What an operation costs, by the sizes of its pages."""

    sizes: tuple[str, ...]
    """The variables that decide."""
    known: dict[tuple[object, ...], int] = field(default_factory=dict[tuple[object, ...], int])


@dataclass(frozen=True, slots=True)
class Document:
    """A document, and what is wrong with it, if anything."""

    length: int
    """Of its text, in characters."""
    node: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    dear: bool = False
    """Whether an operation of it can cost more than is allowed: its variables decide."""
    plans: Plans | None = None
    ways: dict[str | None, Ways | None] = field(default_factory=dict[str | None, Ways | None])
    """How its subscriptions can be shared, by their names, where that was asked."""
    prices: "dict[int, _Priced]" = field(default_factory=dict[int, _Priced])
    """What its operations cost, as far as that is known."""

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation of this name, or the only one. Raises GraphQLError."""
        found = get_operation_ast(self.node, name) if self.node else None
        if found is not None:
            return found
        if name is None:
            raise GraphQLError("Must provide operation name if query contains multiple operations.")
        raise GraphQLError(f"Unknown operation named '{name}'.")


class Documents:
    """The documents that clients send, for one schema, under the same limits for all."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, introspection: bool) -> None:
        """Without `introspection` the schema is not told, neither whole nor by suggestions."""
        self._schema = schema
        self._limits = limits
        self._introspection = introspection
        self._rules = _RULES if introspection else (*_RULES, NoSchemaIntrospectionCustomRule)
        self._known: LRUCache[str, Document] = LRUCache(REMEMBERED, _weight)
        self.hits = 0
        self.misses = 0

    def prepared(self, text: str) -> Document:
        """The document in this text, ready to be executed unless it has errors."""
        known = self._known.get(text)
        if known is not None:
            self.hits += 1
            return known
        self.misses += 1
        document = self._prepare(text)
        if _weight(document) <= REMEMBERED:
            self._known[text] = document
        return document

    def price(
        self,
        document: Document,
        node: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Variables,
    ) -> int:
        """What an operation of a document costs at the most with these variables."""
        priced = document.prices.get(id(operation))
        if priced is None:
            priced = document.prices[id(operation)] = _Priced(self._sizes(node, operation))
        given = variables or {}
        sizes = tuple([given.get(name, _ABSENT) for name in priced.sizes])
        if not _PLAIN.issuperset(map(type, sizes)):
            return self._measured(node, operation, given)
        known = priced.known.get(sizes)
        if known is None:
            if len(priced.known) >= _PRICES:
                priced.known.clear()
            known = priced.known[sizes] = self._measured(node, operation, given)
        return known

    def _sizes(self, node: DocumentNode, operation: OperationDefinitionNode) -> tuple[str, ...]:
        """The variables that give the sizes of pages."""
        asked: dict[str, None] = {}
        Ruler(self._schema, node, asked.setdefault).price(operation)
        return tuple(asked)

    def _measured(
        self,
        node: DocumentNode,
        operation: OperationDefinitionNode,
        given: Mapping[str, Any],
    ) -> int:
        defaults = {
            declared.variable.name.value: declared.default_value
            for declared in operation.variable_definitions or ()
        }
        # What is neither given nor has a default is as if its argument were not there.
        ruler = Ruler(
            self._schema,
            node,
            lambda name: given[name] if name in given else defaults.get(name),
        )
        return ruler.price(operation)

    def _prepare(self, text: str) -> Document:
        try:
            node = self._parsed(text)
            dear = check(self._schema, node, self._limits)
            errors = validate(
                self._schema,
                node,
                self._rules,
                max_errors=self._limits.errors,
                hide_suggestions=not self._introspection,
            )
        except GraphQLError as error:
            return Document(len(text), None, (_ours(error),))
        except TooComplex as error:
            return Document(len(text), None, (GraphQLError(str(error), original_error=error),))
        except RecursionError:
            # Fragments that are spread in each other nest without an end in sight.
            nested = GraphQLError("The document is nested too deeply. Validation aborted.")
            return Document(len(text), None, (nested,))
        return Document(len(text), node, tuple(map(_ours, errors)), dear, Plans(node))

    def _parsed(self, text: str) -> DocumentNode:
        """What the text says. Raises GraphQLError, TooComplex."""
        if text.count("\n") + text.count("\r") > self._limits.lines:
            raise TooComplex(f"The document has more than {self._limits.lines} lines.")
        return parse(
            text,
            max_lexical_tokens=self._limits.tokens,
            max_comments=_COMMENTS,
            max_source_length=_LONGEST,
        )


def _weight(document: Document) -> int:
    return document.length + _OVERHEAD


def _ours(error: GraphQLError) -> GraphQLError:
    """The error without a cause that is not ours.

    A literal that Python cannot take is the client's mistake and no bug.
    """
    cause = error.original_error if isinstance(error.original_error, ChatError) else None
    return GraphQLError(
        error.message, error.nodes, error.source, error.positions, original_error=cause
    )
