"""The house: everything that operations work with, built once when the server starts."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from adapters.clock import Clock, Instant
from adapters.codes import Seals
from adapters.limits import Limits, Spread
from adapters.passwords import Overloaded, Passwords
from adapters.tokens import Tokens
from models import moderation, sessions
from models.accounts import UserRow
from models.connection import Connection
from models.database import Database
from models.sessions import SessionState
from models.writer import NotWritten, Transaction, Unit
from resolvers.company import Company
from resolvers.devices import Devices
from resolvers.errors import Banned, Unauthenticated, Unavailable
from resolvers.feed import Feed
from resolvers.listed import ListedWords
from resolvers.people import People
from resolvers.presence import Presence
from resolvers.revocations import Revocations
from resolvers.rights import Role, Scope
from resolvers.shelf import Shelf
from resolvers.switchboard import Switchboard
from resolvers.usage import Usage

if TYPE_CHECKING:
    # These need what is in here themselves.
    from resolvers.activity import Book
    from resolvers.attempts import Attempts
    from resolvers.server_peer import Connections

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Policy:
    """What the owner of the server decided."""

    name: str
    version: str
    registration: str
    public_url: str
    group_size: int = 50
    """How many people may be in a GROUP."""
    session_lifetime: timedelta = timedelta(days=30)
    """How long a session is good that is not used."""
    admin_session_lifetime: timedelta = timedelta(hours=1)
    """That of an admin."""
    admin_second_factor: bool = False
    """Whether admins can do what is theirs only once they have a second factor."""
    files_url: str = ""
    """Where people get files; as `public_url` where it is empty."""
    upload_bytes: int = 10_000_000
    """How many bytes a file may have."""
    user_quota: int = 10_000_000_000
    """How many bytes the files of a user may have, all versions counted."""
    server_quota: int = 100_000_000_000
    """And those of all users."""
    file_types: tuple[str, ...] = ()
    """The only types of files that are taken, such as `image/*`; none named: all."""
    refused_types: tuple[str, ...] = ()
    """Types of files that are refused."""
    scanned_or_not_at_all: bool = True
    """Whether what the scanner has not looked at, because it is down, is kept from everybody."""
    upload_lifetime: timedelta = timedelta(days=1)
    """For how long an upload that is broken off is waited for."""
    signal_lifetime: timedelta = timedelta(minutes=1)
    """For how long a signal is kept for who is away."""
    ringing: timedelta = timedelta(seconds=45)
    """For how long a call rings."""
    call_grace: timedelta = timedelta(seconds=5)
    """For how long a peer is still in a call that is not reached any more."""
    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret: str = ""
    """What is shared with the TURN servers."""
    turn_lifetime: timedelta = timedelta(minutes=10)
    """For how long credentials for these are good."""


@dataclass(frozen=True, slots=True)
class House:
    """The parts that the operations share."""

    policy: Policy
    clock: Clock
    started_at: Instant
    database: Database
    feed: Feed
    devices: Devices
    revocations: Revocations
    people: People
    presence: Presence
    company: Company
    tokens: Tokens
    passwords: Passwords
    seals: Seals
    limits: Limits
    names: Spread
    """Of sign-ins, by the name that is tried."""
    words: ListedWords
    attempts: "Attempts"
    usage: Usage
    book: "Book"
    shelf: Shelf
    switchboard: Switchboard
    connections: "Connections"

    @property
    def db(self) -> Connection:
        """The connection for queries."""
        return self.database.reader

    async def write(self, unit: Unit[T]) -> T:
        """Runs a unit of work that needs no caller. Raises Unavailable."""
        try:
            return await self.database.write(unit)
        except NotWritten as error:
            raise Unavailable from error

    async def hash(self, password: str) -> str:
        """The hash of a password. Raises Unavailable where too many wait for theirs."""
        try:
            return await self.passwords.hash(password)
        except Overloaded as error:
            raise Unavailable from error

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether it is the password behind the hash. Raises Unavailable, like `hash`."""
        try:
            return await self.passwords.verify(stored, password)
        except Overloaded as error:
            raise Unavailable from error


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in user, on one device, as the operations see them."""

    house: House
    user: UserRow
    session_id: str
    scope: Scope | None = None
    """What the API token that they call with is good for; None for a sign-in, which is for all."""
    address: str | None = None
    """Where they call from, as far as that is known."""

    @property
    def user_id(self) -> str:
        """Whose account it is."""
        return self.user.id

    @property
    def db(self) -> Connection:
        """The connection for queries."""
        return self.house.db

    @property
    def is_moderator(self) -> bool:
        """Whether the caller acts as a moderator or an admin of the server."""
        return self.role in (Role.MODERATOR, Role.ADMIN)

    @property
    def is_admin(self) -> bool:
        """Whether the caller acts as an admin of the server."""
        return self.role == Role.ADMIN

    @property
    def role(self) -> str:
        """As what the caller acts: as a member where the role needs more than they have shown."""
        limited = self.scope not in (None, Scope.ADMIN) or self.lacks_second_factor
        return Role.MEMBER if limited else self.user.role

    @property
    def lacks_second_factor(self) -> bool:
        """Whether the caller is an admin who has to set up a second factor first."""
        needed = self.user.role == Role.ADMIN and self.house.policy.admin_second_factor
        return needed and self.user.second_factor_at is None

    async def write(self, work: "Callable[[Transaction, Caller], Coroutine[Any, Any, T]]") -> T:
        """Runs a unit of work for the caller, as they are at that very moment.

        Inside the transaction the session, the ban and the role are looked at again, and
        the work gets the caller as they are then. Raises Unauthenticated, Banned, Unavailable.
        """

        async def unit(transaction: Transaction) -> T:
            state = await sessions.state(transaction.db, self.session_id)
            allowed = await admitted(transaction.db, state, self.house.clock.now())
            return await work(transaction, replace(self, user=allowed.user))

        return await self.house.write(unit)

    async def still_admitted(self, db: Connection) -> SessionState:
        """The state of the caller's session. Raises Unauthenticated or Banned if it ends here."""
        state = await sessions.state(db, self.session_id)
        return await admitted(db, state, self.house.clock.now())


async def admitted(db: Connection, state: SessionState | None, now: Instant) -> SessionState:
    """The session's state, if it lets the caller go on. Raises Unauthenticated or Banned."""
    if state is None or state.expires_at <= now:
        raise Unauthenticated("This session has ended. Sign in again.")
    await not_banned(db, state.user, now)
    return state


async def not_banned(db: Connection, user: UserRow, now: Instant) -> None:
    """Raises Banned if the user is."""
    if user.banned_until is not None and user.banned_until > now:
        ban = await moderation.of_user(db, user.id)
        raise Banned(ban.reason if ban else "", ban.until if ban else None)
