"""Accounts, as clients see them."""

from itertools import count

import httpx
import pytest

from server.opening import add_admin
from server.serving import Running
from tests.cast import USER, Client, Json, Person, sign_in
from tests.conftest import SignUp, own_name
from tests.stage import PASSWORD, a_server

NUMBERS = count(1)
REGISTER = "mutation($input: RegisterInput!) { register(input: $input) { user { id } } }"
LOGIN = "mutation($input: LoginInput!) { login(input: $input) { user { id } } }"
ME = "{ me { username displayName email address role banned createdAt } }"
UPDATE = """mutation($input: UpdateProfileInput!) {
  updateProfile(input: $input) { email displayName } }"""
CHANGE = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) }"
CREATE = """mutation($input: CreateUserInput!) {
  createUser(input: $input) { user { id username role } setPasswordUrl } }"""


async def test_who_registers_is_signed_in(ada: Person) -> None:
    me = await ada.do(ME)
    assert me["username"] == ada.username
    assert me["address"] == f"{ada.username}@localhost"
    assert (me["role"], me["banned"], me["email"]) == ("MEMBER", False, None)


@pytest.mark.parametrize(
    "username",
    [
        "x",
        "",
        "a" * 33,
        "with space",
        "a@b",
        "a\0b",
        "new\nline",
        "...",
        "p\N{CYRILLIC SMALL LETTER A}ypal",
        "emoji👋",
        "ad\\u034fmin",
        "\\u115f\\u1160",
        "ada/",
    ],
)
async def test_a_bad_username_is_refused(anybody: Client, username: str) -> None:
    refusal = await anybody.refused(REGISTER, input={"username": username, "password": PASSWORD})
    assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", "username")


@pytest.mark.parametrize("username", ["josé", "Борис", "さくら花", "李小龙", "김_철수", "o2"])
async def test_names_of_any_one_script_are_taken(anybody: Client, username: str) -> None:
    given = {"username": f"{username}{next(NUMBERS)}", "password": PASSWORD}
    await anybody.do(REGISTER, input=given)


@pytest.mark.parametrize(
    "password", ["", "short77", "password1", "PASSWORD1", "x" * 257, "nul\0nul nul"]
)
async def test_a_bad_password_is_refused(anybody: Client, password: str) -> None:
    refusal = await anybody.refused(
        REGISTER, input={"username": own_name("ada"), "password": password}
    )
    assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", "password")


async def test_a_password_like_the_name_is_refused(anybody: Client) -> None:
    name = own_name("ada")
    code = await anybody.code(REGISTER, input={"username": name, "password": name.upper()})
    assert code == "BAD_USER_INPUT"


async def test_names_that_differ_in_case_or_width_only_are_one(
    anybody: Client, ada: Person
) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in ada.username)
    for name in (ada.username.upper(), wide):
        refusal = await anybody.refused(REGISTER, input={"username": name, "password": PASSWORD})
        assert (refusal["code"], refusal["field"]) == ("CONFLICT", "username")


async def test_an_email_address_signs_in_too_and_is_unique(
    server: Running, http: httpx.AsyncClient, ada: Person, ben: Person
) -> None:
    address = f"{ada.username}@Example.org"
    await ada.do(UPDATE, input={"email": address})
    assert (await sign_in(server.url, http, address.lower())).id == ada.id
    refusal = await ben.refused(UPDATE, input={"email": address.upper()})
    assert (refusal["code"], refusal["field"]) == ("CONFLICT", "email")


@pytest.mark.parametrize(
    "email", ["x", "@", "a@", "@b", "a b@c", "a@b@c", "a@b..c", "x" * 250 + "@b.cc"]
)
async def test_a_bad_email_address_is_refused(ada: Person, email: str) -> None:
    assert (await ada.refused(UPDATE, input={"email": email}))["field"] == "email"


async def test_in_a_profile_what_is_absent_stays_and_null_clears(ada: Person) -> None:
    address = f"{ada.username}@example.org"
    await ada.do(UPDATE, input={"email": address, "displayName": "  Ada L. "})
    assert await ada.do(UPDATE, input={}) == {"email": address, "displayName": "Ada L."}
    cleared = await ada.do(UPDATE, input={"email": None, "displayName": None})
    assert cleared == {"email": None, "displayName": ada.username}


async def test_an_email_address_is_shown_to_oneself_and_to_admins_only(
    ada: Person, ben: Person, admin: Person
) -> None:
    address = f"{ada.username}@example.org"
    await ada.do(UPDATE, input={"email": address})
    seen = "query($id: ID!) { user(id: $id) { email } }"
    assert await ada.do(seen, id=ada.id) == {"email": address}
    assert await admin.do(seen, id=ada.id) == {"email": address}
    assert await ben.do(seen, id=ada.id) == {"email": None}


