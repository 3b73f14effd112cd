"""https at home: certificates of one's own, and plain HTTP sent where it is encrypted."""

import asyncio
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.certificates import Issued, NotVouchedFor, certificate_for, new_authority
from server.certifying import Certified, certify
from server.opening import CannotStart
from server.serving import Running
from tests.cast import sign_up
from tests.patience import PATIENCE
from tests.server.process import tertulia
from tests.server.test_cookies import Browser
from tests.server.test_socket import INIT
from tests.stage import a_server, until

SERVER = {"query": "{ server { name } }"}
NAMES = ["localhost", "nas.local", "nas.home.arpa", "127.0.0.1", "192.168.1.5"]


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return certify(tmp_path_factory.mktemp("certified"), NAMES)


@pytest.fixture(scope="module")
def trusting(certified: Certified) -> ssl.SSLContext:
    """What a device does that trusts the authority."""
    return ssl.create_default_context(cafile=str(certified.authority))


@pytest.fixture(scope="module")
async def encrypted(
    tmp_path_factory: pytest.TempPathFactory, certified: Certified
) -> AsyncIterator[Running]:
    given = {"tls_cert": certified.certificate, "tls_key": certified.key}
    async with a_server(tmp_path_factory.mktemp("data"), **given) as server:
        yield server


@pytest.fixture(scope="module")
async def https(trusting: ssl.SSLContext) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(verify=trusting) as client:
        yield client


async def test_it_speaks_https_to_who_trusts_the_authority(
    encrypted: Running, https: httpx.AsyncClient
) -> None:
    assert encrypted.url.startswith("https://127.0.0.1:")
    response = await https.post(f"{encrypted.url}/graphql", json=SERVER)
    assert response.json()["data"]
    # It would bind every other service of the same host name.
    assert "strict-transport-security" not in response.headers
    async with httpx.AsyncClient() as mistrusting:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await mistrusting.get(encrypted.url)


async def test_old_versions_of_tls_are_not_spoken(encrypted: Running) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(OSError):  # noqa: PT011 - which one depends on OpenSSL
        await asyncio.open_connection("127.0.0.1", encrypted.port, ssl=old)


async def test_plain_http_on_the_same_port_is_sent_there(encrypted: Running) -> None:
    async with httpx.AsyncClient() as http:
        plain = f"http://localhost:{encrypted.port}"
        for path in ("/graphql", "/set-password?code=a%20b&c", "/caf%C3%A9"):
            response = await http.get(plain + path)
            assert response.status_code == 308
            assert response.headers["location"] == f"https://localhost:{encrypted.port}{path}"
            assert response.headers["cache-control"] == "no-store"
        response = await http.post(f"{plain}/graphql", json=SERVER)
        assert (response.status_code, response.text) == (308, "")
        response = await http.get(plain, headers={"host": "evil.example"})
        assert response.status_code == 421


