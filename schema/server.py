"""The server as it presents itself."""

import strawberry

from adapters.clock import Instant
from schema.context import Info
from schema.permissions import query
from schema.scalars import Long, RegistrationPolicy


@strawberry.type(description="This server.")
class Server:
    """This server."""

    name: str = strawberry.field(description="The name in everybody's address here.")
    version: str = strawberry.field(description="Of Tertulia.")
    registration: RegistrationPolicy = strawberry.field(description="Who may make an account.")
    started_at: Instant = strawberry.field(description="When this process started.")
    connected_clients: int = strawberry.field(description="Live subscription connections.")
    max_upload_bytes: Long = strawberry.field(description="How many bytes a file may have.")


@strawberry.type
class ServerQueries:
    """The root fields about the server."""

    @query
    def server(self, info: Info) -> Server:
        """This server. Needs no sign-in."""
        house = info.context.house
        return Server(
            name=house.policy.name,
            version=house.policy.version,
            registration=RegistrationPolicy(house.policy.registration),
            started_at=house.started_at,
            connected_clients=len(house.devices),
            max_upload_bytes=Long(house.policy.upload_bytes),
        )
