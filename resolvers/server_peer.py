"""The server as a peer: for a test of one's connection, or to fetch a stored file."""

from datetime import timedelta
from typing import Any, NamedTuple

from adapters.clock import Instant
from adapters.ids import new_id
from adapters.rtc import Bounds, NotAnswered, PeerDown, Sent, ServerPeer
from models.events import EventKind
from models.files import FileRow, FileStatus
from resolvers import access, ice, signals
from resolvers.bells import Happening
from resolvers.errors import BadUserInput, NotFound, QuotaExceeded, Unavailable
from resolvers.feed import Feed
from resolvers.house import Caller
from resolvers.rights import SignalKind

TEST_SECONDS, TEST_BYTES = 60, 64 * 1024 * 1024
FILE_SECONDS, FILE_BYTES = 10 * 60, 1024 * 1024
MOST_OF_ONE = 2
"""So many connections a user may have to it."""
_LOST = frozenset({EventKind.USER_BANNED, EventKind.MEMBER_REMOVED, EventKind.SESSION_ENDED})


class Connected(NamedTuple):
    """A connection to the server's peer."""

    id: str
    answer: dict[str, str]
    expires_at: Instant


class Connections:
    """Who is connected to the server's peer of this process."""

    def __init__(self, peer: ServerPeer, feed: Feed, most: int) -> None:
        """`most` connections there may be; none: the server is no peer."""
        self.peer = peer
        self.most = most
        self._open: dict[str, tuple[str, str]] = {}
        """Whose they are: user and session."""
        feed.on_event(self._hear)

    def reserve(self, caller: Caller) -> str:
        """The id of a new one. Raises QuotaExceeded, Unavailable."""
        own = sum(user_id == caller.user_id for user_id, _ in self._open.values())
        if own >= MOST_OF_ONE:
            raise QuotaExceeded("You have as many connections as may be.", MOST_OF_ONE, own)
        if len(self._open) >= self.most:
            raise Unavailable("The server takes no connections at the moment.")
        made = new_id()
        self._open[made] = (caller.user_id, caller.session_id)
        return made

    def release(self, connection_id: str) -> None:
        """It is no more."""
        self._open.pop(connection_id, None)

    def is_open(self, connection_id: str) -> bool:
        """Whether it is still there, and its user may still have it."""
        return connection_id in self._open

    def _hear(self, event: Happening) -> None:
        if event.kind in _LOST:
            for connection_id, owners in list(self._open.items()):
                if event.subject_id in owners:
                    self.release(connection_id)
                    self.peer.end(connection_id)


async def connect(caller: Caller, offer: object, file_id: str | None) -> Connected:
    """Answers an offer: for a test, or with a file, which it then sends.

    Raises NotFound for the file; BadUserInput, PayloadTooLarge for the offer; QuotaExceeded;
    Unavailable where the server is no peer, or has enough to do.
    """
    described: Any = signals.payload(SignalKind.OFFER, offer, "offer")
    file = None if file_id is None else await access.file_for(caller.db, caller, file_id)
    if file is not None and file.current.status != FileStatus.READY:
        raise NotFound("file")
    house = caller.house
    bounds = Bounds(FILE_SECONDS, FILE_BYTES) if file else Bounds(TEST_SECONDS, TEST_BYTES)
    servers = [_server(one) for one in await ice.servers(caller)]
    connections = house.connections
    made = connections.reserve(caller)
    try:
        sdp = await connections.peer.answer(
            made,
            described["sdp"],
            bounds,
            lambda: connections.release(made),
            servers,
            None if file is None else _sent(caller, file),
        )
    except NotAnswered as error:
        raise BadUserInput("offer", "cannot be answered") from error
    except PeerDown as error:
        raise Unavailable("The server's peer is down.") from error
    if not connections.is_open(made):
        # Who lost the right to it meanwhile may have done so before there was anything to end.
        connections.peer.end(made)
        raise Unavailable("The connection has ended.")
    until = house.clock.after(timedelta(seconds=bounds.seconds))
    return Connected(made, {"type": "answer", "sdp": sdp}, until)


def _server(found: ice.IceServers) -> dict[str, Any]:
    return {"urls": list(found.urls), "username": found.username, "credential": found.credential}


def _sent(caller: Caller, file: FileRow) -> Sent:
    row = file.current
    path = caller.house.shelf.blobs.path(row.sha256)
    return Sent(file.id, row.name, row.size, row.content_type, path)
