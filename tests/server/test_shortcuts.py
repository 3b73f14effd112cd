"""Each way of going faster is taken where the settings name it, and only there."""

import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.connection import Connection
from resolvers import loading
from schema import compiling
from tests.cast import sign_up
from tests.patience import PATIENCE
from tests.resolvers.people import somebody
from tests.server.process import on_sqlite
from tests.stage import a_house, a_server


@on_sqlite
@pytest.mark.parametrize(("shortcuts", "here"), [("reads", True), ("plans,people", False)])
async def test_reads_are_on_the_loop(shortcuts: str, here: bool, tmp_path: Path) -> None:
    async def read(db: Connection) -> int:
        await db.fetch("SELECT 1")
        return threading.get_ident()

    async with a_house(tmp_path, shortcuts=shortcuts) as house:
        threads = {await house.db.visit(read) for _ in range(5)}
        assert (threading.get_ident() in threads) is here


@pytest.mark.parametrize(("shortcuts", "known"), [("people", True), ("plans,reads", False)])
async def test_people_are_remembered(shortcuts: str, known: bool, tmp_path: Path) -> None:
    async with a_house(tmp_path, shortcuts=shortcuts) as house:
        ada = await somebody(house, "ada")
        await loading.users(house, [ada.user_id])
        assert (house.people.known(ada.user_id) is not None) is known


@pytest.mark.parametrize(("shortcuts", "made"), [("plans", True), ("people,reads", False)])
async def test_plans_are_made(
    shortcuts: str, made: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[bool] = []
    compile_plan = compiling._compiled

    def noted(*given: Any) -> Any:
        compiled.append(True)
        return compile_plan(*given)

    monkeypatch.setattr(compiling, "_compiled", noted)
    async with (
        a_server(tmp_path, shortcuts=shortcuts) as server,
        httpx.AsyncClient(timeout=PATIENCE) as http,
    ):
        ada = await sign_up(server.url, http, "ada")
        for _ in range(3):
            await ada.do("{ me { username } }")
    assert bool(compiled) is made
