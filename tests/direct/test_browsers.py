"""A browser at one end, and a browser or aiortc at the other: data, sound and picture."""

import asyncio
import hashlib
import json
import os
import uuid
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from direct.api import OPEN
from direct.files import Outgoing
from direct.pipe import Broken

from server.serving import Running
from tests.cast import Person
from tests.conftest import SignUp, own_name
from tests.direct.caller import calling
from tests.direct.conftest import Meet, Side
from tests.patience import PATIENCE
from tests.stage import ROOT, a_server, install_packages, needed, until

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent
HISTORY = "query($c: ID!) { messages(channelId: $c) { nodes { body } } }"
REMOVE = "mutation($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }"
SAY = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { id } }"


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    folder = tmp_path_factory.mktemp("data")
    async with a_server(folder, server_peer_networks="127.0.0.0/8") as started:
        yield started


class Browser:
    """Chromium or Firefox, with a page for each person."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._ready = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stdout
        while line := await self._process.stdout.readline():
            number, *rest = json.loads(line)
            if number == 0:
                self._ready.set()
            elif len(rest) > 1:
                self._waiting.pop(number).set_exception(RuntimeError(rest[1]))
            else:
                self._waiting.pop(number).set_result(rest[0])
        self._ready.set()

    async def ready(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._ready.wait()
        assert not self._reading.done(), "the browser does not start"

    async def do(self, person: str, what: str, *given: Any) -> Any:
        """What a function in somebody's page gives."""
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        assert self._process.stdin
        self._process.stdin.write(json.dumps([number, person, what, *given]).encode() + b"\n")
        async with asyncio.timeout(PATIENCE):
            return await answer

    async def until(self, person: str, what: str, found: Any) -> None:
        """Waits for a function in somebody's page to give this."""
        async with asyncio.timeout(PATIENCE):
            while await self.do(person, what) != found:
                pass

    async def come(self, person: str) -> Any:
        """The file that has come to somebody's page, once it has been looked at."""
        async with asyncio.timeout(PATIENCE):
            while not (come := await self.do(person, "come")):
                pass
        (file,) = come
        return file

    async def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        await self._process.wait()
        await self._reading


@asynccontextmanager
async def a_browser(url: str, which: str) -> AsyncIterator[Browser]:
    for program in ("node", "npm", "firefox-esr" if which == "firefox" else which):
        needed(program)
    for folder in (ROOT / "tests" / "browser", ROOT / "client-examples" / "web"):
        await asyncio.to_thread(install_packages, folder)
    process = await asyncio.create_subprocess_exec(
        "node", str(HERE / "browsers.mjs"), url, which, stdin=PIPE, stdout=PIPE
    )
    browser = Browser(process)
    try:
        await browser.ready()
        yield browser
    finally:
        await browser.close()


@pytest.fixture
async def browser(server: Running) -> AsyncIterator[Browser]:
    async with a_browser(server.url, "chromium") as opened:
        yield opened


@pytest.fixture
async def firefox(server: Running) -> AsyncIterator[Browser]:
    async with a_browser(server.url, "firefox") as opened:
        yield opened


async def in_browser(browser: Browser, side: Side, page: str, other: Side) -> None:
    """Somebody begins in a page."""
    await browser.do(page, "signIn", side.api._access)
    await browser.do(page, "begin", other.api.user_id)


def a_file(folder: Path, size: int) -> Path:
    path = folder / own_name("film.bin")
    path.write_bytes(os.urandom(size))
    return path


@pytest.mark.parametrize("which", ["chromium", "firefox"])
async def test_a_browser_and_aiortc_talk_and_send_files(
    server: Running, meet: Meet, tmp_path: Path, which: str
) -> None:
    async with a_browser(server.url, which) as browser:
        await talk_and_send_files(browser, meet, tmp_path)


async def talk_and_send_files(browser: Browser, meet: Meet, tmp_path: Path) -> None:
    """One in a browser, and one in a program."""
    ada, ben = await meet()
    await in_browser(browser, ada, "ada", ben)
    ben.begin(ada)
    await browser.do("ada", "say", "¡hola!")
    await until(lambda: [one.body for one in ben.heard] == ["¡hola!"])
    ben.chat.say("hello")
    await browser.until("ada", "heard", ["hello"])
    await browser.until("ada", "unarrived", 0)
    await until(lambda: not ben.chat.waiting)
    assert (await browser.do("ada", "states"))[-1] == ben.states[-1] == "direct"

    sent = await browser.do("ada", "send", "film.bin", 5_000_001)
    assert sent["sha256"] == sent["of"]
    await until(lambda: ben.files)
    assert hashlib.sha256(ben.files[0].read_bytes()).hexdigest() == sent["of"]

    path = a_file(tmp_path, 3_000_001)
    outgoing = Outgoing(path)
    await outgoing.send(ben.link.open_file())
    come = await browser.come("ada")
    assert (come["name"], come["size"], come["sha256"]) == (
        path.name,
        3_000_001,
        outgoing.sha256,
    )


