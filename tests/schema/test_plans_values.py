"""Plans show any value as graphql-core does, or leave it to graphql-core."""

import asyncio
import dataclasses
import json
from enum import Enum
from typing import Any, cast

import pytest
import strawberry
from graphql import Undefined, parse, validate

from schema.api import Api
from tests.schema.odd_worlds import Late, Many, Named, Text
from tests.schema.outcomes import executed, twice


@strawberry.enum
class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@strawberry.type
class Thing:
    name: str = "a thing"
    note: str | None = "a note"
    count: int = 1
    ready: bool = True
    colour: Colour = Colour.RED
    part: "Thing | None" = None
    whole: "Thing" = cast("Thing", None)
    parts: list["Thing"] = strawberry.field(default_factory=list)
    gaps: list["Thing | None"] | None = None
    words: list[str] = strawberry.field(default_factory=list)
    table: list[list[int | None] | None] = strawberry.field(default_factory=list)
    boxes: list[list["Thing"]] = strawberry.field(default_factory=list)
    price: float = 1.5

    @strawberry.field
    def loud(self) -> str:
        return self.name.upper()

    @strawberry.field
    def broken(self) -> str | None:
        raise LookupError(self.name)

    @strawberry.field
    async def later(self) -> str:
        await asyncio.sleep(0)
        return f"{self.name}, later"


class Special(Thing):
    """A thing of another class."""


class Watched(Thing):
    @property
    def note(self) -> str:
        raise AttributeError("no note here")

    @note.setter
    def note(self, value: str) -> None: ...


@strawberry.type
class Query:
    thing: Thing | None
    things: list[Thing] | None
    some: list[Thing | None] | None


small = Api(query=Query).core
LEAVES = "name note count ready colour words table"
SMALL = (
    f"{{ things {{ {LEAVES} }} some {{ {LEAVES} }} }}",
    f"{{ thing {{ part {{ {LEAVES} }} }} }}",
    f"{{ thing {{ whole {{ {LEAVES} }} name }} }}",
    f"{{ thing {{ parts {{ {LEAVES} }} gaps {{ {LEAVES} }} }} }}",
    "{ thing { boxes { name part { name } } } }",
    "{ thing { loud broken } }",
    "{ thing { later loud } }",
    "{ thing { price name } }",
    "{ things { name part { name whole { name } } } some { name count } }",
    """{ thing { ...A ...A } } fragment A on Thing { gaps { name ...B } }
       fragment B on Thing { gaps { name count } parts { note } }""",
    "{ thing { parts { name: note } } things { parts { name } parts { count } } }",
)


VALUES: dict[str, Any] = {
    "none": lambda: None,
    "Undefined": lambda: Undefined,
    "text": lambda: "text",
    "a subclass of str": lambda: Text("sub"),
    "a number": lambda: 7,
    "a whole float": lambda: 7.0,
    "half": lambda: 0.5,
    "nan": lambda: float("nan"),
    "true": lambda: True,
    "the largest int": lambda: 2**31 - 1,
    "more than the largest int": lambda: 2**31,
    "the least int": lambda: -(2**31),
    "less than the least int": lambda: -(2**31) - 1,
    "a member": lambda: Colour.BLUE,
    "the value of a member": lambda: "blue",
    "the name of a member": lambda: "BLUE",
    "bytes": lambda: b"bytes",
    "an error": lambda: ValueError("wrong"),
    "a list": lambda: ["a", None, 1],
    "a list of lists": lambda: [[1, None], None, [2**40], ["x"]],
    "a list of errors": lambda: [ValueError("one"), ValueError("two")],
    "a list of what comes late": lambda: [Late("a", 1), Late(ValueError("late"), 2)],
    "a tuple": lambda: ("a", "b"),
    "lists in a tuple": lambda: ([1], (2,)),
    "a subclass of list": lambda: Many("ab"),
    "an iterator": lambda: iter(["a", "b"]),
    "a generator": lambda: (word for word in "ab"),
    "a set": lambda: {"a"},
    "a dict": lambda: {"a": 1},
    "late text": lambda: Late("text", 2),
    "a late error": lambda: Late(ValueError("late"), 1),
    "something else": lambda: object,
    "nothing that is known": Named,
    "a thing": Thing,
    "a list of things": lambda: [Thing(), Thing(name="b", count="c")],
    "a list with gaps": lambda: [Thing(), None],
    "a generator of things": lambda: (Thing(name=name) for name in "ab"),
    "things that come late": lambda: [Late(Thing(), 1), Thing(), Late(None, 1)],
    "a thing of another class": Special,
    "a thing without a note": Watched,
    "boxes": lambda: [[Thing()], (Thing(), Thing(part=Thing()))],
    "boxes that are empty": lambda: [[], None],
    "boxes of generators": lambda: [(Thing() for _ in "ab"), [Thing()]],
}


PLANNED = {text: (node, twice(node)) for text, node in zip(SMALL, map(parse, SMALL), strict=True)}
PLACES = [field.name for field in dataclasses.fields(Thing)]


@pytest.mark.parametrize("name", VALUES)
async def test_a_value_is_shown_in_any_place_as_it_is_without_plans(name: str) -> None:
    def one(place: str) -> Thing:
        thing = Thing()
        setattr(thing, place, VALUES[name]())
        return thing

    def root(place: str) -> Query:
        fine = Thing(part=one(place), whole=one(place), parts=[Thing(), one(place)])
        fine.gaps, fine.boxes = [None, one(place), Thing()], [[Thing()], [one(place)]]
        return Query(thing=fine, things=[Thing(), one(place)], some=VALUES[name]())

    for text, (node, plans) in PLANNED.items():
        for place in PLACES:
            if place not in text and place != "name":
                continue
            stock = await executed(small, node, root_value=root(place))
            fast = await executed(small, node, root_value=root(place), plans=plans)
            assert fast.data == stock.data
            assert fast.nulls == stock.nulls
            assert sorted(map(repr, fast.errors)) == sorted(map(repr, stock.errors))
            assert fast.unfinished == 0


@pytest.mark.parametrize("text", SMALL)
def test_what_is_asked_of_things_can_be_asked(text: str) -> None:
    assert validate(small, parse(text)) == []


async def test_nothing_that_is_not_ours_is_caught() -> None:
    @strawberry.type
    class Stopping:
        @strawberry.field
        def stops(self) -> str:
            raise KeyboardInterrupt

    @strawberry.type
    class Top:
        stopping: Stopping

    schema, node = Api(query=Top).core, parse("{ stopping { stops } }")
    root = Top(stopping=Stopping())
    with pytest.raises(KeyboardInterrupt):
        await executed(schema, node, root_value=root, plans=twice(node))


async def test_a_list_that_objects_share_is_left_as_it_is() -> None:
    node = parse("{ things { parts { name count } } }")
    shared = [Thing(name="a"), Thing(name="b")]
    root = Query(thing=None, things=[Thing(parts=shared), Thing(parts=shared)], some=None)
    plans = twice(node)
    first = json.loads((await executed(small, node, root_value=root, plans=plans)).data)
    assert first["things"][0] == first["things"][1]
    first["things"][0]["parts"].clear()
    again = json.loads((await executed(small, node, root_value=root, plans=plans)).data)
    assert len(again["things"][0]["parts"]) == len(shared) == 2
