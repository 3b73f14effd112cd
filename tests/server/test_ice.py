"""The servers that peers are told to use, and a real TURN server that takes what we hand out."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aioice.stun
import aioice.turn
import httpx
import pytest
from pydantic import ValidationError

from server.serving import Running
from tests.cast import Json, Person, sign_up
from tests.coturn import SECRET, a_coturn
from tests.stage import a_server, settings_for

ICE = "{ iceServers { urls username credential expiresAt } }"
ON_LOOPBACK = ("allow-loopback-peers", "allowed-peer-ip=127.0.0.1")


@pytest.fixture(scope="module")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with a_coturn(tmp_path_factory.mktemp("turn"), *ON_LOOPBACK) as url:
        yield url


@pytest.fixture(scope="module")
async def server(coturn: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    given = {"stun_urls": "stun:127.0.0.1:3478", "turn_urls": coturn, "turn_secret": SECRET}
    async with a_server(tmp_path_factory.mktemp("data"), **given) as started:
        yield started


async def test_without_any_there_are_none(tmp_path: Path, http: httpx.AsyncClient) -> None:
    async with a_server(tmp_path) as server:
        ada = await sign_up(server.url, http, "ada")
        assert await ada.do(ICE) == []


async def test_credentials_are_the_users_own_and_for_minutes(ada: Person, coturn: str) -> None:
    stun, turn = await ada.do(ICE)
    nothing = {"username": None, "credential": None, "expiresAt": None}
    assert stun == {"urls": ["stun:127.0.0.1:3478"], **nothing}
    assert turn["urls"] == [coturn]
    expires = datetime.fromisoformat(turn["expiresAt"])
    assert timedelta(minutes=9) < expires - datetime.now(UTC) <= timedelta(minutes=10)
    assert turn["username"] == f"{int(expires.timestamp())}:{ada.id}"
    made = hmac.new(SECRET.encode(), turn["username"].encode(), hashlib.sha1).digest()
    assert turn["credential"] == base64.b64encode(made).decode()


async def allocated(found: Json, use: Any = None) -> Any:
    """Has the TURN server relay with these credentials, as long as it is used."""
    _, host, port = found["urls"][0].split(":")
    transport, _ = await aioice.turn.create_turn_endpoint(
        asyncio.DatagramProtocol,
        server_addr=(host, int(port)),
        username=found["username"],
        password=found["credential"],
    )
    try:
        return await use(transport) if use else transport.get_extra_info("sockname")
    finally:
        transport.close()


async def test_a_turn_server_takes_them(ada: Person) -> None:
    _, turn = await ada.do(ICE)
    host, port = await allocated(turn)
    assert host == "127.0.0.1"
    assert port >= 49152


@pytest.mark.parametrize("changed", ["username", "credential"])
async def test_it_takes_no_others(ada: Person, changed: str) -> None:
    _, turn = await ada.do(ICE)
    with pytest.raises(aioice.stun.TransactionFailed, match="401"):
        await allocated({**turn, changed: turn[changed] + "x"})


async def test_it_takes_none_that_have_expired(
    ada: Person, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = timedelta(minutes=11)
    monkeypatch.setattr(server.house.clock, "_source", lambda: datetime.now(UTC) - early)
    _, turn = await ada.do(ICE)
    monkeypatch.undo()
    with pytest.raises(aioice.stun.TransactionFailed, match="401"):
        await allocated(turn)


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "169.254.169.254", "192.168.1.1", "172.20.0.1", "127.0.0.2"]
)
async def test_it_relays_nothing_into_private_networks(ada: Person, address: str) -> None:
    _, turn = await ada.do(ICE)

    async def bind(transport: Any) -> None:
        protocol = transport._TurnTransport__inner_protocol
        await protocol.channel_bind(0x4000, (address, 80))

    with pytest.raises(aioice.stun.TransactionFailed, match="403"):
        await allocated(turn, bind)


async def test_it_relays_to_where_others_may_be(ada: Person) -> None:
    _, turn = await ada.do(ICE)

    async def bind(transport: Any) -> str:
        protocol = transport._TurnTransport__inner_protocol
        await protocol.channel_bind(0x4000, ("198.51.100.1", 80))
        return "bound"

    assert await allocated(turn, bind) == "bound"


@pytest.mark.parametrize(
    "given",
    [
        {"turn_urls": "turn:example.org"},
        {"turn_secret": SECRET},
        {"turn_urls": "https://example.org", "turn_secret": SECRET},
        {"turn_urls": "turn:example.org", "turn_secret": "short"},
        {"stun_urls": "turn:example.org"},
        {"stun_urls": "example.org"},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(tmp_path: Path, given: Json) -> None:
    with pytest.raises(ValidationError):
        settings_for(tmp_path, **given)


def test_several_can_be_named(tmp_path: Path) -> None:
    named = "turn:example.org:3478?transport=udp, turns:example.org:443?transport=tcp"
    settings = settings_for(tmp_path, turn_urls=named, turn_secret=SECRET)
    assert settings.turn_urls == tuple(named.split(", "))
