"""Files directly from peer to peer: whole, or not at all, and gone on with where they were."""

import asyncio
import errno
import hashlib
import os
import shutil
import uuid
from pathlib import Path
from typing import Any

import pytest
from direct import chat as chats
from direct import link as links
from direct.files import Incoming, NotSent, Outgoing
from direct.pipe import Broken, Pipe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.direct.conftest import Meet, Side, connected
from tests.patience import PATIENCE
from tests.stage import until


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chats, "PING", 0.2)
    monkeypatch.setattr(links, "DEAD", 1.0)


def a_file(folder: Path, size: int, name: str = "film.bin") -> Path:
    path = folder / name
    path.write_bytes(os.urandom(size))
    return path


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def sent(side: Side, outgoing: Outgoing) -> None:
    """Through however many connections."""
    while True:
        await side.link.connected()
        try:
            await outgoing.send(side.link.open_file())
        except Broken:
            await asyncio.sleep(0)
        else:
            return


@pytest.mark.parametrize("size", [0, 1, 16 * 1024, 3_000_001])
async def test_a_file_arrives_as_it_was_sent(meet: Meet, tmp_path: Path, size: int) -> None:
    ada, ben = await meet()
    path = a_file(tmp_path, size)
    async with connected(ada, ben):
        told: list[tuple[int, int]] = []
        outgoing = Outgoing(path, lambda *progress: told.append(progress))
        await sent(ada, outgoing)
        await until(lambda: ben.files)
        (place,) = ben.files
        assert place.name == "film.bin"
        assert place.read_bytes() == path.read_bytes()
        assert outgoing.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert told[-1] == (size, size)
        assert told == sorted(told)


async def test_several_go_at_once_both_ways(meet: Meet, tmp_path: Path) -> None:
    ada, ben = await meet()
    paths = [a_file(tmp_path, 300_000, f"{n}.bin") for n in range(4)]
    async with connected(ada, ben):
        await asyncio.gather(*(sent(side, Outgoing(path)) for side in (ada, ben) for path in paths))
        for side in (ada, ben):
            await until(lambda side=side: len(side.files) == 4)
            assert {one.read_bytes() for one in side.files} == {p.read_bytes() for p in paths}


async def test_it_goes_on_where_it_was_after_the_connection_was_lost(
    meet: Meet, tmp_path: Path
) -> None:
    ada, ben = await meet()
    path = a_file(tmp_path, 12_000_000)
    async with connected(ada, ben):
        outgoing = Outgoing(path)
        part = ben.folder / f".{outgoing.id}.part"
        sending = asyncio.create_task(sent(ada, outgoing))
        taken: list[int] = []
        for enough in (2_000_000, 5_000_000, 8_000_000):
            await until(lambda enough=enough: part.exists() and part.stat().st_size > enough)
            (ben if len(taken) % 2 else ada).cut()
            taken.append(part.stat().st_size)
        await sending
        await until(lambda: ben.files)
        assert ben.files[0].read_bytes() == path.read_bytes()
        assert len(ada.states) > 6


async def test_it_waits_while_either_side_wants_it_to(meet: Meet, tmp_path: Path) -> None:
    ada, ben = await meet()
    path = a_file(tmp_path, 8_000_000)
    async with connected(ada, ben):
        outgoing = Outgoing(path)
        pipe = ada.link.open_file()
        sending = asyncio.create_task(outgoing.send(pipe))
        part = ben.folder / f".{outgoing.id}.part"
        await until(lambda: part.exists() and part.stat().st_size > 100_000)
        outgoing.pause(pipe)
        await until(lambda: not pipe._channel.bufferedAmount)
        assert not ben.files
        outgoing.resume(pipe)
        await sending
        await until(lambda: ben.files)


async def test_it_waits_while_the_receiver_wants_it_to(tmp_path: Path) -> None:
    """And no longer than the connection over which they did."""
    outgoing = Outgoing(a_file(tmp_path, 8_000_000))
    for over in (False, True):
        sender, receiver = a_channel()
        sending = asyncio.create_task(outgoing.send(sender))
        offer = await receiver.receive()
        assert isinstance(offer, dict)
        assert offer["type"] == "offer"
        receiver.tell("pause")
        receiver.tell("accept", offset=0)
        if not over:
            await until(lambda sending=sending: outgoing._paused["there"] or sending.done())
            assert receiver._came.empty()
            receiver.close()
            with pytest.raises(Broken):
                await sending
            continue
        receiver.tell("resume")
        async with asyncio.timeout(PATIENCE):
            while isinstance(frame := await receiver.receive(), bytes):
                pass
        assert frame["sha256"] == outgoing.sha256
        receiver.tell("received")
        await sending


