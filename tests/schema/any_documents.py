"""Documents drawn at random: aliases, fragments, directives and fields that are selected twice."""

from collections.abc import Callable
from random import Random
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)

from schema.api import api

ROOTS = {
    "messages": '(channelId: "c1")',
    "channels": "",
    "publicChannels": "",
    "users": "",
    "bans": "",
    "events": "",
    "sessions": "",
    "me": "",
    "user": '(id: "u1")',
    "channel": '(id: "c1")',
    "message": '(id: "m1")',
    "server": "",
    "head": "",
}
MEMBERS = ("members(first: 2)", "few: members(first: 3)", "members(first: 2)", "all: members")
VARIABLES = {
    "yes": "Boolean!",
    "no": "Boolean!",
    "perhaps": "Boolean! = true",
    "null": "Boolean = true",
}


class Writer:
    """Writes one document."""

    def __init__(self, chance: Random, *, nulls: bool = True, arguments: bool = True) -> None:
        """With `nulls`, @skip and @include may be given null, which is an error.

        Without `arguments`, nothing below the roots is selected that has no plan.
        """
        self.chance, self.nulls, self.arguments = chance, nulls, arguments
        self.left = chance.choice([8, 20, 40, 80])
        self.fragments: list[tuple[str, str, str]] = []
        self.used: set[str] = set()

    def document(self) -> tuple[str, dict[str, Any]]:
        """The text, and values for its variables."""
        roots = self.chance.sample(list(ROOTS), self.chance.choice([1, 1, 1, 2, 3]))
        parts = []
        for number, name in enumerate(roots):
            kind = get_named_type(api.core.query_type.fields[name].type)
            alias = self.chance.choice(["", f"r{number}: "])
            inside = "" if is_leaf_type(kind) else self.block(kind, 6)
            parts.append(f"{alias}{name}{ROOTS[name]}{self.directive()} {inside}")
        text = " ".join(parts)
        declared = ", ".join(f"${name}: {VARIABLES[name]}" for name in sorted(self.used))
        fragments = " ".join(f"fragment {n} on {on} {body}" for on, n, body in self.fragments)
        values = {"yes": True, "no": False, "perhaps": self.chance.random() < 0.5}
        if self.nulls or self.chance.random() < 0.5:
            values["null"] = None if self.nulls else True
        given = {name: value for name, value in values.items() if name in self.used}
        return f"query {f'({declared})' if declared else ''} {{ {text} }} {fragments}", given

    def block(self, kind: Any, depth: int) -> str:
        parts = [self.part(kind, depth) for _ in range(self.chance.randrange(1, 6))]
        return "{ " + " ".join(filter(None, parts)) + " __typename }"

    def part(self, kind: Any, depth: int) -> str:
        self.left -= 1
        if self.left < 0:
            return ""
        how: list[Callable[[Any, int], str]] = [self.field] * 8 + [self.inline, self.spread]
        if isinstance(kind, GraphQLInterfaceType):
            how += [self.inline, self.spread] * 4
        return self.chance.choice(how)(kind, depth)

    def field(self, kind: Any, depth: int) -> str:
        name = self.chance.choice([*kind.fields, "__typename"])
        if name == "__typename":
            return self.chance.choice(["__typename", "what: __typename"]) + self.directive()
        field = kind.fields[name]
        inside = get_named_type(field.type)
        if not self.arguments and name in {"members", "email", "secondFactor", "users"}:
            return ""
        if name == "members":
            written = self.chance.choice(MEMBERS)
        else:
            alias = self.chance.choice(["", "", "", f"{name}1: ", f"{name}_2: "])
            written = alias + name
        if is_leaf_type(inside):
            return written + self.directive()
        if depth == 0:
            return ""
        # The same twice: the two selections are merged.
        times = 2 if self.chance.random() < 0.15 else 1
        return " ".join(
            f"{written}{self.directive()} {self.block(inside, depth - 1)}" for _ in range(times)
        )

    def inline(self, kind: Any, depth: int) -> str:
        on = self.narrowed(kind)
        condition = f"on {on.name}" if on is not kind or self.chance.random() < 0.5 else ""
        return f"... {condition}{self.directive()} {self.block(on, depth)}"

    def spread(self, kind: Any, depth: int) -> str:
        on = self.narrowed(kind)
        known = [name for of, name, _ in self.fragments if of == on.name]
        if not known or self.chance.random() < 0.4:
            body = self.block(on, max(depth - 1, 0))
            known = [f"F{len(self.fragments)}"]
            self.fragments.append((on.name, known[0], body))
        return f"...{self.chance.choice(known)}{self.directive()}"

    def narrowed(self, kind: Any) -> Any:
        """The type itself or, of an interface, one of its kinds, and the other way round."""
        if isinstance(kind, GraphQLInterfaceType):
            return self.chance.choice([kind, *api.core.get_possible_types(kind)])
        if isinstance(kind, GraphQLObjectType) and kind.interfaces:
            return self.chance.choice([kind, *kind.interfaces])
        return kind

    def directive(self) -> str:
        if self.chance.random() > 0.12:
            return ""
        values = ["true", "false", "$yes", "$no", "$perhaps"]
        if self.nulls and self.chance.random() < 0.2:
            values = ["$null"]
        given = self.chance.choice(values)
        self.used |= {given[1:]} if given.startswith("$") else set()
        return f" @{self.chance.choice(['include', 'skip'])}(if: {given})"
