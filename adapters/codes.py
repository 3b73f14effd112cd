"""Codes of a second factor: time-based ones (TOTP, RFC 6238) by pyotp, and their sealed secrets."""

import base64
import secrets

from cryptography.fernet import Fernet, InvalidToken
from pyotp import random_base32
from pyotp.totp import TOTP

STEP = 30
"""In seconds: for so long a code is shown."""
_RECOVERY_CODES = 10


class Seals:
    """Seals secrets that stand in the database, with a key that does not."""

    def __init__(self, key: bytes) -> None:
        """`key` is 32 bytes in URL-safe base64."""
        self._fernet = Fernet(key)

    def seal(self, secret: str) -> str:
        """The secret as it can be stored."""
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """The secret in a seal. Raises ValueError for one of another key."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise ValueError("sealed with another key") from error


def new_totp_secret() -> str:
    """A secret of 160 bits, in base32."""
    return random_base32()


def totp_uri(secret: str, username: str, server: str) -> str:
    """What authenticator apps take, as text or in a QR code."""
    return TOTP(secret, interval=STEP).provisioning_uri(name=username, issuer_name=server)


def matching_step(secret: str, code: str, now: float, after: int) -> int | None:
    """The time step whose code this is: this one or one beside it, but behind `after`.

    Clocks may differ by a step (RFC 6238, section 5.2), and no code is good twice.
    """
    totp, current = TOTP(secret, interval=STEP), int(now) // STEP
    steps = (current - 1, current, current + 1)
    typed = code.encode("utf-8", "surrogatepass")
    good = [s for s in steps if secrets.compare_digest(totp.generate_otp(s).encode(), typed)]
    return next((step for step in good if step > after), None)


def new_recovery_codes() -> list[str]:
    """Ten codes of 80 bits each, as people can write them down: `k3vd-7q2m-x4wn-b6tf`."""
    return [_readable(secrets.token_bytes(10)) for _ in range(_RECOVERY_CODES)]


def recovery_code(typed: str) -> str:
    """A recovery code as it is compared, however it was typed."""
    return "".join(typed.lower().split()).replace("-", "")


def _readable(content: bytes) -> str:
    letters = base64.b32encode(content).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))
