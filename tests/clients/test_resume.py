"""Clients that go on where they were, whatever happens to the server in between."""

import asyncio
import json
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from adapters.tokens import Tokens
from tests.cast import Client, Json, Person, sign_in, sign_up
from tests.clients.conftest import HERE
from tests.patience import PATIENCE
from tests.server.process import QUIET, serving
from tests.stage import PASSWORD, free_port, install_packages, needed, npm

CLIENTS = ["graphql-ws", "graphql-sse", "apollo", "urql"]
MODULE = HERE.parents[1] / "client-examples" / "resume"

pytestmark = pytest.mark.slow


ADMIN = {"TERTULIA_ADMIN_USERNAME": "admin", "TERTULIA_ADMIN_PASSWORD": PASSWORD}


class Follower:
    """A client in a process of its own, and what it has printed."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.printed: list[str] = []

    async def hears(self, body: str) -> None:
        """Waits until a message is printed."""
        async with asyncio.timeout(PATIENCE):
            while body not in self.printed:
                await self.hears_something()

    async def hears_something(self) -> None:
        assert self.process.stdout
        line = await self.process.stdout.readline()
        assert line, await self.told()
        self.printed.append(json.loads(line))

    async def told(self) -> str:
        """Why it has ended."""
        async with asyncio.timeout(PATIENCE):
            return (await self.process.communicate())[1].decode()


@asynccontextmanager
async def following(
    client: str, person: Person, channel: Json, tokens: Json, after: str | None
) -> AsyncIterator[Follower]:
    """Within it, a client follows a channel; without a cursor, from now on."""
    given = [person.url, channel["id"], client, *([after] if after else [])]
    process = await asyncio.create_subprocess_exec(
        needed("node"), "resume.mjs", *given,
        stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=HERE,
        env={**QUIET, "SIGN_IN": json.dumps(tokens)},
    )  # fmt: skip
    try:
        yield Follower(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    needed("node")
    install_packages(HERE)


@asynccontextmanager
async def all_following(
    ada: Person, channel: Json, tokens: Json, after: str | None = None
) -> AsyncIterator[dict[str, Follower]]:
    """Within it, every client follows a channel."""
    async with AsyncExitStack() as stack:
        yield {
            client: await stack.enter_async_context(following(client, ada, channel, tokens, after))
            for client in CLIENTS
        }


async def all_hear(followers: dict[str, Follower], body: str) -> None:
    await asyncio.gather(*(follower.hears(body) for follower in followers.values()))


async def knock(followers: dict[str, Follower], ada: Person, channel: Json) -> list[str]:
    """Says something until everybody has heard some of it: it is not known when they begin."""
    said: list[str] = []
    hearing = asyncio.gather(*(follower.hears_something() for follower in followers.values()))
    while not hearing.done():
        said += await say(ada, channel, f"knock {len(said)}")
        await asyncio.wait([hearing], timeout=0.1)
    await hearing
    return said


def heard(followers: dict[str, Follower]) -> dict[str, list[str]]:
    return {client: follower.printed for client, follower in followers.items()}


async def say(ada: Person, channel: Json, *bodies: str) -> list[str]:
    for body in bodies:
        await ada.send(channel, body)
    return list(bodies)


def signed_in(person: Person) -> Json:
    far = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 900))
    return {
        "accessToken": person.token,
        "accessTokenExpiresAt": far,
        "refreshToken": person.refresh_token,
    }


def short_lived(data: Path, person: Person) -> str:
    """An access token of a person that soon expires."""
    keys = ((data / "secret.key").read_bytes(),)
    signing = Tokens(lambda: keys, lifetime=8)
    me = signing.check(person.token or "", time.time())
    assert me
    return signing.issue(me.user_id, me.session_id, time.time())[0]


async def is_taken(token: str, person: Person) -> bool:
    """Whether the server takes the token for that of the person."""
    answer = await Client(person.url, person.http, token).ask("{ me { id } }")
    return bool(answer["data"]["me"])


def test_the_module_does_what_its_own_tests_say() -> None:
    install_packages(MODULE)
    npm(MODULE, "test")


async def test_every_message_arrives_once_and_in_order_though_the_server_falls(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    port = free_port()
    with serving(tmp_path, port=port) as server:
        ada = await sign_up(server.url, http, "ada")
        lobby = await ada.create_channel()
        head = await ada.do("{ head }")
        async with all_following(ada, lobby, signed_in(ada), head) as followers:
            said = await say(ada, lobby, "first")
            await all_hear(followers, "first")
            said += await say(ada, lobby, "live", "last words")
            server.process.kill()
            server.process.wait(PATIENCE)
            with serving(tmp_path, port=port) as second:
                said += await say(ada, lobby, "missed 1", "missed 2", "missed 3")
                await all_hear(followers, "missed 3")
                said += await say(ada, lobby, "live again", "before the stop")
                second.process.terminate()
                second.process.wait(PATIENCE)
            with serving(tmp_path, port=port):
                said += await say(ada, lobby, "missed 4")
                await all_hear(followers, "missed 4")
                said += await say(ada, lobby, "the end")
                await all_hear(followers, "the end")
            assert heard(followers) == dict.fromkeys(CLIENTS, said)


async def test_every_message_from_the_first_on_arrives_though_the_access_token_expires(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    with serving(tmp_path, **ADMIN) as server:
        ada = await sign_up(server.url, http, "ada")
        lobby = await ada.create_channel()
        short = short_lived(tmp_path, ada)
        # As by a clock that is wrong: the token seems to be good for long.
        async with all_following(ada, lobby, {**signed_in(ada), "accessToken": short}) as followers:
            said = await knock(followers, ada, lobby)
            assert await is_taken(short, ada), "it took too long to begin"
            while await is_taken(short, ada):  # noqa: ASYNC110 - the server's clock has no event
                await asyncio.sleep(0.05)
            said += await say(ada, lobby, "missed", "the end")
            await all_hear(followers, "the end")
            saw = heard(followers)
            assert saw == {client: said[-len(saw[client]) :] for client in CLIENTS}


async def test_who_is_banned_is_told_so_and_tries_no_more(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    with serving(tmp_path, **ADMIN) as server:
        admin = await sign_in(server.url, http, "admin")
        ada = await sign_up(server.url, http, "ada")
        lobby = await ada.create_channel()
        async with all_following(ada, lobby, signed_in(ada)) as followers:
            await knock(followers, ada, lobby)
            ban = "mutation($input: BanUserInput!) { banUser(input: $input) { id } }"
            await admin.do(ban, input={"userId": ada.id, "reason": "enough"})
            for follower in followers.values():
                assert "BANNED" in await follower.told()
                assert follower.process.returncode == 1
