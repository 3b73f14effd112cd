"""Users: the table and its queries."""

from typing import NamedTuple

from tortoise import fields
from tortoise.models import Model

from models.columns import id_column, instant_column
from models.connection import Connection, marks, prefix

FOREVER = "9999-12-31T23:59:59.999Z"
"""`banned_until` of a ban without an end."""


class User(Model):
    """A person's account. `home` is the server that it lives on, null for this one."""

    id = id_column(primary_key=True)
    username = fields.CharField(max_length=32)
    username_key = fields.CharField(max_length=255, unique=True)
    """The name folded for comparison: names that differ only in case are one."""
    display_name = fields.CharField(max_length=80)
    search_key = fields.TextField()
    """Both names, folded: what a search looks at."""
    email = fields.CharField(max_length=254, null=True)
    email_key = fields.CharField(max_length=254, null=True, unique=True)
    role = fields.CharField(max_length=9)
    password_hash = fields.CharField(max_length=255, null=True)
    """Null until a password is chosen."""
    setup_hash = fields.CharField(max_length=64, null=True, unique=True)
    """Fingerprint of the code in the link with which a first password is chosen."""
    setup_until = instant_column(null=True)
    banned_until = instant_column(null=True)
    home = fields.CharField(max_length=255, null=True)
    created_at = instant_column()
    status_text = fields.CharField(max_length=100, null=True)
    time_zone = fields.CharField(max_length=64, null=True)
    totp_secret = fields.TextField(null=True)
    """Of the second factor (RFC 6238), sealed with a key that is not in the database."""
    totp_step = fields.BigIntField(default=0)
    """The time step of the code used last: none is good twice."""
    second_factor_at = instant_column(null=True)
    """Since when a sign-in asks for the second factor; null where it does not."""
    avatar = fields.CharField(max_length=64, null=True, db_index=True)
    """The SHA-256 of their picture."""

    class Meta(Model.Meta):
        table = "users"


class UserRow(NamedTuple):
    """What everybody on the server may see of a user; `email` is guarded further up."""

    id: str
    username: str
    display_name: str
    email: str | None
    role: str
    banned_until: str | None
    home: str | None
    created_at: str
    status_text: str | None = None
    time_zone: str | None = None
    second_factor_at: str | None = None
    avatar: str | None = None


SEEN = ", ".join(f"u.{column}" for column in UserRow._fields)
"""The columns of a UserRow, of users as `u`."""


async def by_ids(db: Connection, ids: list[str]) -> dict[str, UserRow]:
    """The users with these ids, by id; absent ones are left out."""
    rows = await db.fetch(f"SELECT {SEEN} FROM users u WHERE u.id IN ({marks(ids)})", *ids)
    return {row[0]: UserRow._make(row) for row in rows}


async def by_id(db: Connection, user_id: str) -> UserRow | None:
    """The user with this id."""
    return (await by_ids(db, [user_id])).get(user_id)


async def by_username_key(db: Connection, key: str) -> UserRow | None:
    """The local user with this folded name."""
    rows = await db.fetch(
        f"SELECT {SEEN} FROM users u WHERE u.username_key = ? AND u.home IS NULL", key
    )
    return UserRow._make(rows[0]) if rows else None


async def any_admin(db: Connection) -> bool:
    """Whether there is an admin on this server."""
    return bool(await db.fetch("SELECT 1 FROM users WHERE role = 'ADMIN' LIMIT 1"))


class Credentials(NamedTuple):
    """What a sign-in is checked against."""

    id: str
    password_hash: str | None


async def credentials(db: Connection, key: str) -> Credentials | None:
    """Of the local user with this folded username or email address."""
    rows = await db.fetch(
        """SELECT id, password_hash FROM users
           WHERE (username_key = ? OR email_key = ?) AND home IS NULL""",
        key,
        key,
    )
    return Credentials._make(rows[0]) if rows else None


async def credentials_by_id(db: Connection, user_id: str) -> Credentials | None:
    """Of the user with this id."""
    rows = await db.fetch("SELECT id, password_hash FROM users WHERE id = ?", user_id)
    return Credentials._make(rows[0]) if rows else None


class Sought(NamedTuple):
    """Which users are looked for."""

    beginning: str
    """Of the username or of a word of the display name, folded."""
    role: str | None = None
    banned: bool | None = None
    """None: whether they are or not."""
    now: str = ""


async def page(db: Connection, sought: Sought, after: str, limit: int) -> list[tuple[str, UserRow]]:
    """Users in order of folded name, each with that name, which is the key to go on after."""
    where, values = "", list[object]()
    if sought.role is not None:
        where, values = " AND u.role = ?", [sought.role]
    if sought.banned is not None:
        where += f" AND {'' if sought.banned else 'NOT '}coalesce(u.banned_until, '') > ?"
        values.append(sought.now)
    rows = await db.fetch(
        f"""SELECT u.username_key, {SEEN} FROM users u
            WHERE u.username_key > ?
              AND (u.search_key LIKE ? ESCAPE '!' OR u.search_key LIKE ? ESCAPE '!'){where}
            ORDER BY u.username_key LIMIT ?""",
        after,
        prefix(sought.beginning),
        "% " + prefix(sought.beginning),
        *values,
        limit,
    )
    return [(row[0], UserRow._make(row[1:])) for row in rows]
