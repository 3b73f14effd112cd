"""What several devices did apart ends in the same content, in whatever order it arrives."""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.clock import Instant
from adapters.ids import new_id
from models import edits as edits_table
from models import messages as messages_table
from models import reactions as reactions_table
from models import search as search_table
from models.messages import HANGING
from models.search import Phrase, Sought
from models.writer import Transaction
from resolvers import channels, edits, members, messages, reactions
from resolvers.channels import digest
from resolvers.errors import NotFound
from resolvers.house import Caller
from resolvers.messages import Window
from resolvers.rights import ChannelKind
from tests.resolvers.people import somebody
from tests.stage import a_house

SIGNS = ("👍", "🎉")
WORDS = ("uno", "dos", "tres")
MESSAGES = 2


class Deed(NamedTuple):
    """Something that somebody did at some time, to one of the messages."""

    kind: str
    who: int
    about: int
    at: int
    what: str = ""

    @property
    def moment(self) -> Instant:
        return Instant(f"2026-01-01T00:00:{self.at:02}.000Z")


ABOUT = st.integers(0, MESSAGES - 1)
TIMES = st.integers(0, 2)
"""So few that often two are the same."""
DEEDS = st.one_of(
    st.builds(Deed, st.just("edit"), st.just(0), ABOUT, TIMES, st.sampled_from(WORDS)),
    st.builds(
        Deed,
        st.sampled_from(["add", "remove"]),
        st.integers(0, 1),
        ABOUT,
        TIMES,
        st.sampled_from(SIGNS),
    ),
    st.builds(Deed, st.just("read"), st.integers(0, 1), ABOUT, st.just(0)),
    st.builds(Deed, st.sampled_from(["delete", "purge"]), st.just(0), ABOUT, st.just(0)),
)


@dataclass
class Scene:
    """A channel of its own, in which the deeds are done."""

    people: tuple[Caller, Caller]
    channel_id: str
    ids: list[str] = field(default_factory=lambda: [new_id() for _ in range(MESSAGES)])
    there: dict[int, str] = field(default_factory=dict)
    """The cursors of the messages that have arrived."""

    async def do(self, deed: Deed) -> None:
        who, message_id = self.people[deed.who], self.ids[deed.about]
        does: dict[str, Callable[[], Awaitable[Any]]] = {
            "send": lambda: messages.send(who, self.channel_id, "cero", message_id),
            "edit": lambda: edits.edit(who, message_id, deed.what, deed.moment),
            "delete": lambda: edits.delete(who, message_id),
            "add": lambda: reactions.add(who, message_id, deed.what, deed.moment),
            "remove": lambda: reactions.remove(who, message_id, deed.what, deed.moment),
            "read": lambda: members.mark_read(who, self.channel_id, self.there[deed.about]),
            "purge": lambda: who.house.write(self.purging(message_id)),
        }
        with suppress(NotFound):  # what was purged
            await does[deed.kind]()
        if deed.kind == "send" and deed.about not in self.there:
            row = await messages.one(who, message_id)
            self.there[deed.about] = who.house.feed.cursor(row.position)

    def purging(self, message_id: str) -> Any:
        async def unit(transaction: Transaction) -> None:
            db = transaction.db
            row = await messages_table.by_id(db, message_id)
            if row is None:
                return
            await search_table.forget(db, row.position)
            for table in HANGING:
                await db.fetch(f"DELETE FROM {table} WHERE message_id = ?", message_id)
            bury = "INSERT INTO tombstones (id, digest, channel_id) VALUES (?, ?, ?)"
            await db.fetch(bury, message_id, row.digest, row.channel_id)
            await db.fetch("DELETE FROM messages WHERE id = ?", message_id)

        return unit

    async def content(self) -> list[Any]:
        """What is there in the end, message by message."""
        ada, ben = self.people
        db = ada.house.db
        found = await messages_table.by_ids(db, self.ids)
        own = {
            who: await reactions_table.of_user(db, caller.user_id, self.ids)
            for who, caller in enumerate((ada, ben))
        }
        counts = await reactions_table.of_messages(db, self.ids)
        return [
            message_id in found
            and (
                found[message_id].body,
                found[message_id].edited_at,
                found[message_id].deleted_at is not None,
                sorted(own[0][message_id]),
                sorted(own[1][message_id]),
                {row.emoji: row.users for row in counts[message_id]},
                [edit.body for _, edit in await edits_table.page(db, message_id, (-1, "", ""), 99)],
            )
            for message_id in self.ids
        ]

    async def findable(self, word: str) -> set[str]:
        """The messages that a search for a word finds."""
        ada = self.people[0]
        sought = Sought([Phrase((word,))], [self.channel_id], None, 0, 2**62)
        ids: set[str] = set()
        while True:
            found = await search_table.newest(ada.house.db, ada.user_id, sought, 99)
            ids |= {row.id for row in found.rows}
            if not found.more:
                return ids
            sought = sought._replace(before=found.reached)


