"""`make bench`: requests beside a stock Strawberry server and a Node server.

Each server has one core, the client the other. The runs of the servers alternate, and what is
told is the ratio of their medians: of this machine, at this hour, and of nothing else.
"""

import argparse
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench import servers
from tests.bench.servers import CLIENT_CORE, Contestant

SCENARIOS = {
    "send, 1 over HTTP": {"what": "send", "over": "http", "connections": 1},
    "send, 16 over HTTP": {"what": "send", "over": "http", "connections": 16},
    "send, 64 over HTTP": {"what": "send", "over": "http", "connections": 64},
    "send, 1 over WebSocket": {"what": "send", "over": "ws", "connections": 1},
    "send, 16 over WebSocket": {"what": "send", "over": "ws", "connections": 16},
    "send, 64 over WebSocket": {"what": "send", "over": "ws", "connections": 64},
    "history of 50, 16 over HTTP": {"what": "history", "over": "http", "connections": 16},
    "channels with last messages, 16 over HTTP": {
        "what": "channels",
        "over": "http",
        "connections": 16,
    },
    "small query, 16 over HTTP": {"what": "small", "over": "http", "connections": 16},
}
WARM_UP = 20
SETTLE = 0.3


def load(contestant: Contestant, scenario: dict[str, Any], seconds: float) -> dict[str, Any]:
    """One run of one scenario."""
    given = {
        **scenario,
        "port": contestant.port,
        "channel": contestant.channel,
        "tokens": contestant.tokens,
        "seconds": seconds,
        "settle": SETTLE,
    }
    pin = ["taskset", "-c", str(CLIENT_CORE)] if (os.cpu_count() or 1) > 1 else []
    done = subprocess.run(
        [*pin, sys.executable, "-m", "tests.bench.load"],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    result = json.loads(done.stdout)
    assert result["errors"] == 0, (contestant.name, scenario, result)
    return dict(result)


def main() -> None:
    """Runs everything and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--only", help="scenarios whose names contain this")
    given = parser.parse_args()
    console = Console(width=120)
    chosen = {name: s for name, s in SCENARIOS.items() if not given.only or given.only in name}
    makers = [servers.tertulia, *servers.others()]
    if servers.node not in makers:
        console.print("node or npm is not installed: that comparison is left out")
    with servers.canned() as fastest:
        ceiling = load(fastest, SCENARIOS["send, 16 over HTTP"], given.seconds)["rate"]
    with ExitStack() as stack:
        contestants = [stack.enter_context(maker()) for maker in makers]
        for contestant in contestants:
            if contestant.name == "node":
                console.print(f"warming Node up for {WARM_UP} s")
                for scenario in chosen.values():
                    load(contestant, scenario, WARM_UP / len(chosen))
        results: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for number in range(given.rounds):
            for name, scenario in chosen.items():
                for contestant in contestants:
                    found = load(contestant, scenario, given.seconds)
                    results.setdefault((name, contestant.name), []).append(found)
            console.print(f"round {number + 1} of {given.rounds} done")
    report(console, chosen, [contestant.name for contestant in contestants], results, ceiling)


def report(
    console: Console,
    chosen: dict[str, Any],
    names: list[str],
    results: dict[tuple[str, str], list[dict[str, Any]]],
    ceiling: float,
) -> None:
    """Prints medians and ratios."""
    table = Table(title="per second, medians of alternating runs")
    others = names[1:]
    for heading in ("", *names, *(f"ours / {name}" for name in others), "p50 ms", "p99 ms"):
        table.add_column(heading, justify="left" if not heading else "right")
    for scenario in chosen:
        rates = {name: median(r["rate"] for r in results[scenario, name]) for name in names}
        ours = results[scenario, names[0]]
        table.add_row(
            scenario,
            *(f"{rates[name]:,.0f}" for name in names),
            *(f"{rates[names[0]] / rates[name]:.2f}" for name in others),
            *(f"{median(run[p] for run in ours) * 1000:.2f}" for p in ("p50", "p99")),
        )
    console.print(table)
    busiest = max(run["client_cpu"] for runs in results.values() for run in runs)
    console.print(
        f"The client was busy for {busiest:.0%} of its core at the most, and does "
        f"{ceiling:,.0f}/s against a server that answers without a thought."
    )


if __name__ == "__main__":
    main()
