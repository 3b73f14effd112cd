"""What a document and its variables may ask for at most."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import cast

from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode

from resolvers.errors import TooComplex
from resolvers.paging import LARGEST_SIZE
from schema.measuring import Measure, Ruler


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one document may have."""

    tokens: int = 2_000
    lines: int = 1_000
    """Where an error is in a document takes counting them, each time anew."""
    operations: int = 20
    depth: int = 20
    aliases: int = 30
    root_fields: int = 20
    directives: int = 50
    lists_of_schema: int = 12
    """Lists of the schema's own description: GraphiQL asks for nine."""
    values: int = 2_000
    """Of variables, with all that is inside them."""
    characters: int = 200_000
    """Of any text in variables."""
    errors: int = 10
    """How many faults of a document are looked for."""
    cost: int = 10_000
    """The price of one operation."""


def check(schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> bool:
    """Raises TooComplex where an operation goes over a limit, whatever its variables may be.

    Returns whether with some variables one can cost more than is allowed.
    """
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if len(operations) > limits.operations:
        raise TooComplex(f"The document has more than {limits.operations} operations.")
    ruler = Ruler(schema, document, lambda _: LARGEST_SIZE)
    dear = False
    for operation in operations:
        _check_shape(ruler.measure(operation), limits)
        if ruler.price(operation) > limits.cost:
            dear = True
            check_price(Ruler(schema, document, lambda _: 0).price(operation), limits)
    return dear


def check_variables(variables: Mapping[str, object], limits: Limits) -> None:
    """Raises TooComplex for more values, or longer ones, than anybody needs."""
    count = 0
    waiting: list[object] = [variables]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if len(value) > limits.characters:
                raise TooComplex(f"A variable has more than {limits.characters} characters.")
        elif isinstance(value, Collection):
            count += len(cast("Collection[object]", value))
            if count > limits.values:
                raise TooComplex(f"The variables have more than {limits.values} values.")
            waiting += (
                cast("Mapping[str, object]", value).values()
                if isinstance(value, Mapping)
                else value
            )


def check_price(price: int, limits: Limits) -> None:
    """Raises TooComplex for a price that is too high."""
    if price > limits.cost:
        raise TooComplex(
            f"The operation would cost {price:,}, and {limits.cost:,} is the most. "
            "Ask for smaller pages, or for fewer fields.",
            cost=price,
            limit=limits.cost,
        )


def _check_shape(measure: Measure, limits: Limits) -> None:
    if measure.depth > limits.depth:
        raise TooComplex(f"The operation nests fields more than {limits.depth} deep.")
    for what, has, most in (
        ("root fields", measure.fields, limits.root_fields),
        ("aliases", measure.aliases, limits.aliases),
        ("directives", measure.directives, limits.directives),
        ("lists of the schema", measure.lists_of_schema, limits.lists_of_schema),
    ):
        if has > most:
            raise TooComplex(f"The operation has more than {most} {what}.")
