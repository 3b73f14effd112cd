"""Several processes behind one address."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

import httpx
import psutil
import pytest

from tests.cast import Json, Person, Socket, sign_in, sign_up
from tests.patience import PATIENCE
from tests.server.process import Served, serving, tertulia
from tests.stage import a_redis, until

WORKERS = 3
BAN = "mutation($input: BanUserInput!) { banUser(input: $input) { id } }"
ADMIN = {"TERTULIA_ADMIN_USERNAME": "root", "TERTULIA_ADMIN_PASSWORD": "correct horse battery"}


class Crowd(NamedTuple):
    """A server of several processes, Ada, and a channel of hers."""

    served: Served
    http: httpx.AsyncClient
    ada: Person
    lobby: Json

    def workers(self) -> list[psutil.Process]:
        """The processes that serve."""
        whole = psutil.Process(self.served.process.pid)
        # They are made by one of its children, which only does that.
        return [child for maker in whole.children() for child in maker.children()]

    async def sockets(self, stack: AsyncExitStack) -> list[Socket]:
        """Sockets of hers, until each of the processes has one."""
        sockets: list[Socket] = []
        async with asyncio.timeout(PATIENCE):
            while self._reached(sockets) < WORKERS:
                sockets.append(await stack.enter_async_context(self.ada.socket()))
        return sockets

    def _reached(self, sockets: list[Socket]) -> int:
        ours = {socket.connection.local_address for socket in sockets}
        return sum(
            any(held.raddr in ours for held in worker.net_connections("tcp"))
            for worker in self.workers()
        )


@pytest.fixture
async def crowd(tmp_path: Path) -> AsyncIterator[Crowd]:
    async with AsyncExitStack() as stack:
        redis = stack.enter_context(a_redis(tmp_path))
        given = {"TERTULIA_WORKERS": str(WORKERS), "TERTULIA_BUS_URL": redis.url, **ADMIN}
        served = stack.enter_context(serving(tmp_path / "data", **given))
        # A connection for each request: so that all of the processes get some.
        limits = httpx.Limits(max_keepalive_connections=0)
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=PATIENCE, limits=limits))
        ada = await sign_up(served.url, http, "ada")
        yield Crowd(served, http, ada, await ada.create_channel())


@pytest.mark.slow
async def test_what_is_said_through_one_process_is_heard_through_all(crowd: Crowd) -> None:
    async with AsyncExitStack() as stack:
        sockets, head = await crowd.sockets(stack), await crowd.ada.do("{ head }")
        for socket in sockets:
            await socket.follow(crowd.lobby, after=head)
        alone = await crowd.ada.send(crowd.lobby, "hola")
        for socket in sockets:  # also where nothing has been written
            assert await socket.next() == alone
        sent = await asyncio.gather(
            *(crowd.ada.send(crowd.lobby, f"{number}") for number in range(60))
        )
        ordered = sorted(sent, key=lambda message: int(message["cursor"].split(".")[1]))
        for socket in sockets:
            assert [await socket.next() for _ in sent] == ordered


@pytest.mark.slow
async def test_a_ban_closes_sockets_and_is_known_whichever_process_they_are_at(
    crowd: Crowd,
) -> None:
    root = await sign_in(crowd.served.url, crowd.http, "root")
    async with AsyncExitStack() as stack:
        sockets = await crowd.sockets(stack)
        await root.do(BAN, input={"userId": crowd.ada.id, "reason": "enough"})
        codes = await asyncio.gather(*(crowd.ada.code("{ me { id } }") for _ in range(30)))
        assert set(codes) == {"BANNED"}
        for socket in sockets:
            assert await socket.closing(at_once=True) == (4403, "Banned: enough")


@pytest.mark.slow
async def test_a_process_that_dies_is_replaced_and_the_others_go_on(crowd: Crowd) -> None:
    first, *others = crowd.workers()
    first.kill()
    await asyncio.to_thread(first.wait, PATIENCE)
    assert (await crowd.ada.send(crowd.lobby, "hola"))["body"] == "hola"
    await until(lambda: len({*crowd.workers()} - {first, *others}) == 1)
    assert {*others} < {*crowd.workers()}


@pytest.mark.slow
async def test_all_of_them_stop_together_and_say_so_to_their_sockets(crowd: Crowd) -> None:
    workers = crowd.workers()
    async with crowd.ada.socket() as socket:
        crowd.served.process.send_signal(signal.SIGTERM)
        assert await socket.closing() == (1001, "The server stops")
    await asyncio.to_thread(crowd.served.process.wait, PATIENCE)
    assert crowd.served.process.returncode == 0
    assert not any(worker.is_running() for worker in workers)


@pytest.mark.slow
async def test_they_do_not_outlive_the_one_that_would_stop_them(crowd: Crowd) -> None:
    workers = crowd.workers()
    assert len(workers) == WORKERS
    os.kill(crowd.served.process.pid, signal.SIGKILL)
    await until(lambda: not any(worker.is_running() for worker in workers))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["PERSISTED_OPERATIONS", "BUS_URL"])
def test_what_is_wrong_with_the_settings_is_said_once_before_there_are_any(
    tmp_path: Path, name: str
) -> None:
    wrong = {"PERSISTED_OPERATIONS": "/nowhere.json", "BUS_URL": "redis://127.0.0.1:notaport"}
    with a_redis(tmp_path) as redis:
        given = {
            "TERTULIA_WORKERS": "2",
            "TERTULIA_BUS_URL": redis.url,
            f"TERTULIA_{name}": wrong[name],
        }
        refused = tertulia("serve", "--port", 0, "--data", tmp_path / "data", **given)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert len(refused.stderr.splitlines()) == 1


def test_several_processes_do_without_a_bus_in_one_clear_line(tmp_path: Path) -> None:
    refused = tertulia("serve", "--workers", 2, "--port", 0, "--data", tmp_path)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr == (
        "tertulia: Several workers need a bus between processes: "
        "set TERTULIA_BUS_URL to redis://..., memory:// stays within one.\n"
    )
    assert not list(tmp_path.iterdir())