async def test_who_does_not_want_it_says_so(meet: Meet, tmp_path: Path) -> None:
    ada, ben = await meet()
    ben.wanted = lambda offer: offer["size"] < 100
    async with connected(ada, ben):
        with pytest.raises(NotSent, match="not wanted"):
            await sent(ada, Outgoing(a_file(tmp_path, 100)))
        assert files_in(ben.folder) == []


class Ends:
    """Both ends of a data channel, without a network."""

    def __init__(self) -> None:
        self.readyState, self.bufferedAmount = "open", 0
        self.other: Ends
        self._on: dict[str, list[Any]] = {}

    def on(self, event: str, do: Any) -> None:
        self._on.setdefault(event, []).append(do)

    def send(self, data: Any) -> None:
        for do in self.other._on["message"]:
            do(data)

    def close(self) -> None:
        for end in (self, self.other):
            end.readyState = "closed"
            for do in end._on["close"]:
                do()


def a_channel() -> tuple[Pipe, Pipe]:
    one, other = Ends(), Ends()
    one.other, other.other = other, one
    return Pipe(one), Pipe(other)  # type: ignore[arg-type]


OFFER = {"id": str(uuid.uuid4()), "name": "a.bin", "size": 4, "contentType": "text/plain"}


async def take(folder: Path, *frames: Any, **offer: Any) -> Path:
    """What becomes of frames that are sent."""
    sender, receiver = a_channel()
    sender.tell("offer", **{**OFFER, **offer})
    for frame in frames:
        if isinstance(frame, bytes):
            await sender.send(frame)
        else:
            sender.tell(**frame)
    async with asyncio.timeout(5):
        return await Incoming(folder).receive(receiver)


def done(content: bytes) -> dict[str, str]:
    return {"kind": "done", "sha256": hashlib.sha256(content).hexdigest()}


async def test_what_is_not_what_was_sent_is_thrown_away(tmp_path: Path) -> None:
    with pytest.raises(NotSent):
        await take(tmp_path, b"hola", done(b"HOLA"))
    assert files_in(tmp_path) == []
    with pytest.raises(NotSent):
        await take(tmp_path, b"hola!", done(b"hola!"))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\film.mkv", "film.mkv"),
        ("..", "file"),
        ("", "file"),
        ("a\0b\n.txt", "a_b_.txt"),
        (".bashrc", "bashrc"),
        ("\x1b]52;c;x\x07photo\u202egpj.exe", "_]52;c;x_photo_gpj.exe"),
    ],
)
async def test_a_name_is_no_path(tmp_path: Path, name: str, kept: str) -> None:
    place = await take(tmp_path, b"hola", done(b"hola"), name=name)
    assert place == tmp_path / kept


async def test_nothing_is_written_over(tmp_path: Path) -> None:
    places = [await take(tmp_path, b"hola", done(b"hola"), id=str(uuid.uuid4())) for _ in range(3)]
    assert [place.name for place in places] == ["a.bin", "a (2).bin", "a (3).bin"]


@pytest.mark.parametrize(
    "offer",
    [{"id": "../x"}, {"id": None}, {"size": -1}, {"size": "4"}, {"size": True}, {"name": 5}],
)
async def test_an_offer_that_is_none_is_declined(tmp_path: Path, offer: Any) -> None:
    with pytest.raises(NotSent):
        await take(tmp_path, b"hola", done(b"hola"), **offer)
    assert files_in(tmp_path) == []


async def test_a_name_may_be_as_long_as_it_is(tmp_path: Path) -> None:
    for name in ("é" * 300 + ".txt", "a." + "b" * 300, "😀" * 100):
        for _ in range(2):
            place = await take(tmp_path, b"hola", done(b"hola"), name=name, id=str(uuid.uuid4()))
            assert place.read_bytes() == b"hola"
            assert len(place.name.encode()) <= 255
    assert {one.suffix for one in files_in(tmp_path)} >= {".txt"}