async def test_they_go_on_after_either_side_was_gone(browser: Browser, meet: Meet) -> None:
    ada, ben = await meet()
    await in_browser(browser, ada, "ada", ben)
    ben.begin(ada)
    await browser.do("ada", "say", "one")
    await until(lambda: len(ben.heard) == 1)
    await ben.end()
    await browser.do("ada", "say", "two")
    ben.begin(ada)
    await until(lambda: len(ben.heard) == 2)
    # The tab is closed without a word, and another one opened.
    await browser.do("ada", "close")
    ben.chat.say("three")
    await in_browser(browser, ada, "ada", ben)
    await browser.until("ada", "heard", ["three"])


async def test_a_file_to_chromium_goes_on_where_it_was(
    browser: Browser, meet: Meet, tmp_path: Path
) -> None:
    ada, ben = await meet()
    await in_browser(browser, ada, "ada", ben)
    ben.begin(ada)
    await ben.link.connected()
    path = a_file(tmp_path, 20_000_000)
    told: list[int] = []
    outgoing = Outgoing(path, lambda done, _: told.append(done))
    pipe = ben.link.open_file()
    sending = asyncio.create_task(outgoing.send(pipe))
    await until(lambda: told and told[-1] > 4_000_000)
    await ben.link._drop()
    await asyncio.gather(sending, return_exceptions=True)
    reached = told[-1]
    await ben.link.connected()
    await outgoing.send(ben.link.open_file())
    assert told[told.index(reached) + 1] > reached
    assert (await browser.come("ada"))["sha256"] == outgoing.sha256


async def test_chromium_takes_neither_too_many_at_once_nor_what_there_is_no_room_for(
    browser: Browser, meet: Meet
) -> None:
    ada, ben = await meet()
    await in_browser(browser, ada, "ada", ben)
    ben.begin(ada)
    await ben.link.connected()
    pipe = ben.link.open_file()
    await pipe.opened()
    pipe.tell("offer", id=str(uuid.uuid4()), name="all.bin", size=2**50, contentType="")
    assert await pipe.receive() == {"type": "failed", "reason": "storage"}
    files = [ben.link.open_file() for _ in range(40)]
    # There are the chat and the one of before.
    await until(lambda: sum(one.closed for one in files) == 40 - 30)
    ben.chat.say("still here")
    await browser.until("ada", "heard", ["still here"])


async def test_chromium_and_chromium_talk_and_restart_ice(browser: Browser, meet: Meet) -> None:
    ada, ben = await meet()
    await in_browser(browser, ada, "ada", ben)
    await in_browser(browser, ben, "ben", ada)
    await browser.do("ada", "say", "one")
    await browser.until("ben", "heard", ["one"])
    known = await browser.do("ada", "connection")
    await browser.do("ada", "forgetNetwork")
    await browser.until("ada", "states", ["connecting", "direct"] * 2)
    # It is the same connection: ICE was restarted, and nothing else.
    assert await browser.do("ada", "connection") == known
    await browser.do("ben", "say", "two")
    await browser.until("ada", "heard", ["two"])
    sent = await browser.do("ada", "send", "film.bin", 3_000_000)
    assert (await browser.come("ben"))["sha256"] == sent["of"]


async def test_what_is_lost_while_ice_restarts_is_connected_anew(
    browser: Browser, meet: Meet
) -> None:
    ada, ben = await meet()
    await in_browser(browser, ada, "ada", ben)
    await in_browser(browser, ben, "ben", ada)
    await browser.do("ada", "connected")
    known = await browser.do("ada", "connection")
    await browser.do("ada", "loseInRestart")
    await browser.do("ada", "say", "one")
    await browser.until("ben", "heard", ["one"])
    assert await browser.do("ada", "connection") != known


