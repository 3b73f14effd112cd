"""Plans are used where there are some, and what they cannot decide they leave alone."""

import asyncio
import dataclasses
import gc
import json
from random import Random
from typing import Any

import pytest
from graphql import execute, parse

from resolvers import channels
from resolvers.house import House
from resolvers.rights import ChannelKind, Role
from resolvers.sessions import Doorkeeper
from schema import compiling as making
from schema.api import api
from schema.compiling import MOST, Plans
from schema.context import Context
from schema.executing import Executor
from schema.loaders import Loaders
from schema.operations import Asked, Operations, Rules
from schema.plans import Plan, Surprise
from tests.resolvers.people import somebody
from tests.schema.any_documents import Writer
from tests.schema.odd_worlds import Text, World, joins, without_a_house
from tests.schema.outcomes import ask, twice
from tests.schema.test_leaks import growth


class Usage:
    """How much is built by plans, and how many fields are executed one by one."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.built = self.surprised = self.compiled = 0
        self.fields: list[str] = []
        compiled, execute_field = making._compiled, Executor.execute_field

        def counted(*given: Any) -> Plan | None:
            self.compiled += 1
            plan = compiled(*given)
            return plan and dataclasses.replace(plan, build=self.counting(plan))

        def noted(executor: Any, parent: Any, source: Any, details: Any, *given: Any) -> Any:
            self.fields.append(f"{parent.name}.{details[0].node.name.value}")
            return execute_field(executor, parent, source, details, *given)

        patch.setattr(making, "_compiled", counted)
        patch.setattr(Executor, "execute_field", noted)

    def counting(self, plan: Plan) -> Any:
        def build(thing: Any, made: Any) -> Any:
            self.surprised += 1
            found = plan.build(thing, made)
            self.surprised -= 1
            self.built += 1
            return found

        return build

    @property
    def below(self) -> list[str]:
        """The fields below the roots that are executed one by one."""
        return [name for name in self.fields if not name.startswith("Query.")]


@pytest.fixture
def usage(monkeypatch: pytest.MonkeyPatch) -> Usage:
    return Usage(monkeypatch)


async def test_documents_without_arguments_are_answered_by_plans_alone(usage: Usage) -> None:
    by_plans = with_objects = 0
    with without_a_house():
        for seed in range(150):
            text, variables = Writer(Random(seed), nulls=False, arguments=False).document()
            node = parse(text)
            before, usage.fields = usage.built, []
            outcome = await ask(World(seed, 0), node, variables, twice(node))
            assert outcome.errors == []
            with_objects += "__typename" in outcome.data
            by_plans += usage.built > before and not usage.below
    assert with_objects > 120
    assert by_plans > 0.95 * with_objects


ONE_BY_ONE = {
    "{ channels { nodes { id name members(first: 2) { __typename } } } }": {
        "ChannelConnection.nodes",
        "Channel.id",
        "Channel.name",
        "Channel.members",
    },
    "{ channels { nodes { id members { __typename } } } }": {
        "ChannelConnection.nodes",
        "Channel.id",
        "Channel.members",
    },
    "{ user(id: 1) { username email } }": {"User.username", "User.email"},
    "{ messages(channelId: 1) { nodes { body author { username email } } } }": {
        "MessageConnection.nodes",
        "Message.body",
        "Message.author",
        "User.username",
        "User.email",
    },
    "{ channels { nodes { members { nodes { role user { username } } } id } } }": {
        "ChannelConnection.nodes",
        "Channel.members",
        "Channel.id",
    },
    "{ events { events { cursor ... on UserBanned { user { email } } } more } }": {
        "EventPage.events",
        "EventPage.more",
        "UserBanned.cursor",
        "UserBanned.user",
        "User.email",
    },
    "{ __schema { queryType { name } } }": {"__Schema.queryType", "__Type.name"},
    "{ messages(channelId: 1) { nodes { body author { username } channel { name } } } }": set(),
    "{ events { events { at ... on MessageAdded { messageId message { body } } } } }": set(),
    "{ server { name registration startedAt connectedClients } }": set(),
}


@pytest.mark.parametrize("text", ONE_BY_ONE)
async def test_what_takes_arguments_or_the_context_has_no_plan_but_what_is_below_may(
    text: str, usage: Usage
) -> None:
    world = World(2, 0)
    shown = world.made("MessageConnection")
    shown.nodes = list(world.pools["Message"].values())
    world.kept["messages"] = shown
    rooms = world.made("ChannelConnection")
    rooms.nodes = list(world.pools["Channel"].values())
    world.kept["channels"] = rooms
    page = world.made("EventPage")
    page.events = [world.made("UserBanned"), world.made("MessageAdded")]
    world.kept["events"] = page
    node = parse(text)
    with without_a_house():
        outcome = await ask(world, node, None, twice(node))
    assert outcome.errors == []
    assert set(usage.below) == ONE_BY_ONE[text]
    assert usage.surprised == 0


async def test_the_first_use_of_a_document_compiles_nothing_and_the_third_nothing_more(
    house: House, usage: Usage
) -> None:
    operations = Operations(api, Rules())
    compiled = []
    for _ in range(3):
        await a_question(house, operations, "{ me { id username } server { name } }")
        compiled.append(usage.compiled)
    assert compiled == [0, 2, 2]


async def test_without_plans_nothing_is_compiled_at_all(house: House, usage: Usage) -> None:
    operations = Operations(api, Rules(plans=False))
    for _ in range(3):
        await a_question(house, operations, "{ me { id username } }")
    assert usage.compiled == 0


async def a_question(house: House, operations: Operations, text: str) -> Any:
    """The answer to whoever asks."""
    known = await house.db.fetch("SELECT 1 FROM users WHERE username = 'ada'")
    asker = await somebody(house, f"asker{operations.documents.hits}" if known else "ada")
    token, _ = house.tokens.issue(asker.user_id, asker.session_id, house.clock.seconds())
    answer = await operations.answer(Asked(text), Context(house, Doorkeeper(house), token))
    assert not answer.errors
    return answer.data


CONDITIONS = "abcdef"


async def test_a_document_has_so_many_plans_and_the_right_answer_beyond_them(usage: Usage) -> None:
    declared = ", ".join(f"${name}: Boolean!" for name in CONDITIONS)
    fields = " ".join(f"{name}: username @include(if: ${name})" for name in CONDITIONS)
    node = parse(f"query({declared}) {{ me {{ id {fields} }} }}")
    plans, world = twice(node), World(1, 0)
    everything = range(2 ** len(CONDITIONS))
    with without_a_house():
        for number in [*everything, *everything]:
            given = {name: bool(number >> n & 1) for n, name in enumerate(CONDITIONS)}
            outcome = await ask(world, node, given, plans)
            wanted = ["id", *[name for name in CONDITIONS if given[name]]]
            assert list(json.loads(outcome.data)["me"]) == wanted
    assert len(plans._known) == usage.compiled == MOST
    assert usage.built == 2 * MOST


async def test_a_selection_of_very_many_fields_has_no_plan(usage: Usage) -> None:
    fields = " ".join(f"a{n}: username" for n in range(600))
    node = parse(f"{{ me {{ {fields} }} }}")
    with without_a_house():
        outcome = await ask(World(1, 0), node, None, twice(node))
    assert len(json.loads(outcome.data)["me"]) == 600
    assert (usage.compiled, usage.built) == (1, 0)


async def test_rows_for_two_names_of_a_field_are_read_at_once_and_each_kind_after_what_it_needs(
    usage: Usage,
) -> None:
    node = parse("""{ messages(channelId: 1) {
      nodes { author { id } writer: author { username } channel { createdBy { id } } }
      edges { node { author { username } } } } }""")
    world = World(3, 0)
    shown = world.made("MessageConnection")
    shown.nodes = list(world.pools["Message"].values())
    world.kept["messages"], world.known = shown, {}
    for number, message in enumerate(shown.nodes):
        message.author_row_id, message.channel_row_id = f"u{number % 2}", f"c{number % 3}"
    for channel in world.pools["Channel"].values():
        channel.row.created_by = "u3"
    world.pools["Channel"]["c0"].row.created_by = None
    with without_a_house():
        outcome = await ask(world, node, None, twice(node))
    assert outcome.errors == []
    assert usage.below == []
    assert sorted(world.asked[:2]) == ["channels", "users"]
    assert world.asked[2:] == ["users"]
    assert None not in {key for _, key in world.keys}


async def test_rows_are_read_for_those_events_alone_that_have_them() -> None:
    node = parse("""{ events { events {
      ... on MessageAdded { message { body } } ... on UserBanned { user { username } } } } }""")
    world = World(1, 0)
    page = world.made("EventPage")
    page.events = [world.made(name) for name in ("MessageAdded", "UserBanned", "ChannelDeleted")]
    page.events[0].row.subject_id, page.events[1].row.subject_id = "m1", "u1"
    world.kept["events"], world.known = page, {}
    with without_a_house():
        outcome = await ask(world, node, None, twice(node))
    assert world.keys == {("messages", "m1"), ("users", "u1")}
    assert outcome.errors == []


# What plans once got wrong, or could.


async def test_null_for_include_is_an_error_of_what_has_it_alone() -> None:
    text = """query($n: Boolean = true) { channels { nodes {
      id createdBy { id @include(if: $n) } } } me { id username @skip(if: $n) } }"""
    node, world = parse(text), World(1, 0)
    rooms = world.made("ChannelConnection")
    rooms.nodes = list(world.pools["Channel"].values())
    world.kept["channels"] = rooms
    with without_a_house():
        stock = await ask(world, node, {"n": None})
        fast = await ask(world, node, {"n": None}, twice(node))
    assert len(json.loads(fast.data)["channels"]["nodes"]) == len(rooms.nodes)
    assert (fast.data, sorted(fast.errors)) == (stock.data, sorted(stock.errors))


async def test_what_can_be_looked_through_once_is_left_to_be_so() -> None:
    node = parse("{ messages(channelId: 1) { nodes { body author { username } } } }")
    data = []
    for plans in (None, twice(node)):
        world = World(1, 0)
        shown = world.made("MessageConnection")
        shown.nodes = (message for message in world.pools["Message"].values())
        world.kept["messages"] = shown
        with without_a_house():
            data.append((await ask(world, node, None, plans)).data)
    assert data[0] == data[1]
    assert data[0].count("body") == len(world.pools["Message"])


@pytest.mark.parametrize("place", ["id", "cursor", "body", "created_at"])
@pytest.mark.parametrize(
    "value", [Text("x"), 7, 1.5, True, None, b"x", Role.ADMIN, ["x"]], ids=repr
)
async def test_scalars_are_written_as_they_are_without_plans(place: str, value: Any) -> None:
    node = parse("{ message(id: 1) { id cursor body createdAt } }")
    world = World(1, 0)
    setattr(world.root("message"), place, value)
    with without_a_house():
        stock, fast = await ask(world, node), await ask(world, node, None, twice(node))
    assert fast == stock


@pytest.mark.parametrize("many", [True, False])
async def test_what_goes_wrong_for_nobody_is_not_told(house: House, many: bool) -> None:
    """That a row could not be read, when all who asked for it are gone."""
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: told.append(what))
    loaders = Loaders(await somebody(house, "ada"))
    begun, gone = asyncio.Event(), asyncio.Event()

    async def read(keys: list[str]) -> Any:
        begun.set()
        await gone.wait()
        raise ConnectionError

    loaders.users.load_fn = read
    users = loaders.users
    asking = asyncio.ensure_future(users.load_many(["u1"]) if many else users.load("u1"))
    await begun.wait()
    asking.cancel()
    await asyncio.wait([asking])
    gone.set()
    for _ in range(9):
        await asyncio.sleep(0)
    del asking, users, loaders, read
    gc.collect()
    assert told == []


SHARED = """{ b: channels { nodes { createdBy { username } } }
  a: channels { nodes { createdBy { username } members(first: 0) { nodes { role } } } } }"""


@pytest.mark.parametrize("plans", [True, False])
async def test_an_error_in_one_field_takes_nothing_from_another_that_awaits_the_same_row(
    house: House, plans: bool
) -> None:
    ada = await somebody(house, "ada")
    for name in ("one", "two"):
        await channels.create(ada, ChannelKind.PUBLIC, name=name)
    token, _ = house.tokens.issue(ada.user_id, ada.session_id, house.clock.seconds())
    operations = Operations(api, Rules(plans=plans))
    for _ in range(4):
        house.people._forget()
        answer = await operations.answer(Asked(SHARED), Context(house, Doorkeeper(house), token))
        assert [error.path[0] for error in answer.errors or ()] == ["a"]
        assert answer.data["a"] is None
        assert [n["createdBy"]["username"] for n in answer.data["b"]["nodes"]] == ["ada"] * 2


@pytest.mark.parametrize("at_hand", [True, False])
async def test_errors_do_not_carry_the_surprise_of_a_plan_along(at_hand: bool) -> None:
    node, world = parse("{ message(id: 1) { body author { username } } }"), World(1, 0)
    message = world.root("message")
    message.body, message.author_row_id = ValueError("the one cause"), "u1"
    message.author_row = world.pools["User"]["u1"] if at_hand else None
    world.known = {}
    with without_a_house():
        begun: Any = execute(
            api.core,
            node,
            context_value=world.context(),
            executor_class=Executor,
            plans=twice(node),
        )
        result = await begun
    [error] = result.errors
    causes, left = [], [error]
    while left:
        cause = left.pop()
        causes.append(cause)
        found = (cause.__context__, cause.__cause__, getattr(cause, "original_error", None))
        left += [one for one in found if one is not None and one not in causes]
    assert any(isinstance(cause, ValueError) for cause in causes)
    assert not any(isinstance(cause, Surprise) for cause in causes)


def test_what_has_to_be_there_is_so_by_its_type_too() -> None:
    """A plan gives null for a row that is not there, and lets the type say whether that may be."""
    required = {
        id(field.extensions["strawberry-definition"].metadata[making.JOIN])
        for kind in api.core.type_map.values()
        if not kind.name.startswith("__")
        for field in getattr(kind, "fields", {}).values()
        if str(field.type).endswith("!")
        and making.JOIN in getattr(field.extensions.get("strawberry-definition"), "metadata", {})
    }
    assert {id(join) for join in joins() if join.absent} <= required


async def test_events_leave_nothing_behind_where_they_have_plans(
    house: House, monkeypatch: pytest.MonkeyPatch, usage: Usage
) -> None:
    monkeypatch.setattr(Plans, "again", lambda plans: plans)
    assert await growth(house) < 0.5
    assert usage.built > 500
    assert usage.compiled == 1
