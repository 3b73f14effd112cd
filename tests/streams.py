"""Streams over plain HTTP, as a client reads them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import httpx

from tests.cast import Client, Json
from tests.patience import PATIENCE

APOLLO = 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0",application/json'


class Event(NamedTuple):
    """A server-sent event."""

    name: str
    id: str | None
    data: Json


class EventStream:
    """What comes from /graphql/stream."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.comments: list[str] = []
        self._lines = response.aiter_lines()

    async def next(self) -> Event | None:
        """The next event; None at the end."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                if line.startswith(":"):
                    self.comments.append(line[1:].strip())
                elif line:
                    name, _, value = line.partition(":")
                    fields[name] = value.strip()
                elif fields:
                    data = json.loads(fields["data"]) if fields["data"] else None
                    return Event(fields["event"], fields.get("id"), data)
        return None

    async def body(self) -> Json:
        """What the next event says of its message."""
        event = await self.next()
        assert event, self.comments
        assert event.name == "next"
        return next(iter(event.data["data"].values()))["body"]


class PartStream:
    """What comes in parts of multipart/mixed; quiet ones are counted and left out."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.beats = 0
        self._text = ""
        self._pieces = response.aiter_text()

    async def next(self) -> Json | None:
        """The next part that says something; None at the end."""
        async with asyncio.timeout(PATIENCE):
            while True:
                part = await self._part()
                if part != {}:
                    return part
                self.beats += 1

    async def _part(self) -> Json | None:
        while "\r\n--graphql" not in self._text:
            piece = await anext(self._pieces, None)
            if piece is None:
                assert self._text.strip() in ("--graphql--", "--"), self._text
                return None
            self._text += piece
        part, _, self._text = self._text.partition("\r\n--graphql")
        head, _, body = part.partition("\r\n\r\n")
        head = head.removeprefix("--graphql").strip()
        assert head == "content-type: application/json", head
        return json.loads(body)


@asynccontextmanager
async def event_stream(
    client: Client, document: str, last_event_id: str | None = None, **variables: Json
) -> AsyncIterator[EventStream]:
    """Server-sent events."""
    headers = {"accept": "text/event-stream"}
    if last_event_id is not None:
        headers["last-event-id"] = last_event_id
    async with _posted(client, "/graphql/stream", headers, document, variables) as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield EventStream(response)


@asynccontextmanager
async def part_stream(
    client: Client, document: str, **variables: Json
) -> AsyncIterator[PartStream]:
    """Parts."""
    headers = {"accept": APOLLO}
    async with _posted(client, "/graphql", headers, document, variables) as response:
        yield PartStream(response)


@asynccontextmanager
async def _posted(
    client: Client, path: str, headers: dict[str, str], document: str, variables: Json
) -> AsyncIterator[httpx.Response]:
    if client.token:
        headers["authorization"] = f"Bearer {client.token}"
    given = {"query": document, "variables": variables}
    request = client.http.stream("POST", client.url + path, json=given, headers=headers)
    async with request as response:
        yield response
