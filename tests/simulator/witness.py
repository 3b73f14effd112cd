"""Looks at the disk just before a commit, and tells the model just after it."""

import sqlite3
from collections.abc import Callable

from tests.simulator.ids import short
from tests.simulator.oracle import Fact, Violation, Witnessed
from tests.simulator.surroundings import Surroundings


class Witness:
    """Knows no law: it only reads tables."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def __call__(self, file: sqlite3.Connection) -> Callable[[], None]:
        """What the transaction would leave behind; the call that says that it did."""
        model = self._around.model
        seen = Witnessed(
            facts=[Fact._make(row) for row in file.execute(_FACTS, (model.state.upto,))],
            people={row[0]: (row[1], row[2]) for row in file.execute(_PEOPLE)},
            channels={row[0]: (row[1], row[2] is not None) for row in file.execute(_CHANNELS)},
            memberships=frozenset(file.execute("SELECT channel_id, user_id FROM memberships")),
            sessions=frozenset(row[0] for row in file.execute("SELECT id FROM sessions")),
            kept_from=file.execute("SELECT min(position) FROM events").fetchone()[0],
        )
        return lambda: self._committed(seen)

    def _committed(self, seen: Witnessed) -> None:
        for fact in seen.facts:
            self._around.note(
                fact.kind,
                position=fact.position,
                channel=short(fact.channel_id),
                about=short(fact.subject_id),
            )
        if seen.kept_from - 1 > self._around.model.state.forgotten:
            self._around.note("forgotten", upto=seen.kept_from - 1)
        try:
            self._around.model.committed(seen)
        except Violation as error:
            self._around.fail(error)


_FACTS = """SELECT position, kind, channel_id, subject_id, actor_id FROM events
            WHERE position > ? ORDER BY position"""
_PEOPLE = "SELECT id, role, banned_until FROM users ORDER BY id"
_CHANNELS = "SELECT id, kind, deleted_at FROM channels ORDER BY id"
