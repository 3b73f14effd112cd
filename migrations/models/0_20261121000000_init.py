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
    "search_key" VARCHAR(600) NOT NULL,
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
    "search_key" VARCHAR(1000) NOT NULL,
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
    "eJztXW1v2zYQ/iuEv7QDvCCx47z0W1J0W4Y2AdrsBWgLhZZom4tEaiKd1Nj638ejJNuyXi"
    "o6cqxy+maTd6T8kDrePTzS//QC7hFfHPwmSNR7hf7pMRwQ9SFT3kc9HIarUiiQeOxrwbmS"
    "0CV4LGSEXakKJ9gXRBV5RLgRDSXlDEQvUKhkOXshEHZdPmfyAN3NeEDuEBVIzghSbT2QSH"
    "3EElGJfPpABOKsj9jc99GEQxWFEnIAXXrcVX1SNt1J63NG/54TR/IpUdoAz8fPqpgyj3wh"
    "Iv0a3jsTSnwvgx71oAFd7shFqMtez3D0k5aEJx87LvfnAVtJhws542wprn4YlE4JIxGWxF"
    "uDFR43gT8tip9VFchoTpYP6a0KPDLBcx8GB7TjJ1iV9Rzn+ubW+fDm1nF6uYFLNdbQTopc"
    "zmDQKZNC//4Af3F8wqZypr4OT77G/axwiKWgw98v3r/+5eL9y+HJD9AhVzMnnk/XSc1AV3"
    "3VTWCJ40Y06iuYYe7pzwZgr+s0A3lasMJ8Nf+fH/RBHdAH5aAPYtDzIDv3ZLEN0KmedfP7"
    "vM78Pi+f3+cnm1B7VIQ+Xjimc3pTz8J5fXZYA+yzw1KwoSoLtiA4cmemszqrZSHQw+M6SC"
    "upchNynMOaBJj6JjAvFbZCOLEJ7QR4MDquAbCSKgVY1xUAbDqXM0qNAN0i67wTmCPuGxnm"
    "VN5CO3FeZ/ErX/s2kQ2xEI888pwZFjMTiHOKNlqMUa2pPKqYyqP88ifnoTHaWS3bbMZJHZ"
    "NxUm4xTnIGI8ZLxaJmy9+GmoVTupZxrrDNOaTHmDHimUO9qddh/W2sgVUxwTiVtxDbXZhm"
    "NyIAh4OlCchZLQs9jmbmMXB2k/s1OgkKxti9f8TKicjV8AEvk81XBYNgswQzPNXAwS+E50"
    "+IVTWOyu74vQLONa3qV9GubixUm3lVyD6QSGAoOUAXSDVI1DxASTsvBIr4IxISL0QfkUBp"
    "Eq+PBE/ZUoGoBzwqI0ChzoVSxVM1UEU87E77+jYr+7F3r76BrI+FdEIuqMbhc0fX7peuTY"
    "elLtCpvIW27LQG1qelUJ9urhimhOGTiMJWL8jN84SSh9Q1AXepYB+6g1EdeJVUhbvznROx"
    "vd6zIH10eFgHahArxTqu3ORZaGRGr8TytoX6p8M6FnhYboKH+c2bKRFGHvtKw8IVrvmNyD"
    "TAGRvZiayWjUA35Ld18eez8yhJYGQIdFbLQiej46u+L75Kh9lsHoxJgWtxSadXTBbjvKG4"
    "Abf6BbuyGYe7AnsKT/Dj+WAwHJ4ODocnZ6Pj09PR2eGZktWPm6+qCgUvr36+ur7NDgUUFO"
    "C/pDnMR2BdtRuD7cYgIDCLHZ13mB+CUvw31ayBf3B0fHp8Njw5XqK+LKkCOwa2JRztOz04"
    "YkbDXgFNu1bbr2Jqg6VcbbIWUudeCBT62CWIMoRT6rSIba0WLqBLP6bksRMzmdAAfPyc41"
    "HTmj5aV1Fim038xSlsoq0bkkyrHeu6P9Y1O1K1vfmMloXefPNh09rbYpIj20FcH+Iu/2pX"
    "+VeJBTeLRDNKFmLcfCRasFDWd9YLlK3xF5/ZXY8I9rYKWTcUO/yfgP92b0FOdasxaBtL82"
    "yj0JLY6i2f/qIGslcQWKVV/aqoyudTZ5ZKfTOkumEEck5e6WOA6dxBU/pAGAIKpI8w83Ql"
    "PAvik/gkIPjUYyyICq98Oik4c9hguw2fNix9fQq9zS3t1n7jqAaIhn5F3AQjY+IMpfIW+k"
    "FHdRz5o3JH/ijnyG9n+vfj+XRmv1Gzr8rfKPsoS0z/srrS/BMQqcmngZHW8gfoSqIZV8+J"
    "qCf6SX6hJF9kbMDhE+QdgoeBHmfKhkOpVoVi9RDKsEfEK14Hmu/iCUtCW96vNqwQz+Ladl"
    "mPdeLpWtljFcljuXQmM76iIyrKgM0RFcqiclM2c13Hvq3zHeTZ7IuZ/5/hLObjv4grDXHO"
    "anU4F+PcEr/yHREC6+W+YJ82rqr0J4NYqKZH+QecUxE8IGPuLZDA1DtAd6nzdKdj/ruYI1"
    "RfIpIQAkt3T7XOhOoAuALCPJH3J3fRQY2d4OxRme6io2e2WN0e7t6XCjxXIBn7PetKHcw1"
    "YAazlkf4VgXHxQin8laAWwHm7Zs/dXwZCPG3vw7iy3cXf2p8g0VS8/bm+udUfA30129vLr"
    "uDCfs5mNDly+84KN0Tq9U2N34vO7bbbJY/cZ/8f4t7S4KqWx6oUIizwrBqVdmvCqxkKlYz"
    "tLpV4Qv1YKcUoyQoU3ENF3qfFSjyqWprdVkA4ygiMlqgMQydgGtd4bfnI6oG2+3uhW2HO1"
    "keLnUezw48npYYpUvMiswRFFcaojFmtfPvlSxk0k945JJXcB+0NhJYp9ojZR2AYwm4gAum"
    "9fXXB+uXSN0pyxEq107om0wIK9gu3EkPnVlqu1lqQ4K4hYBnsgpFUXRQkSC+1LDQ7o9qXS"
    "ExqrhBYpS/QCIxRGaH8DNKFiK9g8MkpvcYdhcYGhAJHWNj/w1778kkImJ2y+9JoceYqa90"
    "HaNYUrlWSrS2E5loIa2FdB5YvE3H5zI+pylUHApbdDriFOr19eP/JOmj8QJN1LCRKFSjJ4"
    "scyAZb/8Q+sSuJXOWSjkl83R6dQMS7/NsU3dALge70cXGQuEMvoUr51I/QM5fIV97qD4hH"
    "se4n5kLC8yTiQfwA8Kcq6IItEAfnFHpRYbhSj2vlI0chjiQlQmfPrff7VOd27aeavOwbat"
    "Z5X03ddVzu7ibjZ5p2kdHalZG1yetVLw4xm9srDQsXsWYmdksWsQ/x21C0fqVVlUtX8jbV"
    "XrQEnbIf1fLBmSYlPPJAXWW43zBPDQCsCfHlQ/HCEPHHoqVpqzY69qIdZqXd7IXdhlzDpe"
    "yAmTHPalkY/e3syipwZE2Qzih1K2eNv7/o4uxnIjT01BSEMEOoN/U6sGuATb6EVAXfhlBn"
    "texbD60ijy5IRN1Zr8DtTmoqvW68kvmWz10OdtsOhCczq73+8I7Pg8NfWhTmnpW/8msqNh"
    "rWXThm8FIZIJyIW4juUd3736uuf8/5Y5zJwvDi1w831yXO2EplA2WPuhL9i3wqvsej9xXg"
    "AhjQcnkW9mbCdV9nmcpppFvRDVzuezH7+h+geC31"
)