def expected(deeds: list[Deed], ids: list[str]) -> list[Any]:
    """What the rules of docs/merge.md say that is there in the end."""
    return [_expected([deed for deed in deeds if deed.about == n], ids[n]) for n in range(MESSAGES)]


def _expected(deeds: list[Deed], message_id: str) -> Any:
    kinds = {deed.kind for deed in deeds}
    if "purge" in kinds:
        return False
    if "delete" in kinds:
        return ("", None, True, [], [], {}, [])
    versions = {
        (deed.moment, digest(message_id, deed.what, deed.moment), deed.what)
        for deed in deeds
        if deed.kind == "edit"
    }
    at, _, body = max(versions, default=(None, "", "cero"))
    last: dict[tuple[int, str], tuple[int, bool]] = {}
    for deed in deeds:
        if deed.kind in ("add", "remove"):
            key, now = (deed.who, deed.what), (deed.at, deed.kind == "add")
            last[key] = max(last.get(key, now), now)
    present = [key for key, (_, there) in last.items() if there]
    mine = [sorted(sign for who, sign in present if who == person) for person in (0, 1)]
    counts: defaultdict[str, int] = defaultdict(int)
    for _, sign in present:
        counts[sign] += 1
    said = ["cero", *(body for _, _, body in sorted(versions))] if versions else []
    return (body, at, False, *mine, dict(counts), said)


def in_some_order(deeds: list[Deed], chance: Random) -> list[Deed]:
    """The deeds, some of them repeated, none before the sending of what it is about."""
    sends = [Deed("send", 0, number, 0) for number in range(MESSAGES)]
    waiting = [*sends, *deeds, *chance.sample([*sends, *deeds], len(deeds) // 2)]
    chance.shuffle(waiting)
    done: list[Deed] = []
    sent: set[int] = set()
    while waiting:
        ready = next(d for d in waiting if d.kind == "send" or d.about in sent)
        waiting.remove(ready)
        done.append(ready)
        sent |= {ready.about} if ready.kind == "send" else set()
    return done


@pytest.fixture(scope="module")
async def people(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[Caller, Caller]]:
    async with a_house(tmp_path_factory.mktemp("house")) as house:
        yield await somebody(house, "ada"), await somebody(house, "ben")


BOTH = [Deed("edit", 0, 0, 1, word) for word in WORDS]
AT_ONCE = [Deed("remove", 0, 0, 1, "👍"), Deed("add", 0, 0, 1, "👍")]


@example(AT_ONCE, 0)
@example(AT_ONCE, 1)
@example(AT_ONCE, 2)
@example(AT_ONCE, 3)
@example(BOTH, 0)
@example(BOTH, 1)
@example(BOTH, 2)
@example(BOTH, 3)
@given(st.lists(DEEDS, max_size=16), st.integers(0, 2**32))
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_the_same_deeds_end_in_the_same_content(
    people: tuple[Caller, Caller], deeds: list[Deed], seed: int
) -> None:
    ada, ben = people
    room = await channels.create(ada, ChannelKind.GROUP, name="room", member_ids=[ben.user_id])
    scene = Scene(people, room.id)
    for deed in in_some_order(deeds, Random(seed)):
        await scene.do(deed)
    ended = expected(deeds, scene.ids)
    assert await scene.content() == ended
    for word in ("cero", *WORDS):
        saying = {scene.ids[n] for n, each in enumerate(ended) if each and each[0] == word}
        assert await scene.findable(word) == saying
    await _reads(scene, deeds)


async def _reads(scene: Scene, deeds: list[Deed]) -> None:
    """How far each has read is the furthest that they said; who wrote it all has read it all."""
    ada, ben = scene.people
    marked = [scene.there[d.about] for d in deeds if d.kind == "read" and d.who == 1]
    furthest = max((int(cursor.partition(".")[2]) for cursor in marked), default=0)
    row = await channels.one(ben, scene.channel_id)
    purged = any(deed.kind == "purge" for deed in deeds)
    if not purged:
        assert (row.my_read_position or 0) == furthest
        assert (await channels.one(ada, scene.channel_id)).my_read_number == MESSAGES


async def test_what_was_purged_stays_purged(people: tuple[Caller, Caller]) -> None:
    ada, ben = people
    room = await channels.create(ada, ChannelKind.GROUP, name="room", member_ids=[ben.user_id])
    scene = Scene(people, room.id)
    sent = await messages.send(ada, room.id, "cero", scene.ids[0])
    await ada.house.write(scene.purging(sent.row.id))
    for again in (
        messages.send(ada, room.id, "cero", sent.row.id),
        edits.edit(ada, sent.row.id, "uno"),
        edits.delete(ada, sent.row.id),
        reactions.add(ben, sent.row.id, "👍"),
    ):
        with pytest.raises(NotFound):
            await again
    reply = await messages.send(ben, room.id, "to that", None, sent.row.id)
    assert (reply.row.reply_to_id, reply.row.thread_id) == (sent.row.id, sent.row.id)
    page = await messages.page(ada, room.id, Window())
    assert [row.body for row in page.items] == ["to that"]