async def test_what_has_come_is_not_taken_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sender may not have been told."""
    path, into = a_file(tmp_path, 100_000), tmp_path / "into"
    into.mkdir()
    incoming, outgoing = Incoming(into), Outgoing(path)
    sender, receiver = a_channel()
    tell = receiver.tell

    def lost(kind: str, **what: Any) -> None:
        if kind == "received":
            receiver.close()
            raise Broken
        tell(kind, **what)

    monkeypatch.setattr(receiver, "tell", lost)
    sending = asyncio.create_task(outgoing.send(sender))
    with pytest.raises(Broken):
        await incoming.receive(receiver)
    with pytest.raises(Broken):
        await sending
    sender, receiver = a_channel()
    send, pieces = sender._channel.send, 0

    def counted(data: Any) -> None:
        nonlocal pieces
        pieces += isinstance(data, bytes)
        send(data)

    monkeypatch.setattr(sender._channel, "send", counted)
    place, _ = await asyncio.gather(incoming.receive(receiver), outgoing.send(sender))
    assert pieces == 0
    assert files_in(into) == [place]
    assert place.read_bytes() == path.read_bytes()
    # Another file under the same id is not taken for this one.
    path.write_bytes(b"x" * 100_000)
    sender, receiver = a_channel()
    results = await asyncio.gather(
        incoming.receive(receiver), outgoing.send(sender), return_exceptions=True
    )
    assert [type(one) for one in results] == [NotSent, NotSent]


async def test_where_it_cannot_be_kept_both_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, into = a_file(tmp_path, 100_000), tmp_path / "into"
    into.mkdir()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    sender, receiver = a_channel()
    results = await asyncio.gather(
        Incoming(into).receive(receiver), Outgoing(path).send(sender), return_exceptions=True
    )
    assert [type(one) for one in results] == [NotSent, NotSent]
    assert str(results[1]) == "storage"
    assert files_in(into) == []


async def test_what_there_is_no_room_for_does_not_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, into = a_file(tmp_path, 100_000), tmp_path / "into"
    into.mkdir()
    room = shutil.disk_usage(into)._replace(free=99_999)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: room)
    sender, receiver = a_channel()
    monkeypatch.setattr(sender, "send", None)
    results = await asyncio.gather(
        Incoming(into).receive(receiver), Outgoing(path).send(sender), return_exceptions=True
    )
    assert [type(one) for one in results] == [NotSent, NotSent]
    assert str(results[1]) == "storage"
    assert files_in(into) == []


@pytest.mark.parametrize("left", [None, 50_000])
async def test_a_file_that_cannot_be_read_is_not_sent(tmp_path: Path, left: int | None) -> None:
    path, into = a_file(tmp_path, 100_000), tmp_path / "into"
    into.mkdir()
    outgoing = Outgoing(path)
    if left is None:
        path.unlink()
    else:
        os.truncate(path, left)
    sender, receiver = a_channel()
    results = await asyncio.gather(
        Incoming(into).receive(receiver), outgoing.send(sender), return_exceptions=True
    )
    assert [type(one) for one in results] == [NotSent, NotSent]


async def test_who_sends_without_being_asked_is_cut_off() -> None:
    for data, most in ((bytes(16 * 1024), 1_024), ('{"type": "ping"}', 4_096)):
        sender, receiver = a_channel()
        for _ in range(most):
            sender._channel.send(data)
        assert not receiver.closed
        sender._channel.send(data)
        assert receiver.closed


async def test_who_opens_more_channels_than_was_agreed_has_them_closed(meet: Meet) -> None:
    ada, ben = await meet()
    async with connected(ada, ben):
        files = [ada.link.open_file() for _ in range(40)]
        await until(lambda: sum(one.closed for one in files) == 40 - 31)  # one is the chat
        assert not any(one.closed for one in files[:31])
        ada.chat.say("still here")
        await until(lambda: [message.body for message in ben.heard] == ["still here"])


@pytest.mark.parametrize("offset", [-1, 5, "0", None])
async def test_a_place_that_there_is_not_is_no_place_to_go_on(tmp_path: Path, offset: Any) -> None:
    sender, receiver = a_channel()
    receiver.tell("accept", offset=offset)
    with pytest.raises(NotSent):
        await Outgoing(a_file(tmp_path, 4)).send(sender)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(content=st.binary(max_size=200_000), cuts=st.lists(st.integers(0, 30), max_size=4))
async def test_wherever_it_breaks_it_arrives_whole(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, cuts: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("broken")
    path, into = folder / "a.bin", folder / "into"
    path.write_bytes(content)
    into.mkdir()
    outgoing = Outgoing(path)
    place: Path | None = None
    for cut in [*cuts, -1]:
        sender, receiver = a_channel()
        count, send = 0, sender._channel.send

        def counted(data: Any, cut: int = cut, send: Any = send, pipe: Pipe = sender) -> None:
            nonlocal count
            count += 1
            if count == cut:
                pipe._channel.close()
                raise Broken
            send(data)

        sender._channel.send = counted  # type: ignore[method-assign]
        sending = asyncio.create_task(outgoing.send(sender))
        taking = asyncio.create_task(Incoming(into).receive(receiver))
        async with asyncio.timeout(20):
            results = await asyncio.gather(sending, taking, return_exceptions=True)
        assert all(isinstance(one, Broken | Path | None) for one in results), results
        if isinstance(results[1], Path):
            place = results[1]
            break
    assert place
    assert place.read_bytes() == content
