"""Signals between peers, and the servers that help them to reach each other."""

from collections.abc import AsyncGenerator
from typing import Annotated

import orjson
import strawberry

from adapters.clock import Instant
from models.signals import SignalRow
from resolvers import ice, signals
from resolvers.ice import IceServers
from resolvers.signals import Draft
from schema.accounts import User, user_by
from schema.context import Info
from schema.delivering import delivered
from schema.joins import joined
from schema.permissions import mutation, query, subscription
from schema.scalars import Json, SignalKind


@strawberry.type(
    description="One step of a WebRTC negotiation. A peer is one tab or program, named by a UUID "
    "of its own choice. Delivered at least once and in order to each peer addressed; kept for an "
    "absent one, also one that is not known yet where no peer is named, until it expires."
)
class Signal:
    """One step of a negotiation."""

    id: strawberry.ID = strawberry.field(
        description="Unique across servers. As `after`, and as the id of a server-sent event, it "
        "says where to go on."
    )
    kind: SignalKind = strawberry.field(description="Which step it is.")
    from_peer: strawberry.ID = strawberry.field(description="Which of their peers it comes from.")
    to_peer: strawberry.ID | None = strawberry.field(
        description="Which peer it is for; null: every peer of the user."
    )
    call_id: strawberry.ID | None = strawberry.field(
        description="The call that it belongs to; null: to none."
    )
    created_at: Instant = strawberry.field(description="When it was sent.")
    expires_at: Instant = strawberry.field(description="Until when it is kept.")
    row: strawberry.Private[SignalRow]

    from_user: User = joined(
        User,
        user_by("row.from_user", absent=lambda: LookupError("a signal of nobody")),
        "Who sent it, as the server knows it.",
    )

    @strawberry.field(
        description="OFFER, ANSWER: `{type, sdp}`. CANDIDATE: RTCIceCandidateInit, or null for the "
        "end of candidates. BYE: `{reason}`, or null."
    )
    def payload(self) -> Json | None:
        """What it carries."""
        return Json(orjson.loads(self.row.payload))

    @classmethod
    def of(cls, row: SignalRow) -> "Signal":
        """The signal in this row."""
        return cls(
            id=strawberry.ID(row.id),
            kind=SignalKind(row.kind),
            from_peer=strawberry.ID(row.from_peer),
            to_peer=strawberry.ID(row.to_peer) if row.to_peer else None,
            call_id=strawberry.ID(row.call_id) if row.call_id else None,
            created_at=Instant(row.created_at),
            expires_at=Instant(row.expires_at),
            row=row,
        )


@strawberry.type(description="A STUN or TURN server, as RTCIceServer of WebRTC.")
class IceServer:
    """A STUN or TURN server."""

    urls: list[str] = strawberry.field(description="Where it is, in one way or several.")
    username: str | None = strawberry.field(description="TURN: who one is to it, for now.")
    credential: str | None = strawberry.field(description="TURN: what proves it.")
    expires_at: Instant | None = strawberry.field(
        description="TURN: until when something new can be begun with it; ask again before."
    )

    @classmethod
    def of(cls, found: IceServers) -> "IceServer":
        """The server described so."""
        return cls(
            urls=list(found.urls),
            username=found.username,
            credential=found.credential,
            expires_at=found.expires_at,
        )


@strawberry.input(
    description="What one peer says to another. Without `toPeer` every peer of the user gets it."
)
class SendSignalInput:
    """What one peer says to another."""

    from_peer: strawberry.ID = strawberry.field(description="The peer that says it: a UUID.")
    to_user: strawberry.ID = strawberry.field(
        description="Somebody with whom the caller shares a channel, or the caller."
    )
    to_peer: strawberry.ID | None = strawberry.field(
        default=None, description="Which of their peers; absent: every one."
    )
    kind: SignalKind = strawberry.field(description="Which step it is.")
    call_id: strawberry.ID | None = strawberry.field(
        default=None, description="A call in a channel of both."
    )
    payload: Json | None = strawberry.field(
        default=None,
        description="As `Signal.payload`. A description of a session may have 64 KiB.",
    )
    id: strawberry.ID | None = strawberry.field(
        default=None, description="A UUID of the client's choice makes a retry safe."
    )


@strawberry.type
class SignalQueries:
    """The root queries about how peers reach each other."""

    @query
    async def ice_servers(self, info: Info) -> list[IceServer] | None:
        """The STUN and TURN servers to use; none where the owner has named none."""
        return [IceServer.of(found) for found in await ice.servers(info.context.caller)]


@strawberry.type
class SignalMutations:
    """The root mutations with which peers signal."""

    @mutation
    async def send_signal(self, info: Info, input: SendSignalInput) -> Signal | None:
        """Says something to the peers of somebody with whom the caller shares a channel."""
        draft = Draft(
            from_peer=input.from_peer,
            to_user=input.to_user,
            kind=input.kind,
            to_peer=input.to_peer,
            call_id=input.call_id,
            payload=input.payload,
            id=input.id,
        )
        return Signal.of(await signals.send(info.context.caller, draft))


@strawberry.type
class SignalSubscriptions:
    """The root subscription with which peers listen."""

    @subscription
    async def signals(
        self,
        info: Info,
        peer: Annotated[
            strawberry.ID, strawberry.argument(description="Which peer listens: a UUID.")
        ],
        after: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The id of the last signal that was handled."),
        ] = None,
    ) -> AsyncGenerator[Signal, None]:
        """What is said to this peer of the caller: what waits for it, then what comes.

        While it is open the peer is there: a peer in a call that does not listen is taken out of
        it after a few seconds.
        """
        context = info.context
        place = context.resume_after or after
        deliveries = await signals.follow(context.caller, peer, place)
        return delivered(deliveries, context, Signal.of)
