"""The server as a peer: it echoes, tells of the path, and sends files that it keeps."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from direct.files import Incoming
from direct.pipe import Pipe

from adapters.answering import Addresses
from adapters.rtc import ServerPeer
from resolvers import server_peer
from server.serving import Running
from server.settings import ANYWHERE
from tests.cast import Json, Person, sign_up
from tests.patience import PATIENCE
from tests.stage import a_server, until

CONNECT = """mutation($offer: JSON!, $file: ID) {
  connectServer(input: { offer: $offer, fileId: $file }) { id answer expiresAt } }"""
BAN = 'mutation($u: ID!) { banUser(input: { userId: $u, reason: "x" }) { id } }'


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    folder = tmp_path_factory.mktemp("data")
    async with a_server(folder, server_peer_networks="127.0.0.0/8") as started:
        yield started


@asynccontextmanager
async def offering(*tracks: Any) -> AsyncIterator[tuple[RTCPeerConnection, Any, Json]]:
    """A client's connection, its channel for a test, and its offer."""
    connection = RTCPeerConnection()
    try:
        channel = connection.createDataChannel("test")
        for track in tracks:
            connection.addTrack(track)
        await connection.setLocalDescription(await connection.createOffer())
        described = connection.localDescription
        yield connection, channel, {"type": described.type, "sdp": described.sdp}
    finally:
        await connection.close()


async def connect(person: Person, connection: RTCPeerConnection, offer: Json, **more: Json) -> Json:
    made = await person.do(CONNECT, offer=offer, **more)
    await connection.setRemoteDescription(RTCSessionDescription(**made["answer"]))
    return made


def bytes_of(path: Path) -> bytes:
    return path.read_bytes()


def put(path: Path, content: bytes) -> None:
    path.write_bytes(content)


async def opened(channel: Any) -> Pipe:
    pipe = Pipe(channel)
    async with asyncio.timeout(PATIENCE):
        await pipe.opened()
    return pipe


async def test_it_sends_back_what_comes_and_tells_of_the_path(ada: Person) -> None:
    async with offering() as (connection, channel, offer):
        await connect(ada, connection, offer)
        pipe = await opened(channel)
        for _ in range(20):
            await pipe.send(bytes(16_384))
        channel.send("text, too")
        channel.send('{"type":"report"}')
        come = 0
        report: Any = None
        while report is None:
            frame = await pipe.receive()
            if isinstance(frame, bytes):
                come += len(frame)
            else:
                report = frame
        assert come == 20 * 16_384
        assert report["bytes"] == come + len("text, too")
        assert report["seconds"] > 0
        assert {report["local"], report["remote"]} <= {"host", "prflx"}
        assert report["protocol"] == "udp"


async def test_it_sends_sound_and_picture_back(ada: Person) -> None:
    async with offering(AudioStreamTrack(), VideoStreamTrack()) as (connection, _, offer):
        came: dict[str, Any] = {}
        connection.on("track", lambda track: came.update({track.kind: track}))
        await connect(ada, connection, offer)
        async with asyncio.timeout(PATIENCE):
            sound, picture = await came["audio"].recv(), await came["video"].recv()
        assert sound.samples > 0
        assert (picture.width, picture.height) == (640, 480)


@pytest.mark.parametrize("size", [0, 5, 1_000_000])
async def test_it_sends_a_file_that_it_keeps(ada: Person, tmp_path: Path, size: int) -> None:
    lobby = await ada.create_channel()
    content = os.urandom(size)
    file = await ada.upload(lobby, content, "film.bin")
    async with offering() as (connection, _, offer):
        coming: asyncio.Future[Path] = asyncio.get_running_loop().create_future()

        @connection.on("datachannel")
        def take(channel: Any) -> None:
            assert channel.label == "file"
            task = asyncio.ensure_future(Incoming(tmp_path).receive(Pipe(channel)))
            task.add_done_callback(lambda done: coming.set_result(done.result()))

        await connect(ada, connection, offer, file=file["id"])
        async with asyncio.timeout(PATIENCE):
            place = await coming
        assert place.name == "film.bin"
        assert bytes_of(place) == content


async def test_it_goes_on_with_a_file_where_one_is(ada: Person, tmp_path: Path) -> None:
    content = os.urandom(300_000)
    file = await ada.upload(await ada.create_channel(), content, "film.bin")
    put(tmp_path / f".{file['id']}.part", content[:100_001])
    async with offering() as (connection, _, offer):
        taken: list[Path] = []

        async def take(pipe: Pipe) -> None:
            taken.append(await Incoming(tmp_path).receive(pipe))

        tasks: list[Any] = []
        connection.on("datachannel", lambda c: tasks.append(asyncio.ensure_future(take(Pipe(c)))))
        await connect(ada, connection, offer, file=file["id"])
        await until(lambda: taken)
        assert bytes_of(taken[0]) == content


