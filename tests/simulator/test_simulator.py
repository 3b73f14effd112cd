"""The law of the feed over many seeds; and the simulator: it repeats, and it finds faults."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable

import pytest

from tests.simulator.planted import PLANTED
from tests.simulator.run import Outcome, simulate, simulate_all
from tests.stage import ROOT

HAPPENS = (
    *("MessageAdded", "ChannelCreated", "ChannelUpdated", "ChannelDeleted", "MemberAdded"),
    *("MemberUpdated", "MemberRemoved", "UserUpdated", "UserBanned", "UserUnbanned"),
    *("SessionEnded", "forgotten", "expired", "banned", "not found", "refused", "unanswered"),
    *("gets", "carries", "pages", "connects", "leaves", "ends", "lost", "trouble"),
    *("crashes", "will crash", "clock is set", "wire breaks", "wire falls silent"),
)
"""What has to happen in the runs, or else they would show nothing."""
FOUND_WITHIN = 300
HARD_TO_FIND = {"go on after a failure"}


def first_failure(outcomes: Iterable[Outcome]) -> Outcome | None:
    return next((outcome for outcome in outcomes if outcome.failure), None)


def test_the_law_holds_over_some_seeds_and_everything_happens_in_them() -> None:
    counts = Counter[str]()
    for outcome in simulate_all(range(25)):
        assert outcome.failure is None, f"\n{outcome}"
        counts += outcome.counts
    assert [what for what in HAPPENS if not counts[what]] == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_law_holds_over_a_thousand_seeds() -> None:
    for outcome in simulate_all(range(1000), jobs=min(os.cpu_count() or 1, 4)):
        assert outcome.failure is None, f"\n{outcome}"


def test_a_seed_makes_the_same_run_in_any_process() -> None:
    command = [sys.executable, "-m", "tests.simulator", "--seeds", "3"]
    told = [
        subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert b"0 failed; all traces" in told[0]
    assert told[0] == told[1]


def test_another_seed_makes_another_run() -> None:
    assert simulate(1).fingerprint != simulate(2).fingerprint


@pytest.mark.parametrize(
    "plant",
    [pytest.param(name, marks=[pytest.mark.slow] * (name in HARD_TO_FIND)) for name in PLANTED],
)
def test_a_planted_fault_is_found(plant: str) -> None:
    outcomes = simulate_all(range(FOUND_WITHIN), plant)
    found = first_failure(outcomes)
    assert found, f"{plant} is not found within {FOUND_WITHIN} seeds"
    assert str(found.failure).startswith("Violation"), f"{plant} does not fit: {found.failure}"
    print(f"{plant}: seed {found.seed}, {found.failure}")
