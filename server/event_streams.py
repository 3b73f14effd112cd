"""Operations as server-sent events, `/graphql/stream`: for EventSource, graphql-sse and curl -N."""

from graphql import OperationType
from starlette.types import ASGIApp, Receive, Scope, Send

from schema.operations import EVERYTHING, HARMLESS, Operations
from server.answers import refused
from server.callers import Callers, Came
from server.fanout import Carry
from server.negotiation import Media, takes
from server.requests import BadRequest, HeaderFields, headers_of, in_url, posted
from server.stream_forms import Events
from server.streams import Stream, Streamed, StreamLimits


class EventStreams:
    """Any operation, its answers one after the other; by GET only what changes nothing."""

    def __init__(
        self,
        callers: Callers,
        operations: Operations,
        limits: StreamLimits,
        carry: Carry | None,
    ) -> None:
        """Without `carry` each subscription is executed by itself."""
        self._carry = carry
        self._callers = callers
        self._operations = operations
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        try:
            answering: ASGIApp = await self._stream(scope, receive)
        except BadRequest as error:
            answering = refused(error, Media.JSON)
        await answering(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive) -> Stream:
        """Raises BadRequest."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "POST"):
            raise BadRequest("Send GET or POST.", 405)
        by_get = scope["method"] == "GET"
        # An EventSource can send no header of ours; browsers say who made it, where they do.
        came = self._callers.came(scope, harmless=by_get and _from_here(headers_of(scope)))
        if not takes(came.headers.get("accept"), Media.EVENTS):
            raise BadRequest(f"Answers come as {Media.EVENTS}.", 406)
        asked = in_url(scope["query_string"]) if by_get else await posted(came.headers, receive)
        context = self._callers.context(came, None)
        context.resume_after = _resume_after(came)
        allowed: frozenset[OperationType] = HARMLESS if by_get else EVERYTHING
        given = Streamed(asked, context, allowed, Events())
        return Stream(given, self._operations, self._limits, self._carry)


def _from_here(headers: HeaderFields) -> bool:
    """Whether no page of another origin is known to have made a browser ask."""
    return headers.get("sec-fetch-site", "none") in ("same-origin", "none")


def _resume_after(came: Came) -> str | None:
    """The id of the last event that an EventSource got before it lost its connection."""
    return came.headers.get("last-event-id") or None
