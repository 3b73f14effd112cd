"""The overview of what goes on, and the same figures for Prometheus."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from adapters.clock import Instant, instant, moment
from resolvers import activity
from server.opening import add_admin
from server.serving import Running
from tests.cast import Client, Person, sign_in, sign_up
from tests.stage import PASSWORD, a_server

ACTIVITY = """activity { at peopleOnline users connections writesWaiting failedSignIns openReports
  storageBytes messagesLastHour messagesLastDay hours { since messages } days { since messages }
  busiestChannels { messages channel { id name } } limits { limit refused } }"""
LOGIN = 'mutation { login(input: { username: "ada", password: "wrong" }) { user { id } } }'
REPORT = 'mutation($m: ID!) { reportMessage(messageId: $m, reason: "x") }'
TOKEN = "a token for the metrics"


@pytest.fixture
async def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    """A server of which nothing else is known, that looks at everything anew."""
    monkeypatch.setattr(activity, "_FRESH", 0)
    monkeypatch.setattr(activity, "_LONG_FRESH", 0)
    monkeypatch.setattr(activity, "EVERY", 0.02)
    async with a_server(tmp_path, metrics_token=TOKEN) as started:
        await add_admin(started.house, "root", PASSWORD)
        yield started


@pytest.fixture
async def root(own: Running, http: httpx.AsyncClient) -> Person:
    return await sign_in(own.url, http, "root")


@pytest.fixture
async def ada(own: Running, http: httpx.AsyncClient) -> Person:
    return await sign_up(own.url, http, "ada")


async def test_admins_see_what_goes_on(root: Person, ada: Person) -> None:
    lobby = await ada.create_channel()
    plans = await ada.create_channel("PRIVATE", name="plans")
    for channel, times in ((lobby, 3), (plans, 5)):
        for _ in range(times):
            await ada.send(channel, "hola")
    message = await root.code(LOGIN)
    assert message == "UNAUTHENTICATED"
    await root.join(lobby)
    (first, *_) = (await root.history(lobby))["nodes"]
    await root.do('mutation($m: ID!) { reportMessage(messageId: $m, reason: "x") }', m=first["id"])
    async with ada.socket():
        seen = await root.do(f"{{ {ACTIVITY} }}")
    assert (seen["peopleOnline"], seen["users"], seen["connections"]) == (1, 2, 1)
    assert (seen["failedSignIns"], seen["openReports"], seen["limits"]) == (1, 1, [])
    assert (seen["messagesLastHour"], seen["messagesLastDay"]) == (8, 8)
    assert (len(seen["hours"]), len(seen["days"])) == (24, 30)
    assert sum(hour["messages"] for hour in seen["hours"]) == 8
    assert sum(day["messages"] for day in seen["days"]) == 8
    assert [hour["since"] for hour in seen["hours"]] == sorted(
        hour["since"] for hour in seen["hours"]
    )
    busy = [(one["channel"]["name"], one["messages"]) for one in seen["busiestChannels"]]
    assert busy == [("plans", 5), ("lobby", 3)]
    assert seen["storageBytes"] > 10_000


async def test_hours_and_days_have_what_was_said_in_them(
    own: Running, root: Person, ada: Person
) -> None:
    lobby = await ada.create_channel()
    sent = [await ada.send(lobby, str(number)) for number in range(4)]
    now = own.house.clock.now()
    for message, at in zip(
        sent[:3], ("2026-01-01T00:00:00.000Z", hours_ago(now, 30), hours_ago(now, 3)), strict=True
    ):

        async def unit(transaction: object, key: str = message["id"], at: str = at) -> None:
            await transaction.db.fetch(  # type: ignore[attr-defined]
                "UPDATE messages SET created_at = ? WHERE id = ?", at, key
            )

        await own.house.database.write(unit)
    for _ in range(2):  # what was counted before is the same when it is remembered
        seen = await root.do(f"{{ {ACTIVITY} }}")
        counts = [hour["messages"] for hour in seen["hours"]]
        assert (counts[-1], counts[-4], sum(counts)) == (1, 1, 2)
        assert sum(day["messages"] for day in seen["days"]) == 3


def hours_ago(now: str, hours: int) -> str:
    return instant(moment(Instant(now)) - timedelta(hours=hours))


async def test_it_is_told_live_until_one_is_no_admin(
    own: Running, root: Person, ada: Person
) -> None:
    role = "mutation($id: ID!, $role: Role!) { setRole(userId: $id, role: $role) { id } }"
    await root.do(role, id=ada.id, role="ADMIN")
    async with ada.socket() as socket:
        await socket.subscribe("subscription { activityChanged { users connections } }")
        assert await socket.next() == {"users": 2, "connections": 1}
        await sign_up(own.url, root.http, "cem")
        while (await socket.next())["users"] != 3:
            pass
        await root.do(role, id=ada.id, role="MEMBER")
        while (message := await socket.receive())["type"] == "next" and "errors" not in message[
            "payload"
        ]:
            pass
        told = message["payload"]["errors"] if message["type"] == "next" else message["payload"]
        assert told[0]["extensions"]["code"] == "FORBIDDEN"


async def test_prometheus_reads_the_same_figures_with_its_token(
    own: Running, root: Person, ada: Person, http: httpx.AsyncClient
) -> None:
    lobby = await ada.create_channel()
    await ada.send(lobby, "hola")
    url = f"{own.url}/metrics"
    for headers in (
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Bearer {root.token}"},
    ):
        refused = await http.get(url, headers=headers)
        assert (refused.status_code, "tertulia_" in refused.text) == (401, False)
    told = await http.get(url, headers={"authorization": f"Bearer {TOKEN}"})
    assert told.headers["content-type"].startswith("text/plain")
    figures = dict(re.findall(r"^(tertulia_\w+) ([\d.e+]+)$", told.text, re.MULTILINE))
    assert float(figures["tertulia_users"]) == 2
    assert float(figures["tertulia_messages_last_day"]) == 1
    assert float(figures["tertulia_log_position_total"]) == own.house.feed.head
    assert "process_resident_memory_bytes" in told.text


async def test_without_a_token_there_are_no_metrics(anybody: Client) -> None:
    assert (await anybody.http.get(f"{anybody.url}/metrics")).status_code == 404