async def test_chromium_and_aiortc_have_it_saved_in_one_order(browser: Browser, meet: Meet) -> None:
    ada, ben = await meet()
    channel = (await ada.api.do(OPEN, user=ben.api.user_id))["id"]
    await in_browser(browser, ada, "ada", ben)
    saving = asyncio.create_task(ben.chat.hand_over(ben.api, channel))
    ben.begin(ada)
    await browser.do("ada", "say", "one")
    await until(lambda: len(ben.heard) == 1)
    ben.chat.say("two")
    await browser.until("ada", "heard", ["two"])
    await browser.do("ada", "agree")
    ben.chat.agree(agree=True)
    async with asyncio.timeout(PATIENCE):
        while (unsaved := await browser.do("ada", "unsaved")) is None:
            pass
    said = {"channelId": channel, "id": unsaved["id"], "body": unsaved["body"]}
    await ada.api.do(SAY, input=said)
    await browser.do("ada", "keep", unsaved["id"])
    await browser.until("ada", "saved", 2)
    kept = (await ada.api.do(HISTORY, c=channel))["nodes"]
    assert [one["body"] for one in kept] == ["one", "two"]
    saving.cancel()


async def people(signs_up: SignUp, browser: Browser, *names: str) -> list[Person]:
    """Some who are signed in, each in a page of their own."""
    made = [await signs_up(name) for name in names]
    for name, person in zip(names, made, strict=True):
        await browser.do(name, "signIn", person.token)
    return made


async def in_call(browser: Browser, channel: str, peers: dict[str, str], *names: str) -> None:
    """Has these join the call."""
    for name in names:
        peers[name] = await browser.do(name, "joinCall", channel)


async def meets(browser: Browser, peers: dict[str, str], name: str, *others: str) -> None:
    """Somebody hears and sees the others, and nobody else."""
    await browser.until(name, "legs", dict.fromkeys((peers[one] for one in others), "direct"))
    for other in others:
        found = await browser.do(name, "witness", peers[other], ["camera"])
        assert found["pictures"][0][0] > 0
        assert found["sound"] > 10


async def test_three_in_chromium_hear_and_see_each_other_in_a_call(
    signs_up: SignUp, browser: Browser
) -> None:
    ada, ben, cem = await people(signs_up, browser, "ada", "ben", "cem")
    channel = (await ada.create_channel("GROUP", memberIds=[ben.id, cem.id]))["id"]
    peers: dict[str, str] = {}
    await in_call(browser, channel, peers, "ada", "ben")
    await asyncio.gather(meets(browser, peers, "ada", "ben"), meets(browser, peers, "ben", "ada"))
    # A third comes in the middle.
    await in_call(browser, channel, peers, "cem")
    await asyncio.gather(
        meets(browser, peers, "ada", "ben", "cem"),
        meets(browser, peers, "ben", "ada", "cem"),
        meets(browser, peers, "cem", "ada", "ben"),
    )
    on = {"muted": False, "camera": True, "screen": False}
    await browser.until("cem", "media", dict.fromkeys(peers.values(), on))
    await browser.do("ada", "mute", True)
    await browser.do("ada", "share", True)
    shown = {
        **dict.fromkeys(peers.values(), on),
        peers["ada"]: {**on, "muted": True, "screen": True},
    }
    await browser.until("cem", "media", shown)
    found = await browser.do("cem", "witness", peers["ada"], ["camera", "screen"])
    assert found["pictures"][1] == [200, 100]
    # One leaves, and one is gone without a word.
    await browser.do("ben", "leaveCall")
    await browser.until("ada", "legs", {peers["cem"]: "direct"})
    await browser.do("cem", "close")
    await browser.until("ada", "legs", {})
    assert await browser.do("ada", "ended") is False


async def test_both_call_at_once_and_are_in_one_call(signs_up: SignUp, browser: Browser) -> None:
    ada, ben = await people(signs_up, browser, "ada", "ben")
    channel = (await ada.create_channel("DIRECT", memberIds=[ben.id]))["id"]
    joined = [browser.do(name, "joinCall", channel) for name in ("ada", "ben")]
    peers = dict(zip(("ada", "ben"), await asyncio.gather(*joined), strict=True))
    await asyncio.gather(meets(browser, peers, "ada", "ben"), meets(browser, peers, "ben", "ada"))


async def test_chromium_and_aiortc_hear_and_see_each_other_in_a_call(
    browser: Browser, meet: Meet
) -> None:
    ada, ben = await meet()
    channel = (await ada.api.do(OPEN, user=ben.api.user_id))["id"]
    await browser.do("ada", "signIn", ada.api._access)
    async with calling(ben.api) as bens:
        await bens.join(channel)
        await browser.do("ada", "joinCall", channel)
        await meets(browser, {"ben": bens.peer}, "ada", "ben")
        samples, size = await bens.witness()
        assert samples > 0
        assert size[0] > 0


async def test_who_is_removed_is_out_of_the_call(signs_up: SignUp, browser: Browser) -> None:
    ada, ben = await people(signs_up, browser, "ada", "ben")
    channel = (await ada.create_channel("GROUP", memberIds=[ben.id]))["id"]
    peers: dict[str, str] = {}
    await in_call(browser, channel, peers, "ada", "ben")
    await meets(browser, peers, "ada", "ben")
    await ada.do(REMOVE, c=channel, u=ben.id)
    await browser.until("ada", "legs", {})
    assert await browser.do("ada", "ended") is False