async def test_a_plain_socket_is_not_opened(encrypted: Running) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", encrypted.port)
    writer.write(
        b"GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert (await reader.readline()).startswith(b"HTTP/1.1 308 ")
    writer.close()


async def test_sockets_are_encrypted_and_signed_in_by_secure_cookies(
    encrypted: Running, https: httpx.AsyncClient, trusting: ssl.SSLContext
) -> None:
    ada = await sign_up(encrypted.url, https, "ada")
    browser = Browser(encrypted.url, https)
    await browser.sign_in("ada")
    assert all(name.startswith("__Host-") for name in browser.cookies)
    assert all(cookie["secure"] for cookie in browser.cookies.values())
    async with browser.open_socket(ssl=trusting, origin=encrypted.url) as socket:
        await socket.send(INIT)
        assert await socket.receive() == {"type": "connection_ack"}
        assert encrypted.house.devices.count(ada.id) == 1


async def test_those_who_say_nothing_or_nonsense_do_not_stand_in_the_way(
    encrypted: Running, https: httpx.AsyncClient
) -> None:
    silent = [await asyncio.open_connection("127.0.0.1", encrypted.port) for _ in range(20)]
    reader, writer = await asyncio.open_connection("127.0.0.1", encrypted.port)
    writer.write(b"\x16\x03\x01 this is no handshake")
    assert (await https.post(f"{encrypted.url}/graphql", json=SERVER)).json()["data"]
    for _, one in [*silent, (reader, writer)]:
        one.close()


@pytest.mark.parametrize("half", [b"", b"\x16", b"\x16\x03\x01\x00\x05hello"])
async def test_those_who_do_not_go_on_are_not_waited_for(
    encrypted: Running, half: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.encryption._SECONDS", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", encrypted.port)
    writer.write(half)
    async with asyncio.timeout(PATIENCE):
        with suppress(ConnectionError):
            await reader.read()
    writer.close()


async def test_it_goes_on_when_there_were_too_many_open_files(
    encrypted: Running, trusting: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    accept, failed = loop.sock_accept, list[int]()

    async def accepting(listening: socket.socket) -> object:
        if len(failed) < 2:
            failed.append(1)
            raise OSError(24, "Too many open files")
        return await accept(listening)

    monkeypatch.setattr("server.encryption._PAUSE", 0)
    monkeypatch.setattr(loop, "sock_accept", accepting)
    for _ in range(2):
        async with httpx.AsyncClient(verify=trusting) as client:
            assert (await client.post(f"{encrypted.url}/graphql", json=SERVER)).json()["data"]
    assert len(failed) == 2


async def test_it_stops_with_connections_open(tmp_path: Path, certified: Certified) -> None:
    given = {"tls_cert": certified.certificate, "tls_key": certified.key}
    async with a_server(tmp_path, **given) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.close()
    with socket.socket() as probe:
        await until(lambda: probe.connect_ex(("127.0.0.1", server.port)) != 0)


def test_a_certificate_that_cannot_be_used_ends_the_start(
    tmp_path: Path, certified: Certified
) -> None:
    cases = {
        "cannot be used": ("--tls-cert", str(certified.certificate), "--tls-key", "/nowhere"),
        "go together": ("--tls-cert", str(certified.certificate)),
        "mismatch": ("--tls-cert", str(certified.authority), "--tls-key", str(certified.key)),
    }
    for words, flags in cases.items():
        result = tertulia("serve", "--port", 0, "--data", tmp_path, *flags)
        assert result.returncode == 1
        assert len(result.stderr.splitlines()) == 1
        assert words in result.stderr


def test_the_certificate_is_one_that_browsers_take(certified: Certified) -> None:
    found = x509.load_pem_x509_certificate(certified.certificate.read_bytes())
    assert found.not_valid_after_utc - found.not_valid_before_utc <= timedelta(days=398)
    assert found.not_valid_before_utc < datetime.now(UTC)
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == NAMES[:3]
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == NAMES[3:]
    for path in (certified.key, certified.authority.with_suffix(".key")):
        assert path.stat().st_mode & 0o077 == 0
    verified = subprocess.run(
        [
            "openssl",
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-CAfile",
            certified.authority,
            certified.certificate,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stderr


def test_the_authority_is_good_for_servers_alone(certified: Certified) -> None:
    found = x509.load_pem_x509_certificate(certified.authority.read_bytes())
    basic = found.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)
    usage = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [x509.ExtendedKeyUsageOID.SERVER_AUTH]
    # Whoever does not know what it is limited to must not trust it at all.
    assert found.extensions.get_extension_for_class(x509.NameConstraints).critical


def test_the_certificate_is_good_for_a_server_alone(certified: Certified) -> None:
    found = x509.load_pem_x509_certificate(certified.certificate.read_bytes())
    basic = found.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca) == (True, False)
    # Apple's devices take no other.
    usage = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [x509.ExtendedKeyUsageOID.SERVER_AUTH]


def test_the_command_to_serve_with_it_names_what_others_reach_it_by(
    tmp_path: Path, certified: Certified
) -> None:
    assert "--allowed-hosts nas.local,nas.home.arpa,192.168.1.5\n" in certified.instructions
    assert "--allowed-hosts localhost\n" in certify(tmp_path, ["localhost"]).instructions


def test_names_may_be_long() -> None:
    now = datetime.now(UTC)
    name = "a" * 60 + ".nas.local"
    authority = new_authority("x" * 70, [name], now)
    assert certificate_for([name], authority, now)


def test_what_a_broken_off_command_left_behind_is_not_in_the_way(tmp_path: Path) -> None:
    where = tmp_path / "certificates"
    where.mkdir()
    (where / "authority.new").write_text("half a key")
    certify(tmp_path, ["nas.local"])
    assert not (where / "authority.new").exists()


def test_the_folder_is_nobody_elses_to_read(tmp_path: Path) -> None:
    certify(tmp_path, ["nas.local"])
    assert (tmp_path / "certificates").stat().st_mode & 0o077 == 0


def test_a_second_certificate_is_by_the_same_authority(tmp_path: Path) -> None:
    first = certify(tmp_path, ["chat.club.example"])
    second = certify(tmp_path, ["chat.club.example", "10.1.2.3", "nas.local"])
    assert first.fingerprint == second.fingerprint
    with pytest.raises(CannotStart, match=r"not made for chat\.example\."):
        certify(tmp_path, ["chat.example"])


def test_a_key_that_is_not_the_authoritys_makes_no_certificate(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        certify(tmp_path / folder, ["nas.local"])
    key = tmp_path / "one" / "certificates" / "authority.key"
    key.write_bytes((tmp_path / "two" / "certificates" / "authority.key").read_bytes())
    with pytest.raises(CannotStart, match="not the one that was made with it"):
        certify(tmp_path / "one", ["nas.local"])


@pytest.mark.parametrize(
    "name", ["bank.example", "8.8.8.8", "2001:db8::1", "www.chat", "chat", "notnas.example"]
)
def test_the_authority_vouches_for_nobody_on_the_internet(name: str, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority = new_authority("chat", ["chat", "nas.example"], now)
    with pytest.raises(NotVouchedFor):
        certificate_for([name], authority, now)
    # Not even if whoever has the key does not ask: a device checks it as well.
    (tmp_path / "ca.pem").write_bytes(authority.certificate)
    (tmp_path / "rogue.pem").write_bytes(forged(name, authority))
    verified = subprocess.run(
        ["openssl", "verify", "-CAfile", "ca.pem", "rogue.pem"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode != 0
    assert "permitted subtree violation" in verified.stderr


def forged(name: str, authority: Issued) -> bytes:
    """A certificate for a name, made with the authority's key by somebody who has it."""
    key = ec.generate_private_key(ec.SECP256R1())
    signing = serialization.load_pem_private_key(authority.key, None)
    assert isinstance(signing, ec.EllipticCurvePrivateKey)
    now = datetime.now(UTC)
    alternative: x509.GeneralName = x509.DNSName(name)
    with suppress(ValueError):
        alternative = x509.IPAddress(ip_address(name))
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.load_pem_x509_certificate(authority.certificate).subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=True)
        .sign(signing, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def test_a_name_that_could_end_others_gets_no_certificate(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"use nas\.local, or an address"):
        certify(tmp_path, ["nas"])


def test_the_command_tells_how_devices_come_to_trust_it(tmp_path: Path) -> None:
    result = tertulia("certificate", "nas.local", "192.168.1.5", "--data", tmp_path)
    assert result.returncode == 0
    names = ("nas.local, 192.168.1.5", "--allowed-hosts nas.local,192.168.1.5")
    for words in (*names, "--tls-cert", "iPhone", "Android", "Firefox"):
        assert words in result.stdout
    authority = tmp_path / "certificates" / "authority.pem"
    shown = subprocess.run(
        ["openssl", "x509", "-in", authority, "-noout", "-fingerprint", "-sha256"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.partition("=")[2].strip() in result.stdout
    without = tertulia("certificate", "--data", tmp_path / "own")
    assert "localhost" in without.stdout
    wrong = tertulia("certificate", "no name!", "--data", tmp_path)
    assert (wrong.returncode, len(wrong.stderr.splitlines())) == (1, 1)
