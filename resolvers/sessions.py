"""Sign-ins: tokens checked and renewed, sessions listed and ended."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from adapters.clock import Instant
from adapters.ids import new_id, parsed_id
from adapters.tokens import fingerprint, new_secret
from models import sessions
from models.accounts import UserRow
from models.events import Event, EventKind
from models.sessions import RefreshToken, Session, SessionRow, SessionState
from models.writer import Transaction
from resolvers.bells import Happening
from resolvers.errors import ChatError, NotFound, Unauthenticated
from resolvers.house import Caller, House, admitted, not_banned

_REMEMBERED = 10_000
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

    async def identity(self, token: str | None) -> Caller | ChatError | None:
        """Who calls with this token, or why it is no good, or None without one."""
        if token is None:
            return None
        try:
            return (await self.caller(token))[0]
        except ChatError as refusal:
            return refusal

    async def caller(self, token: str) -> tuple[Caller, float]:
        """Whose access token this is, and until when it holds, in seconds since 1970.

        Role and ban are looked up, not believed. Raises Unauthenticated or Banned.
        """
        house = self._house
        claims = house.tokens.check(token, house.clock.seconds())
        if claims is None:
            raise Unauthenticated("The access token is not valid, or no longer.")
        state = await self._cache.state(claims.session_id)
        allowed = await admitted(house.db, state, house.clock.now())
        return Caller(house, allowed.user, allowed.session_id), claims.expires


async def begin(transaction: Transaction, house: House, user: UserRow, agent: str | None) -> SignIn:
    """Opens a session for a user who has shown who they are. Raises Banned."""
    now = house.clock.now()
    await not_banned(transaction.db, user, now)
    await _sweep(user.id, now)
    session = await Session.create(
        id=new_id(),
        user_id=user.id,
        user_agent=agent[:255] if agent else None,
        last_used="",
        created_at=now,
        last_seen_at=now,
        expires_at=house.clock.after(house.policy.session_lifetime),
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
        if session.last_used not in (used.fingerprint, used.parent):
            await _end(transaction, session.user_id, [session.id], now)
            return None
        state = await sessions.state(transaction.db, session.id)
        user = (await admitted(transaction.db, state, now)).user
        session.last_used = used.fingerprint
        session.last_seen_at = now
        session.expires_at = house.clock.after(house.policy.session_lifetime)
        await session.save()
        return await _issue(house, user, session)

    renewed = await house.write(unit)
    if renewed is None:
        raise Unauthenticated("The refresh token is not valid, or no longer. Sign in again.")
    return renewed


async def own(caller: Caller) -> list[OwnSession]:
    """The caller's sessions, latest first."""
    rows = await sessions.of_user(caller.db, caller.user_id, caller.house.clock.now())
    return [OwnSession(row, row.id == caller.session_id) for row in rows]


async def end(caller: Caller, session_id: str) -> str:
    """Ends one of the caller's sessions: its tokens are worth nothing any more. Raises NotFound."""
    known = parsed_id(session_id)

    async def unit(transaction: Transaction, caller: Caller) -> str:
        session = await Session.get_or_none(id=known, user_id=caller.user_id) if known else None
        if session is None:
            raise NotFound("session")
        await _end(transaction, caller.user_id, [session.id], caller.house.clock.now())
        return session.id

    return await caller.write(unit)


async def end_others(transaction: Transaction, caller: Caller) -> None:
    """Within a unit: ends all of the caller's sessions but this one."""
    others = await Session.filter(user_id=caller.user_id).exclude(id=caller.session_id)
    now = caller.house.clock.now()
    await _end(transaction, caller.user_id, [session.id for session in others], now)


async def _end(
    transaction: Transaction, user_id: str, session_ids: Iterable[str], now: Instant
) -> None:
    ended = list(session_ids)
    await sessions.end(transaction.db, ended)
    for session_id in ended:
        transaction.append(
            Event(EventKind.SESSION_ENDED, now, actor_id=user_id, subject_id=session_id)
        )


async def _sweep(user_id: str, now: Instant) -> None:
    expired = await Session.filter(user_id=user_id, expires_at__lte=now)
    for session in expired:
        await RefreshToken.filter(session_id=session.id).delete()
        await session.delete()


async def _issue(house: House, user: UserRow, session: Session) -> SignIn:
    secret = new_secret()
    await RefreshToken.create(
        fingerprint=fingerprint(secret), session_id=session.id, parent=session.last_used
    )
    token, claims = house.tokens.issue(user.id, session.id, house.clock.seconds())
    caller = Caller(house, user, session.id)
    return SignIn(user, caller, token, claims.expires, secret)
