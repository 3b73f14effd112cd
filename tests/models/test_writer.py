import asyncio
import itertools
import random
from collections.abc import Sequence

import pytest
from tortoise.exceptions import OperationalError

from models import events, messages, postgres
from models.accounts import User
from models.channels import Channel, one_for_user
from models.connection import Connection
from models.database import Database
from models.events import Event, EventKind
from models.writer import NotWritten, Transaction
from tests.models.rows import ADA, AT, add_channel, send
from tests.patience import PATIENCE


async def numbers_in(database: Database, channel_id: str) -> list[tuple[int, int]]:
    rows = await database.reader.fetch(
        "SELECT number, position FROM messages WHERE channel_id = ? ORDER BY position", channel_id
    )
    return [(row[0], row[1]) for row in rows]


async def test_what_was_written_can_be_read_when_it_is_answered(database: Database) -> None:
    channel_id = await database.write(add_channel)
    event = await send(database, channel_id)
    row = await messages.by_id(database.reader, event.subject_id or "")
    assert row
    assert (row.body, row.position) == ("hola", event.position)


async def test_positions_have_no_holes_and_numbers_count_within_the_channel(
    database: Database,
) -> None:
    one, other = await database.write(add_channel), await database.write(add_channel)
    chosen = [random.Random(7).choice([one, other]) for _ in range(60)]
    await asyncio.gather(*(send(database, channel_id) for channel_id in chosen))
    log = await events.after(database.reader, 0, 100)
    assert [event.position for event in log] == list(range(1, 63))
    for channel_id in (one, other):
        numbered = await numbers_in(database, channel_id)
        assert [number for number, _ in numbered] == list(range(1, chosen.count(channel_id) + 1))


async def test_events_are_told_before_their_writer_is_answered(
    database: Database, committed: list[Event]
) -> None:
    channel_id = await database.write(add_channel)
    event = await send(database, channel_id)
    assert committed[-1] is event


async def test_a_unit_that_fails_fails_alone(database: Database) -> None:
    channel_id = await database.write(add_channel)

    async def half_done(transaction: Transaction) -> None:
        await Channel.filter(id=channel_id).update(name="half")
        transaction.append(Event(EventKind.CHANNEL_UPDATED, AT, ADA, channel_id))
        raise LookupError("in the middle")

    *sent, failed = await asyncio.gather(
        send(database, channel_id),
        send(database, channel_id),
        database.write(half_done),
        return_exceptions=True,
    )
    assert isinstance(failed, LookupError)
    assert all(isinstance(event, Event) for event in sent)
    row = await one_for_user(database.reader, ADA, channel_id)
    assert row
    assert row.name == "lobby"
    assert [event.kind for event in await events.after(database.reader, 0, 100)] == [
        "MemberAdded",
        "MessageAdded",
        "MessageAdded",
    ]


async def test_a_statement_that_fails_leaves_the_units_beside_it_whole(database: Database) -> None:
    channel_id = await database.write(add_channel)

    async def twice_the_same(_transaction: Transaction) -> None:
        for _ in range(2):
            await Channel.create(id=ADA, kind="PUBLIC", digest="", created_by=ADA, created_at=AT)

    results = await asyncio.gather(
        database.write(twice_the_same), send(database, channel_id), return_exceptions=True
    )
    assert isinstance(results[0], Exception)
    assert isinstance(results[1], Event)
    assert await one_for_user(database.reader, ADA, ADA) is None


async def test_the_unit_of_a_cancelled_caller_is_run_all_the_same(database: Database) -> None:
    channel_id = await database.write(add_channel)
    callers = [asyncio.create_task(send(database, channel_id)) for _ in range(20)]
    await asyncio.sleep(0)
    for caller in callers[::2]:
        caller.cancel()
    results = await asyncio.gather(*callers, return_exceptions=True)
    assert sum(isinstance(result, asyncio.CancelledError) for result in results) == 10
    await send(database, channel_id)
    assert len(await numbers_in(database, channel_id)) == 21


