"""What an operation may cost, and that finding out costs little."""

from collections.abc import Callable
from typing import Any

import pytest
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    Visitor,
    execute_sync,
    get_introspection_query,
    parse,
    visit,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from resolvers.errors import TooComplex
from schema.api import api
from schema.documents import REMEMBERED, Documents
from schema.errors import presented
from schema.limits import Limits, check, check_variables
from schema.measuring import Ruler

PRICES = {
    "{ head }": 1,
    "{ server { name version } }": 3,
    "{ me { username } head }": 3,
    "{ sessions { id current } }": 30,
    "{ users { nodes { id } } }": 101,
    "{ users(first: 5) { nodes { id } } }": 11,
    "{ users(first: 5) { nodes { id } edges { cursor } pageInfo { endCursor } } }": 23,
    "{ users(first: 5, after: null) { edges { node { id username } } } }": 21,
    "{ users(first: 1000) { nodes { id } } }": 201,
    "{ users(first: -5) { nodes { id } } }": 3,
    '{ messages(channelId: "x", last: 3) { nodes { body author { username } } } }': 13,
    "{ channels(first: 10) { nodes { members(first: 10) { nodes { role } } } } }": 221,
    "{ channels(first: 10) { nodes { id members { nodes { role user { id } } } } } }": 2031,
    "mutation { logout }": 11,
    "mutation { a: logout b: logout }": 22,
    "{ __typename }": 1,
    "{ users(first: 10) { __typename nodes { __typename id } } }": 23,
    "{ __schema { queryType { name } } }": 2,
    "{ users(first: 5) { ...A } } fragment A on UserConnection { nodes { ...B } } "
    "fragment B on User { id }": 11,
    "{ users(first: 5) { ... on UserConnection { nodes { ... { id } } } } }": 11,
    "{ unknown { field } ...Unknown }": 2,
}


def ruler(text: str, variable: Callable[[str], object] = lambda _: 100) -> Ruler:
    return Ruler(api.core, parse(text), variable)


def price(text: str, variable: Callable[[str], object] = lambda _: 100) -> int:
    measuring = ruler(text, variable)
    [operation] = [d for d in measuring.document.definitions if d.kind == "operation_definition"]
    return measuring.price(operation)


@pytest.mark.parametrize(("text", "expected"), PRICES.items())
def test_the_price_is_how_many_fields_are_resolved(text: str, expected: int) -> None:
    assert price(text) == expected


def test_a_variable_says_how_large_a_page_is() -> None:
    text = "query($n: Int) { users(first: $n) { nodes { id } } }"
    for value, expected in (
        (10, 21),
        (100, 201),
        (100.0, 201),
        (1e999, 101),
        (1_000, 201),
        (0, 3),
        (None, 101),
        ("x", 101),
    ):
        assert price(text, lambda _, given=value: given) == expected


FIELDS = {
    "Query": (("head", None), ("me", "User"), ("channels(first: 3)", "ChannelConnection")),
    "User": (("id", None), ("username", None)),
    "ChannelConnection": (("nodes", "Channel"), ("pageInfo { endCursor }", None)),
    "Channel": (("id", None), ("createdBy", "User"), ("members(first: 2)", "MemberConnection")),
    "MemberConnection": (("nodes", "Member"), ("edges { cursor }", None)),
    "Member": (("role", None), ("user", "User")),
}


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, str]:
    """A document with fragments, and the same with each written out where it is spread."""
    fragments: list[tuple[str, str, str]] = []

    def selection(type_name: str, depth: int) -> tuple[str, str]:
        short, long = "__typename", "__typename"
        for _ in range(draw(st.integers(1, 3))):
            known = [f for f in fragments if f[0] == type_name]
            if known and draw(st.booleans()):
                _, name, written = draw(st.sampled_from(known))
                short, long = f"{short} ...{name}", f"{long} ... on {type_name} {{ {written} }}"
                continue
            field, inside = draw(st.sampled_from(FIELDS[type_name]))
            if inside is None:
                short, long = f"{short} {field}", f"{long} {field}"
            elif depth:
                one, other = selection(inside, depth - 1)
                short, long = f"{short} {field} {{ {one} }}", f"{long} {field} {{ {other} }}"
        return short, long

    text = ""
    for number in range(draw(st.integers(0, 4))):
        type_name = draw(st.sampled_from(sorted(FIELDS)))
        short, long = selection(type_name, 2)
        fragments.append((type_name, f"F{number}", long))
        text += f" fragment F{number} on {type_name} {{ {short} }}"
    short, long = selection("Query", 3)
    return f"{{ {short} }}{text}", f"{{ {long} }}"


@given(documents())
@settings(max_examples=200, deadline=None)
def test_fragments_cost_what_they_would_if_they_were_written_out(pair: tuple[str, str]) -> None:
    short, long = pair
    assert price(short) == price(long)