async def test_a_file_is_for_those_who_may_have_it(ada: Person, outsider: Person) -> None:
    file = await ada.upload(await ada.create_channel("PRIVATE"), b"hola")
    async with offering() as (_, _, offer):
        assert await outsider.code(CONNECT, offer=offer, file=file["id"]) == "NOT_FOUND"
        assert await ada.code(CONNECT, offer=offer, file="nothing") == "NOT_FOUND"


@pytest.mark.parametrize("offer", [None, 5, {}, {"type": "offer", "sdp": "v=0"}])
async def test_what_is_no_offer_is_not_answered(ada: Person, offer: Json) -> None:
    refusal = await ada.refused(CONNECT.replace("$offer: JSON!", "$offer: JSON"), offer=offer)
    assert refusal["code"] in ("BAD_USER_INPUT", "BAD_QUERY")


async def test_what_the_peer_cannot_take_is_not_answered(ada: Person, server: Running) -> None:
    async with offering() as (_, _, offer):
        broken = {**offer, "sdp": offer["sdp"].replace("a=setup:actpass\r\n", "")}
        refusal = await ada.refused(CONNECT, offer=broken)
        assert (refusal["code"], refusal["field"]) == ("BAD_USER_INPUT", "offer")
    await until(lambda: not server.house.connections._open)


async def test_an_offer_of_very_much_ends_nothing(ada: Person, server: Running) -> None:
    async with offering(VideoStreamTrack()) as (connection, channel, offer):
        codecs = (
            "".join(f"a=rtpmap:{96 + n % 30} VP8/90000\r\n" for n in range(300))
            + "a=rtcp-fb:* nack\r\na=rtcp-fb:* nack pli\r\na=rtcp-fb:* goog-remb\r\n" * 3
        )
        place = offer["sdp"].index("a=rtpmap:97")
        much = offer["sdp"][:place] + codecs + offer["sdp"][place:]
        assert await ada.code(CONNECT, offer={**offer, "sdp": much}) == "BAD_USER_INPUT"
        await until(lambda: not server.house.connections._open)
        await connect(ada, connection, offer)
        await opened(channel)


async def test_one_has_two_connections_at_the_most(ada: Person, server: Running) -> None:
    async with offering() as (one, here, first), offering() as (two, there, second):
        await connect(ada, one, first)
        await connect(ada, two, second)
        await asyncio.gather(opened(here), opened(there))
        async with offering() as (_, _, third):
            refusal = await ada.refused(CONNECT, offer=third)
            assert refusal == {"code": "QUOTA_EXCEEDED", "limit": 2, "used": 2}
    # Who hangs up makes room.
    await until(lambda: not server.house.connections._open)


async def test_a_server_that_is_no_peer_says_so(tmp_path: Path, http: Any) -> None:
    async with a_server(tmp_path, server_peers=0) as server:
        ada = await sign_up(server.url, http, "ada")
        async with offering() as (_, _, offer):
            assert await ada.code(CONNECT, offer=offer) == "UNAVAILABLE"


async def closed(connection: RTCPeerConnection) -> None:
    await until(lambda: connection.connectionState in ("closed", "failed"))


async def test_it_ends_when_its_time_is_up(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_peer, "TEST_SECONDS", 1)
    async with offering() as (connection, channel, offer):
        await connect(ada, connection, offer)
        await opened(channel)
        await closed(connection)


async def test_it_ends_when_too_much_comes(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_peer, "TEST_BYTES", 100_000)
    async with offering() as (connection, channel, offer):
        await connect(ada, connection, offer)
        await opened(channel)
        for _ in range(10):
            channel.send(bytes(16_384))
        await closed(connection)


@pytest.mark.parametrize("how", ["banned", "signed out"])
async def test_it_ends_when_somebody_loses_the_right_to_it(
    ada: Person, admin: Person, how: str
) -> None:
    async with offering() as (connection, channel, offer):
        await connect(ada, connection, offer)
        await opened(channel)
        if how == "banned":
            await admin.do(BAN, u=ada.id)
        else:
            await ada.do("mutation { logout }")
        await closed(connection)


async def coming_file(connection: RTCPeerConnection) -> Pipe:
    """The channel over which the server offers a file."""
    came: asyncio.Future[Pipe] = asyncio.get_running_loop().create_future()
    connection.on("datachannel", lambda channel: came.set_result(Pipe(channel)))
    async with asyncio.timeout(PATIENCE):
        return await came


