"""Talk to somebody, and send them files, without a server in between.

python -m direct chat ada --with ben
python -m direct send ada film.mkv --to ben
python -m direct receive ben --from ada
"""

import argparse
import asyncio
import contextlib
import getpass
import logging
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from direct.api import LOST, OPEN, Api, Refused
from direct.chat import Chat, Message
from direct.files import Incoming, NotSent, Outgoing, shown
from direct.link import Link
from direct.pipe import Broken, Pipe

_out = Console(highlight=False)


def bars() -> Progress:
    """Bars for what is under way."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=_out,
    )


def state(now: str) -> None:
    """Says how the connection is."""
    _out.print(f"-- {now}", style="dim")


def tell(message: Message) -> None:
    """Shows what the other says."""
    for line in message.body.splitlines():
        _out.print(shown(line), markup=False)


async def together(link: Link, *work: Awaitable[Any]) -> None:
    """Does it while the connection is kept up; the first that is done ends it all."""
    tasks = [asyncio.ensure_future(one) for one in (link.run(), *work)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await link.leave()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def chat(api: Api, other: str, given: argparse.Namespace) -> None:
    """A conversation, line by line."""

    def heard(message: Message) -> None:
        _out.print(given.other, style="bold", end=": ", markup=False)
        tell(message)

    talk = Chat(heard, save=given.save)
    into = Incoming(folder(given.into)) if given.into else None
    link = Link(
        api,
        other,
        talk.speak,
        take_file=(lambda pipe: take(into, pipe)) if into else decline,
        changed=state,
        waiting=lambda: talk.waiting,
        relay=given.relay,
    )
    channel = (await api.do(OPEN, user=other))["id"]

    async def read() -> None:
        while line := await asyncio.to_thread(sys.stdin.readline):
            if line.strip():
                try:
                    talk.say(line.rstrip("\n"))
                except ValueError as error:
                    state(f"not sent: {error}")
        if talk.waiting:
            state(f"{talk.waiting} not yet arrived; Ctrl-C gives up")
        await talk.settled()

    def refused(error: Refused) -> None:
        state(f"not saved any more: {error}")

    await together(link, read(), talk.hand_over(api, channel, refused))


def folder(into: str) -> Path:
    """The one for what comes, which is made if it is not there."""
    path = Path(into)
    path.mkdir(parents=True, exist_ok=True)
    return path


async def decline(pipe: Pipe) -> None:
    """Takes no file."""
    with contextlib.suppress(Broken):
        offer = await pipe.receive()
        pipe.tell("decline", reason="not wanted")
        if isinstance(offer, dict):
            name = shown(str(offer.get("name")))
            _out.print(f"-- {name} was offered, and not taken: --into says where to", markup=False)


async def take(into: Incoming, pipe: Pipe) -> Path | None:
    """Takes one file that comes."""
    with bars() as showing:
        bar = showing.add_task("a file", total=None)

        def wanted(offer: dict[str, Any]) -> bool:
            name = shown(Path(offer["name"]).name)
            showing.update(bar, description=name, total=offer["size"])
            return True

        def progress(done: int, total: int) -> None:
            showing.update(bar, completed=done, total=total)

        try:
            place = await into.receive(pipe, wanted, progress)
        except NotSent as error:
            _out.print(f"-- not received: {shown(str(error))}", markup=False)
            return None
        except Broken:
            return None  # it is offered again
    _out.print(f"-- received {place}", markup=False)
    return place


async def send(api: Api, other: str, given: argparse.Namespace) -> None:
    """Files, one after the other; to the server, if the other side stays away.

    Raises NotSent, in the end, where one of them was not sent.
    """
    talk = Chat(lambda _: None)
    link = Link(api, other, talk.speak, changed=state, waiting=lambda: 1, relay=given.relay)

    async def all_of_them() -> None:
        missing = []
        for path in map(Path, given.files):
            try:
                await send_one(api, link, other, path, given)
            except (NotSent, OSError) as error:
                _out.print(f"-- not sent {path.name}: {shown(str(error))}", markup=False)
                missing.append(path.name)
        if missing:
            raise NotSent(", ".join(missing))

    await together(link, all_of_them())


async def send_one(api: Api, link: Link, other: str, path: Path, given: argparse.Namespace) -> None:
    """One file, however often the connection breaks."""
    with bars() as showing:
        bar = showing.add_task(path.name, total=path.stat().st_size)

        def progress(done: int, total: int) -> None:
            showing.update(bar, completed=done, total=total)

        outgoing = Outgoing(path, progress)
        while True:
            try:
                async with asyncio.timeout(given.patience):
                    await link.connected()
            except TimeoutError:
                showing.stop()
                if await gives_up(given):
                    channel = (await api.do(OPEN, user=other))["id"]
                    await api.upload(path, channel, outgoing.id, progress)
                    _out.print(f"-- {path.name} is on the server", markup=False)
                    return
                continue
            try:
                await outgoing.send(link.open_file())
            except Broken:
                await asyncio.sleep(0.1)  # until it is known that the connection is lost
                continue
            break
    _out.print(f"-- sent {path.name}, SHA-256 {outgoing.sha256}", markup=False)


async def gives_up(given: argparse.Namespace) -> bool:
    """Whether the file is to go to the server, as the other side stays away."""
    if given.fallback != "ask":
        return bool(given.fallback == "server")
    question = f"{given.other} stays away. Leave it on the server for them? [y/N] "
    _out.print(question, end="", markup=False)
    answer = await asyncio.to_thread(sys.stdin.readline)
    return answer.strip().lower() in ("y", "yes")


async def receive(api: Api, other: str, given: argparse.Namespace) -> None:
    """Takes files, until there have been enough."""
    into = Incoming(folder(given.into or "received"))
    come, enough = set[Path](), asyncio.Event()

    async def one(pipe: Pipe) -> None:
        if place := await take(into, pipe):
            await pipe.over()  # the last word of it has arrived then
            come.add(place)
            if len(come) == given.count:
                enough.set()

    talk = Chat(tell)
    link = Link(api, other, talk.speak, take_file=one, changed=state, relay=given.relay)

    await together(link, enough.wait())


DEEDS: dict[str, Callable[[Api, str, argparse.Namespace], Awaitable[None]]] = {
    "chat": chat,
    "send": send,
    "receive": receive,
}


async def run(given: argparse.Namespace) -> None:
    """Signs in and does it."""
    api = Api(given.url)
    try:
        await api.sign_in(given.username, given.password or getpass.getpass())
        other = await api.find(given.other)
        await api.do(OPEN, user=other)  # only who shares a channel may signal
        await DEEDS[given.deed](api, other, given)
    finally:
        await api.close()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="direct", description=__doc__.splitlines()[0])
    usual = argparse.ArgumentParser(add_help=False)
    usual.add_argument("username", help="who you are")
    usual.add_argument("--url", default="http://127.0.0.1:8000", help="the server")
    usual.add_argument("--password", help="asked for, if not given")
    usual.add_argument("--relay", action="store_true", help="always by the TURN server")
    usual.add_argument("--into", help="the folder for files that come; a chat takes none without")
    usual.add_argument("-v", "--verbose", action="store_true", help="say what goes on")
    deeds = parser.add_subparsers(dest="deed", required=True)
    talk = deeds.add_parser("chat", parents=[usual], help="talk")
    talk.add_argument("--with", dest="other", required=True, help="to whom")
    talk.add_argument("--save", action="store_true", help="agree to keep it on the server")
    sending = deeds.add_parser("send", parents=[usual], help="send files")
    sending.add_argument("files", nargs="+", help="which files")
    sending.add_argument("--to", dest="other", required=True, help="to whom")
    sending.add_argument(
        "--patience", type=float, default=60, help="seconds for which the other may stay away"
    )
    sending.add_argument(
        "--fallback", choices=("ask", "server", "wait"), default="ask", help="and what then"
    )
    taking = deeds.add_parser("receive", parents=[usual], help="receive files")
    taking.add_argument("--from", dest="other", required=True, help="from whom")
    taking.add_argument("--count", type=int, default=0, help="how many files; endless if absent")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO if given.verbose else logging.ERROR)
    try:
        asyncio.run(run(given))
    except (Refused, NotSent, *LOST) as error:
        sys.exit(f"direct: {shown(str(error))}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
