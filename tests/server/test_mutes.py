"""Mutes, as clients see them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from server.serving import Running
from tests.cast import SEND, Person
from tests.patience import PATIENCE

MUTE = """mutation($c: ID!, $u: ID!, $until: DateTime) {
  muteMember(channelId: $c, userId: $u, until: $until) { id } }"""
UNMUTE = "mutation($c: ID!, $u: ID!) { unmuteMember(channelId: $c, userId: $u) { id } }"
LEAVE = "mutation($c: ID!) { leaveChannel(id: $c) }"
OWN = "query($c: ID!) { channel(id: $c) { membership { mutedUntil } } }"
SILENCED = {
    "editMessage": 'mutation($m: ID!) { editMessage(input: { id: $m, body: "x" }) { id } }',
    "addReaction": 'mutation($m: ID!) { addReaction(messageId: $m, emoji: "👍") { id } }',
    "removeReaction": 'mutation($m: ID!) { removeReaction(messageId: $m, emoji: "👍") { id } }',
}


async def test_who_is_muted_reads_and_says_nothing_also_when_they_come_back(
    ada: Person, ben: Person
) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    said = await ben.send(lobby, "hola")
    await ada.do(MUTE, c=lobby["id"], u=ben.id)
    for _ in range(2):
        refusal = await ben.refused(SEND, input={"channelId": lobby["id"], "body": "let me"})
        assert refusal == {"code": "FORBIDDEN", "mutedUntil": None}
        for document in SILENCED.values():
            assert await ben.code(document, m=said["id"]) == "FORBIDDEN"
        assert len((await ben.history(lobby))["nodes"]) == 1
        await ben.do(LEAVE, c=lobby["id"])
        await ben.join(lobby)
    other = await ben.create_channel()
    await ben.send(other, "here I may")
    await ada.do(UNMUTE, c=lobby["id"], u=ben.id)
    await ben.send(lobby, "thank you")


async def test_a_mute_ends_by_itself_and_is_told(ada: Person, ben: Person) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    await ada.do(MUTE, c=lobby["id"], u=ben.id, until=soon)
    until = (await ben.do(OWN, c=lobby["id"]))["membership"]["mutedUntil"]
    given = {"channelId": lobby["id"], "body": "now?"}
    assert await ben.refused(SEND, input=given) == {"code": "FORBIDDEN", "mutedUntil": until}
    async with asyncio.timeout(PATIENCE):
        while "errors" in await ben.ask(SEND, input=given):
            pass


async def test_only_those_below_are_muted(ada: Person, ben: Person, admin: Person) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    for who, whom in ((ben, ada), (ben, ben)):
        assert await who.code(MUTE, c=lobby["id"], u=whom.id) == "FORBIDDEN"
    assert (await ada.refused(MUTE, c=lobby["id"], u=ada.id))["field"] == "userId"
    past = {"until": "2001-01-01T00:00:00Z"}
    assert (await ada.refused(MUTE, c=lobby["id"], u=ben.id, **past))["field"] == "until"
    await admin.do(MUTE, c=lobby["id"], u=ada.id)
    assert await ada.code(SEND, input={"channelId": lobby["id"], "body": "x"}) == "FORBIDDEN"


async def test_nobody_mutes_those_who_keep_order_on_the_server(
    ada: Person, ben: Person, admin: Person
) -> None:
    role = "mutation($id: ID!, $role: Role!) { setRole(userId: $id, role: $role) { id } }"
    lobby = await ada.create_channel(memberIds=[ben.id])
    await admin.do(role, id=ben.id, role="MODERATOR")
    for who in (ada, ben):
        assert await who.code(MUTE, c=lobby["id"], u=admin.id) == "FORBIDDEN"
    assert await ben.code(MUTE, c=lobby["id"], u=ada.id) == "FORBIDDEN"
    await ada.do(MUTE, c=lobby["id"], u=ben.id)  # an owner stands above a moderator


async def test_who_becomes_the_owner_may_speak(ada: Person, ben: Person) -> None:
    group = await ada.create_channel("GROUP", memberIds=[ben.id])
    await ada.do(MUTE, c=group["id"], u=ben.id)
    await ada.do(LEAVE, c=group["id"])
    await ben.send(group, "at last")
    assert (await ben.do(OWN, c=group["id"]))["membership"] == {"mutedUntil": None}


async def test_the_same_mute_again_is_nothing(ada: Person, ben: Person, admin: Person) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    for _ in range(3):
        await ada.do(MUTE, c=lobby["id"], u=ben.id)
    log = "query($id: ID!) { auditLog(filter: { subjectId: $id }) { nodes { action } } }"
    noted = (await admin.do(log, id=ben.id))["nodes"]
    assert [entry["action"] for entry in noted].count("MEMBER_MUTED") == 1


async def test_mutes_that_are_over_are_forgotten(
    ada: Person, ben: Person, outsider: Person, server: Running
) -> None:
    lobby = await ada.create_channel(memberIds=[ben.id])
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    await ada.do(MUTE, c=lobby["id"], u=ben.id, until=soon)
    given = {"channelId": lobby["id"], "body": "now?"}
    async with asyncio.timeout(PATIENCE):
        while "errors" in await ben.ask(SEND, input=given):
            pass
    await ada.do(MUTE, c=lobby["id"], u=outsider.id)
    kept = "SELECT user_id FROM mutes WHERE channel_id = ?"
    assert [tuple(row) for row in await server.house.db.fetch(kept, lobby["id"])] == [
        (outsider.id,)
    ]


@pytest.mark.parametrize("kind", ["GROUP", "PRIVATE"])
async def test_staff_mute_in_public_channels_alone(
    kind: str, ada: Person, ben: Person, admin: Person
) -> None:
    channel = await ada.create_channel(kind, memberIds=[ben.id])
    assert await admin.code(MUTE, c=channel["id"], u=ben.id) == "NOT_FOUND"
    await ada.do(MUTE, c=channel["id"], u=ben.id)
    assert await ben.code(SEND, input={"channelId": channel["id"], "body": "x"}) == "FORBIDDEN"