async def test_an_unknown_name_and_a_wrong_password_look_the_same(
    anybody: Client, ada: Person
) -> None:
    wrong = await anybody.ask(LOGIN, input={"username": ada.username, "password": "not this one"})
    nobody = await anybody.ask(LOGIN, input={"username": "nobody", "password": "not this one"})
    assert wrong == nobody
    assert wrong["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_user_is_found_by_id_and_by_address(ada: Person, ben: Person) -> None:
    find = f"query($id: ID, $address: String) {{ user(id: $id, address: $address) {{ {USER} }} }}"
    by_id = await ada.do(find, id=ben.id)
    assert by_id["username"] == ben.username
    for address in (ben.username, f"{ben.username}@LOCALHOST", ben.username.upper()):
        assert await ada.do(find, address=address) == by_id
    for given in ({"id": ada.id[:-1] + "x"}, {"address": f"{ben.username}@elsewhere"}):
        assert await ada.code(find, **given) == "NOT_FOUND"
    for given in ({}, {"id": ben.id, "address": ben.username}):
        assert await ada.code(find, **given) == "BAD_USER_INPUT"


async def test_users_are_searched_by_the_beginnings_of_their_names(signs_up: SignUp) -> None:
    ada = await signs_up("zoë_x")
    await ada.do(UPDATE, input={"displayName": "Quentin Ångström"})
    search = "query($search: String) { users(search: $search) { nodes { id } } }"
    for text in ("zoë_x", "ZOË", "quentin", "ångstr"):
        assert {"id": ada.id} in (await ada.do(search, search=text))["nodes"], text
    for text in ("uentin", "zo%", "zoëxx", "zo__x", "%"):
        assert {"id": ada.id} not in (await ada.do(search, search=text))["nodes"], text


async def test_users_are_paged_in_alphabetical_order(signs_up: SignUp) -> None:
    prefix = own_name("p")
    people = [await signs_up(f"{prefix}-{number}") for number in range(5)]
    page = """query($search: String, $first: Int, $after: String) {
      users(search: $search, first: $first, after: $after) {
        nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
    one = await people[0].do(page, search=prefix, first=3)
    assert [node["id"] for node in one["nodes"]] == [person.id for person in people[:3]]
    assert one["pageInfo"]["hasNextPage"]
    assert not one["pageInfo"]["hasPreviousPage"]
    two = await people[0].do(page, search=prefix, after=one["pageInfo"]["endCursor"])
    assert [node["id"] for node in two["nodes"]] == [person.id for person in people[3:]]
    assert not two["pageInfo"]["hasNextPage"]
    assert two["pageInfo"]["hasPreviousPage"]


@pytest.mark.parametrize(
    "given",
    [
        {"first": 0},
        {"first": 101},
        {"first": -1},
        {"after": "nonsense"},
        {"after": "WzFd"},
        {"search": "x" * 101},
        {"search": "a\0"},
    ],
)
async def test_a_bad_page_is_refused(ada: Person, given: dict[str, object]) -> None:
    page = """query($search: String, $first: Int, $after: String) {
      users(search: $search, first: $first, after: $after) { nodes { id } } }"""
    assert (await ada.refused(page, **given))["field"] == next(iter(given))


async def test_a_changed_password_ends_the_other_sessions(
    server: Running, http: httpx.AsyncClient, ada: Person
) -> None:
    phone = await sign_in(server.url, http, ada.username)
    assert (await phone.do(ME))["username"] == ada.username
    given = {"currentPassword": PASSWORD, "newPassword": "another good one"}
    assert await ada.do(CHANGE, input=given) is True
    assert await phone.code(ME) == "UNAUTHENTICATED"
    assert (await ada.do(ME))["username"] == ada.username
    await sign_in(server.url, http, ada.username, "another good one")
    old = {"username": ada.username, "password": PASSWORD}
    assert await phone.code(LOGIN, input=old) == "UNAUTHENTICATED"


async def test_a_password_is_changed_only_by_who_knows_it(ada: Person) -> None:
    given = {"currentPassword": "not this one", "newPassword": "another good one"}
    assert (await ada.refused(CHANGE, input=given))["field"] == "currentPassword"


async def test_an_admin_makes_accounts_with_and_without_a_password(
    server: Running, http: httpx.AsyncClient, admin: Person
) -> None:
    name = own_name("clara")
    made = await admin.do(
        CREATE, input={"username": name, "password": PASSWORD, "role": "MODERATOR"}
    )
    assert (made["user"]["role"], made["setPasswordUrl"]) == ("MODERATOR", None)
    assert (await sign_in(server.url, http, name)).id == made["user"]["id"]


async def test_the_link_to_choose_a_password_works_once(
    server: Running, http: httpx.AsyncClient, admin: Person, anybody: Client
) -> None:
    name = own_name("dario")
    url = (await admin.do(CREATE, input={"username": name}))["setPasswordUrl"]
    nothing_yet = {"username": name, "password": PASSWORD}
    assert await anybody.code(LOGIN, input=nothing_yet) == "UNAUTHENTICATED"
    assert url.startswith(f"{server.url}/set-password?code=")
    form = await http.get(url)
    assert 'type="password"' in form.text
    code = url.partition("=")[2]
    weak = await http.post(url, data={"code": code, "password": "password1"})
    assert (weak.status_code, "commonest" in weak.text) == (400, True)
    done = await http.post(url, data={"code": code, "password": PASSWORD})
    assert (done.status_code, name in done.text) == (200, True)
    await sign_in(server.url, http, name)
    again = await http.post(url, data={"code": code, "password": "yet another one"})
    assert again.status_code == 400


async def test_a_role_is_looked_up_and_not_believed(admin: Person, ada: Person) -> None:
    promote = "mutation($id: ID!, $role: Role!) { setRole(userId: $id, role: $role) { role } }"
    assert await ada.code("{ bans { nodes { id } } }") == "FORBIDDEN"
    assert await admin.do(promote, id=ada.id, role="MODERATOR") == {"role": "MODERATOR"}
    assert await ada.do("{ bans(first: 1) { nodes { id } } }") is not None
    await admin.do(promote, id=ada.id, role="MEMBER")
    assert await ada.code("{ bans { nodes { id } } }") == "FORBIDDEN"


async def test_the_last_admin_has_to_stay_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with a_server(tmp_path_factory.mktemp("alone")) as own, httpx.AsyncClient() as http:
        await add_admin(own.house, "alone", PASSWORD)
        alone = await sign_in(own.url, http, "alone")
        demote = "mutation($id: ID!) { setRole(userId: $id, role: MEMBER) { role } }"
        assert await alone.code(demote, id=alone.id) == "CONFLICT"
        await add_admin(own.house, "another", PASSWORD)
        another = await sign_in(own.url, http, "another")
        ban = 'mutation($id: ID!) { banUser(input: { userId: $id, reason: "x" }) { id } }'
        await alone.do(ban, id=another.id)
        assert await alone.code(demote, id=alone.id) == "CONFLICT"
        await alone.do("mutation($id: ID!) { unbanUser(userId: $id) { id } }", id=another.id)
        assert await alone.do(demote, id=alone.id) == {"role": "MEMBER"}


@pytest.mark.parametrize("policy", ["closed", "invite"])
async def test_registration_is_refused_where_it_is_not_open(
    tmp_path_factory: pytest.TempPathFactory, policy: str
) -> None:
    async with (
        a_server(tmp_path_factory.mktemp("closed"), registration=policy) as own,
        httpx.AsyncClient() as http,
    ):
        stranger = Client(own.url, http)
        assert await stranger.do("{ server { registration } }") == {"registration": policy.upper()}
        given = {"username": "ada", "password": PASSWORD}
        assert await stranger.code(REGISTER, input=given) == "FORBIDDEN"


PROFILE = """mutation($input: UpdateProfileInput!) {
  updateProfile(input: $input) { statusText timeZone } }"""


async def test_a_profile_has_a_status_and_a_time_zone(ada: Person, ben: Person) -> None:
    told = await ada.do(PROFILE, input={"statusText": " at sea ", "timeZone": "Europe/Madrid"})
    assert told == {"statusText": "at sea", "timeZone": "Europe/Madrid"}
    seen = "query($id: ID!) { user(id: $id) { statusText timeZone } }"
    assert await ben.do(seen, id=ada.id) == told
    assert await ada.do(PROFILE, input={}) == told
    cleared = await ada.do(PROFILE, input={"statusText": None, "timeZone": None})
    assert cleared == {"statusText": None, "timeZone": None}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"statusText": "x" * 101}, "statusText"),
        ({"statusText": "a\nb"}, "statusText"),
        ({"timeZone": "Atlantis"}, "timeZone"),
        ({"timeZone": ""}, "timeZone"),
        ({"timeZone": "../etc/passwd"}, "timeZone"),
        ({"timeZone": "x" * 9000}, "timeZone"),
    ],
)
async def test_a_bad_profile_is_refused(ada: Person, given: Json, field: str) -> None:
    refusal = await ada.refused(PROFILE, input=given)
    assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", field)


@pytest.mark.parametrize("name", ["channel", "Everyone", "HERE", "all"])
async def test_a_name_that_reads_as_everybodys_is_refused(anybody: Client, name: str) -> None:
    refusal = await anybody.refused(REGISTER, input={"username": name, "password": PASSWORD})
    assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", "username")
