"""Sign-ins: tokens checked and renewed, sessions listed and ended."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from cachetools import LRUCache

from adapters.clock import Instant, moment
from adapters.ids import new_id, parsed_id
from adapters.tokens import API_TOKEN, fingerprint, new_secret
from models import api_tokens, sessions
from models.accounts import UserRow
from models.connection import Connection
from models.events import Event, EventKind
from models.sessions import RefreshToken, Session, SessionRow, SessionState
from models.writer import Transaction
from resolvers import audit
from resolvers.audit import Action
from resolvers.bells import Happening
from resolvers.errors import ChatError, NotFound, Unauthenticated
from resolvers.house import Caller, House, admitted, not_banned
from resolvers.rights import Role, Scope

_REMEMBERED = 10_000
_RENEWALS = 4
"""So many times, at the least, an access token is renewed in the time of a session."""
_ABOUT_USERS = (EventKind.USER_UPDATED, EventKind.USER_BANNED, EventKind.USER_UNBANNED)


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a client gets when it has signed in or renewed its tokens."""

    user: UserRow
    caller: Caller
    access_token: str
    expires_at: float
    """Of the access token, in seconds since 1970."""
    refresh_token: str
    device_token: str | None = None
    """By which the device is known to the account from now on; None where it need not be told."""


@dataclass(frozen=True, slots=True)
class OwnSession:
    """One of the caller's sessions, as they see it."""

    row: SessionRow
    current: bool


class SessionCache:
    """Remembers the state of sessions until an event says that it may have changed."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._known: OrderedDict[str, SessionState] = OrderedDict()
        self._api_tokens: LRUCache[str, str] = LRUCache(_REMEMBERED)
        self._changes = 0
        house.feed.on_event(self._hear)
        house.feed.on_missed(self._forget)

    async def state(self, session_id: str) -> SessionState | None:
        """The session's state, or None if it has ended."""
        known = self._known.get(session_id)
        # A refresh moves the end of a session on, and says nothing of it.
        if known is not None and known.expires_at > self._house.clock.now():
            return known
        changes = self._changes
        state = await sessions.state(self._house.db, session_id)
        # What was read while something changed may be from before the change.
        if state is not None and changes == self._changes:
            self._known[session_id] = state
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return state

    async def session_of(self, token: str) -> str | None:
        """The session of the API token with this fingerprint, which is for good the same."""
        known = self._api_tokens.get(token)
        if known is None:
            known = await api_tokens.session_of(self._house.db, token)
            if known is not None:
                self._api_tokens[token] = known
        return known

    def _forget(self) -> None:
        self._changes += 1
        self._known.clear()

    def _hear(self, event: Happening) -> None:
        if event.kind == EventKind.SESSION_ENDED:
            self._changes += 1
            self._known.pop(event.subject_id or "", None)
        elif event.kind in _ABOUT_USERS:
            self._changes += 1
            for session_id, state in list(self._known.items()):
                if state.user.id == event.subject_id:
                    del self._known[session_id]


