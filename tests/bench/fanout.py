"""What it costs to bring one message to many who follow: deliveries, processor time, memory.

python -m tests.bench.fanout [--rounds N] [--subscribers 100,1000,5000] [--idle 10000]

Each run has a server of its own, so that memory is told from the beginning. Beside the two servers
of `make bench` there is `bare`: a loop over sockets on the same uvicorn, which reads no database,
knows no GraphQL, and cannot be passed.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench import servers
from tests.bench.servers import CLIENT_CORE, Contestant
from tests.bench.subscribers import AT_ONCE, DELIVERIES

STORED = 60
NEWEST = "query($c: ID!) { messages(channelId: $c, last: 50) { nodes { id cursor } } }"
REACT = """mutation($m: ID!, $e: String!) {
  addReaction(messageId: $m, emoji: $e) { reactions { count } } }"""
OURS = {
    "tertulia": "messageAdded",
    "events": "events",
    "whole": "whole",
    "resumed": "messageAdded",
}
"""What those who follow ours subscribe to."""
MAKERS = {"stock": servers.stock, "node": servers.node, "bare": servers.bare}
MEASURES = {
    "deliveries/s": ("rate", 1, ",.0f"),
    "µs CPU each": ("cpu", 1e6, ",.1f"),
    "one by one": ("cpu_alone", 1e6, ",.1f"),
    "p50 ms": ("p50", 1000, ",.1f"),
    "p99 ms": ("p99", 1000, ",.1f"),
    "KB idle": ("kb", 1, ",.1f"),
}


def measured(name: str, subscribers: int, deliveries: int, idle: float = 0) -> dict[str, Any]:
    """One run against a fresh server."""
    if name in OURS:
        made = servers.tertulia(STORED, rooms=0, TERTULIA_MAX_SOCKETS="20000")
    else:
        made = MAKERS[name](stored=STORED, rooms=0)
    with made as contestant:
        return follow(
            contestant,
            what=OURS.get(name, "messageAdded"),
            cursors=[m["cursor"] for m in newest(contestant)] if name == "resumed" else [],
            reply_to=reacted_to(contestant) if name == "whole" else None,
            subscribers=subscribers,
            deliveries=deliveries,
            idle=idle,
        )


def newest(contestant: Contestant) -> list[dict[str, str]]:
    """The last messages."""
    token, channel = contestant.tokens[0], contestant.channel
    return list(servers.ask(contestant.port, NEWEST, token, c=channel)["nodes"])


def reacted_to(contestant: Contestant) -> str:
    """A message to reply to, with emoji beside it."""
    message = newest(contestant)[-1]["id"]
    for token in contestant.tokens[:8]:
        for emoji in ("👍", "🎉"):
            servers.ask(contestant.port, REACT, token, m=message, e=emoji)
    return message


def follow(contestant: Contestant, **given: Any) -> dict[str, Any]:
    """Runs the subscribers in a process of their own, on a core of their own."""
    pin = ["taskset", "-c", str(CLIENT_CORE)] if (os.cpu_count() or 1) > 1 else []
    done = subprocess.run(
        [*pin, sys.executable, "-m", "tests.bench.subscribers"],
        input=json.dumps({**vars(contestant), **given}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def main() -> None:
    """Runs everything and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--subscribers", default="100,1000,5000")
    parser.add_argument("--idle", type=int, default=0, help="only hold so many, for 5 s")
    parser.add_argument("--deliveries", type=int, default=DELIVERIES)
    parser.add_argument("--only", help="these contestants, separated by commas")
    given = parser.parse_args()
    console = Console(width=120)
    # Both sides have a file open for each socket; what is started from here inherits this.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if given.idle:
        found = measured("tertulia", given.idle, given.deliveries, idle=5)
        console.print(
            f"{given.idle:,} idle subscribers: {found['mb']:,.0f} MB, {found['kb']:.1f} KB each. "
            f"After 5 s, all had a message within {found['seconds']:.2f} s."
        )
        return
    sizes = [int(size) for size in given.subscribers.split(",")]
    there = [*OURS, *(maker.__name__ for maker in servers.others()), "bare"]
    names = [name for name in there if not given.only or name in given.only.split(",")]
    results: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for number in range(given.rounds):
        for size in sizes:
            for name in names:
                found = measured(name, size, given.deliveries)
                results.setdefault((size, name), []).append(found)
        console.print(f"round {number + 1} of {given.rounds} done")
    report(console, results)


def report(console: Console, results: dict[tuple[int, str], list[dict[str, Any]]]) -> None:
    """Prints medians, and the ratios of deliveries."""
    others = [name for name in ("bare", "node", "stock") if any(n == name for _, n in results)]
    table = Table(title="one message to many, medians of alternating runs")
    for heading in ("", *MEASURES, *(f"/ {name}" for name in others)):
        table.add_column(heading, justify="right" if heading else "left")
    for size, name in sorted(results, key=lambda key: key[0]):
        values = {m: median(run[m] for run in results[size, name]) for m, _, _ in MEASURES.values()}
        ratios = {o: median(run["rate"] for run in results[size, o]) for o in others}
        table.add_row(
            f"{size:,} {name}",
            *(format(values[measure] * unit, form) for measure, unit, form in MEASURES.values()),
            *(f"{values['rate'] / ratios[other]:.2f}" for other in others),
            end_section=name == "bare",
        )
    console.print(table)
    busiest = max(run["client_cpu"] for runs in results.values() for run in runs)
    frames = {name: runs[0]["bytes"] for (_, name), runs in results.items()}
    console.print(
        f"µs CPU each: in bursts, {AT_ONCE} messages at a time; one by one: each message when all "
        "have the one before. Then p50 and p99 are taken, too, from before the sending. The client "
        f"was busy for {busiest:.0%} of its core at the most. Bytes in a frame: {frames}."
    )


if __name__ == "__main__":
    main()
