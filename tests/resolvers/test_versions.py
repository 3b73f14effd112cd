"""Versions of files: the same uploads make the same graph, in whatever order they come."""

import asyncio
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.ids import first_of, new_id
from models import files as files_table
from models.files import VersionRow
from resolvers import channels, storing, versions
from resolvers.errors import BadUserInput
from resolvers.house import House
from resolvers.rights import ChannelKind
from tests.resolvers.people import somebody, upload
from tests.stage import a_house

Graph = dict[str, tuple[frozenset[str], str]]
MOST = 8


class Step(NamedTuple):
    """An upload of a version: which, and from which ones before it."""

    number: int
    parents: frozenset[int]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Step], list[Step]]:
    """The versions of a file as they were made, and the same in another order.

    Version 0 is the one that the file began with.
    """
    made = [
        Step(number, draw(st.frozensets(st.integers(0, number - 1), min_size=1, max_size=3)))
        for number in range(1, draw(st.integers(1, MOST)) + 1)
    ]
    return made, draw(st.permutations(made))


async def graph(house: House, file_id: str) -> tuple[Graph, frozenset[str]]:
    rows = (await files_table.versions(house.db, [file_id]))[file_id]
    made = {row.id: (frozenset(row.parent_ids), row.sha256) for row in rows}
    return made, frozenset(row.id for row in versions.heads(rows))


async def test_the_order_in_which_versions_come_does_not_matter(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        caller = await somebody(house, "ada")
        room = await channels.create(caller, ChannelKind.PUBLIC, name="lobby")

        async def played(steps: list[Step], salt: int) -> tuple[Graph, frozenset[str]]:
            """The graph, with ids in place of which others could be given to another file."""
            names = {0: first_of(new_id())}
            file_id = await upload(caller, room.id, b"0")
            names = {0: first_of(file_id)} | {n: new_id() for n in range(1, MOST + 1)}
            for step in steps:
                parents = [names[parent] for parent in step.parents]
                given = {"chosen_id": names[step.number], "replaces_id": file_id}
                await upload(caller, room.id, b"%d" % step.number, **given, parent_ids=parents)
            number_of = {name: number for number, name in names.items()}
            made, heads = await graph(house, file_id)
            plain = {
                str(number_of[one]): (frozenset(str(number_of[p]) for p in parents), sha256)
                for one, (parents, sha256) in made.items()
            }
            return plain, frozenset(str(number_of[one]) for one in heads)

        loop = asyncio.get_running_loop()

        @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
        @given(histories())
        def alike(history: tuple[list[Step], list[Step]]) -> None:
            first, second = [
                asyncio.run_coroutine_threadsafe(played(steps, 0), loop).result(60)
                for steps in history
            ]
            assert first == second

        await asyncio.to_thread(alike)


def row(version_id: str, *parents: str) -> VersionRow:
    quoted = ",".join(f'"{parent}"' for parent in parents)
    values = {"id": version_id, "parents": f"[{quoted}]"}
    return VersionRow._make(values.get(field) for field in VersionRow._fields)


def test_the_heads_are_those_from_which_no_other_was_made() -> None:
    known = [row("a"), row("b", "a"), row("c", "a"), row("d", "b", "unknown")]
    assert [one.id for one in versions.heads(known)] == ["c", "d"]
    assert versions.current(known).id == "d"


@pytest.mark.parametrize(
    ("version", "parents", "expected"),
    [("x", ["d"], False), ("x", ["x"], True), ("unknown", ["d"], True), ("unknown", ["c"], False)],
)
def test_no_version_comes_from_itself(version: str, parents: list[str], expected: bool) -> None:
    known = [row("a"), row("b", "a"), row("c", "a"), row("d", "b", "unknown")]
    assert versions.would_circle(known, version, parents) is expected


async def test_ids_of_files_stand_for_their_first_versions(house: House) -> None:
    file_id = new_id()
    wanted = storing.wanted(new_id(), "a", replaces_id=file_id, parent_ids=[file_id])
    assert wanted.parent_ids == [first_of(file_id)]
    assert UUID(first_of(file_id)).version == 5
    with pytest.raises(BadUserInput):
        storing.wanted(new_id(), "a", replaces_id=file_id, parent_ids=["x"])
