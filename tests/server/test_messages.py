"""Messages, as clients see them."""

import asyncio
from uuid import uuid4

import pytest

from tests.cast import MESSAGE, SEND, Client, Person

NOBODYS = "7d2c8c3e-3bb4-4b6f-9b55-0c8a1f6f3d10"
ONE = f"query($id: ID!) {{ message(id: $id) {{ {MESSAGE} channel {{ id }} }} }}"


async def test_what_ada_says_ben_can_read(ada: Person, ben: Person) -> None:
    lobby = await ada.create_channel()
    await ben.join(lobby)
    sent = await ada.send(lobby, "¡hola, Ben! 👋")
    page = await ben.history(lobby)
    assert page["nodes"] == [sent]
    assert sent["author"]["username"] == ada.username
    assert await ben.do(ONE, id=sent["id"]) == {**sent, "channel": {"id": lobby["id"]}}


async def test_a_public_channel_can_be_read_before_joining_but_not_written_to(
    ada: Person, outsider: Person
) -> None:
    lobby = await ada.create_channel("PUBLIC")
    sent = await ada.send(lobby, "hola")
    assert (await outsider.history(lobby))["nodes"] == [sent]
    code = await outsider.code(SEND, input={"channelId": lobby["id"], "body": "hola"})
    assert code == "FORBIDDEN"


async def test_what_is_said_in_a_private_channel_is_not_there_for_others(
    ada: Person, outsider: Person
) -> None:
    plans = await ada.create_channel("PRIVATE")
    sent = await ada.send(plans, "hush")
    assert await outsider.code(ONE, id=sent["id"]) == "NOT_FOUND"
    assert await outsider.code("query($id: ID!) { messages(channelId: $id) { nodes { id } } }", id=plans["id"]) == "NOT_FOUND"  # fmt: skip  # noqa: E501
    code = await outsider.code(SEND, input={"channelId": plans["id"], "body": "hola"})
    assert code == "NOT_FOUND"


async def test_a_retry_with_the_same_id_finds_the_message(ada: Person, ben: Person) -> None:
    lobby = await ada.create_channel()
    await ben.join(lobby)
    given = str(uuid4())
    sent = await ada.send(lobby, "once", id=given)
    assert sent["id"] == given
    assert await ada.send(lobby, "once", id=given) == sent
    assert await ada.send(lobby, "once", id=given.upper()) == sent
    assert len((await ada.history(lobby))["nodes"]) == 1
    for person, changes in ((ada, {"body": "twice"}), (ben, {})):
        again = {"channelId": lobby["id"], "body": "once", "id": given, **changes}
        assert await person.code(SEND, input=again) == "CONFLICT"


@pytest.mark.parametrize("body", [None, "", "x" * 8001, "a\0b"])
async def test_a_bad_body_is_refused(ada: Person, body: str | None) -> None:
    lobby = await ada.create_channel()
    refusal = await ada.refused(SEND, input={"channelId": lobby["id"], "body": body})
    assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", "body")
    assert (await ada.history(lobby))["nodes"] == []


@pytest.mark.parametrize(
    "body", ["x", "👋" * 8000, " \n\t", "א\u202e\u200d", "'; DROP TABLE messages; --"]
)
async def test_a_body_comes_back_as_it_was_sent(ada: Person, body: str) -> None:
    lobby = await ada.create_channel()
    assert (await ada.send(lobby, body))["body"] == body
    assert (await ada.history(lobby))["nodes"][0]["body"] == body


@pytest.mark.parametrize("channel_id", ["", "x", "' OR 1=1", NOBODYS, "\0"])
async def test_an_unknown_channel_is_not_found(ada: Person, channel_id: str) -> None:
    assert await ada.code(SEND, input={"channelId": channel_id, "body": "hola"}) == "NOT_FOUND"


@pytest.mark.parametrize("chosen", ["", "x", "0", "not-a-uuid", "{" + NOBODYS + "}"])
async def test_a_chosen_id_must_be_a_uuid(ada: Person, chosen: str) -> None:
    lobby = await ada.create_channel()
    given = {"channelId": lobby["id"], "body": "hola", "id": chosen}
    assert (await ada.refused(SEND, input=given))["field"] == "id"


@pytest.mark.parametrize(
    ("window", "field"),
    [
        ({"first": 0}, "first"),
        ({"first": 101}, "first"),
        ({"last": -1}, "last"),
        ({"first": 1, "last": 1}, "last"),
        ({"after": "nonsense"}, "after"),
        ({"before": ""}, "before"),
        ({"after": "x.-1"}, "after"),
        ({"after": "x." + "9" * 30}, "after"),
    ],
)
async def test_a_bad_window_is_refused(ada: Person, window: dict[str, object], field: str) -> None:
    lobby = await ada.create_channel()
    answer = await ada.ask(HISTORY_ONLY, id=lobby["id"], **window)
    extensions = answer["errors"][0]["extensions"]
    assert (extensions["code"], extensions["field"]) == ("BAD_USER_INPUT", field)


HISTORY_ONLY = """query($id: ID!, $first: Int, $last: Int, $after: Cursor, $before: Cursor) {
  messages(channelId: $id, first: $first, last: $last, after: $after, before: $before) {
    nodes { id } } }"""


async def test_a_cursor_from_another_life_of_the_database_has_expired(ada: Person) -> None:
    lobby = await ada.create_channel()
    assert await ada.code(HISTORY_ONLY, id=lobby["id"], after="0000ffff.1") == "CURSOR_EXPIRED"