async def test_chromium_hears_and_sees_what_the_servers_peer_sends_back(
    browser: Browser, meet: Meet
) -> None:
    ada, _ = await meet()
    await browser.do("ada", "signIn", ada.api._access)
    found = await browser.do("ada", "test")
    assert found["back"] == found["told"]["bytes"] == 50 * 16_384
    assert found["told"]["protocol"] == "udp"
    assert found["picture"][0] > 0
    assert found["sound"] > 10


async def test_what_came_whole_does_not_come_to_chromium_twice(
    browser: Browser, meet: Meet, tmp_path: Path
) -> None:
    """Its sender was not told the first time; nor does what was taken out stay in its store."""
    ada, ben = await meet()
    await in_browser(browser, ada, "ada", ben)
    ben.begin(ada)
    await ben.link.connected()
    path = tmp_path / "passing.bin"
    path.write_bytes(os.urandom(3_000_000))
    told: list[int] = []
    outgoing = Outgoing(path, lambda done, _: told.append(done))
    await browser.do("ada", "tellNotReceived")
    with pytest.raises(Broken):
        await outgoing.send(ben.link.open_file())
    come = await browser.come("ada")
    told.clear()
    await outgoing.send(ben.link.open_file())
    assert told == [3_000_000]
    assert come["sha256"] == outgoing.sha256
    await browser.until("ada", "stored", [])


async def test_what_did_not_reach_the_server_is_said_again(
    signs_up: SignUp, browser: Browser
) -> None:
    ada, ben = await people(signs_up, browser, "ada", "ben")
    channel = (await ada.create_channel("DIRECT", memberIds=[ben.id]))["id"]
    peers: dict[str, str] = {}
    for name in ("ada", "ben"):
        await browser.do(name, "loseSignals", 2)
    await in_call(browser, channel, peers, "ada", "ben")
    await asyncio.gather(meets(browser, peers, "ada", "ben"), meets(browser, peers, "ben", "ada"))
    assert [await browser.do(name, "lost") for name in ("ada", "ben")] == [0, 0]


async def test_who_was_taken_out_while_the_network_was_gone_comes_in_again(
    signs_up: SignUp, browser: Browser
) -> None:
    ada, ben = await people(signs_up, browser, "ada", "ben")
    channel = (await ada.create_channel("DIRECT", memberIds=[ben.id]))["id"]
    peers: dict[str, str] = {}
    await in_call(browser, channel, peers, "ada", "ben")
    await meets(browser, peers, "ada", "ben")
    await browser.do("ada", "stopListening")
    async with asyncio.timeout(PATIENCE):
        while (peer := await browser.do("ada", "peer")) == peers["ada"]:
            pass
    peers["ada"] = peer
    await asyncio.gather(meets(browser, peers, "ada", "ben"), meets(browser, peers, "ben", "ada"))
    assert await browser.do("ada", "ended") is False


async def test_firefox_and_chromium_talk_send_files_and_restart_ice(
    firefox: Browser, browser: Browser, meet: Meet
) -> None:
    ada, ben = await meet()
    await in_browser(firefox, ada, "ada", ben)
    await in_browser(browser, ben, "ben", ada)
    await firefox.do("ada", "say", "one")
    await browser.until("ben", "heard", ["one"])
    known = await firefox.do("ada", "connection")
    await firefox.do("ada", "forgetNetwork")
    await firefox.until("ada", "states", ["connecting", "direct"] * 2)
    assert await firefox.do("ada", "connection") == known
    for one, other, page, else_page in (
        (firefox, browser, "ada", "ben"),
        (browser, firefox, "ben", "ada"),
    ):
        sent = await one.do(page, "send", f"{page}.bin", 2_000_000)
        assert (await other.come(else_page))["sha256"] == sent["of"]


async def test_firefox_and_chromium_hear_and_see_each_other_in_a_call(
    signs_up: SignUp, firefox: Browser, browser: Browser
) -> None:
    (ada,) = await people(signs_up, firefox, "ada")
    (ben,) = await people(signs_up, browser, "ben")
    channel = (await ada.create_channel("DIRECT", memberIds=[ben.id]))["id"]
    peers: dict[str, str] = {}
    await in_call(firefox, channel, peers, "ada")
    await in_call(browser, channel, peers, "ben")
    await asyncio.gather(meets(firefox, peers, "ada", "ben"), meets(browser, peers, "ben", "ada"))
