"""The client examples, each against a real server, as their README says."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from server.serving import Running
from tests.cast import Person, sign_up
from tests.conftest import SignUp
from tests.patience import PATIENCE
from tests.server.process import serving
from tests.stage import PASSWORD, a_server, free_port, install_packages, needed

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "client-examples"


@asynccontextmanager
async def program(*arguments: str, cwd: Path = EXAMPLES, **env: str) -> AsyncIterator[Process]:
    """A program under way; it is ended at the end."""
    process = await asyncio.create_subprocess_exec(
        *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=cwd, env={**os.environ, **env}
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line(process: Process, *, blank: bool = False) -> str:
    """The next line that a program prints, which may be a blank one if so expected."""
    assert process.stdout
    async with asyncio.timeout(PATIENCE):
        printed = (await process.stdout.readline()).decode().rstrip()
    assert printed or blank, (await process.communicate())[1].decode()
    return printed


async def say(process: Process, text: str) -> None:
    assert process.stdin
    process.stdin.write(f"{text}\n".encode())
    await process.stdin.drain()


def chat(server: Running, username: str, channel: str) -> tuple[str, ...]:
    given = ("--url", server.url, "--password", PASSWORD, "--channel", channel)
    return (sys.executable, "python/chat.py", username, *given)


async def test_two_people_talk_in_the_terminal(server: Running) -> None:
    async with program(*chat(server, "chatty-ada", "café")) as ada:
        assert (await line(ada)).startswith("-- in café")
        await say(ada, "¡hola!")
        assert (await line(ada)).endswith("chatty-ada: ¡hola!")
        async with program(*chat(server, "chatty-ben", "café")) as ben:
            assert (await line(ben)).endswith("chatty-ada: ¡hola!")
            assert (await line(ben)).startswith("-- in café")
            await say(ben, "hello, Ada")
            assert (await line(ada)).endswith("chatty-ben: hello, Ada")
            assert (await line(ben)).endswith("chatty-ben: hello, Ada")


@pytest.mark.slow
async def test_the_terminal_chat_goes_on_where_it_was_when_the_server_comes_back(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    port = free_port()
    given = ("--url", f"http://127.0.0.1:{port}", "--password", PASSWORD, "--channel", "café")
    talk = (sys.executable, "python/chat.py", "patient-ben", *given)
    with serving(tmp_path, port=port) as served:
        ada = await sign_up(served.url, http, "ada")
        lobby = await ada.create_channel(name="café")
        following = program(*talk)
        ben = await following.__aenter__()
        assert (await line(ben)).startswith("-- in café")
        await ada.send(lobby, "before")
        assert (await line(ben)).endswith("ada: before")
    for times in range(2):
        with serving(tmp_path, port=port):
            await ada.send(lobby, f"missed {times}")
            assert (await line(ben)).endswith(f"ada: missed {times}")
            await say(ben, f"hello again {times}")
            assert (await line(ben)).endswith(f"patient-ben: hello again {times}")
    await following.__aexit__(None, None, None)


async def test_the_terminal_chat_tells_in_one_line_why_it_cannot(server: Running) -> None:
    async with program(*chat(server, "no such name!", "café")) as process:
        _, told = await process.communicate()
        assert told.decode().startswith("refused: username may have")
        assert process.returncode == 1


@pytest.mark.slow
async def test_javascript_follows_a_channel(server: Running, ada: Person) -> None:
    node, folder = needed("node"), EXAMPLES / "javascript"
    install_packages(folder)
    lobby = await ada.create_channel()
    await ada.send(lobby, "before")
    first = (await ada.history(lobby))["nodes"][0]["cursor"]
    await ada.send(lobby, "missed")
    follow = (node, "follow.mjs", server.url, lobby["id"], first)
    async with program(*follow, cwd=folder, TOKEN=ada.token or "") as following:
        assert await line(following) == "-- connected --"
        assert await line(following) == f"{ada.username}: missed"
        await ada.send(lobby, "¡hola!")
        assert await line(following) == f"{ada.username}: ¡hola!"
    async with program(*follow, cwd=folder, TOKEN="nonsense") as refused:
        _, told = await refused.communicate()
        assert refused.returncode == 1
        assert "Forbidden" in told.decode()


async def test_the_conversation_with_curl_works_as_it_is_written(
    server: Running, signs_up: SignUp
) -> None:
    needed("curl")
    page = (EXAMPLES / "README.md").read_text().partition("## Python")[0]
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 2
    script = "set -eu; TOKEN=\n" + "\n".join(blocks)
    script = script.replace("http://127.0.0.1:8000", server.url)
    async with program(needed("bash"), "-c", script) as talking:
        printed, told = await talking.communicate()
    assert talking.returncode == 0, told.decode()
    answers = printed.decode()
    assert '"errors"' not in answers
    assert answers.count("¡Hola!") == 1
    assert '"author":{"username":"ada"}' in answers


async def test_the_stream_with_curl_works_as_it_is_written(server: Running, ada: Person) -> None:
    needed("curl")
    page = (ROOT / "docs" / "feed.md").read_text()
    [example] = re.findall(r"^    curl .*\n(?:        .*\n)+", page, re.MULTILINE)
    start = await ada.do("{ head }")
    await ada.create_channel()
    command = example.replace("http://127.0.0.1:8000", server.url).replace("3586c3b4.8", start)
    following = (needed("bash"), "-c", f"exec {command.strip()} --silent")
    async with program(*following, TOKEN=ada.token or "") as curl:
        opened = [await line(curl, blank=True) for _ in range(4)]
        life, _, position = start.partition(".")
        assert opened == [":", "", "event: next", f"id: {life}.{int(position) + 1}"]
        assert "ChannelCreated" in await line(curl)


async def test_the_first_screen_of_the_readme_works_as_it_is_written(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    needed("curl")
    block = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[0]
    async with a_server(tmp_path_factory.mktemp("readme")) as own:
        script = "set -eu; TOKEN=\n" + block.replace("http://127.0.0.1:8000", own.url)
        async with program(needed("bash"), "-c", script) as talking:
            printed, told = await talking.communicate()
    assert talking.returncode == 0, told.decode()
    sent, listed = printed.decode().splitlines()
    assert sent.startswith('{"data":{"sendMessage":{"id":"')
    assert listed == LISTED


LISTED = (
    '{"data":{"channels":{"nodes":[{"name":"lobby","lastMessage":'
    '{"body":"¡Hola!","author":{"username":"ada"}}}]}}}'
)
