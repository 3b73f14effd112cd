"""The example in the terminal, as its README says."""

import asyncio
import sys
from pathlib import Path

import aioice.ice
import pytest
from direct.api import OPEN, Api

from server.serving import Running
from tests.examples.test_examples import line, program, say
from tests.stage import PASSWORD, ROOT

FOLDER = ROOT / "client-examples" / "direct"
ALONE = not aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=False)
pytestmark = pytest.mark.skipif(ALONE, reason="there is no network but the loopback")


def direct(server: Running, deed: str, who: str, *more: str) -> tuple[str, ...]:
    given = ("--url", server.url, "--password", PASSWORD)
    return (sys.executable, "-um", "direct", deed, who, *given, *more)


async def both(server: Running, *names: str) -> None:
    for name in names:
        api = Api(server.url)
        await api.sign_in(name, PASSWORD)
        await api.close()


async def test_two_talk_in_the_terminal_and_have_it_saved(server: Running) -> None:
    await both(server, "ada-t", "ben-t")
    ada_talks = direct(server, "chat", "ada-t", "--with", "ben-t", "--save")
    ben_talks = direct(server, "chat", "ben-t", "--with", "ada-t", "--save")
    async with program(*ada_talks, cwd=FOLDER) as ada:
        assert await line(ada) == "-- connecting"
        await say(ada, "are you there?")
        async with program(*ben_talks, cwd=FOLDER) as ben:
            said = [await line(ben) for _ in range(3)]
            assert set(said) == {"-- connecting", "-- direct", "ada-t: are you there?"}
            assert await line(ada) == "-- direct"
            await say(ben, "[yes]")
            assert await line(ada) == "ben-t: [yes]"
            for one in (ada, ben):
                assert one.stdin
                one.stdin.close()
            await asyncio.gather(ada.wait(), ben.wait())
    api = Api(server.url)
    await api.sign_in("ada-t", PASSWORD)
    channel = (await api.do(OPEN, user=await api.find("ben-t")))["id"]
    history = "query($c: ID!) { messages(channelId: $c) { nodes { body } } }"
    kept = (await api.do(history, c=channel))["nodes"]
    assert [one["body"] for one in kept] == ["are you there?", "[yes]"]
    await api.close()


async def test_a_file_goes_from_one_terminal_to_the_other(server: Running, tmp_path: Path) -> None:
    await both(server, "ada-f", "ben-f")
    taking = direct(server, "receive", "ben-f", "--from", "ada-f", "--into", str(tmp_path))
    sending = direct(server, "send", "ada-f", "README.md", "--to", "ben-f")
    async with (
        program(*taking, "--count", "1", cwd=FOLDER) as ben,
        program(*sending, cwd=FOLDER) as ada,
    ):
        assert await asyncio.gather(ada.wait(), ben.wait()) == [0, 0]
    come = await asyncio.to_thread((tmp_path / "README.md").read_bytes)
    assert come == await asyncio.to_thread((FOLDER / "README.md").read_bytes)


async def test_who_is_not_there_cannot_be_talked_to(server: Running) -> None:
    async with program(*direct(server, "chat", "ada-n", "--with", "nobody"), cwd=FOLDER) as ada:
        assert ada.stderr
        assert "direct: There is no such user." in (await ada.stderr.read()).decode()
        assert await ada.wait() == 1
