"""The first schema."""

import secrets

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    """The statements that make the first schema; nearly all are the same on both engines."""
    sqlite = db.capabilities.dialect == "sqlite"
    serial = "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL" if sqlite else "SERIAL PRIMARY KEY"
    json = "JSON" if sqlite else "JSONB"
    # A database made anew begins a life of its own: cursors of another are not its own.
    life = secrets.token_hex(4)
    return f"""
CREATE TABLE "users" (
    "id" VARCHAR(36) NOT NULL PRIMARY KEY,
    "username" VARCHAR(32) NOT NULL,
    "username_key" VARCHAR(255) NOT NULL UNIQUE,
    "display_name" VARCHAR(80) NOT NULL,
    "search_key" TEXT NOT NULL,
    "email" VARCHAR(254),
    "email_key" VARCHAR(254) UNIQUE,
    "role" VARCHAR(9) NOT NULL,
    "password_hash" VARCHAR(255),
    "setup_hash" VARCHAR(64) UNIQUE,
    "setup_until" VARCHAR(24),
    "banned_until" VARCHAR(24),
    "home" VARCHAR(255),
    "created_at" VARCHAR(24) NOT NULL
);
CREATE TABLE "channels" (
    "id" VARCHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(7) NOT NULL,
    "name" VARCHAR(80),
    "topic" VARCHAR(250),
    "search_key" TEXT NOT NULL,
    "pair" VARCHAR(73) UNIQUE,
    "digest" VARCHAR(32) NOT NULL,
    "created_by" VARCHAR(36) NOT NULL,
    "created_at" VARCHAR(24) NOT NULL,
    "deleted_at" VARCHAR(24),
    "home" VARCHAR(255),
    "last_number" BIGINT NOT NULL,
    "last_position" BIGINT NOT NULL,
    "member_count" INT NOT NULL
);
CREATE INDEX "idx_channels_kind_c27c30" ON "channels" ("kind", "last_position");
CREATE TABLE "memberships" (
    "id" VARCHAR(36) NOT NULL PRIMARY KEY,
    "channel_id" VARCHAR(36) NOT NULL,
    "user_id" VARCHAR(36) NOT NULL,
    "role" VARCHAR(9) NOT NULL,
    "joined_at" VARCHAR(24) NOT NULL,
    "joined_position" BIGINT NOT NULL,
    "read_number" BIGINT NOT NULL,
    "read_position" BIGINT,
    CONSTRAINT "uid_memberships_channel_a145cf" UNIQUE ("channel_id", "user_id")
);
CREATE INDEX "idx_memberships_user_id_570e87" ON "memberships" ("user_id", "channel_id");
CREATE INDEX "idx_memberships_channel_84395d" ON "memberships" ("channel_id", "joined_position", "user_id");
CREATE TABLE "log_head" (
    "id" INT NOT NULL PRIMARY KEY,
    "life" VARCHAR(16) NOT NULL,
    "position" BIGINT NOT NULL
);
CREATE TABLE "events" (
    "position" BIGINT NOT NULL PRIMARY KEY,
    "kind" VARCHAR(20) NOT NULL,
    "at" VARCHAR(24) NOT NULL,
    "actor_id" VARCHAR(36),
    "channel_id" VARCHAR(36),
    "subject_id" VARCHAR(36)
);
CREATE TABLE "messages" (
    "id" VARCHAR(36) NOT NULL PRIMARY KEY,
    "channel_id" VARCHAR(36) NOT NULL,
    "author_id" VARCHAR(36) NOT NULL,
    "body" TEXT NOT NULL,
    "digest" VARCHAR(32) NOT NULL,
    "created_at" VARCHAR(24) NOT NULL,
    "position" BIGINT,
    "number" BIGINT,
    CONSTRAINT "uid_messages_channel_937e6d" UNIQUE ("channel_id", "position")
);
CREATE TABLE "tombstones" (
    "id" VARCHAR(36) NOT NULL PRIMARY KEY,
    "digest" VARCHAR(32) NOT NULL
);
CREATE TABLE "bans" (
    "id" VARCHAR(36) NOT NULL PRIMARY KEY,
    "user_id" VARCHAR(36) NOT NULL UNIQUE,
    "reason" VARCHAR(500) NOT NULL,
    "banned_by" VARCHAR(36) NOT NULL,
    "until" VARCHAR(24),
    "created_at" VARCHAR(24) NOT NULL
);
CREATE TABLE "refresh_tokens" (
    "fingerprint" VARCHAR(64) NOT NULL PRIMARY KEY,
    "session_id" VARCHAR(36) NOT NULL,
    "parent" VARCHAR(64) NOT NULL
);
CREATE INDEX "idx_refresh_tok_session_11127b" ON "refresh_tokens" ("session_id");
CREATE TABLE "sessions" (
    "id" VARCHAR(36) NOT NULL PRIMARY KEY,
    "user_id" VARCHAR(36) NOT NULL,
    "user_agent" VARCHAR(255),
    "last_used" VARCHAR(64) NOT NULL,
    "created_at" VARCHAR(24) NOT NULL,
    "last_seen_at" VARCHAR(24) NOT NULL,
    "expires_at" VARCHAR(24) NOT NULL
);
CREATE INDEX "idx_sessions_user_id_80072d" ON "sessions" ("user_id");
CREATE INDEX "idx_sessions_expires_6bcc94" ON "sessions" ("expires_at");
CREATE TABLE "aerich" (
    "id" {serial},
    "version" VARCHAR(255) NOT NULL,
    "app" VARCHAR(100) NOT NULL,
    "content" {json} NOT NULL
);
INSERT INTO "log_head" ("id", "life", "position") VALUES (1, '{life}', 0);
"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    """There is nothing before the first schema."""
    raise NotImplementedError("the first schema has no predecessor")


MODELS_STATE = (
    "eJztXW1v2zYQ/iuEv7QDvCCx89Z+S4puy9AmQJu9AG2h0BJta5FITaSTGFv/+3iUZFuvFR"
    "3JVjl9s8k7Un5IHe8eHul/Bj5ziMcPfuMkHLxG/wwo9on8kCofogEOgnUpFAg88ZTgQkqo"
    "EjzhIsS2kIVT7HEiixzC7dANhMsoiF6gQMoy+oIjbNtsQcUBupszn9whlyMxJ0i29UBC+R"
    "EL5ArkuQ+EI0aHiC48D00ZVLlQQg6gS4fZsk+XzlppfUHdvxfEEmxGpDbA8+mLLHapQ54I"
    "T74G99bUJZ6TQs91oAFVbolloMrezHH4k5KEJ59YNvMWPl1LB0sxZ3QlLn8YlM4IJSEWxN"
    "mAFR43hj8pip5VFohwQVYP6awLHDLFCw8GB7SjJ1iXDSzr+ubW+vj21rIGuYFLNDbQjots"
    "RmHQXSq4+v0+frI8QmdiLr+OT79G/axxiKSgw98vPrz55eLDy/HpD9AhkzMnmk/Xcc1IVX"
    "1VTWCBo0YU6muYYe6pzxpgb+o0A3lSsMZ8Pf93D/qoDuijctBHEeh5kK17stwG6ETPuPk9"
    "OjmpgbWUKgVb1aXRdlweeHhp6U7rrJ6BU/v8sAbc54elaENVGmxOcGjPiyf2LXkSxVCntY"
    "wAugLY27d/3kLLPud/e5uAvnx/8afC2l/GNe9urn9OxDcG4M27m8sM8MTHrqczvVcKW8Ed"
    "24iuoJ01I8e1zMhxhRk5zs5shZeuxU4pNQJ0p6x1CzCHzNOy0om8EUYjje+rGui+KsX2VR"
    "bZAHP+yELHmmM+14E4p2iixWjB8eBELAJttNNaptmM0zom47TcYpzmDEaEl4xN9Za/jJqB"
    "U7qWca6wzTmkJ5hS4uhDndXrsf421sCy6GCcyBuIbRum2Q4JwGFhoQNyWstAj6OZeQwc3v"
    "R+g16Cggm27x+xdCJyNWzEymTzVf7Iz5ZgimcKOPiF8Pwx0SrHUdodb1DAwSZVwyoa1o6E"
    "ajOxEtkHEnIMJQfoAskGiZwHQH6+4Chkj4gLvORDRHypRZwh4ixhTjlyHeBUKQE6dcGlGp"
    "7JQSriZFvr59vs7KfBvfwGsh7mwgoYd9Xv/9LTtvulbZNhqQt0Im+gDTurgfVZKdRn2ZVC"
    "lzV8FlvY6YW4ebJQsMC1dcBdKZiH7uikDrxSqsLN+c7Z2MGgJaR3zcUG2A31CJZI3rRg/2"
    "xcxxaPy43xOL+XMyNcy2dfaxi41jW/NZmEOBMtmjutZSLQDXlwfQS6cyYlDo80gU5rGehu"
    "9IzV98VYqYCbLvwJKXAtLt3ZFS3x5jKKGbjlL2jLZhy2BfYMnuDHV6PReHw2Ohyfnp8cn5"
    "2dnB+eS1n1uPmqqqDw8urnq+uMVwcFBfivCA/9EdhU7cdguzHwCcxiS2Ui5oegFP+smjHw"
    "j46Oz47Px6fHK9RXJVVgR8B2hKV9rwaHz91gUEDUbtQOq7hafyVXm66FZLoXHAUetglyKc"
    "IoJnyLONdq4QLi9FNCH1sRpwkNwMcvOUY1qRmiTRUplm3iL+bCNtqmIUm12vOv++Nf0yNV"
    "25tPaRnozTcfNm28LTpZsz3E9SHuM7DaysCKLbheJJpSMhDj5iPRgoWyvrNeoGyMv7hjdz"
    "0k2NkqZM0o9vg/A//t3oKc6lZj0DWWZmej0JHY6h2b/SIHclAQWCVVw6qoymMza55IfTOk"
    "uqEEsk9eq4OBydxBM/eBUAQUyBBh6qhKeBbEptHZQPCpJ5hD7ornTgtOITbYbsPnD0tfn0"
    "Jvc0u7td84qgGiYVgRN8HI6DhDibyBftBRHUf+qNyRP8o58tuZ/v14Pr3Zb9Tsy/K30j6K"
    "EtO/qq40/wREavJpYKSV/AG6EmjO5HMi1+HDONNQkCcRGXD4BBmI4GGgx7m04VCqVKFYPo"
    "Q07CFxiteB5rt4xpLQlferCyvETlzbPv+xTjxdK4+sIo0sl0Wmx1f0REUZsDmiQlpUpstm"
    "buqYt3XeQp7Nvpj5/xnOfDH5i9hCE+e0Vo9zMc4d8SvfE86xWu4L9mmjqkp/0o+EanqUf8"
    "CJFc58MmHOEnHsOgfoLnGe7lTMfxdxhPJLSGJCYOXuydYplx0AV0Cow/P+ZBsd1NgJTh+a"
    "6a8+2rHF6vdw975U4IUESdvv2VTqYa4BM5i1PMLlxz4SeSPA3fWRj/5gwo4OJvT58i0HpX"
    "titbrmxu9lx3abzfJn7pP/b3HvSFB1y3wZCjFaGFatK4dVgZVIxGqGVrcyfHEd2CnFKA7K"
    "ZFzDuNpnBYp8JttaXxtAGQqJCJdoAkPH4aJX+O35iKrBdvubYrvhTpaHS73H04LH0xGjdI"
    "lpkTmC4kpDNMG0dv69lIVM+ikLbfIaLi9RRgKrVHskrQNwLD7jcOW0uhD7YPMaqTtpOQLp"
    "2nF1pwmhBduFrfTQm6Wum6UuJIgbCHgqq5AXRQcVCeIrDQPt/slhnf1WKVUKsaorvGlP7x"
    "B+SslApFs4TKJ7k2F/haEGkdAzNubfsfeBTEPC57fsnhR6jKn6StcxjCSlayVFazuRsRZS"
    "WkjlgUXbdGwhonOaXMahsEWnIk4uX18v+peSIZos0VQOGwkDOXqiyIFssPXP9DO9EsiWLu"
    "mERBfvuVOIeFd/pKIaesHRnTouDhJ36CVUSZ/6EXpmAnnSW/0BsTDS/UxtSHiehsyPHgD+"
    "ZgVd0CVi4JxCLzIMl+pRrXhkKMChcAlX2XOb/T7Xud34qTove0bNOO+rqduOy93dePx00y"
    "5SWm0ZWZO8XvniEL25vdYwcBFrZmJ3ZBH7GL0NRetXUlW5dMVvU+1Fi7sz+qNcPhhVpIRD"
    "HlxbGu631JEDAGtCdPlQtDCE7LFoadqqjZ696IZZ6TZ7YbYhV3BJO6BnzNNaBkZ/rV1ZBY"
    "6sDtIppX7lrPEHGH2cvSNCQ01NTgjVhDqr14NdA2zyFLgy+NaEOq1l3npoFHl0QULXng8K"
    "3O64ptLrxmuZb/nc5WB37UB4PLO66w+3fB4c/tiiMPes/JXfUDHRsLbhmMFLpYFwLG4guk"
    "e1Nu+OKjbvjvKbd7JHURhe/Prx5rrEGVurZFB2XFugf5Hn8u/x6H0FuAAGtFyehZ1NuB6q"
    "LFMxC1UrqoHLfS9mX/8Dc9wylg=="
)
