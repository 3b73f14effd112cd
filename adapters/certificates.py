"""A local certificate authority and certificates for one's own machines, in PEM (RFC 5280)."""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFETIME = timedelta(days=3_650)
LIFETIME = timedelta(days=397)
"""The longest that browsers take."""
_EARLIER = timedelta(days=1)
"""For devices whose clock is behind."""
_HOME_NAMES = ("localhost", "local", "home.arpa", "internal", "lan")
_HOME_NETWORKS = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)


class NotVouchedFor(Exception):
    """The authority may not make certificates for this name."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its private key, both in PEM."""

    certificate: bytes
    key: bytes

    @property
    def fingerprint(self) -> str:
        """The SHA-256 by which two people can tell that they have the same certificate."""
        digest = x509.load_pem_x509_certificate(self.certificate).fingerprint(hashes.SHA256())
        return digest.hex(":").upper()


def new_authority(owner: str, names: Sequence[str], now: datetime) -> Issued:
    """An authority for these names and the names and addresses of home networks, no others.

    It says of itself that it is good for nothing else (RFC 5280, section 4.2.1.10), so that
    not even with its key can anybody pretend to be a site on the internet, on devices
    that hold authorities to what they say.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named(f"Tertulia on {owner}"[:64])
    # What has no dot could be the end of any name on the internet.
    dns = [n for n in names if not _is_address(n) and "." in n]
    networks = [*_HOME_NETWORKS, *(n for n in names if _is_address(n))]
    permitted: list[x509.GeneralName] = [
        *(x509.DNSName(n) for n in dict.fromkeys((*_HOME_NAMES, *dns))),
        *(x509.IPAddress(ipaddress.ip_network(n)) for n in dict.fromkeys(networks)),
    ]
    certificate = (
        _begun(name, name, key, now, AUTHORITY_LIFETIME, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Issued(certificate.public_bytes(serialization.Encoding.PEM), _pem(key))


def certificate_for(names: Sequence[str], authority: Issued, now: datetime) -> Issued:
    """A certificate for a server with these names and addresses. Raises NotVouchedFor."""
    issuer = x509.load_pem_x509_certificate(authority.certificate)
    signing = serialization.load_pem_private_key(authority.key, None)
    if (
        not isinstance(signing, ec.EllipticCurvePrivateKey)
        or signing.public_key() != issuer.public_key()
    ):
        raise NotVouchedFor("The authority's key is not the one that was made with it.")
    try:
        permitted = issuer.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound as error:
        raise NotVouchedFor("The authority does not say what it was made for.") from error
    for name in names:
        if not _within(name, permitted.permitted_subtrees or ()):
            raise NotVouchedFor(f"This authority was not made for {name}.")
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _begun(_named(names[0][:64]), issuer.subject, key, now, LIFETIME, signing)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(map(_alternative, names)), critical=False)
        .sign(signing, hashes.SHA256())
    )
    return Issued(certificate.public_bytes(serialization.Encoding.PEM), _pem(key))


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    lifetime: timedelta,
    signing: ec.EllipticCurvePrivateKey,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now - _EARLIER + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()),
            critical=False,
        )
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _alternative(name: str) -> x509.GeneralName:
    return x509.IPAddress(ipaddress.ip_address(name)) if _is_address(name) else x509.DNSName(name)


def _within(name: str, permitted: Iterable[x509.GeneralName]) -> bool:
    if _is_address(name):
        address = ipaddress.ip_address(name)
        networks = [
            ipaddress.ip_network(str(s.value)) for s in permitted if isinstance(s, x509.IPAddress)
        ]
        return any(address in network for network in networks)
    domains = [subtree.value for subtree in permitted if isinstance(subtree, x509.DNSName)]
    return any(f".{name}".endswith(f".{domain}") for domain in domains)
