"""Sessions, as clients see them."""

import httpx

from server.serving import Running
from tests.cast import USER, Client, Person, sign_in

REFRESH = f"""mutation($token: String) {{ refreshSession(refreshToken: $token) {{
  accessToken refreshToken accessTokenExpiresAt user {{ {USER} }} }} }}"""
SESSIONS = "{ sessions { id userAgent createdAt lastSeenAt current } }"
ME = "{ me { id } }"


async def test_a_refresh_token_gives_new_tokens_of_the_same_session(
    anybody: Client, ada: Person
) -> None:
    before = await ada.do(SESSIONS)
    renewed = await anybody.do(REFRESH, token=ada.refresh_token)
    assert renewed["user"]["id"] == ada.id
    assert renewed["refreshToken"] != ada.refresh_token
    ada.token = renewed["accessToken"]
    assert [one["id"] for one in await ada.do(SESSIONS)] == [one["id"] for one in before]


async def test_the_token_used_last_stays_good_until_its_successor_is_used(
    anybody: Client, ada: Person
) -> None:
    first = ada.refresh_token
    lost = (await anybody.do(REFRESH, token=first))["refreshToken"]
    second = (await anybody.do(REFRESH, token=first))["refreshToken"]
    third = (await anybody.do(REFRESH, token=second))["refreshToken"]
    assert lost not in (second, third)
    assert await ada.do(ME) == {"id": ada.id}
    await anybody.do(REFRESH, token=third)


async def test_an_older_token_used_again_ends_the_session(anybody: Client, ada: Person) -> None:
    first = ada.refresh_token
    second = (await anybody.do(REFRESH, token=first))["refreshToken"]
    third = (await anybody.do(REFRESH, token=second))["refreshToken"]
    assert await anybody.code(REFRESH, token=first) == "UNAUTHENTICATED"
    assert await anybody.code(REFRESH, token=third) == "UNAUTHENTICATED"
    assert await ada.code(ME) == "UNAUTHENTICATED"


async def test_of_two_successors_only_the_one_used_first_is_good(
    anybody: Client, ada: Person
) -> None:
    thief = (await anybody.do(REFRESH, token=ada.refresh_token))["refreshToken"]
    owner = (await anybody.do(REFRESH, token=ada.refresh_token))["refreshToken"]
    await anybody.do(REFRESH, token=owner)
    assert await anybody.code(REFRESH, token=thief) == "UNAUTHENTICATED"
    assert await ada.code(ME) == "UNAUTHENTICATED"


async def test_what_was_never_a_refresh_token_is_refused(anybody: Client) -> None:
    for token in (None, "", "nonsense", "\0", "x" * 10_000):
        assert await anybody.code(REFRESH, token=token) == "UNAUTHENTICATED"


async def test_signing_out_ends_the_session_at_once(anybody: Client, ada: Person) -> None:
    assert await ada.do("mutation { logout }") is True
    assert await ada.code(ME) == "UNAUTHENTICATED"
    assert await anybody.code(REFRESH, token=ada.refresh_token) == "UNAUTHENTICATED"


async def test_one_sees_and_ends_ones_own_sessions_only(
    server: Running, http: httpx.AsyncClient, ada: Person, ben: Person
) -> None:
    phone = await sign_in(server.url, http, ada.username)
    listed = await ada.do(SESSIONS)
    assert sorted(one["current"] for one in listed) == [False, True]
    assert all("python-httpx" in one["userAgent"] for one in listed)
    of_phone = next(one["id"] for one in listed if not one["current"])
    end = "mutation($id: ID!) { endSession(id: $id) }"
    assert await ben.code(end, id=of_phone) == "NOT_FOUND"
    assert await phone.do(ME) == {"id": ada.id}
    assert await ada.do(end, id=of_phone) == of_phone
    assert await phone.code(ME) == "UNAUTHENTICATED"
    assert len(await ada.do(SESSIONS)) == 1


async def test_a_bad_token_does_not_keep_anybody_from_what_needs_none(
    anybody: Client, ada: Person
) -> None:
    anybody.token = "nonsense"
    assert await anybody.code(ME) == "UNAUTHENTICATED"
    assert await anybody.do("{ server { name } }") == {"name": "localhost"}
    assert await anybody.do(REFRESH, token=ada.refresh_token)
