"""Whether anything gets slower as messages and members pile up.

python -m tests.bench.flat [--up-to 1000000] [--members-up-to 10000]

The server makes its database itself. Then it is stopped, and rows are added as
models/events.py would have placed them.
"""

import argparse
import http.client
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from adapters.clock import instant
from adapters.ids import new_id
from models.search import indexed_on_sqlite
from resolvers.channels import digest
from tests.bench import servers
from tests.bench.load import DOCUMENTS
from tests.bench.servers import CLIENT_CORE

AUTHORS = 10
ROOMS = 50
ELSEWHERE = 10
"""Each tenth message is in one of the other channels."""
AMONG = 10_000
"""Messages, where members are counted."""
WARM_UP, TIMES = 20, 100
CHUNK = 50_000
PAGE = """query($c: ID!, $before: Cursor) {
  messages(channelId: $c, last: 50, before: $before) {
    nodes { id cursor body createdAt author { id username displayName } } } }"""
SEND = """mutation($c: ID!) { sendMessage(input: { channelId: $c, body: "¡hola!" }) {
  id cursor body createdAt author { username } } }"""
CALL = SEND.replace("¡hola!", "¡hola, @channel!")
SEARCH = """{ searchMessages(query: "message") {
  nodes { id body createdAt author { username } } } }"""
MESSAGE = """INSERT INTO messages
  (id, channel_id, author_id, body, digest, created_at, position, number, reply_count)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)"""
INDEXED = "INSERT INTO message_search (rowid, words, about) VALUES (?, ?, ?)"
EVENT = """INSERT INTO events (position, kind, at, actor_id, channel_id, subject_id)
  VALUES (?, ?, ?, ?, ?, ?)"""
USER = """INSERT INTO users (id, username, username_key, display_name, search_key, role, created_at)
  VALUES (?, ?, ?, ?, ?, 'MEMBER', ?)"""
MEMBERSHIP = """INSERT INTO memberships
  (id, channel_id, user_id, role, joined_at, joined_position, read_number, read_position,
   notifications)
  VALUES (?, ?, ?, 'MEMBER', ?, ?, ?, ?, 'ALL')"""


@dataclass
class Filled:
    """A data folder, and what is in it."""

    folder: str
    people: list[str]
    rooms: list[str]
    token: str
    messages: int = 0
    members: int = AUTHORS


def empty(folder: str) -> Filled:
    """Has the server make its database, with some people who are together in all channels."""
    with servers.serving(folder) as (port, _):
        people, tokens = servers.register(folder, port, AUTHORS)
        rooms = [
            servers.ask(port, servers.MAKE_ROOM, tokens[0], name=f"room{n}", people=people[1:])
            for n in range(ROOMS)
        ]
    return Filled(folder, people, [room["id"] for room in rooms], tokens[0])


