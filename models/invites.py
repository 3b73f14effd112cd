"""Invitations: the table and its queries."""

from typing import NamedTuple

from tortoise import fields
from tortoise.models import Model

from models.columns import id_column, instant_column
from models.connection import Connection


class Invite(Model):
    """An invitation to a channel or, without one, to the server."""

    code = fields.CharField(max_length=32, primary_key=True)
    channel_id = id_column(null=True)
    created_by = id_column()
    created_at = instant_column()
    expires_at = instant_column()
    max_uses = fields.IntField(null=True)
    uses = fields.IntField(default=0)
    revoked_at = instant_column(null=True)

    class Meta(Model.Meta):
        table = "invites"
        indexes = (("channel_id", "created_at", "code"),)


class InviteRow(NamedTuple):
    """An invitation as it is read."""

    code: str
    channel_id: str | None
    created_by: str
    created_at: str
    expires_at: str
    max_uses: int | None
    uses: int
    revoked_at: str | None

    def is_open(self, now: str) -> bool:
        """Whether it can be accepted, as far as it says itself."""
        used_up = self.max_uses is not None and self.uses >= self.max_uses
        return self.revoked_at is None and self.expires_at > now and not used_up


_SEEN = ", ".join(InviteRow._fields)


async def by_code(db: Connection, code: str) -> InviteRow | None:
    """The invitation with this code."""
    rows = await db.fetch(f"SELECT {_SEEN} FROM invites WHERE code = ?", code)
    return InviteRow._make(rows[0]) if rows else None


async def page(
    db: Connection, channel_id: str | None, maker: str | None, before: tuple[str, str], limit: int
) -> list[InviteRow]:
    """Invitations to a channel, or to the server, the latest first; only those of one maker.

    Without a maker, those of everybody.
    """
    where = "channel_id IS NULL" if channel_id is None else "channel_id = ?"
    given = [] if channel_id is None else [channel_id]
    if maker is not None:
        where += " AND created_by = ?"
        given.append(maker)
    rows = await db.fetch(
        f"""SELECT {_SEEN} FROM invites
            WHERE {where} AND (created_at < ? OR (created_at = ? AND code < ?))
            ORDER BY created_at DESC, code DESC LIMIT ?""",
        *given,
        before[0],
        before[0],
        before[1],
        limit,
    )
    return [InviteRow._make(row) for row in rows]
