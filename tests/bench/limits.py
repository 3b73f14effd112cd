"""The limiter: how long a decision takes, and that memory does not grow with who asks.

python -m tests.bench.limits [--addresses 100000] [--users 10000]
"""

import argparse
import asyncio
import gc
import time
import tracemalloc

from aiolimiter import AsyncLimiter
from rich.console import Console
from rich.table import Table

from adapters.limits import LocalLimits
from resolvers.limits import Kind, rates

ROUNDS = 5


def addresses(count: int) -> list[str]:
    return [f"{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}.7" for n in range(count)]


async def decide(limits: LocalLimits, kind: Kind, keys: list[str], times: int) -> float:
    """The time that a decision takes, in microseconds."""
    began = time.perf_counter()
    for _ in range(times):
        for key in keys:
            await limits.spend(kind, key)
    return (time.perf_counter() - began) / (times * len(keys)) * 1e6


async def bare(times: int) -> float:
    """That of one bucket of the library by itself."""
    bucket = AsyncLimiter(10**9, 60)
    began = time.perf_counter()
    for _ in range(times):
        if bucket.has_capacity():
            await bucket.acquire()
    return (time.perf_counter() - began) / times * 1e6


async def run(many: int, users: int) -> None:
    table = Table(title="The limiter", title_justify="left")
    for name in ("", "us a decision", "MB held"):
        table.add_column(name, justify="right" if name else "left")
    table.add_row("aiolimiter, one bucket", f"{await bare(300_000):.2f}", "")
    everybody, people = addresses(many), [f"user {n}" for n in range(users)]
    limits = LocalLimits(rates({}))
    tracemalloc.start()
    for name, kind, keys in (
        (f"{users:,} users", Kind.COST, people),
        (f"{many // 10:,} addresses", Kind.ANONYMOUS, everybody[: many // 10]),
        (f"{many:,} addresses", Kind.ANONYMOUS, everybody),
        (f"{many:,} addresses, {ROUNDS} times", Kind.ANONYMOUS, everybody),
    ):
        for _ in range(ROUNDS if "times" in name else 1):
            await decide(limits, kind, keys, 1)
        gc.collect()
        held = tracemalloc.get_traced_memory()[0] / 1e6
        table.add_row(name, "", f"{held:.1f}")
    tracemalloc.stop()
    for name, kind, keys in (
        ("a user who is known", Kind.COST, people),
        ("an address that is not", Kind.ANONYMOUS, everybody),
        ("one who is refused", Kind.MESSAGES, ["one"] * 10_000),
    ):
        taken = min([await decide(limits, kind, keys, 1) for _ in range(ROUNDS)])
        table.add_row(name, f"{taken:.2f}", "")
    Console().print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--addresses", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=10_000)
    wanted = parser.parse_args()
    asyncio.run(run(wanted.addresses, wanted.users))


if __name__ == "__main__":
    main()
