"""Signals: peers find a way to each other through the server, and say on it what they like."""

from collections.abc import AsyncGenerator
from typing import Any, NamedTuple, cast

import orjson

from adapters import sdp
from adapters.ids import new_id, parsed_id
from models import blocks, calls, channels, signals
from models.accounts import UserRow
from models.connection import Connection
from models.signals import SignalRow
from models.writer import Transaction
from resolvers import access, limits, text
from resolvers.errors import (
    BadUserInput,
    Conflict,
    Forbidden,
    NotFound,
    PayloadTooLarge,
    QuotaExceeded,
)
from resolvers.following import Delivery
from resolvers.house import Caller, House
from resolvers.limits import Kind
from resolvers.rights import SignalKind
from resolvers.switchboard import Peer

_AT_ONCE = 100
_LARGEST = 64 * 1024
_UNIT = 2 * 1024
"""Each of so many bytes of a payload counts like a signal."""
_MOST_PENDING, _MOST_BYTES = 2_000, 4 * 1024 * 1024
"""What may wait for one user from another."""
_LONGEST_CANDIDATE = 1_024
_LONGEST_GOODBYE = 1_024


class Draft(NamedTuple):
    """A signal as a peer wants to send it."""

    from_peer: str
    to_user: str
    kind: SignalKind
    to_peer: str | None = None
    call_id: str | None = None
    payload: object = None
    id: str | None = None


async def send(caller: Caller, draft: Draft) -> SignalRow:
    """Says something to a peer of a user, or to all of theirs, also to those still to come.

    Raises NotFound for a user or a call; Forbidden where the two share no channel, one has blocked
    the other, or the other is banned; BadUserInput, PayloadTooLarge, QuotaExceeded, RateLimited.
    """
    drafted = _checked(draft)
    if more := drafted.size // _UNIT:
        await limits.spend_own(caller, Kind.SIGNALS, more)

    async def unit(transaction: Transaction, caller: Caller) -> SignalRow:
        house = caller.house
        other = await access.user_for(transaction.db, drafted.to_user)
        row = drafted._replace(
            from_user=caller.user_id,
            to_user=other.id,
            created_at=house.clock.now(),
            expires_at=house.clock.after(house.policy.signal_lifetime),
        )
        there = await signals.by_id(transaction.db, row.id) if draft.id else None
        if there is not None:
            return _retried(there, row)
        await _reachable(transaction.db, caller, other, row)
        waiting = await signals.pending(transaction.db, row.to_user, row.from_user)
        _bounded(waiting.signals, 1, _MOST_PENDING)
        _bounded(waiting.size, row.size, _MOST_BYTES)
        transaction.afterwards.append(lambda: house.switchboard.ring(row.to_user))
        return await signals.add(transaction.db, row)

    return await caller.write(unit)


async def follow(
    caller: Caller, peer: str, after: str | None
) -> AsyncGenerator[Delivery[SignalRow], None]:
    """What is said to a peer of the caller, in order: what waits for it, then what comes.

    `after` is the id of the last signal that it has handled. Raises BadUserInput at once;
    Unauthenticated or Banned from the stream when the right to it ends.
    """
    name = Peer(caller.user_id, _id("peer", peer))
    known = None if after is None else await signals.by_id(caller.db, _id("after", after))
    mine = known is not None and known.to_user == caller.user_id
    # What came before one that has expired has expired, too.
    return _following(caller, name, known.number if known is not None and mine else 0)


async def _following(
    caller: Caller, peer: Peer, number: int
) -> AsyncGenerator[Delivery[SignalRow], None]:
    async def read(db: Connection) -> list[SignalRow]:
        now = caller.house.clock.now()
        rows = await signals.addressed(db, peer.user_id, peer.id, number, now, _AT_ONCE)
        # Only now: all that was read stands before whatever takes the right to it away.
        await caller.still_admitted(db)
        return rows

    with caller.house.switchboard.reached(peer) as bell:
        while True:
            bell.hush()
            rows = await caller.db.visit(read)
            for row in rows:
                yield Delivery(row, row.id, live=True)
                number = row.number
            if len(rows) < _AT_ONCE:
                await bell.rung()


async def forget(house: House) -> int:
    """Forgets the signals that have expired; returns how many there were."""
    total = 0

    async def unit(transaction: Transaction) -> int:
        return await signals.expire(transaction.db, house.clock.now(), _AT_ONCE)

    if not await signals.any_expired(house.db, house.clock.now()):
        return 0
    while gone := await house.write(unit):
        total += gone
    return total


async def _reachable(db: Connection, caller: Caller, other: UserRow, row: SignalRow) -> None:
    """Raises NotFound, Forbidden or Conflict where the caller may not say this to that user."""
    in_call = row.call_id is not None and await _in_call(db, caller, row, row.call_id)
    if other.id == caller.user_id:
        return
    if not await channels.neighbours(db, caller.user_id, [other.id]):
        raise Forbidden("You share no channel.")
    if other.banned_until is not None and other.banned_until > caller.house.clock.now():
        raise Forbidden("They are banned.")
    if not in_call and await blocks.between(db, caller.user_id, other.id):
        raise Forbidden("One of you has blocked the other.")


