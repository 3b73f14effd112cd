"""`tertulia certificate`: https at home, with an authority of one's own."""

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from adapters.certificates import Issued, NotVouchedFor, certificate_for, new_authority
from server.opening import CannotStart

_NOWHERE = ("192.0.2.1", 9)
"""An address that is nobody's (RFC 5737): asking for the way there sends nothing."""


@dataclass(frozen=True, slots=True)
class Certified:
    """What was made, and where it is."""

    names: Sequence[str]
    certificate: Path
    key: Path
    authority: Path
    fingerprint: str
    """Of the authority."""
    is_new: bool
    """Whether the authority was made just now, so that devices do not know it yet."""


def certify(folder: Path, names: Sequence[str]) -> Certified:
    """Makes a certificate for these names, or for those of this machine. Raises CannotStart."""
    wanted = [_checked(name) for name in names] or own_names()
    where = folder / "certificates"
    authority_path, key_path = where / "authority.pem", where / "authority.key"
    now = datetime.now(UTC)
    try:
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_new = not (authority_path.exists() and key_path.exists())
        if is_new:
            authority = new_authority(socket.gethostname(), wanted, now)
            _keep(authority, authority_path, key_path)
        else:
            authority = Issued(authority_path.read_bytes(), key_path.read_bytes())
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
        is_new,
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
    for path, content in ((key, issued.key), (certificate, issued.certificate)):
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        draft.rename(path)