class Steps(Visitor):
    """Counts the fields and spreads of a document as it is written."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def enter(self, node: object, *_: object) -> None:
        self.count += isinstance(node, FieldNode | FragmentSpreadNode)


def doubled(times: int) -> str:
    fragments = " ".join(
        f"fragment F{n} on User {{ ...F{n + 1} ...F{n + 1} }}" for n in range(times)
    )
    return f"{{ me {{ ...F0 }} }} {fragments} fragment F{times} on User {{ id }}"


@pytest.mark.parametrize("times", [22, 150])
def test_what_doubles_at_every_step_is_measured_step_by_step(
    times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = 0
    selection = Ruler._selection

    def counted(self: Ruler, *given: Any) -> Any:
        nonlocal looked_at
        looked_at += 1
        return selection(self, *given)

    monkeypatch.setattr(Ruler, "_selection", counted)
    text = doubled(times)
    steps = Steps()
    visit(parse(text), steps)
    assert price(text) == min(2**times + 1, 2**31 - 1)
    assert looked_at == steps.count


def aborted(text: str, introspection: bool = True) -> list[Any]:
    """The errors of a document."""
    known = Documents(api.core, Limits(), introspection=introspection)
    return list(known.prepared(text).errors)


MANY = " ".join(f"...F{n}" for n in range(90))
OVER = {
    "fragments that double": doubled(22),
    "fragments that double without end": doubled(180),
    "tokens": "{ " + "head " * 2_000 + "}",
    "characters": "{ head }" + " " * 50_000,
    "comments": "#\n" * 201 + "{ head }",
    "depth": "{ a" + " { a" * 20 + " }" * 20 + " }",
    "depth through fragments": "{ message(id: 1) { ...F0 } }"
    + "".join(
        f" fragment F{n} on Message {{ channel {{ lastMessage {{ ...F{n + 1} }} }} }}"
        for n in range(20)
    )
    + " fragment F20 on Message { id }",
    "nesting beyond the parser": "{ a " * 300,
    "nested values": "{ user(id: " + "[" * 1_000,
    "fragments nested beyond the stack": "{ ...F0 }"
    + "".join(
        f" fragment F{n} on Query {{ {'... { ' * 8} ...F{n + 1} {'} ' * 8} }}" for n in range(60)
    )
    + " fragment F60 on Query { head }",
    "aliases": "{ me { " + " ".join(f"a{n}: id" for n in range(31)) + " } }",
    "aliases through fragments": "{ a: me { ...F } b: me { ...F } } fragment F on User { "
    + " ".join(f"a{n}: id" for n in range(16))
    + " }",
    "root fields": "{ " + "head " * 21 + "}",
    "directives": "{ head " + "@skip(if: false) " * 51 + "}",
    "directives everywhere": "query"
    + " @a" * 13
    + " { ... "
    + "@a " * 13
    + "{ ...F "
    + "@a " * 13
    + "} me "
    + "@a " * 13
    + "{ id } } fragment F on Query { head }",
    "overlapping fields": "{ me { "
    + MANY
    + " } } "
    + " ".join(
        f"fragment F{n} on User {{ id username displayName role address }}" for n in range(90)
    ),
    "operations": " ".join(f"query Q{n} {{ head }}" for n in range(21)),
    "characters beyond what is remembered": "{ head }".ljust(300_000),
    "lines": "{ head }" + "\n" * 600 + "\r" * 600,
    "lists of the schema": "{ __schema { "
    + " ".join(f"t{n}: types {{ name }}" for n in range(13))
    + " } }",
    "cost": "{ channels(first: 100) { nodes { members(first: 100) { nodes { role } } } } }",
    "introspection": "{ __schema { types { fields"
    + " { type { fields" * 4
    + " { name }"
    + " } }" * 4
    + " } } }",
}


SAID = {
    "double": "would cost",
    "double without": "would cost",
    "tokens": "tokens",
    "characters": "code points",
    "comments": "comments",
    "operations": "more than 20 operations",
    "lines": "more than 1000 lines",
    "lists": "more than 12 lists",
    "depth": "deep",
    "nesting": "nested too deeply",
    "nested": "nested too deeply",
    "stack": "nested too deeply",
    "aliases": "more than 30 aliases",
    "root fields": "more than 20 root fields",
    "directives": "more than 50 directives",
    "overlapping": "Validation aborted",
    "cost": "would cost 20,201, and 10,000 is the most",
    "introspection": "would cost",
}


@pytest.mark.parametrize("what", OVER)
def test_a_document_that_goes_over_a_limit_is_not_executed(what: str) -> None:
    shown = [presented(error) for error in aborted(OVER[what])]
    told = [e.message for e in shown if (e.extensions or {})["code"] == "TOO_COMPLEX"]
    assert told
    words = [words for part, words in SAID.items() if part in what]
    assert any(said in message for said in words for message in told), told


FINE = {
    "the standard introspection": get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    ),
    "aliases": "{ me { " + " ".join(f"a{n}: id" for n in range(30)) + " } }",
    "root fields": "{ " + "head " * 20 + "}",
    "a page of the largest size": """{ messages(channelId: "x", last: 100) {
      nodes { id cursor body createdAt channel { id name } author { id username displayName } }
      edges { cursor } pageInfo { hasPreviousPage startCursor } } }""",
    "everything on one screen": """{ channels(first: 100) { nodes { id name topic kind memberCount
      membership { role unreadCount lastRead } createdBy { username }
      lastMessage { id body createdAt author { id username displayName } } } } }""",
    "the same field in many fragments": "{ me { "
    + "...F " * 20
    + "} } fragment F on User { id __typename }",
}


@pytest.mark.parametrize("what", FINE)
def test_what_clients_ask_for_is_within_the_limits(what: str) -> None:
    assert aborted(FINE[what]) == []


VARIABLES = [
    {"u": ["x"] * 2_001},
    {"u": [[["x"] * 700] * 3]},
    {"u": {str(n): n for n in range(2_001)}},
    {"u": "x" * 200_001},
    {"u": [{"deep": ["x" * 200_001]}]},
]


@pytest.mark.parametrize("variables", VARIABLES, ids=range(len(VARIABLES)))
def test_variables_have_their_limits_too(variables: dict[str, Any]) -> None:
    with pytest.raises(TooComplex, match="variable"):
        check_variables(variables, Limits())


def test_variables_within_the_limits_are_fine() -> None:
    check_variables({"u": ["x"] * 1_900, "body": "x" * 200_000, "none": None}, Limits())


def test_whether_an_input_is_one_of_several_is_no_bug() -> None:
    found = execute_sync(
        api.core, parse("{ __schema { types { name isOneOf fields { type { isOneOf } } } } }")
    )
    assert found.errors is None


def test_only_so_many_faults_are_told() -> None:
    errors = aborted("{ me { " + " ".join(f"nam{n}" for n in range(500)) + " } }")
    assert len(errors) == 11
    assert errors[-1].message.endswith("Validation aborted.")


def test_variables_decide_where_a_document_can_be_too_dear() -> None:
    text = """query($n: Int) { channels(first: $n) { nodes {
      members(first: $n) { nodes { role } } } } }"""
    node = parse(text)
    assert check(api.core, node, Limits()) is True
    assert check(api.core, node, Limits(cost=100_000)) is False


def test_a_variable_that_is_not_given_says_what_its_default_does_or_nothing() -> None:
    text = """query($n: Int, $m: Int = 5, $l: Int) { users(first: $n) { nodes { id } }
      some: users(first: $m) { nodes { id } } none: users(first: $l) { nodes { id } } }"""
    known = Documents(api.core, Limits(), introspection=True)
    document = known.prepared(text)
    node = document.node
    assert node
    operation = node.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    one_page = {number: 1 + 2 * number for number in (5, 10, 50, 100)}

    def price(variables: dict[str, object] | None) -> int:
        return known.price(document, node, operation, variables)

    absent = one_page[50] + one_page[5] + one_page[50]
    assert price(None) == absent
    assert (
        known.price(document, node, operation, {"n": 10})
        == one_page[10] + one_page[5] + one_page[50]
    )
    given = {"n": 10, "m": 100, "l": None}
    assert price(given) == one_page[10] + one_page[100] + one_page[50]


def test_a_document_is_prepared_once_and_then_remembered() -> None:
    known = Documents(api.core, Limits(), introspection=True)
    for _ in range(50):
        for text in ("{ head }", "{ me { id } }", "{ nothing }"):
            known.prepared(text)
    assert (known.misses, known.hits) == (3, 147)


def test_what_is_remembered_is_bounded_by_the_length_of_the_documents() -> None:
    known = Documents(api.core, Limits(), introspection=True)
    for number in range(500):
        known.prepared("{ head }" + f"# {number}" + " " * 1_000)
    assert known.misses == 500
    assert known._known.currsize <= REMEMBERED
    assert 100 < len(known._known) < 200


HIDDEN = [
    "{ __schema { types { name } } }",
    '{ __type(name: "User") { fields { name } } }',
    "{ sesions { id } }",
    "{ me { usernam } }",
    "{ me(nam: 1) { id } }",
    "{ users(frist: 1) { nodes { id } } }",
    "{ me { ... on Usr { id } } }",
    'mutation { setRole(userId: "x", role: ADMN) { id } }',
    "mutation { createChannel(input: { kid: PUBLIC }) { id } }",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_a_server_that_does_not_tell_its_schema_gives_no_hints_either(text: str) -> None:
    assert aborted(text, introspection=False)
    assert not any("Did you mean" in error.message for error in aborted(text, introspection=False))


def test_one_that_does_tell_gives_hints() -> None:
    assert "Did you mean 'sessions'?" in aborted("{ sesions { id } }")[0].message
    assert aborted("{ me { __typename } }", introspection=False) == []
