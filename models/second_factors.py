"""Second factors: what a sign-in asks for besides the password, and the queries for it."""

from typing import NamedTuple

from tortoise import fields
from tortoise.models import Model

from models.columns import id_column
from models.connection import Connection


class RecoveryCode(Model):
    """A code, by fingerprint, that stands in once for the one of the second factor."""

    fingerprint = fields.CharField(max_length=64, primary_key=True)
    user_id = id_column(db_index=True)

    class Meta(Model.Meta):
        table = "recovery_codes"


class Factor(NamedTuple):
    """What a user's codes are checked against."""

    secret: str | None
    """Sealed; None where there is none."""
    since: str | None
    """None until the first code has shown that it works."""
    last_step: int
    """The time step of the code that was used last: none is good twice."""


async def of_user(db: Connection, user_id: str) -> Factor:
    """The user's second factor."""
    rows = await db.fetch(
        "SELECT totp_secret, second_factor_at, totp_step FROM users WHERE id = ?", user_id
    )
    return Factor._make(rows[0]) if rows else Factor(None, None, 0)


async def put(db: Connection, user_id: str, factor: Factor) -> None:
    """Replaces the user's second factor."""
    await db.fetch(
        "UPDATE users SET totp_secret = ?, second_factor_at = ?, totp_step = ? WHERE id = ?",
        *factor,
        user_id,
    )


async def put_codes(db: Connection, user_id: str, fingerprints: list[str]) -> None:
    """Replaces the user's recovery codes."""
    await db.fetch("DELETE FROM recovery_codes WHERE user_id = ?", user_id)
    await db.run_many(
        "INSERT INTO recovery_codes (fingerprint, user_id) VALUES (?, ?)",
        [(fingerprint, user_id) for fingerprint in fingerprints],
    )


async def use_code(db: Connection, user_id: str, fingerprint: str) -> bool:
    """Uses up a recovery code; False if there is no such code any more."""
    used = await db.fetch(
        "DELETE FROM recovery_codes WHERE fingerprint = ? AND user_id = ? RETURNING user_id",
        fingerprint,
        user_id,
    )
    return bool(used)