async def test_head_lies_behind_everything_that_was_answered(ada: Person) -> None:
    lobby = await ada.create_channel()
    sent = await ada.send(lobby, "hola")
    head = await ada.do("{ head }")
    assert head == sent["cursor"]
    later = await ada.send(lobby, "later")
    assert [node["id"] for node in (await ada.history(lobby, after=head))["nodes"]] == [later["id"]]


async def test_one_field_that_fails_does_not_take_the_others_along(ada: Person) -> None:
    lobby = await ada.create_channel()
    answer = await ada.ask(
        "query($id: ID!, $no: ID!) { yes: channel(id: $id) { id } no: channel(id: $no) { id } }",
        id=lobby["id"],
        no=str(uuid4()),
    )
    assert answer["data"] == {"yes": {"id": lobby["id"]}, "no": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_FOUND"]


async def test_what_graphql_finds_wrong_has_a_code_too(anybody: Client) -> None:
    assert await anybody.code("{ server { name") == "BAD_QUERY"
    assert await anybody.code("{ nothing }") == "BAD_QUERY"
    refusal = await anybody.refused("query($first: Int) { users(first: $first) { nodes { id } } }", first="x")  # fmt: skip  # noqa: E501
    assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", "first")


async def test_retries_that_arrive_together_answer_with_one_cursor(ada: Person) -> None:
    lobby = await ada.create_channel()
    given = {"channelId": lobby["id"], "body": "once", "id": str(uuid4())}
    answers = await asyncio.gather(
        *(ada.do(SEND, input=given) for _ in range(8)), *(ada.send(lobby, "x") for _ in range(8))
    )
    sent = (await ada.do(ONE, id=given["id"]))["cursor"]
    assert {answer["cursor"] for answer in answers[:8]} == {sent}


async def test_in_one_request_a_mutation_answers_with_what_the_one_before_did(
    ada: Person, ben: Person
) -> None:
    plans = await ada.create_channel("PRIVATE")
    answer = await ada.ask(
        """mutation($c: ID!, $u: ID!) {
          a: sendMessage(input: { channelId: $c, body: "one" }) { channel { memberCount } }
          b: addMembers(channelId: $c, userIds: [$u]) { members { nodes { user { id } } } }
          c: sendMessage(input: { channelId: $c, body: "two" }) {
            channel { memberCount lastMessage { body } } } }""",
        c=plans["id"],
        u=ben.id,
    )
    assert len(answer["data"]["b"]["members"]["nodes"]) == 2
    assert answer["data"]["c"] == {"channel": {"memberCount": 2, "lastMessage": {"body": "two"}}}


LIGATURE = "\ufdfa"  # one character, which folds to eighteen
BAD = [
    (
        'mutation($x: String!) { login(input: { username: $x, password: "x" }) { user { id } } }',
        "a" + "\u0323\u0301" * 60_000,
    ),
    ("mutation($x: ID!) { endSession(id: $x) }", "{" + NOBODYS + "}"),
    ("mutation($x: ID!) { endSession(id: $x) }", "\0"),
    ("query($x: String) { user(address: $x) { id } }", "x" * 5_000),
    ("mutation($x: String) { updateProfile(input: { displayName: $x }) { id } }", "x" * 100_000),
    ("mutation($x: String) { updateProfile(input: { email: $x }) { id } }", LIGATURE * 50 + "@x"),
]


@pytest.mark.parametrize(("document", "value"), BAD)
async def test_odd_values_are_refused_quickly_and_are_no_bugs(
    ada: Person, document: str, value: str
) -> None:
    assert await ada.code(document, x=value) in ("BAD_USER_INPUT", "NOT_FOUND")


async def test_names_that_grow_when_they_are_folded_are_taken(ada: Person) -> None:
    long = LIGATURE * 80
    await ada.do(
        "mutation($x: String) { updateProfile(input: { displayName: $x }) { id } }", x=long
    )
    await ada.create_channel(name=long, topic=LIGATURE * 250)


@pytest.mark.parametrize("body", [b"", b"1", b"null", b"[]", b"{}", b'{"query": 1}', b"\xff", b"[" * 100_000, b'{"query": "{me{id}}", "variables": []}', b'{"query": "{me{id}}", "variables": {"x": ' + b"9" * 5_000 + b"}}"])  # fmt: skip  # noqa: E501
async def test_a_body_that_is_no_request_is_refused(ada: Person, body: bytes) -> None:
    headers = {"content-type": "application/json", "authorization": f"Bearer {ada.token}"}
    response = await ada.http.post(f"{ada.url}/graphql", content=body, headers=headers)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_QUERY"


async def test_lone_surrogates_are_bad_input(ada: Person) -> None:
    body = b'{"query": "query($x: String) { users(search: $x) { nodes { id } } }", "variables": {"x": "\\ud800"}}'  # fmt: skip  # noqa: E501
    headers = {"content-type": "application/json"}
    response = await ada.http.post(f"{ada.url}/graphql", content=body, headers=headers)
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_body_that_is_too_large_is_refused_while_it_comes(ada: Person) -> None:
    headers = {"content-type": "application/json"}
    body = b'{"query": "' + b" " * 2_000_000 + b'"}'
    response = await ada.http.post(f"{ada.url}/graphql", content=body, headers=headers)
    assert response.status_code == 413
    extensions = response.json()["errors"][0]["extensions"]
    assert extensions == {"code": "PAYLOAD_TOO_LARGE", "limit": 1024 * 1024}


async def test_a_subscription_is_no_request(ada: Person) -> None:
    document = 'subscription { messageAdded(channelId: "x") { id } }'
    assert await ada.code(document) == "BAD_QUERY"
    response = await ada.http.get(f"{ada.url}/graphql", params={"query": document})
    assert response.status_code == 400
