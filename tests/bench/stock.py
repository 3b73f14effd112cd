"""The small chat schema of the benchmark on stock Strawberry and Tortoise, by their documentation.

python -m tests.bench.stock FILE PORT PEOPLE STORED
"""

import json
import sys
import time
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import jwt
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL
from tortoise import Tortoise, fields
from tortoise.models import Model

KEY = bytes([7]) * 64


class Users(Model):
    id = fields.UUIDField(primary_key=True)
    username = fields.CharField(max_length=32, unique=True)
    display_name = fields.CharField(max_length=80)


class Members(Model):
    id = fields.IntField(primary_key=True)
    channel_id = fields.UUIDField()
    user: fields.ForeignKeyRelation[Users] = fields.ForeignKeyField("models.Users")

    class Meta(Model.Meta):
        unique_together = (("channel_id", "user"),)


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


@strawberry.input
class SendMessageInput:
    channel_id: strawberry.ID
    body: str | None = None


async def member(info: strawberry.Info[Any], channel_id: str) -> Members:
    context = info.context
    params = context.get("connection_params") or {}
    header = params.get("authorization") or context["request"].headers.get("authorization", "")
    user_id = jwt.decode(header[7:], KEY, algorithms=["HS512"])["sub"]
    found = await Members.get_or_none(channel_id=UUID(channel_id), user_id=user_id).select_related(
        "user"
    )
    if found is None:
        raise LookupError("There is no such channel.")
    return found


@strawberry.type
class Query:
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
        row = await Messages.create(
            id=uuid4(), channel_id=asking.channel_id, author=asking.user, body=input.body or ""
        )
        return Message.of(row)


async def main(file: str, port: int, people: int, stored: int) -> None:
    # FULL is Tortoise's default too; said here because the comparison stands on it.
    url = f"sqlite://{file}?synchronous=FULL&journal_mode=WAL"
    await Tortoise.init(db_url=url, modules={"models": [__name__]}, _enable_global_fallback=True)
    await Tortoise.generate_schemas()
    channel = uuid4()
    users = [
        await Users.create(id=uuid4(), username=f"user{n}", display_name=f"user{n}")
        for n in range(people)
    ]
    await Members.bulk_create([Members(channel_id=channel, user=user) for user in users])
    await Messages.bulk_create(
        [
            Messages(id=uuid4(), channel_id=channel, author=users[n % people], body=f"message {n}")
            for n in range(stored)
        ]
    )
    endpoint = GraphQL[Any, None](strawberry.Schema(Query, Mutation))
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
