import asyncio
import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from adapters.limits import KEYS, LocalLimits, NoLimits, Rate, SharedLimits
from tests.patience import PATIENCE
from tests.stage import Redis, a_redis

RATES = {"few": Rate.of("3/m"), "burst": Rate.of("60/m burst 5"), "much": Rate.of("1000/m")}


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("30/m", Rate(30, 60, 30)),
        ("5/s burst 20", Rate(5, 1, 20)),
        (" 10/h ", Rate(10, 3600, 10)),
        ("1/d", Rate(1, 86400, 1)),
    ],
)
def test_a_rate_is_written_in_few_words(text: str, rate: Rate) -> None:
    assert Rate.of(text) == rate


@pytest.mark.parametrize("text", ["", "30", "30/w", "0/m", "x/m", "-1/m", "3/m burst 0", "3/m 5"])
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be like"):
        Rate.of(text)


async def test_a_key_may_spend_its_burst_and_then_waits() -> None:
    limits = LocalLimits(RATES)
    assert [await limits.spend("few", "ada") for _ in range(4)] == [0, 0, 0, 20]
    assert await limits.spend("few", "ben") == 0
    assert await limits.spend("much", "ada") == 0
    assert limits.refused == {"few": 1}


async def test_a_burst_is_made_up_for_at_the_rate() -> None:
    limits = LocalLimits(RATES)
    assert [await limits.spend("burst", "ada") for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    assert await limits.spend("burst", "ada", 3) == 3


async def test_what_is_refused_is_not_counted_and_more_than_a_burst_is_one() -> None:
    limits = LocalLimits(RATES)
    assert await limits.spend("few", "ada", 2) == 0
    assert await limits.spend("few", "ada", 99) > 0
    assert await limits.spend("few", "ada") == 0
    assert await limits.spend("few", "ben", 99) == 0
    assert await limits.spend("few", "ben") == 20


async def test_after_a_time_there_is_room_again(monkeypatch: pytest.MonkeyPatch) -> None:
    limits, loop = LocalLimits(RATES), asyncio.get_running_loop()
    for _ in range(3):
        await limits.spend("few", "ada")
    now = loop.time()
    monkeypatch.setattr(loop, "time", lambda: now + 19.9)
    assert await limits.spend("few", "ada") == 1
    monkeypatch.setattr(loop, "time", lambda: now + 20.1)
    assert await limits.spend("few", "ada") == 0
    assert await limits.spend("few", "ada") > 0


async def test_many_at_once_get_no_more_than_there_is() -> None:
    limits = LocalLimits(RATES)
    answers = await asyncio.gather(*(limits.spend("few", "ada") for _ in range(50)))
    assert answers.count(0) == 3


async def test_memory_is_bounded_whatever_the_number_of_keys() -> None:
    limits = LocalLimits(RATES)
    for number in range(KEYS + 100):
        # What is left to one who comes late is not what somebody else has left.
        assert await limits.spend("few", str(number), 3) == 0
    assert len(limits._buckets["few"]) == KEYS
    # Who was there last is remembered.
    for _ in range(3):
        wait = await limits.spend("few", str(KEYS + 99))
    assert wait > 0


async def test_without_limits_everything_goes() -> None:
    limits = NoLimits()
    assert [await limits.spend("few", "ada", 10**9) for _ in range(9)] == [0] * 9


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with a_redis(tmp_path) as started:
        yield started


async def test_nodes_count_together(redis: Redis) -> None:
    nodes = [SharedLimits(RATES, redis.url) for _ in range(3)]
    answers = await asyncio.gather(
        *(nodes[number % 3].spend("much", "ada") for number in range(1_500))
    )
    # A window begins anew at some moment: then what was spent before counts by its share.
    assert 1_000 <= answers.count(0) <= 1_020
    assert all(1 <= wait <= 120 for wait in answers if wait)
    assert await nodes[0].spend("much", "ben", 400) == 0
    assert await nodes[1].spend("much", "ben", 400) == 0
    assert await nodes[2].spend("much", "ben", 400) > 0
    assert sum(node.refused["much"] for node in nodes) == 501
    for node in nodes:
        await node.close()


async def test_without_redis_each_node_counts_by_itself_and_then_together_again(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.limits._PATIENCE", 0.2)
    monkeypatch.setattr("adapters.limits._APART", 0.3)
    one, other = SharedLimits(RATES, redis.url), SharedLimits(RATES, redis.url)
    assert [await one.spend("few", "ada") for _ in range(3)] == [0, 0, 0]
    assert await other.spend("few", "ada") > 0
    redis.signal(signal.SIGSTOP)
    assert await other.spend("few", "ada") == 0
    assert [await other.spend("few", "ada") for _ in range(3)] == [0, 0, 20]
    redis.signal(signal.SIGCONT)

    async def together(key: str) -> bool:
        for _ in range(3):
            await one.spend("few", key)
        return await other.spend("few", key) > 0

    keys = map(str, count())
    async with asyncio.timeout(PATIENCE):
        while not await together(next(keys)):
            pass
    for node in (one, other):
        await node.close()