async def test_thousands_of_random_cancellations_leave_nothing_locked_and_nothing_lost(
    database: Database,
) -> None:
    channel_id = await database.write(add_channel)
    chance = random.Random(11)
    answered: list[Event] = []

    async def one() -> None:
        answered.append(await send(database, channel_id))

    async def impatient() -> None:
        task = asyncio.create_task(one())
        for _ in range(chance.randrange(6)):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    for _ in range(30):
        await asyncio.gather(*(impatient() for _ in range(100)), one())
    await one()
    assert database.waiting == 0
    stored = {position for _, position in await numbers_in(database, channel_id)}
    assert {event.position for event in answered} <= stored
    assert len(answered) >= 31


async def test_closing_finishes_what_was_taken_on_and_takes_no_more(
    database: Database, committed: list[Event]
) -> None:
    channel_id = await database.write(add_channel)
    sending = [asyncio.create_task(send(database, channel_id)) for _ in range(50)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    with pytest.raises(NotWritten):
        await send(database, channel_id)
    await closing
    assert len(await asyncio.gather(*sending)) == 50
    assert sum(event.kind is EventKind.MESSAGE_ADDED for event in committed) == 50


async def test_the_reading_connections_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"readonly|read-only"):
        await database.reader.fetch("UPDATE log_head SET position = 0")


async def test_models_work_only_inside_a_unit(database: Database) -> None:
    with pytest.raises(RuntimeError, match="TortoiseContext"):
        await User.exists(id=ADA)


async def test_a_batch_that_cannot_be_committed_is_answered_to_nobody(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel_id = await database.write(add_channel)

    async def full(*_: object) -> None:
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(events, "place", full)
        with pytest.raises(NotWritten, match="full"):
            await send(database, channel_id)
    await send(database, channel_id)
    assert len(await numbers_in(database, channel_id)) == 1


async def test_many_writers_of_one_database_keep_the_order_of_positions(
    url: str, database: Database
) -> None:
    channel_id = await database.write(add_channel)
    assert await watched(url, database, channel_id) == list(range(1, 242))
    assert [n for n, _ in await numbers_in(database, channel_id)] == list(range(1, 241))


async def test_writers_that_neither_take_turns_nor_count_last_would_lose_events(
    url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That the test above would notice: with positions from a sequence, and no lock."""
    if url.startswith("sqlite"):
        pytest.skip("SQLite itself lets only one write at a time")
    channel_id = await database.write(add_channel)
    positions = itertools.count(2)

    async def from_a_sequence(db: Connection, caused: Sequence[Event]) -> None:
        for event in caused:
            event.position = next(positions)
        await asyncio.sleep(random.Random(caused[0].position).random() / 100)
        await db.run_many(
            "INSERT INTO events (position, kind, at) VALUES (?, ?, ?)",
            [(event.position, event.kind, event.at) for event in caused],
        )

    monkeypatch.setattr(events, "place", from_a_sequence)
    monkeypatch.setattr(postgres, "_TAKE_TURNS", "SELECT $1::bigint")
    seen = await watched(url, database, channel_id)
    written = await events.after(database.reader, 0, 500)
    assert len(written) == 241
    assert len(seen) < 241


async def watched(url: str, database: Database, channel_id: str) -> list[int]:
    """The positions that a follower sees while two processes, in miniature, write."""
    other = Database(url, list[Event]().extend, audit_key=b"k")
    await other.open()
    seen: list[int] = []
    done = asyncio.Event()

    async def look() -> None:
        page = await events.after(database.reader, seen[-1] if seen else 0, 500)
        seen.extend(event.position for event in page)

    async def watch() -> None:
        while not done.is_set():
            await look()

    watching = asyncio.create_task(watch())

    async def talk(through: Database) -> None:
        for _ in range(60):
            await send(through, channel_id)

    await asyncio.gather(*(talk(each) for each in (database, other) for _ in range(2)))
    done.set()
    await watching
    await look()
    await other.close()
    return seen


async def test_who_fails_to_hear_of_an_event_stops_no_writer(
    database: Database, committed: list[Event]
) -> None:
    def deaf(_: object) -> None:
        raise LookupError("what was that?")

    database._writer._committed = deaf
    async with asyncio.timeout(PATIENCE):
        channel_id = await database.write(add_channel)
        await send(database, channel_id)
    assert len(await numbers_in(database, channel_id)) == 1
    assert committed == []