async def offered_file(
    person: Person, connection: RTCPeerConnection, offer: Json, content: bytes = b"hola"
) -> tuple[Pipe, Json]:
    """The channel of a file in a channel of theirs, once it is offered, and the channel's row."""
    room = await person.create_channel("GROUP")
    file = await person.upload(room, content)
    coming = asyncio.create_task(coming_file(connection))
    await connect(person, connection, offer, file=file["id"])
    pipe = await coming
    told = await pipe.receive()
    assert isinstance(told, dict)
    assert told["type"] == "offer"
    return pipe, room


async def test_a_file_is_sent_no_more_to_who_has_left_its_channel(ada: Person) -> None:
    async with offering() as (connection, _, offer):
        _, room = await offered_file(ada, connection, offer)
        await ada.do("mutation($c: ID!) { leaveChannel(id: $c) }", c=room["id"])
        await closed(connection)


@pytest.mark.parametrize("offset", [-1, 5, "0", None, True])
async def test_a_place_that_a_file_does_not_have_ends_it(ada: Person, offset: Json) -> None:
    async with offering() as (connection, _, offer):
        pipe, _ = await offered_file(ada, connection, offer)
        pipe.tell("accept", offset=offset)
        await closed(connection)


async def test_a_receiver_who_talks_too_much_is_hung_up_on(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_peer, "FILE_BYTES", 100_000)
    async with offering() as (connection, _, offer):
        pipe, _ = await offered_file(ada, connection, offer)
        for _ in range(10):
            pipe.tell("unheard of", much="x" * 20_000)
        await closed(connection)


async def test_what_it_does_not_know_does_not_disturb_it(ada: Person) -> None:
    async with offering() as (connection, _, offer):
        pipe, _ = await offered_file(ada, connection, offer)
        for kind in ("unheard of", "progress"):
            pipe.tell(kind)
        pipe.tell("accept", offset=0)
        pipe.tell("unheard of")
        assert await pipe.receive() == b"hola"
        told = await pipe.receive()
        assert isinstance(told, dict)
        assert told["type"] == "done"
        pipe.tell("unheard of")
        assert connection.connectionState == "connected"
        pipe.tell("received", sha256=told["sha256"])
        await closed(connection)


async def test_it_sends_one_picture_back_and_no_more(ada: Person) -> None:
    async with offering(VideoStreamTrack(), VideoStreamTrack()) as (_, _, offer):
        assert await ada.code(CONNECT, offer=offer) == "BAD_USER_INPUT"


async def test_a_peer_that_cannot_be_begun_is_not_there(
    ada: Person, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_: ServerPeer) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(ServerPeer, "_running", fails)
    async with offering() as (_, _, offer):
        assert await ada.code(CONNECT, offer=offer) == "UNAVAILABLE"
    assert not server.house.connections._open


async def test_a_process_that_died_is_begun_anew(ada: Person, server: Running) -> None:
    async with offering() as (connection, channel, offer):
        await connect(ada, connection, offer)
        await opened(channel)
        process = server.house.connections.peer._process
        assert process
        process.send_signal(signal.SIGKILL)
        await until(lambda: not server.house.connections._open)
    async with offering() as (connection, channel, offer):
        await connect(ada, connection, offer)
        await opened(channel)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "::1", ANYWHERE[0], "::", "169.254.169.254", "169.254.1.1"),
        *("fe80::1", "fd00:ec2::254", "100.100.100.200", "::ffff:127.0.0.1", "224.0.0.1"),
        *("::ffff:169.254.169.254", "ff02::1", "a-b.local", "localhost", "example.org", ""),
    ],
)
def test_it_connects_to_nothing_of_this_machine_alone(address: str) -> None:
    assert address not in Addresses([])


@pytest.mark.parametrize("address", ["192.168.1.7", "10.0.0.1", "203.0.113.5", "2001:db8::1"])
def test_it_connects_to_others_at_home_and_elsewhere(address: str) -> None:
    assert address in Addresses([])


def test_what_is_allowed_is_connected_to() -> None:
    allowed = Addresses(["127.0.0.0/8"])
    assert "127.0.0.1" in allowed
    assert "::1" not in allowed


def test_of_an_offer_only_those_candidates_are_left() -> None:
    def line(address: str) -> str:
        return f"a=candidate:1 1 udp 1 {address} 9 typ host"

    offer = ["v=0", line("127.0.0.1"), line("10.0.0.1"), line("a.local"), "a=candidate:1"]
    left = Addresses([]).only("\r\n".join([*offer, "a=end-of-candidates", ""]))
    assert left.splitlines() == ["v=0", line("10.0.0.1")]
    many = Addresses([]).only("\r\n".join(line("10.0.0.1") for _ in range(100)))
    assert len(many.splitlines()) == 20


def test_a_report_is_asked_for_so() -> None:
    assert json.dumps({"type": "report"}, separators=(",", ":")) == '{"type":"report"}'
