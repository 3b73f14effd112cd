"""Search, as clients see it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.serving import Running
from tests.cast import Json, Person
from tests.stage import until

SEARCH = """query($q: String!, $c: ID, $o: SearchOrder! = NEWEST, $first: Int, $after: String) {
  searchMessages(query: $q, channelId: $c, order: $o, first: $first, after: $after) {
    nodes { id body } edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
EDIT = "mutation($m: ID!, $b: String!) { editMessage(input: { id: $m, body: $b }) { id } }"
DELETE = "mutation($m: ID!) { deleteMessage(id: $m) { id } }"
LEAVE = "mutation($c: ID!) { leaveChannel(id: $c) }"
SAID = (
    "the quick brown fox",
    "the lazy dog sleeps",
    "Quick! a FOX-hunt is on",
    "¿Dónde está la canción? Über allen Gipfeln",
    "東京タワーに行きました",
    "snake_case and camelCase and kebab-case",
    "visit https://example.org/some/path?x=1",
    "foxes are quick, foxes are quick, foxes are quick",
)


async def find(person: Person, query: str, **given: Json) -> list[str]:
    return [node["body"] for node in (await person.do(SEARCH, q=query, **given))["nodes"]]


@pytest.fixture
async def lobby(ada: Person, ben: Person) -> Json:
    return await ada.create_channel("PRIVATE", name="our lobby", memberIds=[ben.id])


@pytest.fixture
async def said(ada: Person, lobby: Json) -> list[Json]:
    return [await ada.send(lobby, body) for body in SAID]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("fox", [2, 0]),
        ("FOX quick", [2, 0]),
        ('"quick brown"', [0]),
        ('"brown quick"', []),
        ("fox*", [7, 2, 0]),
        ("quick fo*", [7, 2, 0]),
        ('"quick fo"*', [7]),
        ("fox -hunt", [2]),
        ("fox-hunt", [2]),
        ("cancion donde", [3]),
        ("UBER", [3]),
        ("CANCIÓN", [3]),
        ("東京", [4]),
        ("京東", []),
        ("タワー", [4]),
        ("snake", [5]),
        ("snake_case", [5]),
        ("camelcase", [5]),
        ("example.org", [6]),
        ("path", [6]),
        ("dog fox", []),
        ("nothing", []),
        ("s*", [6, 5, 1]),
    ],
)
async def test_words_prefixes_and_phrases_are_found(
    ben: Person, lobby: Json, said: list[Json], query: str, found: list[int]
) -> None:
    assert await find(ben, query, c=lobby["id"]) == [SAID[number] for number in found]


async def test_only_what_one_may_read_is_found(
    ada: Person, ben: Person, outsider: Person, admin: Person
) -> None:
    word = f"w{ada.id[-12:]}"
    hidden = await ada.create_channel("PRIVATE", memberIds=[ben.id])
    shown = await ada.create_channel("PUBLIC")
    direct = await ada.create_channel("DIRECT", memberIds=[ben.id])
    for channel in (hidden, shown, direct):
        await ada.send(channel, f"{word} in {channel['kind']}")
    everything = [f"{word} in {kind}" for kind in ("DIRECT", "PUBLIC", "PRIVATE")]
    assert await find(ada, word) == await find(ben, word) == everything
    for person in (outsider, admin):
        assert await find(person, word) == [f"{word} in PUBLIC"]
        assert await person.code(SEARCH, q=word, c=hidden["id"]) == "NOT_FOUND"
    await ben.do(LEAVE, c=hidden["id"])
    assert await find(ben, word) == everything[:2]


async def test_edits_and_deletions_show_at_once(ada: Person, lobby: Json) -> None:
    sent = await ada.send(lobby, "before")
    await ada.do(EDIT, m=sent["id"], b="after")
    assert (await find(ada, "before"), await find(ada, "after")) == ([], ["after"])
    await ada.do(DELETE, m=sent["id"])
    assert await find(ada, "after") == []
    await ada.send(lobby, "gone with it")
    assert await find(ada, "gone") == ["gone with it"]
    await ada.do("mutation($c: ID!) { deleteChannel(id: $c) }", c=lobby["id"])
    assert await find(ada, "gone") == []


