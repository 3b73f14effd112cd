import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError

from adapters.bus import Bus
from tests.patience import PATIENCE
from tests.stage import Redis, a_redis, free_port


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with a_redis(tmp_path) as server:
        yield server


async def heard(ringing: Bus, listening: Bus) -> None:
    async with asyncio.timeout(PATIENCE), listening.listening() as has_rung:
        if ringing is listening:
            await ringing.ring()
        else:
            async with ringing.listening():
                await ringing.ring()
        await has_rung()


async def test_a_ring_is_heard_in_its_own_process() -> None:
    bus = Bus("memory://")
    async with asyncio.timeout(PATIENCE), bus.listening() as has_rung:
        await bus.ring()
        await has_rung()


async def test_a_ring_is_heard_in_another_process_over_redis(redis: Redis) -> None:
    await heard(Bus(redis.url), Bus(redis.url))


async def test_a_ring_is_heard_as_soon_as_one_listens(redis: Redis) -> None:
    for _ in range(50):
        await heard(Bus(redis.url), Bus(redis.url))


async def lose(bus: Bus, redis: Redis) -> None:
    async with asyncio.timeout(PATIENCE), bus.listening() as has_rung:
        redis.kill()
        await has_rung()


async def listen(bus: Bus) -> None:
    async with bus.listening():
        pass


async def test_who_listens_is_told_that_redis_is_gone(redis: Redis) -> None:
    bus = Bus(redis.url)
    with pytest.raises(ConnectionError):
        await lose(bus, redis)
    with pytest.raises(ConnectionError):
        await bus.ring()


async def test_it_can_be_listened_to_again_once_redis_is_back(redis: Redis) -> None:
    bus = Bus(redis.url)
    with pytest.raises(ConnectionError):
        await lose(bus, redis)
    redis.start()
    await heard(bus, bus)


async def test_who_is_lost_while_subscribing_is_told_so(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(*_: object) -> None:
        raise RedisConnectionError("gone")

    monkeypatch.setattr(PubSub, "subscribe", lost)
    with pytest.raises(ConnectionError):
        await listen(Bus(redis.url))


@pytest.mark.parametrize("asked", [Bus.open, Bus.ring, listen])
async def test_what_nobody_answers_is_a_connection_error(
    asked: Callable[[Bus], Awaitable[None]],
) -> None:
    with pytest.raises(ConnectionError):
        await asked(Bus(f"redis://127.0.0.1:{free_port()}"))
