"""The server as a peer of a WebRTC connection."""

import strawberry

from adapters.clock import Instant
from resolvers import server_peer
from schema.context import Info
from schema.permissions import mutation
from schema.scalars import Json


@strawberry.type(description="A connection to the server's own peer.")
class ServerConnection:
    """A connection to the server's own peer."""

    id: strawberry.ID = strawberry.field(description="Unique across servers.")
    answer: Json = strawberry.field(
        description="`{type, sdp}`, with all of the server's candidates."
    )
    expires_at: Instant = strawberry.field(description="When the server ends it.")


@strawberry.input(description="A connection to the server's own peer.")
class ConnectServerInput:
    """A connection to the server's own peer."""

    offer: Json = strawberry.field(
        description="`{type, sdp}`, with the candidates of the client as far as they are known."
    )
    file_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="A file that the server is to send. Without it the connection is a test.",
    )


@strawberry.type
class ServerPeerMutations:
    """The root mutation about the server's own peer."""

    @mutation
    async def connect_server(
        self, info: Info, input: ConnectServerInput
    ) -> ServerConnection | None:
        """Connects to the server's own peer: to test one's connection, or to fetch a file.

        In a test the server sends all data of the channel `test` back, and all sound and picture;
        `{"type":"report"}` is answered with the kind of path and how much has come. A file comes
        over the channel `file`. UNAVAILABLE where the server is no peer, or has enough to do.
        """
        made = await server_peer.connect(info.context.caller, input.offer, input.file_id)
        return ServerConnection(
            id=strawberry.ID(made.id), answer=Json(made.answer), expires_at=made.expires_at
        )