def database(filled: Filled) -> sqlite3.Connection:
    """The database of a server that is stopped."""
    db = sqlite3.connect(Path(filled.folder) / "tertulia.db", isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    return db


def say(filled: Filled, upto: int) -> None:
    """Adds messages until so many were added."""
    with closing(database(filled)) as db:
        for start in range(filled.messages, upto, CHUNK):
            db.execute("BEGIN")
            _say(db, filled, range(start, min(start + CHUNK, upto)))
            db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    filled.messages = upto


def _say(db: sqlite3.Connection, filled: Filled, numbers: range) -> None:
    (head,) = db.execute("SELECT position FROM log_head").fetchone()
    last = dict(db.execute("SELECT id, last_number FROM channels"))
    at, messages, read = now(), [], {}
    for position, n in enumerate(numbers, head + 1):
        room = filled.rooms[0 if n % ELSEWHERE else 1 + n // ELSEWHERE % (ROOMS - 1)]
        author, body, message_id = filled.people[n // 7 % AUTHORS], f"message {n}", new_id()
        last[room] += 1
        row = (message_id, room, author, body, digest(room, body), at, position, last[room])
        messages.append(row)
        read[room, author] = row
    db.executemany(MESSAGE, messages)
    said = [(row[6], row[1], row[2], row[3]) for row in messages]
    db.executemany(INDEXED, map(indexed_on_sqlite, said))
    added = [(row[6], "MessageAdded", at, row[2], row[1], row[0]) for row in messages]
    db.executemany(EVENT, added)
    db.executemany(
        "UPDATE channels SET last_position = ?, last_number = ? WHERE id = ?",
        [(row[6], row[7], row[1]) for row in {row[1]: row for row in messages}.values()],
    )
    db.executemany(
        """UPDATE memberships SET read_position = ?, read_number = ?
           WHERE channel_id = ? AND user_id = ?""",
        [(row[6], row[7], room, author) for (room, author), row in read.items()],
    )
    db.execute("UPDATE log_head SET position = ?", (messages[-1][6],))


def join(filled: Filled, upto: int) -> None:
    """Adds members to the first channel until it has so many."""
    room, at = filled.rooms[0], now()
    with closing(database(filled)) as db:
        db.execute("BEGIN")
        (head,) = db.execute("SELECT position FROM log_head").fetchone()
        number, last = db.execute(
            "SELECT last_number, last_position FROM channels WHERE id = ?", (room,)
        ).fetchone()
        new = [(new_id(), f"member{n}") for n in range(filled.members, upto)]
        db.executemany(USER, [(who, *[name] * 4, at) for who, name in new])
        placed = list(zip(count(head + 1), [who for who, _ in new], strict=False))
        db.executemany(
            MEMBERSHIP,
            [(new_id(), room, who, at, position, number, last) for position, who in placed],
        )
        db.executemany(
            EVENT, [(p, "MemberAdded", at, filled.people[0], room, who) for p, who in placed]
        )
        db.execute("UPDATE channels SET member_count = ? WHERE id = ?", (upto, room))
        db.execute("UPDATE log_head SET position = position + ?", (len(new),))
        db.execute("COMMIT")
    filled.members = upto


def now() -> str:
    return instant(datetime.now(UTC))


def asked(filled: Filled) -> dict[str, tuple[str, dict[str, Any]]]:
    """What is measured, by heading; the last touches no messages, and tells the hour's weather."""
    room = filled.rooms[0]
    behind = "SELECT position FROM messages WHERE channel_id = ? ORDER BY position LIMIT 1 OFFSET ?"
    with closing(database(filled)) as db:
        (life,) = db.execute("SELECT life FROM log_head").fetchone()
        (said,) = db.execute("SELECT last_number FROM channels WHERE id = ?", (room,)).fetchone()
        (middle,) = db.execute(behind, (room, said // 2)).fetchone()
        (beginning,) = db.execute(behind, (room, 50)).fetchone()
    return {
        "send": (SEND, {"c": room}),
        "call all": (CALL, {"c": room}),
        "search": (SEARCH, {}),
        "newest page": (PAGE, {"c": room}),
        "middle page": (PAGE, {"c": room, "before": f"{life}.{middle}"}),
        "first page": (PAGE, {"c": room, "before": f"{life}.{beginning}"}),
        "channels": (DOCUMENTS["channels"], {}),
        "me": (DOCUMENTS["small"], {}),
    }


def measured(filled: Filled) -> dict[str, float]:
    """Median milliseconds of each, over one connection, their turns taken in rounds."""
    wanted = asked(filled)
    times: dict[str, list[float]] = {name: [] for name in wanted}
    with servers.serving(filled.folder) as (port, _):
        ask = asking(port, filled.token)
        for _ in range(WARM_UP + TIMES):
            for name, (query, variables) in wanted.items():
                began = time.perf_counter()
                answer = ask(query, variables)
                times[name].append(time.perf_counter() - began)
                assert "errors" not in answer, answer
                listed = next(iter(answer["data"].values())).get("nodes")
                assert listed is None or len(listed) == 50, (name, answer)
    return {name: median(taken[WARM_UP:]) * 1000 for name, taken in times.items()}


def asking(port: int, token: str) -> Callable[[str, dict[str, Any]], Any]:
    """Asks over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}

    def ask(query: str, variables: dict[str, Any]) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        connection.request("POST", "/graphql", body, headers)
        return json.load(connection.getresponse())

    return ask


def sizes(first: int, upto: int) -> Iterator[int]:
    while first <= upto:
        yield first
        first *= 10


def report(console: Console, what: str, found: dict[int, dict[str, float]]) -> None:
    """Prints a table, and a chart for docs/speed.md."""
    if not found:
        return
    names = list(next(iter(found.values())))
    table = Table(title=f"median ms by {what}")
    for heading in (what, *names):
        table.add_column(heading, justify="right")
    for size, medians in found.items():
        table.add_row(f"{size:,}", *(f"{medians[name]:.2f}" for name in names))
    console.print(table)
    chart = [
        "```mermaid",
        "xychart-beta",
        f'    title "Median ms by {what}: {", ".join(names)}"',
        f'    x-axis "{what}" [{", ".join(f"{size:,}".join(2 * [chr(34)]) for size in found)}]',
        '    y-axis "ms" 0 --> '
        + str(round(1.2 * max(ms for medians in found.values() for ms in medians.values()), 1)),
        *(f"    line [{', '.join(f'{m[name]:.2f}' for m in found.values())}]" for name in names),
        "```",
    ]
    print("\n".join(chart))


def main() -> None:
    """Fills, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--up-to", type=int, default=1_000_000)
    parser.add_argument("--members-up-to", type=int, default=10_000)
    given = parser.parse_args()
    console = Console(width=120)
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {CLIENT_CORE})
    report(console, "messages", growing(console, say, sizes(1_000, given.up_to), stored=0))
    report(console, "members", growing(console, join, sizes(AUTHORS, given.members_up_to), AMONG))


def growing(
    console: Console, grow: Callable[[Filled, int], None], steps: Iterator[int], stored: int
) -> dict[int, dict[str, float]]:
    """What is measured at each size of one database."""
    found: dict[int, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        filled = empty(folder)
        say(filled, stored)
        for size in steps:
            grow(filled, size)
            found[size] = measured(filled)
            console.print(f"{size:,} done")
    return found


if __name__ == "__main__":
    main()
