"""How streams are written: as server-sent events, or in parts."""

from typing import Protocol

import orjson

from schema.scalars import ErrorCode
from server.negotiation import Media


class Form(Protocol):
    """How a stream is written."""

    media: str
    opening: bytes
    beat: bytes
    """Says nothing, and shows that the connection is alive."""
    complete: bytes
    """The operation has come to its end."""

    def answer(self, body: bytes, cursor: str | None) -> bytes:
        """One answer, in JSON, and where to go on once it has arrived."""
        ...

    def broken_off(self, code: ErrorCode, reason: str) -> bytes:
        """The last that is written where the operation has not come to its end."""
        ...


class Events:
    """Server-sent events, in the distinct connections mode of graphql-sse.

    https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
    Each has the cursor to go on from as its id, which comes back as Last-Event-ID.
    """

    media = f"{Media.EVENTS}; charset=utf-8"
    opening = b":\n\n"
    beat = b":\n\n"
    complete = b"event: complete\ndata:\n\n"

    def answer(self, body: bytes, cursor: str | None) -> bytes:
        """A `next` event."""
        place = b"" if cursor is None else f"id: {cursor}\n".encode()
        return b"event: next\n%sdata: %s\n\n" % (place, body)

    def broken_off(self, code: ErrorCode, reason: str) -> bytes:
        """A comment: an event would be an answer of the operation, and nobody would reconnect."""
        return f": {code.value} {reason}\n\n".encode()


class Parts:
    """Parts of multipart/mixed, as Apollo's clients speak it.

    https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
    Each part is closed by the boundary of the next, so that nobody has to wait for that one.
    """

    media = f"{Media.PARTS}; boundary=graphql; subscriptionSpec=1.0"
    opening = b"--graphql"
    beat = b"\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql"
    complete = b"--\r\n"

    def answer(self, body: bytes, cursor: str | None) -> bytes:
        """A part with a payload."""
        return self._part(b'{"payload":%s}' % body)

    def broken_off(self, code: ErrorCode, reason: str) -> bytes:
        """A part with an error of the transport, and the end."""
        error = {"message": reason, "extensions": {"code": code.value}}
        told = orjson.dumps({"payload": None, "errors": [error]})
        return self._part(told) + self.complete

    def _part(self, body: bytes) -> bytes:
        return b"\r\ncontent-type: application/json\r\n\r\n%s\r\n--graphql" % body
