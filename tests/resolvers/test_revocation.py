"""A revocation counts from the moment at which it is written, whatever is remembered."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.clock import Clock
from models import messages as rows
from models import sessions
from models.accounts import UserRow
from models.connection import Connection
from models.sessions import SessionState
from resolvers import accounts, administration, channels, members, messages, moderation, revocations
from resolvers.errors import Banned, NotFound, Unauthenticated
from resolvers.house import Caller, House
from resolvers.messages import Window
from resolvers.rights import ChannelKind, Role
from resolvers.sessions import Doorkeeper, SessionCache, end, refresh
from schema.api import api
from schema.context import Context
from schema.operations import Asked, Operations, Rules
from tests.resolvers.people import somebody
from tests.stage import a_house, read_step_by_step


async def test_what_was_read_before_a_ban_is_not_remembered_after_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, root = await somebody(house, "ada"), await somebody(house, "root", Role.ADMIN)
    cache = SessionCache(house)
    has_read, banned = asyncio.Event(), asyncio.Event()
    read = sessions.state

    async def slowly(db: Connection, session_id: str) -> SessionState | None:
        state = await read(db, session_id)
        has_read.set()
        await banned.wait()
        return state

    with monkeypatch.context() as patched:
        patched.setattr(sessions, "state", slowly)
        looking = asyncio.create_task(cache.state(ada.session_id))
        await has_read.wait()
    await moderation.ban(root, ada.user_id, "enough", None)
    banned.set()
    await looking
    now = await cache.state(ada.session_id)
    assert now
    assert now.user.banned_until is not None


async def test_a_write_is_refused_to_who_was_banned_after_the_request_came_in(
    house: House,
) -> None:
    ada, root = await somebody(house, "ada"), await somebody(house, "root", Role.ADMIN)
    lobby = await channels.create(ada, ChannelKind.PUBLIC, name="lobby")
    await messages.send(ada, lobby.id, "hola")
    await moderation.ban(root, ada.user_id, "enough", None)
    with pytest.raises(Banned) as refusal:
        await messages.send(ada, lobby.id, "hola again")
    assert refusal.value.extensions["reason"] == "enough"


async def test_what_was_read_behind_a_ban_is_not_answered_with(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, root = await somebody(house, "ada"), await somebody(house, "root", Role.ADMIN)
    lobby = await channels.create(root, ChannelKind.PUBLIC, name="lobby")
    read = rows.newest

    async def meanwhile(*given: Any) -> Any:
        await moderation.ban(root, ada.user_id, "enough", None)
        await messages.send(root, lobby.id, "now that she is gone")
        return await read(*given)

    monkeypatch.setattr(rows, "newest", meanwhile)
    read_step_by_step(house, monkeypatch)
    token, _ = house.tokens.issue(ada.user_id, ada.session_id, house.clock.seconds())
    asked = Asked("query($c: ID!) { messages(channelId: $c) { nodes { body } } }", {"c": lobby.id})
    context = Context(house, Doorkeeper(house), token)
    answer = await Operations(api, Rules()).answer(asked, context)
    assert answer.formatted["data"] == {"messages": None}
    assert answer.formatted["errors"][0]["extensions"]["code"] == "BANNED"


async def asked_meanwhile(
    house: House, caller: Caller, document: str, between: Callable[[], Awaitable[Any]]
) -> dict[str, Any]:
    """The answer to a query during which something happens once, before its last reading."""
    token, _ = house.tokens.issue(caller.user_id, caller.session_id, house.clock.seconds())
    fetch, done = house.db.fetch, list[str]()

    async def slowly(sql: str, *given: Any) -> Any:
        if not done and ("FROM bans" in sql or "row_number()" in sql or "last_position\n" in sql):
            done.append(sql)
            await between()
        return await fetch(sql, *given)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(house.db, "fetch", slowly)
        context = Context(house, Doorkeeper(house), token)
        answer = await Operations(api, Rules()).answer(Asked(document), context)
    assert done
    return answer.formatted


async def test_what_stands_behind_a_removal_is_in_no_field_of_a_query(house: House) -> None:
    ada, ben = await somebody(house, "ada"), await somebody(house, "ben")
    cem = await somebody(house, "cem")
    people = [ben.user_id]
    plans = await channels.create(ada, ChannelKind.PRIVATE, name="plans", member_ids=people)
    await messages.send(ada, plans.id, "before")

    async def between() -> None:
        await members.remove(ada, plans.id, ben.user_id)
        await messages.send(ada, plans.id, "secret")
        await members.add(ada, plans.id, [cem.user_id])

    for document in (
        "{ channels { nodes { lastMessage { body } } } }",
        "{ channels { nodes { members { nodes { user { username } } } } } }",
    ):
        answer = await asked_meanwhile(house, ben, document, between)
        assert answer == {"data": {"channels": {"nodes": []}}}
        await members.remove(ada, plans.id, cem.user_id)
        await members.add(ada, plans.id, [ben.user_id])


async def test_what_stands_behind_a_lost_role_is_in_no_query(house: House) -> None:
    root, mod = (
        await somebody(house, "root", Role.ADMIN),
        await somebody(house, "mod", Role.MODERATOR),
    )
    ben = await somebody(house, "ben")

    async def between() -> None:
        await administration.set_role(root, mod.user_id, Role.MEMBER)
        await moderation.ban(root, ben.user_id, "behind it", None)

    answer = await asked_meanwhile(house, mod, "{ bans { nodes { reason } } }", between)
    assert answer["data"] == {"bans": None}
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_who_loses_rights_at_every_try_is_told_to_try_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await somebody(house, "ada")
    monkeypatch.setattr(house.revocations, "behind", lambda *_: True)
    token, _ = house.tokens.issue(ada.user_id, ada.session_id, house.clock.seconds())
    context = Context(house, Doorkeeper(house), token)
    answer = await Operations(api, Rules()).answer(Asked("{ head }"), context)
    assert answer.formatted["errors"][0]["extensions"]["code"] == "UNAVAILABLE"


async def test_what_is_forgotten_of_revocations_counts_as_one_of_anybody(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revocations, "_REMEMBERED", 2)
    people = [await somebody(house, name) for name in ("ada", "ben", "cem")]
    before = house.feed.head
    for person in people:
        await accounts.update_profile(person, {"display_name": "x"})
    known = house.revocations
    assert [known.behind(before, person.user_id) for person in people] == [True] * 3
    assert known.behind(before, "somebody else")
    assert not known.behind(before + 1, "somebody else")
    assert known.behind(before + 2, people[2].user_id)
    assert not known.behind(before + 3, people[2].user_id)


async def test_what_was_said_behind_a_removal_is_on_no_page(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben = await somebody(house, "ada"), await somebody(house, "ben")
    people = [ben.user_id]
    plans = await channels.create(ada, ChannelKind.PRIVATE, name="plans", member_ids=people)
    read = rows.newest

    async def meanwhile(*given: Any) -> Any:
        await members.remove(ada, plans.id, ben.user_id)
        await messages.send(ada, plans.id, "now that he is gone")
        return await read(*given)

    monkeypatch.setattr(rows, "newest", meanwhile)
    read_step_by_step(house, monkeypatch)
    with pytest.raises(NotFound):
        await messages.page(ben, plans.id, Window())


async def test_a_write_is_refused_to_a_session_that_has_ended_in_between(house: House) -> None:
    ada = await somebody(house, "ada")
    await end(ada, ada.session_id)
    with pytest.raises(Unauthenticated):
        await channels.create(ada, ChannelKind.PUBLIC, name="lobby")


async def test_a_write_sees_the_role_of_its_own_moment(house: House) -> None:
    ada = await somebody(house, "ada")
    pretender = type(ada)(house, promoted(ada.user), ada.session_id)
    ben = await somebody(house, "ben")
    with pytest.raises(Exception, match="Only moderators"):
        await moderation.ban(pretender, ben.user_id, "coup", None)


def promoted(user: UserRow) -> UserRow:
    return user._replace(role=Role.ADMIN)


async def test_a_session_that_is_kept_alive_is_not_locked_out_by_what_is_remembered(
    tmp_path: Path,
) -> None:
    day = datetime(2026, 1, 1, tzinfo=UTC)
    clock = Clock(lambda: day)
    async with a_house(tmp_path, clock) as house:
        ada = await accounts.register(house, "ada", "correct horse")
        doorkeeper, token = Doorkeeper(house), ada.refresh_token
        for _ in range(40):
            day += timedelta(days=1)
            renewed = await refresh(house, token)
            token = renewed.refresh_token
            await doorkeeper.caller(renewed.access_token)
