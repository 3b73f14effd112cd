"""Invitations, as clients see them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from models.invites import Invite
from models.writer import Transaction
from server.opening import add_admin
from server.serving import Running
from tests.cast import Client, Json, Person, sign_in
from tests.conftest import SignUp, own_name
from tests.stage import PASSWORD, a_server

SEEN = "code url expiresAt maxUses uses revoked channel { id } createdBy { id }"
CREATE = f"mutation($input: CreateInviteInput!) {{ createInvite(input: $input) {{ {SEEN} }} }}"
LOOK = """query($code: String!) { invite(code: $code) {
  serverName channelName memberCount invitedBy opensRegistration } }"""
ACCEPT = "mutation($code: String!) { acceptInvite(code: $code) { id memberCount } }"
REVOKE = f"mutation($code: String!) {{ revokeInvite(code: $code) {{ {SEEN} }} }}"
LIST = f"""query($c: ID, $first: Int, $after: String) {{
  invites(channelId: $c, first: $first, after: $after) {{
    nodes {{ {SEEN} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
REGISTER = """mutation($input: RegisterInput!) { register(input: $input) {
  accessToken refreshToken user { id username } } }"""
REMOVE = "mutation($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }"
BAN = 'mutation($u: ID!) { banUser(input: { userId: $u, reason: "x" }) { id } }'


async def invited(person: Person, channel: Json = None, **given: Json) -> Json:
    what = {**({"channelId": channel["id"]} if channel else {}), **given}
    return await person.do(CREATE, input=what)


@pytest.fixture
async def plans(ada: Person) -> Json:
    return await ada.create_channel("PRIVATE", name="plans")


async def test_who_has_the_code_comes_in(
    ada: Person, ben: Person, anybody: Client, plans: Json
) -> None:
    invite = await invited(ada, plans)
    assert invite["url"].endswith(f"/invite/{invite['code']}")
    preview = await anybody.do(LOOK, code=invite["code"])
    assert preview == {
        "serverName": "localhost",
        "channelName": "plans",
        "memberCount": 1,
        "invitedBy": ada.username,
        "opensRegistration": False,
    }
    joined = await ben.do(ACCEPT, code=invite["code"])
    assert joined == {"id": plans["id"], "memberCount": 2}
    assert (await ada.do(LIST, c=plans["id"]))["nodes"] == [{**invite, "uses": 1}]


async def test_it_holds_for_a_week_and_any_number_of_uses(ada: Person, plans: Json) -> None:
    invite = await invited(ada, plans)
    left = datetime.fromisoformat(invite["expiresAt"]) - datetime.now(UTC)
    assert timedelta(days=6.9) < left < timedelta(days=7.1)
    assert (invite["maxUses"], invite["uses"], invite["revoked"]) == (None, 0, False)


async def test_codes_cannot_be_guessed(ada: Person, plans: Json) -> None:
    codes = {(await invited(ada, plans))["code"] for _ in range(20)}
    assert len(codes) == 20
    assert {len(code) for code in codes} == {22}


async def test_who_is_there_already_uses_nothing_up(ada: Person, ben: Person, plans: Json) -> None:
    invite = await invited(ada, plans, maxUses=1)
    first = await ben.do(ACCEPT, code=invite["code"])
    assert await ben.do(ACCEPT, code=invite["code"]) == first
    assert (await ada.do(ACCEPT, code=invite["code"]))["id"] == plans["id"]
    assert (await ada.do(LIST, c=plans["id"]))["nodes"][0]["uses"] == 1


async def test_of_two_who_take_the_last_use_at_once_one_gets_it(
    ada: Person, signs_up: SignUp, plans: Json
) -> None:
    guests = [await signs_up("guest") for _ in range(6)]
    invite = await invited(ada, plans, maxUses=2)
    answers = await asyncio.gather(*(each.ask(ACCEPT, code=invite["code"]) for each in guests))
    codes = [each["errors"][0]["extensions"]["code"] for each in answers if each.get("errors")]
    assert codes == ["NOT_FOUND"] * 4
    assert (await ada.do(LIST, c=plans["id"]))["nodes"][0]["uses"] == 2


async def expire(server: Running, code: str) -> None:
    async def unit(_: Transaction) -> None:
        await Invite.filter(code=code).update(expires_at=server.house.clock.now())

    await server.house.write(unit)


async def test_what_is_no_good_looks_like_what_never_was(
    ada: Person,
    ben: Person,
    outsider: Person,
    admin: Person,
    server: Running,
    anybody: Client,
    plans: Json,
) -> None:
    made = {
        name: await invited(ada, plans, **({"maxUses": 1} if name == "used" else {}))
        for name in ("expired", "used", "revoked")
    }
    await expire(server, made["expired"]["code"])
    await ben.do(ACCEPT, code=made["used"]["code"])
    assert (await ada.do(REVOKE, code=made["revoked"]["code"]))["revoked"]
    gone = await ada.create_channel("PRIVATE")
    made["without a channel"] = await invited(ada, gone)
    await ada.do("mutation($id: ID!) { deleteChannel(id: $id) }", id=gone["id"])
    cem_is = await ada.create_channel("PUBLIC")
    await ben.join(cem_is)
    made["of one who is out"] = await invited(ben, cem_is)
    await ada.do(REMOVE, c=cem_is["id"], u=ben.id)
    codes = [each["code"] for each in made.values()]
    answers = [
        await outsider.ask(document, code=code)
        for code in [*codes, "unknown", "", "x" * 99, "\0", "é", "' OR 1=1"]
        for document in (LOOK, ACCEPT)
    ]
    told = {str(answer["errors"][0]["extensions"]) for answer in answers}
    assert told == {str({"code": "NOT_FOUND"})}
    assert await anybody.code(LOOK, code=codes[0]) == "NOT_FOUND"


async def test_what_a_banned_person_made_is_no_good(
    ada: Person, ben: Person, outsider: Person, admin: Person
) -> None:
    lobby = await ada.create_channel("PUBLIC")
    await ben.join(lobby)
    invite = await invited(ben, lobby)
    await outsider.do(LOOK, code=invite["code"])
    await admin.do(BAN, u=ben.id)
    assert await outsider.code(ACCEPT, code=invite["code"]) == "NOT_FOUND"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"maxUses": 0}, "maxUses"),
        ({"maxUses": 10**6}, "maxUses"),
        ({"expiresInSeconds": 0}, "expiresInSeconds"),
        ({"expiresInSeconds": -1}, "expiresInSeconds"),
        ({"expiresInSeconds": 366 * 86400}, "expiresInSeconds"),
    ],
)
async def test_a_bad_limit_is_refused(ada: Person, plans: Json, given: Json, field: str) -> None:
    refusal = await ada.refused(CREATE, input={"channelId": plans["id"], **given})
    assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", field)


async def test_who_may_not_invite_is_told_so(
    ada: Person, ben: Person, outsider: Person, plans: Json
) -> None:
    await ben.do(ACCEPT, code=(await invited(ada, plans))["code"])
    assert await ben.code(CREATE, input={"channelId": plans["id"]}) == "FORBIDDEN"
    assert await outsider.code(CREATE, input={"channelId": plans["id"]}) == "NOT_FOUND"
    assert await ben.code(CREATE, input={}) == "FORBIDDEN"
    direct = await ada.create_channel("DIRECT", memberIds=[ben.id])
    assert await ada.code(CREATE, input={"channelId": direct["id"]}) == "FORBIDDEN"


async def test_members_list_and_end_their_own_and_moderators_all(
    ada: Person, ben: Person, outsider: Person
) -> None:
    lobby = await ada.create_channel("PUBLIC")
    await ben.join(lobby)
    adas, bens = await invited(ada, lobby), await invited(ben, lobby)
    assert (await ben.do(LIST, c=lobby["id"]))["nodes"] == [bens]
    assert (await ada.do(LIST, c=lobby["id"]))["nodes"] == [bens, adas]
    assert await outsider.code(LIST, c=lobby["id"]) == "FORBIDDEN"
    assert await ben.code(REVOKE, code=adas["code"]) == "NOT_FOUND"
    assert await outsider.code(REVOKE, code=bens["code"]) == "NOT_FOUND"
    ended = await ada.do(REVOKE, code=bens["code"])
    assert ended["revoked"]
    assert await ada.do(REVOKE, code=bens["code"]) == ended


async def test_the_list_is_paged(ada: Person, plans: Json) -> None:
    made = [(await invited(ada, plans))["code"] for _ in range(5)]
    found, after, more = list[str](), None, True
    while more:
        page = await ada.do(LIST, c=plans["id"], first=2, after=after)
        found += [node["code"] for node in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert sorted(found) == sorted(made)


async def test_a_full_group_takes_nobody_more(
    ada: Person, signs_up: SignUp, server: Running
) -> None:
    others = [(await signs_up("friend")).id for _ in range(49)]
    group = await ada.create_channel("GROUP", memberIds=others)
    invite = await invited(ada, group)
    late = await signs_up("late")
    refusal = await late.refused(ACCEPT, code=invite["code"])
    assert refusal == {"code": "QUOTA_EXCEEDED", "limit": 50, "used": 50}


async def test_an_invitation_to_the_server_leads_to_no_channel(
    admin: Person, ben: Person, outsider: Person
) -> None:
    invite = await invited(admin)
    assert invite["channel"] is None
    answer = await ben.ask(ACCEPT, code=invite["code"])
    assert answer == {"data": {"acceptInvite": None}}
    listed = (await admin.do(LIST))["nodes"]
    assert invite["code"] in [node["code"] for node in listed]
    assert await outsider.code(LIST) == "FORBIDDEN"


async def test_with_an_invitation_to_a_channel_one_is_there_at_once(
    ada: Person, anybody: Client, plans: Json
) -> None:
    invite = await invited(ada, plans)
    given = {"username": own_name("new"), "password": PASSWORD, "inviteCode": invite["code"]}
    made = await anybody.do(REGISTER, input=given)
    new = Person(anybody.url, anybody.http, made)
    nodes = (await new.do("{ channels { nodes { id } } }"))["nodes"]
    assert nodes == [{"id": plans["id"]}]
    assert await anybody.code(REGISTER, input={**given, "inviteCode": "no"}) == "NOT_FOUND"


@pytest.fixture(scope="module")
async def by_invitation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    folder = tmp_path_factory.mktemp("invite")
    async with a_server(folder, registration="invite") as started:
        await add_admin(started.house, "root", PASSWORD)
        yield started


async def test_where_registration_is_by_invitation_one_needs_one(
    by_invitation: Running, http: httpx.AsyncClient
) -> None:
    stranger = Client(by_invitation.url, http)
    root = await sign_in(by_invitation.url, http, "root")
    given = {"username": "new", "password": PASSWORD}
    assert await stranger.code(REGISTER, input=given) == "FORBIDDEN"
    assert await stranger.code(REGISTER, input={**given, "inviteCode": "no"}) == "NOT_FOUND"
    invite = await invited(root, maxUses=1)
    assert (await stranger.do(LOOK, code=invite["code"]))["opensRegistration"]
    made = await stranger.do(REGISTER, input={**given, "inviteCode": invite["code"]})
    new = Person(by_invitation.url, http, made)
    more = {**given, "username": "newer"}
    used = await stranger.code(REGISTER, input={**more, "inviteCode": invite["code"]})
    assert used == "NOT_FOUND"
    lobby = await new.create_channel("PUBLIC")
    theirs = await invited(new, lobby)
    assert not (await stranger.do(LOOK, code=theirs["code"]))["opensRegistration"]
    refused = await stranger.code(REGISTER, input={**more, "inviteCode": theirs["code"]})
    assert refused == "NOT_FOUND"
    await root.join(lobby)
    staffs = await invited(root, lobby)
    assert await stranger.do(REGISTER, input={**more, "inviteCode": staffs["code"]})


async def test_a_name_that_is_taken_uses_nothing_up(
    by_invitation: Running, http: httpx.AsyncClient
) -> None:
    stranger = Client(by_invitation.url, http)
    root = await sign_in(by_invitation.url, http, "root")
    invite = await invited(root, maxUses=1)
    given = {"username": "root", "password": PASSWORD, "inviteCode": invite["code"]}
    assert await stranger.code(REGISTER, input=given) == "CONFLICT"
    assert await stranger.do(REGISTER, input={**given, "username": own_name("n")})
