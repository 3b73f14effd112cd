"""A list costs the same number of queries whatever its length."""

from collections.abc import Sequence
from typing import Any

import pytest

from adapters.ids import new_id
from resolvers import (
    blocks,
    calls,
    channels,
    edits,
    invites,
    members,
    messages,
    moderation,
    pins,
    reactions,
)
from resolvers.house import Caller, House
from resolvers.messages import Window
from resolvers.rights import ChannelKind, Role
from resolvers.sessions import Doorkeeper
from schema.api import api
from schema.context import Context
from schema.operations import Asked, Operations, Rules
from tests.resolvers.people import somebody, upload
from tests.stage import read_step_by_step

AUTHORS = "author { username displayName }"
LISTS = {
    "messages": (
        f"""query($id: ID!) {{ messages(channelId: $id) {{ nodes {{
          id body {AUTHORS} channel {{ name topic }} }} pageInfo {{ hasPreviousPage }} }} }}""",
        4,
    ),
    "messages with all that hangs on them": (
        f"""query($id: ID!) {{ messages(channelId: $id, last: 20) {{ nodes {{
          id {AUTHORS} replyTo {{ body {AUTHORS} }} thread {{ replyCount }} pinnedAt myReactions
          reactions {{ emoji count users(first: 3) {{ username }} }}
          mentions {{ everybody user {{ username }} }} }} }} }}""",
        14,
    ),
    "messages with files": (
        f"""query($id: ID!) {{ messages(channelId: $id, last: 20) {{ nodes {{ body
          files {{ name url uploader {{ username }} channel {{ name }} heads
            versions {{ url {AUTHORS} }} }} }} }} }}""",
        9,
    ),
    "files": (
        f"""query($id: ID!) {{ files(channelId: $id, first: 20) {{ nodes {{ name url heads
          uploader {{ username }} channel {{ name }} versions {{ parents {AUTHORS} }} }} }} }}""",
        6,
    ),
    "thread": (
        f"""query($message: ID!) {{ thread(messageId: $message) {{ nodes {{
          body {AUTHORS} replyTo {{ body }} }} }} }}""",
        8,
    ),
    "messageEdits": (
        "query($message: ID!) { messageEdits(messageId: $message) { nodes { body at } } }",
        3,
    ),
    "pins": (
        f"""query($id: ID!) {{ pins(channelId: $id) {{ nodes {{
          message {{ body {AUTHORS} }} pinnedBy {{ username }} }} }} }}""",
        6,
    ),
    "inbox": (
        f"""{{ inbox {{ nodes {{ channel {{ name membership {{ mentionCount }} }}
          message {{ body {AUTHORS} }} }} }} }}""",
        5,
    ),
    "allChannels": ("{ allChannels { nodes { name createdBy { username } } } }", 2),
    "blockedUsers": ("{ blockedUsers { nodes { user { username } } } }", 2),
    "channels": (
        f"""{{ channels {{ nodes {{ name memberCount membership {{ role unreadCount }}
          createdBy {{ username }} lastMessage {{ body {AUTHORS} }}
          members(first: 5) {{ nodes {{ role user {{ username }} }} }} }} }} }}""",
        6,
    ),
    "channels with their calls": (
        """{ channels { nodes { name call { startedAt startedBy { username }
          participants { peer user { username } } } } } }""",
        5,
    ),
    "activeCalls": (
        """{ activeCalls { startedAt channel { name } startedBy { username }
          participants { peer user { username } } } }""",
        4,
    ),
    "publicChannels": (
        f"{{ publicChannels {{ nodes {{ name lastMessage {{ body {AUTHORS} }} }} }} }}",
        3,
    ),
    "users": ("{ users { nodes { username role banned email } } }", 1),
    "users with their presence": ("{ users { nodes { username online lastSeenAt } } }", 3),
    "invites": (
        """query($id: ID!) { invites(channelId: $id) { nodes {
          code channel { name } createdBy { username } } } }""",
        5,
    ),
    "searchMessages": (
        f"""{{ searchMessages(query: "hola") {{ nodes {{
          body {AUTHORS} channel {{ name }} }} }} }}""",
        6,
    ),
    "members": (
        "query($id: ID!) { channel(id: $id) { members { nodes { user { username } } } } }",
        3,
    ),
    "bans": ("{ bans { nodes { reason user { username } bannedBy { username } } } }", 2),
}


async def furnish(house: House, ada: Caller, lobby: str, rounds: range) -> None:
    """More of everything."""
    root = (await messages.page(ada, lobby, Window(first=1))).items
    for number in rounds:
        person = await somebody(house, f"person{number}")
        room = await channels.create(ada, ChannelKind.PUBLIC, name=f"room {number}")
        for channel_id in (lobby, room.id):
            await members.join(person, channel_id)
            to = root[0].id if root and channel_id == lobby else None
            file = await upload(person, channel_id, f"{number}".encode())
            said = "@channel @ada @person0"
            sent = await messages.send(person, channel_id, said, None, to, [file])
            for emoji in ("👍", "🎉"):
                await reactions.add(person, sent.row.id, emoji)
                await reactions.add(ada, sent.row.id, emoji)
            await pins.pin(ada, sent.row.id)
            await edits.edit(person, sent.row.id, f"@ada hola {number}")
            if root:
                await edits.edit(ada, root[0].id, f"the root {number}")
        await calls.join(ada, room.id, new_id())
        await blocks.block(ada, person.user_id)
        await invites.create(ada, lobby, None, None)
        await moderation.ban(ada, person.user_id, "enough", None)


async def count(
    house: House, caller: Caller, document: str, channel_id: str, monkeypatch: pytest.MonkeyPatch
) -> list[int]:
    """How many statements the document costs, executed field by field, and with plans."""
    operations = Operations(api, Rules())
    return [
        await ask(operations, house, caller, document, channel_id, monkeypatch) for _ in range(2)
    ]


async def ask(
    operations: Operations,
    house: House,
    caller: Caller,
    document: str,
    channel_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> int:
    """How many statements asking once costs."""
    root = (await messages.page(caller, channel_id, Window(first=1))).items[0]
    house.people._forget()
    statements: list[str] = []
    fetch = house.db.fetch

    async def counted(sql: str, *values: Any) -> Sequence[Sequence[Any]]:
        if "FROM events" not in sql and "FROM sessions" not in sql:  # not the document's
            statements.append(sql)
        return await fetch(sql, *values)

    with monkeypatch.context() as patched:
        patched.setattr(house.db, "fetch", counted)
        read_step_by_step(house, patched)
        now = house.clock.seconds()
        token, _ = house.tokens.issue(caller.user_id, caller.session_id, now)
        given = {"id": channel_id, "message": root.id}
        variables = {name: value for name, value in given.items() if f"${name}" in document}
        context = Context(house, Doorkeeper(house), token)
        result = await operations.answer(Asked(document, variables), context)
    assert not result.errors
    assert result.data
    assert '"nodes": []' not in str(result.data)
    return len(statements)


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_costs_the_same_number_of_queries_whatever_its_length(
    house: House, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, most = LISTS[name]
    ada = await somebody(house, "ada", Role.ADMIN)
    lobby = (await channels.create(ada, ChannelKind.PUBLIC, name="lobby")).id
    await messages.send(ada, lobby, "the root")
    await furnish(house, ada, lobby, range(2))
    few = await count(house, ada, document, lobby, monkeypatch)
    await furnish(house, ada, lobby, range(2, 20))
    many = await count(house, ada, document, lobby, monkeypatch)
    # Which of them are put together is a matter of moments, but never of length.
    assert max(few) <= most
    assert max(many) <= most
