"""Clients that go away in the middle: nothing acknowledged is lost, nothing is stuck."""

import asyncio
import json
import random
from urllib.parse import urlsplit
from uuid import uuid4

from server.serving import Running
from tests.cast import SEND, Person
from tests.stage import until

CLIENTS = 1_000
AT_ONCE = 25


def request(person: Person, channel_id: str, message_id: str) -> bytes:
    given = {"channelId": channel_id, "body": message_id, "id": message_id}
    body = json.dumps({"query": SEND, "variables": {"input": given}}).encode()
    return (
        b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        + f"Authorization: Bearer {person.token}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )


async def test_a_thousand_disconnects_in_the_middle_of_mutations(
    server: Running, ada: Person
) -> None:
    lobby = await ada.create_channel()
    address = urlsplit(server.url)
    chance = random.Random(5)
    answered: list[str] = []
    sent: list[str] = []

    async def impatient() -> None:
        message_id = str(uuid4())
        sent.append(message_id)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        whole = request(ada, lobby["id"], message_id)
        cut = len(whole) if chance.random() < 0.8 else chance.randrange(len(whole))
        writer.write(whole[:cut])
        patience = chance.random()
        if patience < 0.3 and cut == len(whole):
            answer = await reader.readuntil(b"}}}")
            assert b'"errors"' not in answer
            answered.append(message_id)
        else:
            for _ in range(int(patience * 40)):
                await asyncio.sleep(0)
        writer.transport.abort()

    for _ in range(CLIENTS // AT_ONCE):
        await asyncio.gather(*(impatient() for _ in range(AT_ONCE)))
    # A last one tells that the server still answers, and that all before it are done.
    last = await ada.send(lobby, "the last")
    await until(lambda: server.house.database.waiting == 0)

    stored: list[str] = []
    after = None
    while True:
        page = await ada.history(lobby, first=100, after=after)
        stored += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(stored) == len(set(stored))
    assert set(answered) <= set(stored) <= {*sent, last["id"]}
    assert len(answered) > CLIENTS // 10
    assert len(stored) < CLIENTS
