"""Fixtures that many tests share."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from resolvers.house import House
from server import logs
from server.opening import add_admin
from server.serving import Running
from tests.cast import Client, Person, sign_in, sign_up
from tests.patience import PATIENCE
from tests.stage import PASSWORD, a_house, a_server

logs.configure()

SignUp = Callable[[str], Awaitable[Person]]


def own_name(name: str) -> str:
    """A name that nobody else on the server has."""
    return f"{name}-{uuid4().hex[:8]}"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """One for the tests of a file: people have names of their own in each test."""
    async with a_server(tmp_path_factory.mktemp("data")) as started:
        yield started


@pytest.fixture(scope="module")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        yield client


@pytest.fixture
def anybody(server: Running, http: httpx.AsyncClient) -> Client:
    return Client(server.url, http)


@pytest.fixture
def signs_up(server: Running, http: httpx.AsyncClient) -> SignUp:
    return lambda name: sign_up(server.url, http, own_name(name))


@pytest.fixture
async def ada(signs_up: SignUp) -> Person:
    return await signs_up("ada")


@pytest.fixture
async def ben(signs_up: SignUp) -> Person:
    return await signs_up("ben")


@pytest.fixture
async def outsider(signs_up: SignUp) -> Person:
    return await signs_up("outsider")


@pytest.fixture
async def admin(server: Running, http: httpx.AsyncClient) -> Person:
    name = own_name("admin")
    await add_admin(server.house, name, PASSWORD)
    return await sign_in(server.url, http, name)
