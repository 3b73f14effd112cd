"""Looks for a seed that breaks the law of the feed, or shows what one does.

python -m tests.simulator --seeds 1000 --jobs 2
python -m tests.simulator --first 17 --seeds 1 --trace
"""

import argparse
import hashlib
import sys
import time
from collections import Counter

from tests.simulator.planted import PLANTED
from tests.simulator.run import Outcome, simulate_all


def main() -> int:
    """Pytest's exit code: 1 if a seed failed."""
    given = _arguments().parse_args()
    seeds = range(given.first, given.first + given.seeds)
    began, counts, all_traces = time.perf_counter(), Counter[str](), hashlib.sha256()
    failed: list[Outcome] = []
    for outcome in simulate_all(seeds, given.plant, given.jobs):
        counts += outcome.counts
        all_traces.update(outcome.fingerprint.encode())
        if given.trace:
            print("\n".join(outcome.trace))
        if outcome.failure:
            failed.append(outcome)
            print(outcome, end="\n\n")
        if len(failed) >= given.failures:
            break
    print(", ".join(f"{what} {times}" for what, times in sorted(counts.items())), file=sys.stderr)
    print(f"{time.perf_counter() - began:.1f} s", file=sys.stderr)
    print(f"{given.seeds} seeds, {len(failed)} failed; all traces {all_traces.hexdigest()}")
    return bool(failed)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--plant", choices=PLANTED, help="a fault to plant into the product")
    parser.add_argument("--trace", action="store_true", help="print all that happens")
    parser.add_argument("--jobs", type=int, default=1, help="processes to run in")
    parser.add_argument("--failures", type=int, default=1, help="after how many to stop")
    return parser


if __name__ == "__main__":
    sys.exit(main())
