"""Files over data channels: the protocol of docs/direct.md beside a bare data channel of aiortc.

python -m tests.bench.direct [--megabytes 100] [--rounds 3]

Both ends are in one process, one core between them. The bare channel sends the same pieces from
memory and only counts what comes; ours reads a file, hashes it twice, and writes another.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import aioice.ice
from aiortc import RTCPeerConnection
from rich.console import Console
from rich.table import Table

from tests.bench.servers import CLIENT_CORE
from tests.stage import ROOT

sys.path.insert(0, str(ROOT / "client-examples" / "direct"))

from direct.files import Incoming, Outgoing
from direct.pipe import PIECE, Pipe

MEGABYTE = 1_000_000


async def pair() -> tuple[RTCPeerConnection, RTCPeerConnection, Any, Any]:
    """Two connections, and the two ends of a data channel between them."""
    one, other = RTCPeerConnection(), RTCPeerConnection()
    channel = one.createDataChannel("file")
    came: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    other.on("datachannel", came.set_result)
    await one.setLocalDescription(await one.createOffer())
    await other.setRemoteDescription(one.localDescription)
    await other.setLocalDescription(await other.createAnswer())
    await one.setRemoteDescription(other.localDescription)
    opened = asyncio.Event()
    channel.on("open", opened.set)
    received = await came
    if channel.readyState != "open":
        await opened.wait()
    return one, other, channel, received


async def bare(megabytes: int) -> float:
    """MB a second of the channel alone."""
    one, other, sending, receiving = await pair()
    size, come, done = megabytes * MEGABYTE, 0, asyncio.Event()

    def count(data: bytes) -> None:
        nonlocal come
        come += len(data)
        if come >= size:
            done.set()

    receiving.on("message", count)
    low = asyncio.Event()
    sending.bufferedAmountLowThreshold = 256 * 1024
    sending.on("bufferedamountlow", low.set)
    piece, left, began = os.urandom(PIECE), size, time.perf_counter()
    while left > 0:
        if sending.bufferedAmount > 1024 * 1024:
            low.clear()
            await low.wait()
        sending.send(piece[: min(PIECE, left)])
        left -= PIECE
    await done.wait()
    taken = time.perf_counter() - began
    await asyncio.gather(one.close(), other.close())
    return megabytes / taken


async def ours(path: Path, into: Path, megabytes: int) -> float:
    """MB a second of a file."""
    one, other, sending, receiving = await pair()
    began = time.perf_counter()
    _, place = await asyncio.gather(
        Outgoing(path).send(Pipe(sending)), Incoming(into).receive(Pipe(receiving))
    )
    taken = time.perf_counter() - began
    place.unlink()
    await asyncio.gather(one.close(), other.close())
    return megabytes / taken


async def run(folder: Path, megabytes: int, rounds: int) -> list[tuple[float, float]]:
    path = folder / "film.bin"
    path.write_bytes(os.urandom(MEGABYTE) * megabytes)
    into = folder / "into"
    into.mkdir()
    return [(await bare(megabytes), await ours(path, into, megabytes)) for _ in range(rounds)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    os.sched_setaffinity(0, {CLIENT_CORE} if (os.cpu_count() or 1) > 1 else {0})
    aioice.ice.get_host_addresses = lambda *_, **__: ["127.0.0.1"]
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(run(Path(folder), wanted.megabytes, wanted.rounds))
    table = Table(title=f"{wanted.megabytes} MB over a data channel", title_justify="left")
    for name in ("", "MB/s"):
        table.add_column(name, justify="right" if name else "left")
    bares, owns = zip(*found, strict=True)
    table.add_row("bare", f"{median(bares):.1f}")
    table.add_row("a file", f"{median(owns):.1f}")
    table.add_row("ratio", f"{median(own / one for one, own in found):.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