async def _in_call(db: Connection, caller: Caller, row: SignalRow, call_id: str) -> bool:
    """Whether it comes from somebody who takes part in the call. Raises NotFound, Conflict."""
    call = await calls.shared(db, call_id, list({caller.user_id, row.to_user}))
    if call is None:
        # Who hangs up may be the last to know that all have.
        if row.kind != SignalKind.BYE:
            raise NotFound("call")
        return False
    sender = next((one for one in call.participants if one.peer == row.from_peer), None)
    if sender is not None and sender.user_id != caller.user_id:
        raise Conflict("fromPeer", "This peer is somebody else's.")
    return sender is not None


def _bounded(used: int, more: int, limit: int) -> None:
    if used + more > limit:
        raise QuotaExceeded("Too much waits for them that you have said.", limit, used)


def _retried(there: SignalRow, again: SignalRow) -> SignalRow:
    """The signal that an earlier try made. Raises Conflict where it said something else."""
    same = there._replace(number=0, created_at="", expires_at="")
    if same != again._replace(number=0, created_at="", expires_at=""):
        raise Conflict("id", "This id is in use.")
    return there


def _checked(draft: Draft) -> SignalRow:
    carried = orjson.dumps(payload(draft.kind, draft.payload)).decode()
    return SignalRow(
        number=0,
        id=new_id() if draft.id is None else _id("id", draft.id),
        kind=draft.kind,
        from_user="",
        from_peer=_id("fromPeer", draft.from_peer),
        to_user=draft.to_user,
        to_peer=None if draft.to_peer is None else _id("toPeer", draft.to_peer),
        call_id=None if draft.call_id is None else _id("callId", draft.call_id),
        payload=carried,
        size=len(carried),
        created_at="",
        expires_at="",
    )


def _id(field: str, given: str) -> str:
    known = parsed_id(given)
    if known is None:
        raise BadUserInput(field, "must be a UUID")
    return known


def payload(kind: SignalKind, given: object, field: str = "payload") -> object:
    """What a signal of this kind carries, and nothing else of what was given.

    Raises BadUserInput, PayloadTooLarge.
    """
    if kind in (SignalKind.OFFER, SignalKind.ANSWER):
        return _description(kind, given, field)
    if given is None:
        return None
    if kind is SignalKind.CANDIDATE:
        return _candidate(given)
    reason = _text(_object(given), "reason")
    if len(reason or "") > _LONGEST_GOODBYE:
        raise BadUserInput("payload", "must be short")
    return {"reason": reason}


def _description(kind: SignalKind, given: object, field: str) -> object:
    described = _object(given, field)
    of_kind = ("offer",) if kind is SignalKind.OFFER else ("answer", "pranswer")
    if described.get("type") not in of_kind:
        raise BadUserInput(field, f"must have the type {of_kind[0]}")
    content = _text(described, "sdp", field)
    if content is None:
        raise BadUserInput(field, "must have an sdp")
    if len(content.encode()) > _LARGEST:
        raise PayloadTooLarge(_LARGEST, "A description of a session")
    try:
        sdp.check_description(content)
    except ValueError as error:
        raise BadUserInput(field, f"has an sdp that {error}") from error
    return {"type": described["type"], "sdp": content}


def _candidate(given: object) -> object:
    described = _object(given)
    candidate = _text(described, "candidate")
    if candidate is None or len(candidate) > _LONGEST_CANDIDATE:
        raise BadUserInput("payload", "must have a candidate, and no long one")
    if candidate:  # empty: there are no more of this generation
        try:
            sdp.check_candidate(candidate)
        except ValueError as error:
            raise BadUserInput("payload", f"has a candidate that {error}") from error
    line = described.get("sdpMLineIndex")
    if line is not None and (type(line) is not int or not 0 <= line < 2**16):
        raise BadUserInput("payload", "has an sdpMLineIndex that must be the number of a line")
    names = {name: _text(described, name) for name in ("sdpMid", "usernameFragment")}
    if any(len(name or "") > _LONGEST_CANDIDATE for name in names.values()):
        raise BadUserInput("payload", "has names that are too long")
    return {"candidate": candidate, "sdpMLineIndex": line, **names}


def _object(given: object, field: str = "payload") -> dict[str, Any]:
    if not isinstance(given, dict):
        raise BadUserInput(field, "must be an object")
    return cast("dict[str, Any]", given)


def _text(described: dict[str, Any], name: str, field: str = "payload") -> str | None:
    value = described.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadUserInput(field, f"has a {name} that must be text")
    return text.plain(field, value)
