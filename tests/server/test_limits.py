"""Rate limits, as clients meet them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from resolvers import limits
from resolvers.limits import LIMITS, Kind
from server.opening import add_admin
from server.serving import Running
from server.settings import Settings
from tests.cast import SEND, UPLOAD, Client, Person, sign_in, sign_up
from tests.server.test_tus import Tus
from tests.stage import PASSWORD, ROOT, a_server

LOGIN = """mutation($input: LoginInput!) {
  login(input: $input) { deviceToken accessToken user { id } } }"""
ME = "{ me { id } }"


def code(answer: Any) -> str | None:
    """With what an operation was refused, if it was."""
    return answer["errors"][0]["extensions"]["code"] if "errors" in answer else None


@asynccontextmanager
async def limited(folder: Path, **rates: str) -> AsyncIterator[Running]:
    """A server with wide limits but for these."""
    wide = dict.fromkeys(Kind, "1000000/m")
    given = {**wide, **rates}
    async with a_server(folder, rate_limits="on", limits=given) as started:
        yield started


async def test_so_many_messages_and_then_one_waits_whatever_the_way_they_come(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    async with limited(tmp_path, messages="5/m") as server:
        ada = await sign_up(server.url, http, "ada")
        lobby = await ada.create_channel()
        given = {"channelId": lobby["id"], "body": "x"}
        aliases = " ".join(f"m{n}: sendMessage(input: $input) {{ id }}" for n in range(3))
        document = f"mutation($input: SendMessageInput!) {{ {aliases} }}"
        assert "errors" not in await ada.ask(document, input=given)
        async with ada.socket() as socket:
            await socket.subscribe(SEND, input=given)
            assert (await socket.next())["body"] == "x"
        answer = await ada.ask(document, input=given)
        codes = [error["extensions"] for error in answer["errors"]]
        assert codes == [{"code": "RATE_LIMITED", "retryAfter": 12}] * 2
        assert len([sent for sent in answer["data"].values() if sent]) == 1
        # On another device, and with a program, it is the same person.
        again = await sign_in(server.url, http, "ada")
        assert await again.code(SEND, input=given) == "RATE_LIMITED"
        ben = await sign_up(server.url, http, "ben")
        await ben.join(lobby)
        await ben.send(lobby, "I may")
        assert len((await ada.history(lobby))["nodes"]) == 6


async def test_by_default_there_are_thirty_messages_at_once(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    async with a_server(tmp_path, rate_limits="on") as server:
        ada = await sign_up(server.url, http, "ada")
        lobby = await ada.create_channel()
        given = {"channelId": lobby["id"], "body": "x"}
        answers = [await ada.ask(SEND, input=given) for _ in range(40)]
        sent = [answer for answer in answers if "errors" not in answer]
        assert 30 <= len(sent) <= 32


async def test_who_is_not_signed_in_has_so_many_requests_and_is_told_by_http(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    async with a_server(tmp_path, rate_limits="on") as server:
        ada = await sign_up(server.url, http, "ada")
        body = {"query": "{ server { name } }"}
        answers = [await http.post(f"{server.url}/graphql", json=body) for _ in range(110)]
        statuses = [answer.status_code for answer in answers]
        assert 99 <= statuses.count(200) <= 101
        assert set(statuses) == {200, 429}
        last = answers[-1]
        told = last.json()["errors"][0]["extensions"]
        assert told["code"] == "RATE_LIMITED"
        assert int(last.headers["retry-after"]) == told["retryAfter"] >= 1
        assert "data" not in last.json()
        assert (await ada.do(ME))["id"] == ada.id


async def test_what_a_stream_or_a_socket_asks_for_counts_as_well(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    async with limited(tmp_path, anonymous="2/m") as server:
        body = {"query": "{ server { name } }"}
        url, headers = f"{server.url}/graphql/stream", {"accept": "text/event-stream"}
        assert (await http.post(url, json=body, headers=headers)).status_code == 200
        client = Client(server.url, http)
        async with Person.socket(client, nobody=True) as socket:  # type: ignore[arg-type]
            await socket.subscribe(body["query"])
            assert await socket.next() == {"name": "localhost"}
            assert (await socket.receive())["type"] == "complete"
            await socket.subscribe(body["query"], "2")
            refused = await socket.receive()
        assert (refused["type"], refused["id"]) == ("error", "2")
        assert refused["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        told = await http.post(url, json=body, headers=headers)
        assert (told.status_code, "retry-after" in told.headers) == (429, True)


async def test_operations_count_by_what_they_cost(tmp_path: Path, http: httpx.AsyncClient) -> None:
    async with limited(tmp_path, cost="1000/m") as server:
        ada = await sign_up(server.url, http, "ada")
        large = "{ users(first: 100) { nodes { id username displayName } } }"
        codes = [code(await ada.ask(large)) for _ in range(3)]
        assert codes == [None, None, "RATE_LIMITED"]
        assert (await ada.do(ME))["id"] == ada.id


async def test_what_is_refused_for_its_form_counts_too(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    async with limited(tmp_path, cost="1000/m") as server:
        ada = await sign_up(server.url, http, "ada")
        codes = [await ada.code("{ nothing }") for _ in range(12)]
        assert codes.count("BAD_QUERY") == 10
        assert codes[-1] == "RATE_LIMITED"


async def test_passwords_are_counted_and_who_was_signed_in_before_is_not_kept_out(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    async with limited(tmp_path, sign_in_account="5/m", sign_in_device="3/m") as server:
        await sign_up(server.url, http, "ada")
        known = Client(server.url, http)
        right = {"username": "ada", "password": PASSWORD}
        device = (await known.do(LOGIN, input=right))["deviceToken"]
        stranger = Client(server.url, http)
        wrong = {"username": "ada", "password": "perhaps this"}
        codes = [await stranger.code(LOGIN, input=wrong) for _ in range(10)]
        assert codes == ["UNAUTHENTICATED"] * 4 + ["RATE_LIMITED"] * 6
        assert await stranger.code(LOGIN, input=right) == "RATE_LIMITED"
        assert (await known.do(LOGIN, input={**right, "deviceToken": device}))["user"]
        # What is known is one device, which is not for guessing, and not for others' accounts.
        guess = {**wrong, "deviceToken": device}
        codes = [await stranger.code(LOGIN, input=guess) for _ in range(4)]
        assert codes == ["UNAUTHENTICATED"] * 2 + ["RATE_LIMITED"] * 2
        await sign_up(server.url, http, "ben")
        for _ in range(5):
            await stranger.code(LOGIN, input={**wrong, "username": "ben", "deviceToken": device})
        bens = {"username": "ben", "password": PASSWORD, "deviceToken": device}
        assert await stranger.code(LOGIN, input=bens) == "RATE_LIMITED"


async def test_a_device_is_known_until_the_password_changes(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    async with limited(tmp_path, sign_in_account="2/m") as server:
        ada = await sign_up(server.url, http, "ada")
        right = {"username": "ada", "password": PASSWORD}
        device = (await ada.do(LOGIN, input=right))["deviceToken"]
        assert await ada.code(LOGIN, input={**right, "password": "wrong"}) == "UNAUTHENTICATED"
        again = await ada.do(LOGIN, input={**right, "deviceToken": device})
        change = """mutation($old: String!, $new: String!) {
          changePassword(input: { currentPassword: $old, newPassword: $new }) }"""
        await ada.do(change, old=PASSWORD, new="another good one")
        for token in (device, again["deviceToken"]):
            guess = {**right, "deviceToken": token}
            assert await ada.code(LOGIN, input=guess) == "RATE_LIMITED"


async def test_who_has_chosen_a_password_by_a_link_is_known_where_they_did(
    tmp_path: Path,
) -> None:
    async with (
        limited(tmp_path, sign_in_account="2/m") as server,
        httpx.AsyncClient() as browser,
        httpx.AsyncClient() as other,
    ):
        await add_admin(server.house, "root", PASSWORD)
        root = await sign_in(server.url, other, "root")
        made = 'mutation { createUser(input: { username: "ada" }) { setPasswordUrl } }'
        link = urlsplit((await root.do(made))["setPasswordUrl"])
        form = {"code": parse_qs(link.query)["code"][0], "password": PASSWORD}
        await browser.post(f"{server.url}/set-password", data=form)
        stranger = Client(server.url, other)
        right = {"username": "ada", "password": PASSWORD, "useCookies": True}
        while await stranger.code(LOGIN, input={**right, "password": "wrong"}) != "RATE_LIMITED":
            pass
        assert await Client(server.url, browser).do(LOGIN, input=right)


async def test_strangers_who_guess_keep_nobody_from_changing_their_password(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    async with limited(tmp_path, sign_in_account="3/m", sign_in_device="2/m") as server:
        ada = await sign_up(server.url, http, "ada")
        wrong = {"username": "ada", "password": "perhaps this"}
        while await Client(server.url, http).code(LOGIN, input=wrong) != "RATE_LIMITED":
            pass
        change = """mutation($old: String!, $new: String!) {
          changePassword(input: { currentPassword: $old, newPassword: $new }) }"""
        assert await ada.do(change, old=PASSWORD, new="another good one") is True
        # Nor is a session for guessing.
        given = {"old": "perhaps this", "new": PASSWORD}
        assert await ada.code(change, **given) == "BAD_USER_INPUT"
        assert await ada.code(change, **given) == "RATE_LIMITED"


async def test_a_browser_is_known_by_a_cookie(tmp_path: Path) -> None:
    async with (
        limited(tmp_path, sign_in_account="3/m") as server,
        httpx.AsyncClient() as browser,
        httpx.AsyncClient() as other,
    ):
        await sign_up(server.url, other, "ada")
        right = {"username": "ada", "password": PASSWORD, "useCookies": True}
        assert await Client(server.url, browser).do(LOGIN, input=right)
        await Client(server.url, browser).do("mutation { logout }")
        stranger = Client(server.url, other)
        for _ in range(4):
            await stranger.code(LOGIN, input={"username": "ada", "password": "wrong"})
        assert await stranger.code(LOGIN, input=right) == "RATE_LIMITED"
        assert await Client(server.url, browser).do(LOGIN, input=right)


async def test_accounts_are_made_so_often_from_an_address(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    async with limited(tmp_path, registration="2/h") as server:
        for name in ("ada", "ben"):
            await sign_up(server.url, http, name)
        register = "mutation($input: RegisterInput!) { register(input: $input) { user { id } } }"
        given = {"username": "cem", "password": PASSWORD}
        refusal = await Client(server.url, http).refused(register, input=given)
        assert refusal == {"code": "RATE_LIMITED", "retryAfter": 1800}


KINDS = {
    Kind.INVITES: "mutation { createInvite(input: {}) { code } }",
    Kind.EXPORTS: "{ export { url } }",
    Kind.ADMIN: "mutation { setWordList(words: []) }",
    Kind.WRITES: 'mutation { updateProfile(input: { statusText: "x" }) { id } }',
    Kind.REPORTS: 'mutation { reportMessage(messageId: "x", reason: "y") }',
}


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_is_counted_for_itself(
    kind: Kind, tmp_path: Path, http: httpx.AsyncClient
) -> None:
    async with limited(tmp_path, **{kind: "2/h"}) as server:
        await add_admin(server.house, "root", PASSWORD)
        root = await sign_in(server.url, http, "root")
        codes = [code(await root.ask(KINDS[kind])) for _ in range(3)]
        assert codes[2] == "RATE_LIMITED"
        assert "RATE_LIMITED" not in codes[:2]
        for other in KINDS.keys() - {kind}:
            answer = await root.ask(KINDS[other])
            assert "RATE_LIMITED" not in str(answer)


async def test_a_proxy_that_is_trusted_tells_who_it_is(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    body = {"query": "{ server { name } }"}
    for trusted, expected in ((["127.0.0.1"], [200, 200, 200, 429]), ([], [200, 429, 429, 429])):
        rates = dict.fromkeys(Kind, "1000000/m") | {Kind.ANONYMOUS: "1/m"}
        given = {"rate_limits": "on", "limits": rates, "trusted_proxies": trusted}
        async with a_server(tmp_path / str(len(trusted)), **given) as server:
            statuses = []
            # In the last one, the client has made up who it is: what the proxy saw counts.
            for chain in ("203.0.113.1", "203.0.113.2", "2001:db8::1", "203.0.113.9, 203.0.113.1"):
                headers = {"x-forwarded-for": chain}
                sent = await http.post(f"{server.url}/graphql", json=body, headers=headers)
                statuses.append(sent.status_code)
            assert statuses == expected


async def test_of_ipv6_the_network_counts(tmp_path: Path, http: httpx.AsyncClient) -> None:
    rates = dict.fromkeys(Kind, "1000000/m") | {Kind.ANONYMOUS: "1/m"}
    given = {"rate_limits": "on", "limits": rates, "trusted_proxies": ["127.0.0.1"]}
    async with a_server(tmp_path, **given) as server:
        statuses = []
        for address in (
            "2001:db8::1",
            "2001:db8::2",
            "2001:db8:0:1::1",
            "::ffff:203.0.113.7",
            "203.0.113.7",
        ):
            sent = await http.post(
                f"{server.url}/graphql",
                json={"query": "{ server { name } }"},
                headers={"x-forwarded-for": address},
            )
            statuses.append(sent.status_code)
        assert statuses == [200, 429, 200, 200, 429]


def test_limits_that_there_are_not_are_refused() -> None:
    for given in ("message=30/m", "messages=thirty", "messages"):
        with pytest.raises(ValueError, match=r"limit|must be like"):
            Settings(limits=given)  # type: ignore[arg-type]
    assert Settings(limits="messages=60/m burst 90, cost=1/s").limits == {  # type: ignore[arg-type]
        "messages": "60/m burst 90",
        "cost": "1/s",
    }
    with pytest.raises(ValueError, match=r"does not appear"):
        Settings(trusted_proxies="somewhere")  # type: ignore[arg-type]


def test_the_table_in_the_docs_is_the_one_in_the_code() -> None:
    assert limits.printed() in (ROOT / "docs" / "limits.md").read_text()
    assert set(LIMITS) == set(Kind)


async def test_uploads_are_counted_and_so_are_their_bytes(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    async with limited(tmp_path, uploads="4/m", upload_bytes="3000000/h") as server:
        ada, ben = [await sign_up(server.url, http, name) for name in ("ada", "ben")]
        lobby = await ada.create_channel()
        await ben.join(lobby)
        await ada.upload(lobby, bytes(2_000_000))
        given = {"channelId": lobby["id"]}
        # Refused while it comes: what was counted of it stays counted.
        assert code(await ada.ask_with_file(UPLOAD, bytes(2_000_000), **given)) == "RATE_LIMITED"
        tus = Tus(ada)
        path = await tus.begin(1_500_000, lobby)
        response = await tus.send(path, 0, bytes(1_500_000))
        assert (response.status_code, code(response.json())) == (429, "RATE_LIMITED")
        assert int(response.headers["retry-after"]) > 0
        for _ in range(4):
            await ben.upload(lobby)
        assert code(await ben.ask_with_file(UPLOAD, **given)) == "RATE_LIMITED"
        assert (await Tus(ben).create(1, lobby)).status_code == 429
