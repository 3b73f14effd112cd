"""For every mutation: what one had before, and its events, make what one finds after it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from random import Random

import httpx
import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
)

from resolvers import moderation
from schema.api import printed
from server.opening import add_admin
from server.serving import Running
from tests.cast import Json, Person, sign_in, sign_up
from tests.conftest import own_name
from tests.patience import PATIENCE
from tests.replica.cases import CASES, QUIET, Case, bans
from tests.replica.replica import BY_ASKING, BY_ITSELF, differences
from tests.replica.story import NAMES, Story
from tests.replica.walk import Walk
from tests.stage import PASSWORD

SCHEMA = build_schema(printed())
each_case = pytest.mark.parametrize(
    "happened", [*CASES, *QUIET], ids=lambda case: case.name, indirect=True
)
each_viewer = pytest.mark.parametrize("viewer", NAMES)


async def a_story(server: Running, http: httpx.AsyncClient) -> Story:
    """People nobody else knows."""
    names = {name: own_name(name) for name in NAMES}
    await add_admin(server.house, names["admin"], PASSWORD)
    people = {"admin": await sign_in(server.url, http, names.pop("admin"))}
    for name, username in names.items():
        email = f"{username}@example.org"
        people[name] = await sign_up(server.url, http, username, email=email)
    story = Story(people)
    await story.begin()
    return story


@pytest.fixture(scope="module")
async def happened(
    request: pytest.FixtureRequest, server: Running, http: httpx.AsyncClient
) -> tuple[Case, Story]:
    """A case that has happened, with what everybody had loaded before."""
    story = await a_story(server, http)
    await story.tell(request.param)
    return request.param, story


@each_viewer
@each_case
async def test_what_one_had_and_the_events_make_what_one_finds(
    happened: tuple[Case, Story], viewer: str
) -> None:
    case, story = happened
    if viewer == case.shut_out:
        await nothing_is_sent_to(story.people[viewer])
        return
    kept = story.replicas[viewer]
    before = flat(kept.state())
    heard = await kept.catch_up()
    found = (await story.loaded(viewer)).state()
    lines = story.named(differences(kept.state(), found))
    assert not lines, "\n".join([*heard, *lines])
    assert heard == case.heard_by(viewer)
    if case in QUIET:
        assert flat(found) == before


async def nothing_is_sent_to(person: Person) -> None:
    for document in ("{ events { next } }", "{ channels { nodes { id } } }"):
        assert await person.code(document) in ("BANNED", "UNAUTHENTICATED")


def flat(state: Json) -> str:
    """As it is at this moment."""
    return json.dumps(state, sort_keys=True)


@pytest.mark.parametrize("seed", range(4))
async def test_whoever_looks_away_for_a_while_catches_up(
    server: Running, http: httpx.AsyncClient, seed: int
) -> None:
    chance = Random(seed)
    walk = Walk(await a_story(server, http), chance)
    await walk.begin()
    for _ in range(100):
        await walk.step()
        if chance.random() < 0.3:
            await looked(walk, chance.choice(NAMES))
    for name in NAMES:
        await looked(walk, name)


async def looked(walk: Walk, name: str) -> None:
    lines = await walk.look(name)
    assert not lines, "\n".join([*walk.trail, name, *lines])


@pytest.mark.parametrize("event", ["MemberAdded", "MemberUpdated"])
def test_what_a_member_is_stands_in_the_event(event: str) -> None:
    told = {str(get_named_type(field.type)) for field in fields(event).values()}
    assert told & {"Member", "ChannelRole"}


async def test_a_ban_that_is_over_is_over_in_what_one_keeps(
    server: Running, http: httpx.AsyncClient
) -> None:
    story = await a_story(server, http)
    kept = await story.loaded("ben")
    soon = datetime.now(UTC) + timedelta(seconds=0.5)
    await story.do("moderator", bans("cem", f'until: "{soon.isoformat()}"'))
    async with asyncio.timeout(PATIENCE):
        while await story.banned("cem"):
            await kept.catch_up()
    await moderation.lift_over(server.house)  # if the server has not done so by itself
    await kept.catch_up()
    assert not differences(kept.state(), (await story.loaded("ben")).state())


def test_every_mutation_is_tried_or_has_a_reason_not_to_matter() -> None:
    tried, quiet = ({case.operation for case in cases} for cases in (CASES, QUIET))
    assert not tried & quiet
    # These need a code of the moment: tests/server/test_second_factors.py has them.
    codes = {"enableSecondFactor", "disableSecondFactor", "renewRecoveryCodes"}
    # This one needs a form: tests/server/test_files.py has it.
    assert tried | quiet == set(fields("Mutation")) - codes - {"uploadFile"}


def test_every_event_is_applied_and_is_heard_by_somebody() -> None:
    event = SCHEMA.get_type("Event")
    assert isinstance(event, GraphQLInterfaceType)
    kinds = {kind.name for kind in SCHEMA.get_possible_types(event)}
    assert not set(BY_ITSELF) & set(BY_ASKING)
    assert kinds == {*BY_ITSELF, *BY_ASKING}
    assert kinds == {name for case in CASES for viewer in NAMES for name in case.heard_by(viewer)}


def fields(name: str) -> dict[str, GraphQLField]:
    type_ = SCHEMA.get_type(name)
    assert isinstance(type_, GraphQLObjectType)
    return type_.fields
