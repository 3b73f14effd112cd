"""The executor: Strawberry's, with plans."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from inspect import isawaitable
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
)
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.compiling import Kind, Plans
from schema.plans import Plan

Finish = Callable[[Callable[[Any], Any]], Any]


class Executor(StrawberryGraphQLCoreExecutionContext):
    """Runs one operation, by plans where there are some.

    What it overrides is private to graphql-core, whose version is therefore held.
    """

    def __init__(self, *args: Any, plans: Plans | None = None, **named: Any) -> None:
        """Without `plans` everything is executed field by field."""
        super().__init__(*args, **named)
        ordinary = self.error_propagation and not self.middleware_manager
        self._plans = plans if ordinary else None

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: Any,
        info: "GraphQLResolveInfo[Any]",
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """One object: by its plan, or field by field."""
        stock = partial(
            super().complete_object_value,
            *(return_type, field_details_list, info, path, result, position_context),
        )
        plan = self._plan(return_type, field_details_list)
        if plan is None:
            return stock()
        return self._completed(plan, [result], lambda build: build(result), stock)

    def complete_list_value(
        self,
        return_type: "GraphQLList[Any]",
        field_details_list: Any,
        info: "GraphQLResolveInfo[Any]",
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """A list: by the plan of its items, or one after the other."""
        stock = partial(
            super().complete_list_value,
            *(return_type, field_details_list, info, path, result, position_context),
        )
        plan = self._plan_of_items(return_type, field_details_list, result)
        if plan is None:
            return stock()
        return self._completed(plan, result, lambda build: [build(i) for i in result], stock)

    def _plan(self, kind: Kind, details: Any) -> Plan | None:
        return None if self._plans is None else self._plans.plan(self, kind, details)

    def _plan_of_items(
        self, listed: "GraphQLList[Any]", details: Any, items: object
    ) -> Plan | None:
        kind = listed.of_type
        if isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
        if type(items) is not list or not isinstance(
            kind, (GraphQLObjectType, GraphQLInterfaceType)
        ):
            return None
        return self._plan(kind, details)

    def _completed(
        self, plan: Plan, roots: Sequence[Any], finish: Finish, stock: Callable[[], Any]
    ) -> Any:
        # The stock code runs after the block, or its errors would carry those of the plan along.
        with suppress(Exception):
            made = plan.at_hand(roots, self.context_value)
            if made is None:
                return self._read_first(plan, roots, finish, stock)
            return finish(lambda thing: plan.build(thing, made))
        return stock()

    async def _read_first(
        self, plan: Plan, roots: Sequence[Any], finish: Finish, stock: Callable[[], Any]
    ) -> Any:
        with suppress(Exception):
            made = await plan.read(roots, self.context_value)
            return finish(lambda thing: plan.build(thing, made))
        completed = stock()
        return await completed if isawaitable(completed) else completed
