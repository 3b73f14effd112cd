from adapters.limits import Limit


async def test_a_key_may_spend_its_burst_and_then_waits() -> None:
    limit = Limit(per_minute=3)
    for _ in range(3):
        assert limit.wait("ada") == 0
        await limit.spend("ada")
    assert limit.wait("ada") == 20
    assert limit.wait("ben") == 0


async def test_memory_is_bounded_whatever_the_number_of_keys() -> None:
    limit = Limit(per_minute=3)
    for number in range(10_100):
        await limit.spend(str(number))
    assert len(limit._buckets) == 10_000
