"""Several processes behind one address, each a node of its own over one database and one bus."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable, Coroutine
from multiprocessing.context import ForkServerProcess
from socket import socket
from typing import Any

import structlog

from server import logs
from server.app import create_app
from server.encryption import encryption
from server.opening import CannotStart, FirstAdmin, ensure_admin, open_house
from server.serving import DRAIN_SECONDS, bound, serve
from server.settings import Settings

_log = structlog.stdlib.get_logger(__name__)
# All are copies of one process that has loaded everything and done nothing yet.
_MAKING = multiprocessing.get_context("forkserver")
_MAKING.set_forkserver_preload(["server.workers"])
_PAUSE = 1
"""In seconds, before one that died is replaced."""
_BACKLOG = 2048


def run_loop(work: Coroutine[Any, Any, None]) -> None:
    """Runs the work on the fastest loop there is."""
    try:
        import uvloop  # noqa: PLC0415 - Windows does not have it
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)


async def serve_with_workers(
    settings: Settings, started: Callable[[str, FirstAdmin | None], None]
) -> None:
    """Serves until SIGTERM or SIGINT with as many processes as the settings say.

    `started` hears of the address and a new admin. Raises CannotStart.
    """
    if settings.bus_url.startswith("memory://"):
        raise CannotStart(
            "Several workers need a bus between processes: "
            "set TERTULIA_BUS_URL to redis://..., memory:// stays within one."
        )
    with bound(settings) as listening:
        listening.listen(_BACKLOG)
        settings = settings.model_copy(update={"port": listening.getsockname()[1]})
        # What is done once is done before there is more than one to do it.
        async with open_house(settings) as house:
            create_app(house, settings)  # what is wrong with the settings is said here, and once
            encryption(settings)
            admin, url = await ensure_admin(house, settings), house.policy.public_url
        stopping = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        keeping = [
            asyncio.create_task(_keep(settings, listening, stopping))
            for _ in range(settings.workers)
        ]
        started(url, admin)
        await asyncio.gather(*keeping)


async def _keep(settings: Settings, listening: socket, stopping: asyncio.Event) -> None:
    """Keeps one process running until all are to stop."""
    stop = asyncio.create_task(stopping.wait())
    while not stopping.is_set():
        process = _MAKING.Process(target=_work, args=(settings, listening))
        process.start()
        ended = asyncio.create_task(_end_of(process))
        await asyncio.wait([ended, stop], return_when=asyncio.FIRST_COMPLETED)
        if stopping.is_set():
            await _stop(process, ended)
        else:
            _log.error("a worker has died; there will be another", code=process.exitcode)
            await asyncio.wait([stop], timeout=_PAUSE)
        process.close()


async def _stop(process: ForkServerProcess, ended: "asyncio.Task[None]") -> None:
    process.terminate()
    await asyncio.wait([ended], timeout=2 * DRAIN_SECONDS)
    if not ended.done():
        process.kill()
    await ended


async def _end_of(process: ForkServerProcess) -> None:
    await _readable(process.sentinel)
    process.join()


async def _readable(descriptor: int) -> None:
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)


def _work(settings: Settings, listening: socket) -> None:
    """What one of the processes does."""
    os.umask(0o077)
    logs.configure()
    run_loop(_serve(settings, listening))


async def _serve(settings: Settings, listening: socket) -> None:
    orphaned = asyncio.create_task(_stop_with_parent())
    await serve(settings, listening=listening)
    orphaned.cancel()


async def _stop_with_parent() -> None:
    """Stops when the one that would stop us has been killed: else the address stays taken."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        await _readable(parent.sentinel)
        os.kill(os.getpid(), signal.SIGTERM)