class Doorkeeper:
    """Tells who a token belongs to."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._cache = SessionCache(house)

    async def identity(
        self, token: str | None, address: str | None = None
    ) -> Caller | ChatError | None:
        """Who calls with this token, or why it is no good, or None without one."""
        if token is None:
            return None
        try:
            return (await self.caller(token, address))[0]
        except ChatError as refusal:
            return refusal

    async def caller(self, token: str, address: str | None = None) -> tuple[Caller, float]:
        """Whose token this is, and until when it holds, in seconds since 1970.

        Role and ban are looked up, not believed. Raises Unauthenticated or Banned.
        """
        house, expires = self._house, float("inf")
        session_id = None
        if token.startswith(API_TOKEN):
            session_id = await self._cache.session_of(fingerprint(token))
        else:
            claims = house.tokens.check(token, house.clock.seconds())
            if claims is not None:
                session_id, expires = claims.session_id, claims.expires
        if session_id is None:
            raise Unauthenticated("The access token is not valid, or no longer.")
        state = await self._cache.state(session_id)
        allowed = await admitted(house.db, state, house.clock.now())
        if allowed.scope is not None:
            house.usage.used(session_id)
            expires = moment(Instant(allowed.expires_at)).timestamp()
        scope = None if allowed.scope is None else Scope(allowed.scope)
        return Caller(house, allowed.user, allowed.session_id, scope, address), expires


async def begin(transaction: Transaction, house: House, user: UserRow, agent: str | None) -> SignIn:
    """Opens a session for a user who has shown who they are. Raises Banned."""
    now = house.clock.now()
    await not_banned(transaction.db, user, now)
    await _sweep(transaction.db, user.id, now)
    session = await Session.create(
        id=new_id(),
        user_id=user.id,
        user_agent=agent[:255] if agent else None,
        last_used="",
        created_at=now,
        last_seen_at=now,
        expires_at=house.clock.after(_lifetime(house, user)),
    )
    return await _issue(house, user, session)


async def refresh(house: House, token: str | None) -> SignIn:
    """New tokens for a refresh token.

    A refresh token is used once. The one used last stays good until one that came from
    it is used, for an answer may get lost. Any other use means that it was stolen, and
    ends the session. Raises Unauthenticated or Banned.
    """
    if token is None:
        raise Unauthenticated("There is no refresh token.")

    async def unit(transaction: Transaction) -> SignIn | None:
        now = house.clock.now()
        used = await RefreshToken.get_or_none(fingerprint=fingerprint(token))
        session = used and await Session.get_or_none(id=used.session_id)
        if not used or not session or session.expires_at <= now:
            return None
        if _is_stolen(used, session):
            await close(transaction, house, session.user_id, [session.id])
            audit.note_of_nobody(transaction, house, Action.SESSION_STOLEN, session.user_id)
            return None
        state = await sessions.state(transaction.db, session.id)
        user = (await admitted(transaction.db, state, now)).user
        session.last_used = used.fingerprint
        session.last_seen_at = now
        session.expires_at = house.clock.after(_lifetime(house, user))
        await session.save()
        return await _issue(house, user, session)

    renewed = await house.write(unit)
    if renewed is None:
        raise Unauthenticated("The refresh token is not valid, or no longer. Sign in again.")
    return renewed


def _is_stolen(used: RefreshToken, session: Session) -> bool:
    """Whether somebody else has used the token, or one that came from it."""
    return session.last_used not in (used.fingerprint, used.parent)


async def own(caller: Caller) -> list[OwnSession]:
    """The caller's sessions, latest first."""
    rows = await sessions.of_user(caller.db, caller.user_id, caller.house.clock.now())
    return [OwnSession(row, row.id == caller.session_id) for row in rows]


async def end(caller: Caller, session_id: str) -> str:
    """Ends one of the caller's sessions: its tokens are worth nothing any more. Raises NotFound."""
    known = parsed_id(session_id)

    async def unit(transaction: Transaction, caller: Caller) -> str:
        session = (
            await Session.get_or_none(id=known, user_id=caller.user_id, scope=None)
            if known
            else None
        )
        if session is None:
            raise NotFound("session")
        await close(transaction, caller.house, caller.user_id, [session.id])
        return session.id

    return await caller.write(unit)


async def end_others(transaction: Transaction, caller: Caller) -> None:
    """Within a unit: ends all of the caller's sign-ins but this one."""
    own = Session.filter(user_id=caller.user_id, scope=None)
    others = await own.exclude(id=caller.session_id)
    await close(transaction, caller.house, caller.user_id, [session.id for session in others])


async def close(
    transaction: Transaction, house: House, actor_id: str, session_ids: Iterable[str]
) -> None:
    """Within a unit: ends sessions, and API tokens, for this user."""
    ended, now = list(session_ids), house.clock.now()
    await sessions.end(transaction.db, ended)
    for session_id in ended:
        transaction.append(
            Event(EventKind.SESSION_ENDED, now, actor_id=actor_id, subject_id=session_id)
        )


async def _sweep(db: Connection, user_id: str, now: Instant) -> None:
    expired = await Session.filter(user_id=user_id, expires_at__lte=now)
    await sessions.end(db, [session.id for session in expired])


def _lifetime(house: House, user: UserRow) -> timedelta:
    """For how long a session is good that nothing is done in."""
    policy = house.policy
    of_admin = user.role == Role.ADMIN
    return policy.admin_session_lifetime if of_admin else policy.session_lifetime


async def _issue(house: House, user: UserRow, session: Session) -> SignIn:
    secret = new_secret()
    await RefreshToken.create(
        fingerprint=fingerprint(secret), session_id=session.id, parent=session.last_used
    )
    # Who is there renews it several times before the session ends that nothing is done in.
    most = _lifetime(house, user).total_seconds() / _RENEWALS
    token, claims = house.tokens.issue(user.id, session.id, house.clock.seconds(), most)
    caller = Caller(house, user, session.id)
    return SignIn(user, caller, token, claims.expires, secret)
