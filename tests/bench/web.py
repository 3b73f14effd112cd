"""How the web client takes a channel of 100,000 messages, and one in which 100 a second are said.

python -m tests.bench.web [--messages 100000] [--seconds 60] [--rate 100]

Real Chromium before a server of its own. Frames and keys are in milliseconds, memory is what
scripts hold after a collection.
"""

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench import flat, servers
from tests.stage import PASSWORD

BROWSER = Path(__file__).parents[1] / "browser"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rate", type=int, default=100)
    given = parser.parse_args()
    subprocess.run(["npm", "ci", "--silent"], cwd=BROWSER, check=True)
    with tempfile.TemporaryDirectory() as folder:
        filled = flat.empty(folder)
        # Each tenth is said elsewhere.
        flat.say(filled, given.messages * flat.ELSEWHERE // (flat.ELSEWHERE - 1))
        with servers.serving(folder) as (port, _):
            found = visited(port, folder, filled, given)
    report(Console(), found)


def visited(port: int, folder: str, filled: flat.Filled, given: argparse.Namespace) -> Any:
    """What the browser measured."""
    talkers, tokens = servers.register(folder, port, 4, "talker")
    add = "mutation($c: ID!, $p: [ID!]!) { addMembers(channelId: $c, userIds: $p) { id } }"
    servers.ask(port, add, filled.token, c=filled.rooms[0], p=talkers)
    url = f"http://127.0.0.1:{port}"
    arguments = (url, "user0", PASSWORD, "room0", filled.rooms[0], given.seconds, given.rate)
    ran = subprocess.run(
        ["node", "measure.mjs", *map(str, arguments)],
        cwd=BROWSER,
        env={**os.environ, "TOKENS": ",".join(tokens)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(ran.stdout)


def report(console: Console, found: Any) -> None:
    """Prints it."""
    table = Table("", "frames", "p50", "p99", "longest", "long tasks", "longest", "over 100 ms")
    for name, part in (("scrolling", found["scrolled"]), ("busy", found["busy"])):
        frames, tasks = part["frames"], part["long"]
        row = (frames["count"], frames["p50"], frames["p99"], frames["longest"])
        long = (tasks["count"], round(tasks["longest"]), tasks["over100"])
        table.add_row(name, *map(str, (*row, *long)))
    console.print(table)
    keys = found["busy"]["keys"]
    console.print(f"{found['scrolled']['messages']} messages scrolled past, idle {found['idle']}")
    console.print("memory while scrolling", [one["mb"] for one in found["scrolled"]["memory"]])
    console.print(
        "elements while scrolling", [one["elements"] for one in found["scrolled"]["memory"]]
    )
    console.print("memory while busy", [one["mb"] for one in found["busy"]["memory"]])
    console.print(
        f"{found['busy']['sent']} said; {keys['count']} keys, each painted after: "
        f"p50 {keys['p50']}, p99 {keys['p99']}, longest {keys['longest']} ms"
    )


if __name__ == "__main__":
    main()