async def test_it_is_narrowed_by_who_where_and_when(ada: Person, ben: Person, lobby: Json) -> None:
    other = await ada.create_channel("GROUP", name="Ärger", memberIds=[ben.id])
    direct = await ada.create_channel("DIRECT", memberIds=[ben.id])
    await ada.send(lobby, "word 1")
    await ben.send(lobby, "word 2")
    await ada.send(other, "word 3")
    await ben.send(direct, "word 4")
    assert await find(ada, f"word from:{ben.username}") == ["word 4", "word 2"]
    assert await find(ada, f"word from:@{ben.username.upper()}") == ["word 4", "word 2"]
    assert await find(ada, "word from:me") == ["word 3", "word 1"]
    assert await find(ada, "from:me in:ärger") == ["word 3"]
    assert await find(ada, 'word in:"our lobby"') == ["word 2", "word 1"]
    assert await find(ada, f"word in:{other['id']}") == ["word 3"]
    assert await find(ada, f"in:@{ben.username}") == ["word 4"]
    assert await find(ada, "word in:nowhere") == []
    assert await find(ada, "word from:nobody") == []
    assert await find(ada, f"word from:me from:{ben.username}") == []
    day = timedelta(days=1)
    today = datetime.now(UTC).date()
    assert await find(ada, f"word before:{today}") == []
    assert await find(ada, f"word after:{today}") == []
    assert len(await find(ada, f"word before:{today + day} after:{today - day}")) == 4
    now = datetime.now(UTC).isoformat()
    assert len(await find(ada, f"word before:{now}")) == 4
    assert await find(ada, f"word after:{now}") == []


async def test_a_moment_lies_between_messages(ada: Person, server: Running, lobby: Json) -> None:
    sent: list[Json] = []
    for number in range(5):
        sent.append(await ada.send(lobby, f"word {number}"))
        await until(lambda: server.house.clock.now() > sent[-1]["createdAt"])
    middle = sent[2]["createdAt"]
    assert await find(ada, f"word before:{middle}") == ["word 1", "word 0"]
    assert await find(ada, f"word after:{middle}") == ["word 4", "word 3", "word 2"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        "!!!",
        "*",
        "before:yesterday",
        "after:2026-02-30 x",
        "before:2026-01-01",
        "\0",
        "x" * 501,
        " ".join(map(str, range(50))),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(ada: Person, query: str) -> None:
    refusal = await ada.refused(SEARCH, q=query)
    assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", "query")


@pytest.mark.parametrize("order", ["NEWEST", "BEST"])
async def test_it_is_paged(ada: Person, lobby: Json, order: str) -> None:
    for number in range(7):
        await ada.send(lobby, "word " * (number % 3 + 1) + f"{number}")
    whole = await ada.do(SEARCH, q="word", o=order)
    assert not whole["pageInfo"]["hasNextPage"]
    found, after, more = list[Json](), None, True
    while more:
        page = await ada.do(SEARCH, q="word", o=order, first=3, after=after)
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        found += page["nodes"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == whole["nodes"]
    assert len(found) == 7
    after = whole["edges"][2]["cursor"]
    assert (await ada.do(SEARCH, q="word", o=order, after=after))["nodes"] == whole["nodes"][3:]
    assert await ada.code(SEARCH, q="word", o=order, after="x") == "BAD_USER_INPUT"
    assert await ada.code(SEARCH, q="word", o=order, first=101) == "BAD_USER_INPUT"


async def test_the_best_says_most_of_it_in_the_fewest_words(ada: Person, lobby: Json) -> None:
    for body in ("fox in a very long story about many other things", "fox, fox!", "a fox"):
        await ada.send(lobby, body)
    await ada.send(lobby, "no such animal")
    assert await find(ada, "fox", o="BEST") == [
        "fox, fox!",
        "a fox",
        "fox in a very long story about many other things",
    ]


@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            [*'"*:()-', "fox", "from:", "in:", "AND", "NEAR(", "before:2026-01-01", " "]
        ),
        max_size=12,
    ).map("".join)
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_whatever_is_typed_is_answered(ada: Person, query: str) -> None:
    if query.encode(errors="replace") != query.encode(errors="ignore"):
        return  # no JSON carries it
    for order in ("NEWEST", "BEST"):
        answer = await ada.ask(SEARCH, q=query, o=order)
        codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
        assert codes in ([], ["BAD_USER_INPUT"]), (query, answer)
