"""Operations: which document a client asks for, what it may cost, and how it is run.

They go straight to graphql-core: Strawberry's runner of extensions, of which we have none,
costs more than a small operation does.
"""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, NamedTuple, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    create_source_event_stream,
    execute,
)

from resolvers.errors import (
    Banned,
    ChatError,
    Forbidden,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from resolvers.following import Carrier, Delivery
from schema.api import Api
from schema.compiling import Plans
from schema.context import Context
from schema.documents import Document, Documents
from schema.errors import presented
from schema.limits import Limits, check_price, check_variables
from schema.sharing import Shared, ways

READING = frozenset({OperationType.QUERY})
ANSWERED_ONCE = frozenset({OperationType.QUERY, OperationType.MUTATION})
HARMLESS = frozenset({OperationType.QUERY, OperationType.SUBSCRIPTION})
EVERYTHING = frozenset(OperationType)
_TRIES = 3
_PRICE_OF_REFUSAL = 100
"""Of a document that is not executed, which takes longer to find out than what is."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the owner of a server decided about operations."""

    limits: Limits = field(default_factory=Limits)
    introspection: bool = True
    """Whether the schema is told, whole or by suggestions."""
    persisted: Mapping[str, str] | None = None
    """The only documents that are executed, by their ids; None: any."""
    plans: bool = True
    """Whether selections are compiled; else they are executed field by field."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asks for."""

    query: str | None
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None

    @property
    def wants_cost(self) -> bool:
        """Whether the client wants to be told what the operation costs."""
        return bool(self.extensions) and self.extensions.get("cost") is True

    @property
    def document_id(self) -> str | None:
        """The id of a persisted document, as Apollo's clients send it."""
        given: object = (self.extensions or {}).get("persistedQuery")
        if not isinstance(given, dict):
            return None
        found = cast("dict[str, object]", given).get("sha256Hash")
        return found if isinstance(found, str) else None


class Answer(NamedTuple):
    """What a client gets: the answer to a request, or one event of a stream."""

    data: Any = None
    errors: list[GraphQLError] | None = None
    extensions: dict[str, Any] | None = None
    begun: bool = True
    """False: nothing was executed, and the errors say why."""
    delivery: Delivery[Any] | None = None
    """Of an event of a stream: its place in the order."""

    @property
    def formatted(self) -> dict[str, Any]:
        """The answer as the specification has it: without `data` where nothing was executed."""
        made: dict[str, Any] = {"data": self.data} if self.begun else {}
        if self.errors:
            made["errors"] = [error.formatted for error in self.errors]
        if self.extensions:
            made["extensions"] = self.extensions
        return made


class Outdated(Exception):
    """What was read for a caller may stand behind the loss of a right: it is not to be sent."""


class WrongKind(Exception):
    """The operation is of a kind that the client cannot have in this way."""

    def __init__(self, kind: OperationType) -> None:
        super().__init__(kind.value)
        self.kind = kind


Share = Callable[[Shared], Carrier]


class _Chosen(NamedTuple):
    node: DocumentNode
    document: Document
    plans: Plans | None
    operation: OperationDefinitionNode
    price: int
    extensions: dict[str, Any] | None


class Operations:
    """Runs what clients ask for on one schema, under the rules of one server."""

    def __init__(self, api: Api, rules: Rules) -> None:
        self._schema = api.core
        self._executor = api.execution_context_class
        self._rules = rules
        self._texts = frozenset((rules.persisted or {}).values())
        self.documents = Documents(self._schema, rules.limits, introspection=rules.introspection)

    async def answer(
        self,
        asked: Asked,
        context: Context,
        allowed: frozenset[OperationType] = ANSWERED_ONCE,
    ) -> Answer:
        """Runs a query or a mutation. Raises WrongKind for what is not allowed."""
        chosen = await self._allowed(asked, context, allowed)
        if isinstance(chosen, Answer):
            return chosen
        return await self._execute(asked, chosen, context)

    async def begin(
        self,
        asked: Asked,
        context: Context,
        allowed: frozenset[OperationType] = EVERYTHING,
        share: Share | None = None,
    ) -> Answer | AsyncGenerator[Answer, None]:
        """The one answer of an operation, or all those of a subscription that has begun.

        Of a subscription that can be shared, `share` tells who may hand out live events in its
        place; those are not among the answers then. Raises WrongKind for what is not allowed.
        The answers end with Unauthenticated, Banned or Outdated where the connection, and not just
        the operation, has to end.
        """
        chosen = await self._allowed(asked, context, allowed)
        if isinstance(chosen, Answer):
            return chosen
        if chosen.operation.operation is OperationType.SUBSCRIPTION:
            return await self._subscribe(asked, chosen, context, share)
        return await self._execute(asked, chosen, context)

    async def refuse(self, error: ChatError, context: Context) -> Answer:
        """The answer to a request that was refused before its operation was known."""
        with suppress(RateLimited):
            await (await context.for_operation()).charge(_PRICE_OF_REFUSAL)
        return _refused([GraphQLError(str(error), original_error=error)])

    async def _allowed(
        self, asked: Asked, context: Context, allowed: frozenset[OperationType]
    ) -> _Chosen | Answer:
        """The operation to run, or why there is none, which counts as well. Raises WrongKind."""
        chosen = self._choose(asked)
        if not isinstance(chosen, Answer) and chosen.operation.operation in allowed:
            return chosen
        try:
            await (await context.for_operation()).charge(_PRICE_OF_REFUSAL)
        except RateLimited as error:
            return _refused([GraphQLError(str(error), original_error=error)])
        if isinstance(chosen, Answer):
            return chosen
        raise WrongKind(chosen.operation.operation)

    def _choose(self, asked: Asked) -> _Chosen | Answer:
        """The operation to run, or the answer that says why there is none."""
        try:
            if asked.variables:
                check_variables(asked.variables, self._rules.limits)
            document = self.documents.prepared(self._text(asked))
            if document.errors or document.node is None:
                return _refused(document.errors)
            operation = document.operation(asked.operation_name)
            price = self.documents.price(document, document.node, operation, asked.variables)
            check_price(price, self._rules.limits)
            plans = document.plans.again() if document.plans and self._rules.plans else None
            told = {"estimated": price, "limit": self._rules.limits.cost}
            extensions = {"cost": told} if asked.wants_cost else None
            return _Chosen(document.node, document, plans, operation, price, extensions)
        except ChatError as error:
            return _refused([GraphQLError(str(error), original_error=error)])
        except GraphQLError as error:
            return _refused([error])

    def _text(self, asked: Asked) -> str:
        """The document asked for. Raises Forbidden for one that is not on the list."""
        listed = self._rules.persisted
        if listed is None:
            if asked.query is None:
                # In these words, Apollo's clients send the text after all.
                raise GraphQLError("PersistedQueryNotSupported")
            return asked.query
        text = listed.get(asked.document_id or "") if asked.query is None else asked.query
        if text is None or text not in self._texts:
            raise Forbidden("This server executes no documents but those on its list.")
        return text

    async def _given(self, asked: Asked, chosen: _Chosen, context: Context) -> dict[str, Any]:
        """What graphql-core is given to execute. Raises RateLimited."""
        own = await context.for_operation()
        await own.charge(chosen.price)
        return {
            "schema": self._schema,
            "document": chosen.node,
            "context_value": own,
            "variable_values": asked.variables,
            "operation_name": asked.operation_name,
            "executor_class": self._executor,
            "max_coercion_errors": self._rules.limits.errors,
            "hide_suggestions": not self._rules.introspection,
            "plans": chosen.plans,
        }

    async def _execute(self, asked: Asked, chosen: _Chosen, context: Context) -> Answer:
        for _ in range(_TRIES):
            try:
                given = await self._given(asked, chosen, context)
            except RateLimited as error:
                return _refused([GraphQLError(str(error), original_error=error)])
            executed = execute(**given)
            result = await executed if isawaitable(executed) else executed
            own: Context = given["context_value"]
            # A query is asked again if what it has read may stand behind a ban or a removal.
            if chosen.operation.operation is not OperationType.QUERY or not await own.outdated():
                return _answer(result, chosen.extensions)
        error = Unavailable("Your rights change faster than they can be looked at. Try again.")
        return _refused([GraphQLError(str(error), original_error=error)])

    def _shared(self, chosen: _Chosen, given: dict[str, Any]) -> Shared | None:
        """The subscription as others may share it, if they may."""
        document, name = chosen.document, given["operation_name"]
        if document.plans is None or chosen.extensions is not None:
            return None
        if name not in document.ways:
            document.ways[name] = ways(self._schema, chosen.node, chosen.operation)
        found = document.ways[name]
        if found is None:
            return None
        nobody = given["context_value"].of_nobody()
        plans = document.plans if self._rules.plans else None
        given = {**given, "context_value": nobody, "plans": plans}
        return Shared(given, document.plans.conditions, found)

    async def _subscribe(
        self, asked: Asked, chosen: _Chosen, context: Context, share: Share | None
    ) -> Answer | AsyncGenerator[Answer, None]:
        try:
            given = await self._given(asked, chosen, context)
        except RateLimited as error:
            return _refused([GraphQLError(str(error), original_error=error)])
        shared = self._shared(chosen, given) if share else None
        if share and shared:
            given["context_value"].carrier = share(shared)
        source = await self._source(given)
        if isinstance(source, ExecutionResult):
            return _refused(source.errors or ())
        return _answers(source, given, chosen.extensions)

    async def _source(
        self, given: dict[str, Any]
    ) -> AsyncGenerator[object, None] | ExecutionResult:
        """The objects that a subscription is about, or what is wrong with it.

        graphql-core's `subscribe` would keep an executor for each, and add to it with every event.
        """
        building = {
            k: v for k, v in given.items() if k not in ("executor_class", "variable_values")
        }
        executor = self._executor.build(**building, raw_variable_values=given["variable_values"])
        if isinstance(executor, list):
            return ExecutionResult(None, executor)
        creating = create_source_event_stream(executor)
        source = await creating if isawaitable(creating) else creating
        return cast("AsyncGenerator[object, None] | ExecutionResult", source)


async def _answers(
    source: AsyncGenerator[object, None], given: dict[str, Any], extensions: dict[str, Any] | None
) -> AsyncGenerator[Answer, None]:
    context: Context = given["context_value"]
    async with aclosing(source):
        try:
            async for payload in source:
                executed = execute(**given, root_value=payload)
                result = await executed if isawaitable(executed) else executed
                answer = _answer(result, extensions)
                if await context.outdated():
                    raise Outdated  # noqa: TRY301 - the connection is to end, and not the operation
                yield answer._replace(delivery=context.delivery)
        except (Outdated, Unauthenticated, Banned):
            raise
        except Exception as error:  # noqa: BLE001 - the source has ended, in whatever way
            ended = presented(GraphQLError(str(error), original_error=error))
            yield Answer(None, [ended])


def _refused(errors: Iterable[GraphQLError]) -> Answer:
    return Answer(errors=[presented(error) for error in errors], begun=False)


def _answer(result: ExecutionResult, extensions: dict[str, Any] | None) -> Answer:
    if not result.errors:
        return Answer(result.data, None, extensions)
    errors = [presented(error) for error in result.errors]
    # What goes wrong while fields are resolved has a path; before that, there is none.
    begun = result.data is not None or any(error.path for error in errors)
    return Answer(result.data, errors, extensions, begun)
