"""API tokens: sign-ins for bots and scripts, each with a name and a scope."""

from adapters.clock import Instant
from adapters.ids import new_id, parsed_id
from adapters.tokens import fingerprint, new_api_token
from models import api_tokens
from models.accounts import FOREVER
from models.api_tokens import ApiToken, ApiTokenRow
from models.sessions import Session
from models.writer import Transaction
from resolvers import audit, passwords, text
from resolvers.audit import Action
from resolvers.errors import BadUserInput, NotFound, QuotaExceeded, SecondFactorRequired
from resolvers.house import Caller
from resolvers.rights import Scope
from resolvers.sessions import close

MOST = 50
"""Of one user."""
_NAME = 80


async def create(
    caller: Caller, name: str, scope: Scope, password: str, expires_at: Instant | None
) -> tuple[ApiTokenRow, str]:
    """A token with which a program can do what the caller may, as far as its scope goes.

    The password is asked for again. What is returned second is the token itself, which is shown
    only now. Raises BadUserInput, QuotaExceeded, RateLimited.
    """
    shown = text.line("name", name, _NAME)
    house = caller.house
    if expires_at is not None and expires_at <= house.clock.now():
        raise BadUserInput("expiresAt", "must be in the future")
    if scope is Scope.ADMIN and caller.lacks_second_factor:
        raise SecondFactorRequired(
            "Admins of this server need a second factor: set it up first.", setUp=True
        )
    await passwords.confirm(caller, "password", password)
    secret, token_id = new_api_token(), new_id()

    async def unit(transaction: Transaction, caller: Caller) -> ApiTokenRow:
        now = house.clock.now()
        used = len(await api_tokens.of_user(transaction.db, caller.user_id, now))
        if used >= MOST:
            raise QuotaExceeded(f"You may have {MOST} tokens.", limit=MOST, used=used)
        until = expires_at or FOREVER
        await Session.create(
            id=token_id,
            user_id=caller.user_id,
            user_agent=shown,
            last_used="",
            created_at=now,
            last_seen_at=now,
            expires_at=until,
            scope=scope,
        )
        await ApiToken.create(
            id=token_id,
            user_id=caller.user_id,
            name=shown,
            scope=scope,
            fingerprint=fingerprint(secret),
            created_at=now,
        )
        audit.note(
            transaction,
            caller,
            Action.API_TOKEN_CREATED,
            caller.user_id,
            tokenId=token_id,
            name=shown,
            scope=scope,
        )
        return ApiTokenRow(token_id, caller.user_id, shown, scope, now, now, until)

    return await caller.write(unit), secret


async def own(caller: Caller) -> list[ApiTokenRow]:
    """The caller's tokens that are good, newest first."""
    return await api_tokens.of_user(caller.db, caller.user_id, caller.house.clock.now())


async def revoke(caller: Caller, token_id: str) -> str:
    """Makes one of the caller's tokens worthless. Raises NotFound."""
    known = parsed_id(token_id)

    async def unit(transaction: Transaction, caller: Caller) -> str:
        own = ApiToken.get_or_none(id=known, user_id=caller.user_id)
        token = await own if known else None
        if token is None:
            raise NotFound("token")
        await close(transaction, caller.house, caller.user_id, [token.id])
        audit.note(
            transaction,
            caller,
            Action.API_TOKEN_REVOKED,
            caller.user_id,
            tokenId=token.id,
            name=token.name,
        )
        return token.id

    return await caller.write(unit)
