"""`tertulia certificate`: https at home, with an authority of one's own."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from adapters.certificates import Issued, NotVouchedFor, certificate_for, new_authority
from adapters.keys import write_secret
from server.opening import CannotStart
from server.settings import LOOPBACK

_NOWHERE = ("192.0.2.1", 9)
"""An address that is nobody's (RFC 5737): asking for the way there sends nothing."""
_INSTRUCTIONS = """A certificate for {names} is in {made.certificate}. To use it:

    tertulia serve --host 0.0.0.0 --tls-cert {made.certificate} --tls-key {made.key} \\
        --allowed-hosts {hosts}

Each device has to trust your authority once. Bring it the file {made.authority}
(not {made.authority.stem}.key, which has to stay secret) and compare the SHA-256 fingerprint:
{made.fingerprint}

  iPhone, iPad  open the file; Settings > General > VPN & Device Management > install the profile;
                then General > About > Certificate Trust Settings > switch it on
  Android       Settings > Security > Encryption & credentials > Install a certificate >
                CA certificate
  macOS         open the file in Keychain Access > System; then set it to Always Trust
  Windows       rename it to authority.crt, open it > Install Certificate > Local Machine >
                Trusted Root Certification Authorities
  Linux         copy it to /usr/local/share/ca-certificates/tertulia.crt; update-ca-certificates
  Firefox       Settings > Privacy & Security > View Certificates > Authorities > Import
  curl          --cacert {made.authority}

It says of itself that it vouches for these names, and for names and addresses at home, and for no
others. A certificate is good for 13 months: make the next with the same command, and start the
server anew."""


@dataclass(frozen=True, slots=True)
class Certified:
    """What was made, and where it is."""

    names: Sequence[str]
    certificate: Path
    key: Path
    authority: Path
    fingerprint: str
    """Of the authority."""

    @property
    def instructions(self) -> str:
        """How to serve with it, and how devices come to trust it."""
        # The loopback's names are answered to unasked, and the first one here is linked to.
        hosts = [name for name in self.names if name not in LOOPBACK] or self.names
        return _INSTRUCTIONS.format(made=self, names=", ".join(self.names), hosts=",".join(hosts))


def certify(folder: Path, names: Sequence[str]) -> Certified:
    """Makes a certificate for these names, or for those of this machine. Raises CannotStart."""
    wanted = [_checked(name) for name in names] or own_names()
    where = folder / "certificates"
    authority_path, key_path = where / "authority.pem", where / "authority.key"
    now = datetime.now(UTC)
    try:
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
        if authority_path.exists() and key_path.exists():
            authority = Issued(authority_path.read_bytes(), key_path.read_bytes())
        else:
            authority = new_authority(socket.gethostname(), wanted, now)
            _keep(authority, authority_path, key_path)
        issued = certificate_for(wanted, authority, now)
        _keep(issued, where / "server.pem", where / "server.key")
    except NotVouchedFor as error:
        raise CannotStart(
            f"{error} Delete {where} to have a new one made; every device has to trust it anew."
        ) from error
    except (OSError, ValueError) as error:
        raise CannotStart(f"The certificates in {where} cannot be made: {error}") from error
    return Certified(
        wanted,
        where / "server.pem",
        where / "server.key",
        authority_path,
        authority.fingerprint,
    )


def own_names() -> list[str]:
    """The names and addresses under which this machine is reached at home."""
    host = socket.gethostname().lower()
    short = host.partition(".")[0]
    addresses = {"127.0.0.1", "::1"}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_NOWHERE)
            addresses.add(probe.getsockname()[0])
        except OSError:  # no network at all
            pass
    # A name without a dot could also be the end of any name on the internet.
    names = ["localhost", f"{short}.local", *([host] if "." in host else [])]
    return list(dict.fromkeys([*names, *sorted(addresses)]))


def _checked(name: str) -> str:
    try:
        return str(ip_address(name))
    except ValueError:
        pass
    lowered = name.lower()
    labels = lowered.split(".")
    fits = lowered.isascii() and len(lowered) <= 253
    if "." not in lowered and lowered != "localhost":
        raise CannotStart(
            f"{name} could also be the end of a name on the internet: "
            f"use {name}.local, or an address."
        )
    if not fits or not all(label and label.replace("-", "").isalnum() for label in labels):
        raise CannotStart(f"{name} is no name or address of a machine.")
    return lowered


def _keep(issued: Issued, certificate: Path, key: Path) -> None:
    write_secret(key, issued.key)
    write_secret(certificate, issued.certificate)
