"""Killed at any moment, the server loses nothing that it acknowledged, and tells nothing twice."""

import random
from pathlib import Path

import pytest

from tests.crash.trial import survived


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_twenty_kills_lose_nothing_and_nobody_gets_anything_twice(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    outcome = await survived(tmp_path, 20, seed)
    assert outcome.messages > 20
    assert outcome.retries > 0
