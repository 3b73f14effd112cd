"""The small chat schema of the benchmark on stock Strawberry and Tortoise, by their documentation.

python -m tests.bench.stock FILE PORT PEOPLE STORED ROOMS SAID
"""

import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any, NewType
from uuid import UUID, uuid4

import jwt
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL
from strawberry.schema.config import StrawberryConfig
from tortoise import Tortoise, fields
from tortoise.expressions import F
from tortoise.models import Model
from tortoise.transactions import in_transaction

KEY = bytes([7]) * 64
Cursor = NewType("Cursor", str)


class Users(Model):
    id = fields.UUIDField(primary_key=True)
    username = fields.CharField(max_length=32, unique=True)
    display_name = fields.CharField(max_length=80)


class Channels(Model):
    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=7, default="PRIVATE")
    name = fields.CharField(max_length=80)
    member_count = fields.IntField()
    message_count = fields.BigIntField(default=0)
    last_message: fields.ForeignKeyNullableRelation["Messages"] = fields.ForeignKeyField(
        "models.Messages", null=True
    )


class Members(Model):
    id = fields.IntField(primary_key=True)
    channel: fields.ForeignKeyRelation[Channels] = fields.ForeignKeyField("models.Channels")
    user: fields.ForeignKeyRelation[Users] = fields.ForeignKeyField("models.Users")
    role = fields.CharField(max_length=9, default="MEMBER")
    read_count = fields.BigIntField(default=0)

    class Meta(Model.Meta):
        unique_together = (("channel", "user"),)


class Messages(Model):
    number = fields.BigIntField(primary_key=True)
    id = fields.UUIDField(unique=True)
    channel_id = fields.UUIDField()
    author: fields.ForeignKeyRelation[Users] = fields.ForeignKeyField("models.Users")
    body = fields.TextField()
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta(Model.Meta):
        indexes = (("channel_id", "number"),)


@strawberry.type
class User:
    id: strawberry.ID
    username: str
    display_name: str

    @classmethod
    def of(cls, row: Users) -> "User":
        return cls(
            id=strawberry.ID(str(row.id)), username=row.username, display_name=row.display_name
        )


@strawberry.type
class Message:
    id: strawberry.ID
    cursor: str
    body: str
    created_at: datetime
    author: User | None

    @classmethod
    def of(cls, row: Messages) -> "Message":
        return cls(
            id=strawberry.ID(str(row.id)),
            cursor=str(row.number),
            body=row.body,
            created_at=row.created_at,
            author=User.of(row.author),
        )


@strawberry.type
class MessageConnection:
    nodes: list[Message]


@strawberry.type
class Membership:
    role: str
    unread_count: int


@strawberry.type
class Channel:
    id: strawberry.ID
    name: str
    kind: str
    member_count: int
    membership: Membership
    last_message: Message | None

    @classmethod
    def of(cls, row: Members) -> "Channel":
        channel, last = row.channel, row.channel.last_message
        return cls(
            id=strawberry.ID(str(channel.id)),
            name=channel.name,
            kind=channel.kind,
            member_count=channel.member_count,
            membership=Membership(
                role=row.role, unread_count=channel.message_count - row.read_count
            ),
            last_message=Message.of(last) if last else None,
        )


@strawberry.type
class ChannelConnection:
    nodes: list[Channel]


@strawberry.input
class SendMessageInput:
    channel_id: strawberry.ID
    body: str | None = None


followers: defaultdict[str, set["asyncio.Queue[Messages]"]] = defaultdict(set)


def caller(info: strawberry.Info[Any]) -> str:
    context = info.context
    params = context.get("connection_params") or {}
    header = params.get("authorization") or context["request"].headers.get("authorization", "")
    return str(jwt.decode(header[7:], KEY, algorithms=["HS512"])["sub"])


async def member(info: strawberry.Info[Any], channel_id: str) -> Members:
    found = await Members.get_or_none(
        channel_id=UUID(channel_id), user_id=caller(info)
    ).select_related("user")
    if found is None:
        raise LookupError("There is no such channel.")
    return found


