"""Each attack fails, and succeeds once its protection is taken out: so the test would notice."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.patience import PATIENCE
from tests.security import on_browsers, on_capacity, on_files, on_rights, on_tokens
from tests.security.ground import ATTACKS, Attack, Ground, printed
from tests.stage import ROOT, a_server

AREAS = (on_browsers, on_capacity, on_files, on_rights, on_tokens)
"""Importing them puts down their attacks."""
each_attack = pytest.mark.parametrize("name", ATTACKS)


@asynccontextmanager
async def ground(folder: Path, settings: Any) -> AsyncIterator[Ground]:
    async with a_server(folder, **settings) as server, httpx.AsyncClient(timeout=PATIENCE) as http:
        yield Ground(server, http)


async def tried(attack: Attack, folder: Path, **more: Any) -> bool:
    async with ground(folder, {**attack.settings, **more}) as there:
        return await attack.attempt(there)


@each_attack
async def test_it_fails(name: str, tmp_path: Path) -> None:
    assert not await tried(ATTACKS[name], tmp_path)


@each_attack
async def test_it_succeeds_without_the_protection(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attack = ATTACKS[name]
    attack.take_out(monkeypatch)
    assert await tried(attack, tmp_path, **attack.unprotected)


def test_the_table_in_the_docs_is_that_of_the_tests() -> None:
    assert printed() in (ROOT / "docs" / "security.md").read_text()


def test_every_way_in_is_attacked() -> None:
    assert {attack.over for attack in ATTACKS.values()} == {"HTTP", "WebSocket", "SSE", "cookies"}
