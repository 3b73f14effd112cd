"""The audit log: what is in it, that nobody changes it unseen, and what its owner does with it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from models import audit as entries
from models.audit import Head
from resolvers import audit
from resolvers.audit import Action, Broken
from server.serving import Running
from tests.cast import Client, Person
from tests.conftest import SignUp
from tests.server.process import on_sqlite, tertulia
from tests.stage import PASSWORD, a_server

LOG = """query($filter: AuditFilter, $first: Int, $after: String) {
  auditLog(filter: $filter, first: $first, after: $after) {
    nodes { number at action actorId subjectId channelId address details mac
      actor { username } subject { username } }
    pageInfo { endCursor hasNextPage } } }"""
BAN = """mutation($id: ID!, $why: String!) {
  banUser(input: { userId: $id, reason: $why }) { id } }"""
UNBAN = "mutation($id: ID!) { unbanUser(userId: $id) { id } }"
LOGIN = "mutation($input: LoginInput!) { login(input: $input) { user { id } } }"
KEY = b"a key of the test"


async def of(admin: Person, subject: Person, **given: Any) -> list[Any]:
    """What was done to somebody, latest first."""
    found = await admin.do(LOG, filter={"subjectId": subject.id, **given})
    return list(found["nodes"])


async def test_an_entry_says_who_did_what_to_whom_when_and_from_where(
    admin: Person, ada: Person
) -> None:
    await admin.do(BAN, id=ada.id, why="enough")
    (entry,) = await of(admin, ada)
    assert (entry["action"], entry["actorId"]) == ("USER_BANNED", admin.id)
    assert entry["actor"] == {"username": admin.username}
    assert entry["subject"] == {"username": ada.username}
    assert entry["address"] == "127.0.0.1"
    assert entry["details"] == {"reason": "enough", "until": None}
    assert len(entry["mac"]) == 64


DEEDS = {
    "ROLE_SET": "setRole(userId: %ada, role: MODERATOR) { id }",
    "USER_UPDATED": 'updateUser(input: { userId: %ada, displayName: "A" }) { id }',
    "PASSWORD_RESET": "resetPassword(userId: %ada) { url }",
    "USER_DELETED": "deleteUser(userId: %ada)",
    "MESSAGES_PURGED": "purgeMessages(input: { userId: %ada })",
    "MEMBER_REMOVED": "removeMember(channelId: %lobby, userId: %ada) { id }",
    "MEMBER_MUTED": "muteMember(channelId: %lobby, userId: %ada) { id }",
    "CHANNEL_ROLE_SET": "setChannelRole(channelId: %lobby, userId: %ada, role: OWNER) { id }",
    "MESSAGE_DELETED": "deleteMessage(id: %message) { id }",
}


@pytest.mark.parametrize("action", DEEDS)
async def test_whatever_is_done_by_right_of_a_role_is_in_it(
    action: str, admin: Person, ada: Person, ben: Person
) -> None:
    lobby = await ben.create_channel(memberIds=[ada.id])
    message = await ada.send(lobby, "hola")
    deed = DEEDS[action].replace("%ada", f'"{ada.id}"').replace("%lobby", f'"{lobby["id"]}"')
    await admin.do("mutation { " + deed.replace("%message", f'"{message["id"]}"') + " }")
    actions = [entry["action"] for entry in await of(admin, ada, actorId=admin.id)]
    assert action in actions
    assert await of(admin, ada, actorId=ben.id) == []


async def test_what_concerns_channels_and_words_is_in_it_too(admin: Person, ada: Person) -> None:
    plans = await ada.create_channel("PRIVATE")
    lobby = await ada.create_channel()
    await admin.do("mutation($c: ID!) { joinChannel(id: $c) { id } }", c=plans["id"])
    await admin.do("query($c: ID!) { exportChannel(channelId: $c) { url } }", c=plans["id"])
    await admin.do("mutation($c: ID!) { deleteChannel(id: $c) }", c=lobby["id"])
    await admin.do("mutation { setWordList(words: []) }")
    done = (await admin.do(LOG, filter={"actorId": admin.id}))["nodes"]
    assert [(entry["action"], entry["channelId"]) for entry in done] == [
        ("WORDS_LISTED", None),
        ("CHANNEL_DELETED", lobby["id"]),
        ("CHANNEL_EXPORTED", plans["id"]),
        ("CHANNEL_JOINED", plans["id"]),
        ("STAFF_SIGNED_IN", None),
    ]


async def test_what_members_do_among_themselves_is_not(
    admin: Person, ada: Person, ben: Person
) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    message = await ben.send(lobby, "hola")
    await ben.do("mutation($m: ID!) { deleteMessage(id: $m) { id } }", m=message["id"])
    await ben.do("mutation($c: ID!) { leaveChannel(id: $c) }", c=lobby["id"])
    assert await of(admin, ben) == []


async def test_what_is_not_done_is_not_in_it(admin: Person, ada: Person) -> None:
    before = (await admin.do(LOG, first=1))["nodes"]
    bad = 'mutation { deleteUser(userId: "x") }'
    assert await admin.code(bad) == "NOT_FOUND"
    assert await ada.code(BAN, id=admin.id, why="coup") == "FORBIDDEN"
    assert (await admin.do(LOG, first=1))["nodes"] == before


async def test_it_is_read_page_by_page_and_by_what_is_looked_for(
    admin: Person, ada: Person
) -> None:
    for number in range(3):
        await admin.do(BAN, id=ada.id, why=f"why {number}")
        await admin.do(UNBAN, id=ada.id)
    bans = {"subjectId": ada.id, "actions": ["USER_BANNED"]}
    one = await admin.do(LOG, filter=bans, first=2)
    assert [entry["details"]["reason"] for entry in one["nodes"]] == ["why 2", "why 1"]
    two = await admin.do(LOG, filter=bans, first=2, after=one["pageInfo"]["endCursor"])
    assert [entry["details"]["reason"] for entry in two["nodes"]] == ["why 0"]
    assert not two["pageInfo"]["hasNextPage"]
    first, last = two["nodes"][0]["at"], one["nodes"][0]["at"]
    assert len(await of(admin, ada, since=first)) == 6
    assert await of(admin, ada, until=first) == []
    assert len(await of(admin, ada, until="2100-01-01T00:00:00Z", since=last)) >= 1
    refusal = await admin.refused(LOG, filter={"actorId": "nobody"})
    assert refusal["field"] == "actorId"


async def test_failed_sign_ins_are_counted_and_written_down_a_few_lines_at_a_time(
    admin: Person, ada: Person, anybody: Client, signs_up: SignUp, server: Running
) -> None:
    people = [await signs_up(f"p{number}") for number in range(8)]
    for username, times in [(ada.username, 4), ("nobody-of-this-name", 3)]:
        for _ in range(times):
            given = {"username": username, "password": "wrong"}
            assert await anybody.code(LOGIN, input=given) == "UNAUTHENTICATED"
    for person in people:
        await anybody.code(LOGIN, input={"username": person.username, "password": "wrong"})
    before = (await entries.head(server.house.db)).number
    assert await server.house.attempts.write_down(server.house) == 15
    lines = await entries.after(server.house.db, before, 100)
    assert len(lines) == 6
    (of_ada,) = await of(admin, ada)
    assert of_ada["action"] == "SIGN_INS_FAILED"
    assert (of_ada["details"]["count"], of_ada["address"]) == (4, "127.0.0.1")
    assert of_ada["details"]["since"] <= of_ada["details"]["until"] <= of_ada["at"]
    counts = (await admin.do(LOG, filter={"actions": ["SIGN_INS_FAILED"]}, first=6))["nodes"]
    assert sum(entry["details"]["count"] for entry in counts) == 15
    assert await server.house.attempts.write_down(server.house) == 0


async def test_failed_sign_ins_are_kept_while_they_cannot_be_written(
    admin: Person, ada: Person, anybody: Client, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object) -> None:
        raise OSError("down")

    given = {"username": ada.username, "password": "wrong"}
    attempts = server.house.attempts
    await attempts.write_down(server.house)
    await anybody.code(LOGIN, input=given)
    with monkeypatch.context() as patch:
        patch.setattr(type(server.house), "write", down)
        with pytest.raises(OSError, match="down"):
            await attempts.write_down(server.house)
    await anybody.code(LOGIN, input=given)
    assert await attempts.write_down(server.house) == 2


async def test_an_entry_can_be_neither_changed_nor_deleted(admin: Person, server: Running) -> None:
    for statement in ("UPDATE audit SET action = 'x'", "DELETE FROM audit"):

        async def unit(transaction: Any, statement: str = statement) -> None:
            await transaction.db.fetch(statement)

        with pytest.raises((OperationalError, IntegrityError, Exception), match="only added to"):
            await server.house.database.write(unit)
    assert (await admin.do(LOG, first=1))["nodes"]


async def test_the_chain_holds_and_its_head_is_what_is_shown(
    admin: Person, ada: Person, server: Running
) -> None:
    await admin.do(BAN, id=ada.id, why="enough")
    key = server.house.database._writer._audit_key
    head = await audit.verify(server.house.db, key)
    (latest,) = (await admin.do(LOG, first=1))["nodes"]
    assert head == (latest["number"], latest["mac"])
    assert await audit.verify(server.house.db, key, head) == head
    with pytest.raises(Broken):
        await audit.verify(server.house.db, b"another key")


TAMPERING = {
    "what an entry says": "UPDATE audit SET details = '{}' WHERE number = 2",
    "who did it": "UPDATE audit SET actor_id = 'x' WHERE number = 2",
    "an entry taken out": "DELETE FROM audit WHERE number = 2",
    "an entry in another's place": """UPDATE audit SET number = CASE number WHEN 1 THEN -2
      WHEN 2 THEN -1 ELSE number END""",
    "the last ones taken off": "DELETE FROM audit WHERE number > 2",
    "an entry put behind": """INSERT INTO audit SELECT max(number) + 1, at, action, actor_id,
      subject_id, channel_id, address, details, mac FROM audit""",
}


@on_sqlite
@pytest.mark.parametrize("how", TAMPERING)
async def test_whoever_tampers_with_the_file_is_found_out(
    how: str, tmp_path: Path, http: httpx.AsyncClient
) -> None:
    data = tmp_path / "data"
    async with a_server(data) as server:
        for _ in range(4):
            await audit.note_of_owner(server.house, Action.SECRET_ROTATED, forgotten=False)
    arguments = ("--data", data)
    kept = tertulia("audit", "head", *arguments).stdout.strip()
    assert kept.startswith("4 ")
    verified = tertulia("audit", "verify", *arguments, "--head", kept)
    assert (verified.returncode, verified.stdout) == (
        0,
        f"All 4 entries are as they were written. The head: {kept}\n",
    )
    with closing(sqlite3.connect(data / "tertulia.db")) as file, file:
        for trigger in ("audit_is_not_changed", "audit_is_not_deleted"):
            file.execute(f"DROP TRIGGER {trigger}")
        file.execute(TAMPERING[how])
        file.execute("UPDATE audit SET number = -number WHERE number < 0")
    tampered = tertulia("audit", "verify", *arguments, "--head", kept)
    assert tampered.returncode == 1
    assert "tampered" in tampered.stderr


async def test_a_kept_head_is_looked_at(server: Running, admin: Person, ada: Person) -> None:
    await admin.do(BAN, id=ada.id, why="enough")
    key = server.house.database._writer._audit_key
    number, mac = await audit.verify(server.house.db, key)
    with pytest.raises(Broken, match="was kept"):
        await audit.verify(server.house.db, key, Head(number + 1, mac))
    with pytest.raises(Broken, match="another one"):
        await audit.verify(server.house.db, key, Head(number, "0" * 64))


def test_a_head_that_is_none_is_refused(tmp_path: Path) -> None:
    told = tertulia("audit", "verify", "--data", tmp_path, "--head", "what?")
    assert (told.returncode, "--head" in told.stderr) == (1, True)


async def test_staff_who_sign_in_are_noted(admin: Person, server: Running) -> None:
    (entry,) = await of(admin, admin)
    assert (entry["action"], entry["details"]) == ("STAFF_SIGNED_IN", {"role": "ADMIN"})
    assert PASSWORD not in str(entry)
