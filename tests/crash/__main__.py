"""`make crash`: kills a server many times while clients send and follow; nothing may be lost."""

import argparse
import asyncio
import random
import tempfile
from pathlib import Path

from tests.crash.trial import survived


def main() -> None:
    """Runs one trial and tells what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    given = parser.parse_args()
    print(f"seed {given.seed}")
    with tempfile.TemporaryDirectory(prefix="tertulia-crash-") as folder:
        outcome = asyncio.run(survived(Path(folder), given.kills, given.seed))
    print(
        f"{given.kills} kills in {outcome.seconds:.0f} s: {outcome.messages} messages, each there"
        f" once and got once by everybody; {outcome.retries} sent again, of which"
        f" {outcome.found} had arrived"
    )


if __name__ == "__main__":
    main()