@strawberry.type
class Query:
    @strawberry.field
    async def me(self, info: strawberry.Info[Any]) -> User | None:
        return User.of(await Users.get(id=caller(info)))

    @strawberry.field
    async def channels(self, info: strawberry.Info[Any], first: int = 50) -> ChannelConnection:
        rows = (
            await Members.filter(user_id=caller(info))
            .order_by("-channel__last_message_id")
            .limit(first)
            .prefetch_related("channel__last_message__author")
        )
        return ChannelConnection(nodes=[Channel.of(row) for row in rows])

    @strawberry.field
    async def messages(
        self, info: strawberry.Info[Any], channel_id: strawberry.ID, last: int = 50
    ) -> MessageConnection | None:
        await member(info, channel_id)
        rows = (
            await Messages.filter(channel_id=UUID(channel_id))
            .order_by("-number")
            .limit(last)
            .prefetch_related("author")
        )
        return MessageConnection(nodes=[Message.of(row) for row in reversed(rows)])


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def send_message(
        self, info: strawberry.Info[Any], input: SendMessageInput
    ) -> Message | None:
        asking = await member(info, input.channel_id)
        async with in_transaction():
            row = await Messages.create(
                id=uuid4(), channel_id=asking.channel_id, author=asking.user, body=input.body or ""
            )
            await Channels.filter(id=asking.channel_id).update(
                message_count=F("message_count") + 1, last_message_id=row.number
            )
            channel = await Channels.get(id=asking.channel_id)
            await Members.filter(id=asking.id).update(read_count=channel.message_count)
        for queue in followers[str(asking.channel_id)]:
            queue.put_nowait(row)
        return Message.of(row)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def message_added(
        self, info: strawberry.Info[Any], channel_id: strawberry.ID, after: Cursor | None = None
    ) -> AsyncGenerator[Message, None]:
        if after is not None:
            raise LookupError("Nothing is replayed here.")
        await member(info, channel_id)
        queue: asyncio.Queue[Messages] = asyncio.Queue()
        followers[channel_id].add(queue)
        try:
            while True:
                yield Message.of(await queue.get())
        finally:
            followers[channel_id].discard(queue)


async def fill(people: int, stored: int, rooms: int, said: int) -> tuple[UUID, list[Users]]:
    users = [
        await Users.create(id=uuid4(), username=f"user{n}", display_name=f"user{n}")
        for n in range(people)
    ]
    channels = [
        await Channels.create(id=uuid4(), name=f"room{n}", member_count=people)
        for n in range(rooms + 1)
    ]
    for channel in channels:
        await Members.bulk_create([Members(channel=channel, user=user) for user in users])
        count = stored if channel is channels[0] else said
        await Messages.bulk_create(
            [
                Messages(
                    id=uuid4(), channel_id=channel.id, author=users[n % people], body=f"message {n}"
                )
                for n in range(count)
            ]
        )
        last = await Messages.filter(channel_id=channel.id).order_by("-number").first()
        await Channels.filter(id=channel.id).update(message_count=count, last_message=last)
    return channels[0].id, users


async def main(file: str, port: int, people: int, stored: int, rooms: int, said: int) -> None:
    # FULL is Tortoise's default too; said here because the comparison stands on it.
    url = f"sqlite://{file}?synchronous=FULL&journal_mode=WAL"
    await Tortoise.init(db_url=url, modules={"models": [__name__]}, _enable_global_fallback=True)
    await Tortoise.generate_schemas()
    channel, users = await fill(people, stored, rooms, said)
    config = StrawberryConfig(scalar_map={Cursor: strawberry.scalar(name="Cursor")})
    schema = strawberry.Schema(Query, Mutation, Subscription, config=config)
    endpoint = GraphQL[Any, None](schema)
    app = Starlette(
        routes=[Route("/graphql", endpoint, methods=["POST"]), WebSocketRoute("/graphql", endpoint)]
    )
    later = int(time.time()) + 86400
    tokens = [
        jwt.encode({"sub": str(user.id), "exp": later}, KEY, algorithm="HS512") for user in users
    ]
    print(json.dumps({"channel": str(channel), "tokens": tokens}), flush=True)
    await uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off")).serve()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(sys.argv[1], *map(int, sys.argv[2:])))
