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
    "eJztXW1v2zYQ/iuEv7QDvCCx4yTtt6TotgxtArTZVqAtFFqibS4SqYl0UqPrfx+PkmzLeq"
    "noWLHK6ZtN3pHyQ+p49/BIf+0F3CO+OPhDkKj3En3tMRwQ9SFT3kc9HIarUiiQeOxrwbmS"
    "0CV4LGSEXakKJ9gXRBV5RLgRDSXlDETPUahkOXsmEHZdPmfyAN3OeEBuERVIzghSbd2TSH"
    "3EElGJfHpPBOKsj9jc99GEQxWFEnIAXXrcVX1SNm2k9Tmj/8yJI/mUKG2A5+NnVUyZR74Q"
    "kX4N75wJJb6XQY960IAud+Qi1GWvZjj6RUvCk48dl/vzgK2kw4WccbYUVz8MSqeEkQhL4q"
    "3BCo+bwJ8Wxc+qCmQ0J8uH9FYFHpnguQ+DA9rxE6zKeo5zdX3jvH994zi93MClGmtoJ0Uu"
    "ZzDolEmhf3+Avzg+YVM5U1+HJ9/iflY4xFLQ4Z/n7179dv7u+fDkJ+iQq5kTz6erpGagq7"
    "7pJrDEcSMa9RXMMPf0ZwOw13V2A3lasMJ8Nf+fHvRBHdAH5aAPYtDzIDt3ZLEN0KmedfN7"
    "MBrVwFpJlYKt67Joe1SEPl44ptN6U8/CqX12WAPus8NStKEqC7YgOHJnphM7q2Uh0CeHdZ"
    "BWUqVQ67os1iTA1DeBeamwFcKJWWgnwIPRcS3LcVxhOY4LATadyxmlnQDdKgPdAMwR940M"
    "cypvoZ14UQPdF6XYvthENsRCPPDIc2ZYzEwgzinaaDEa8DUEkfPQGO2slm0246SOyTgptx"
    "gnOYMR46XCUbPlb0PNwildyzhX2OYc0mPMGPHMod7U67D+PtZArJhgnMpbiG0TptmNCMDh"
    "YGkCclbLQo9jN/MYaLvJ3RqjBAVj7N49YOVE5Gr4gJfJ5quCQbBZghmeauDgF8LzJ9yqGk"
    "dld/xeAe2aVvWrmFc3FqpNvipk70kkMJQcoHOkGiRqHgDf+UygiD8gIfFC9BEJlBbx+kjw"
    "lCwViHpAozICDOpcKDU8VYNURMM21s/3CdmPvTv1DWR9LKQTckH17//cMbX7ZWrTYakLdC"
    "pvoQ07rYH1aSnUp5srhSlR+CiCsNUL8e75QclD6pqAu1SwD93BqA68SqrCzfnBCdhe70mQ"
    "Pjqsxb+CWCnWceUmv0IjM1ollrctxD8d1rHAw3ITPMxv2kyJMPLUVxoWrnC734NMA5uxkZ"
    "3IatkI9I78ti7ufHL+JAmKDIHOalnoZHQ81Y/FU+kwm82DMSlwLS7o9JLJYpw3FDfgVr+g"
    "KZtx2BTYU3iCn18MBsPh6eBweHI2Oj49HZ0dnilZ/bj5qqpQ8OLy18urm+xQQEEB/kuaw3"
    "wE1lW7MdhuDAICs9jRKYf5ISjFf1PNGvgHR8enx2fDk+Ml6suSKrBjYFvCzb7VgyNmNOwV"
    "0LNrtf0qhjZYytUmaSFr7plAoY9dgihDGCU0bxHTWi1cQJd+TEljJ2YyoQH4+DnHo6Y1fb"
    "SuosQ2m/ibU9g8WzckmVY71nV/rGt2pGp78xktC7353YdNa2+LSXpsB3F9iLu8q6byrhIL"
    "bhaJZpQsxHj3kWjBQlnfWS9QtsZffGJ3PSLY2ypk3VDs8H8E/tu9BTnVrcagbSzNk41CS2"
    "KrN3z6mxrIXkFglVb1q6Iqn0+dWSr13ZDqmhHIOXmpTwCmcwdN6T1hCCiQPsLM05XwLIhP"
    "4kOA4FOPsYCMFZ9OCo4b7rDdHR80LH19Cr3NLe3WfuOoHRAN/Yq4CUbGxBlK5S30g47qOP"
    "JH5Y78Uc6R387078fz6cz+Ts2+Kn+t7KMsMf3L6krzT0CkJp8GRlrLH6BLiWZcPSeinugn"
    "+YWSfJGxAYdPkHcIHgZ6mCkbDqVaFYrVQyjDHhGveB3YfRePWBLa8n61YYV4Ete2y3qsE0"
    "/Xyh6rSB7LpTOZ8RUdUVEGbI6oUBaVm7KZ6zr2bZ03kGezL2b+f4azmI//Jq40xDmr1eFc"
    "jHNL/Mq3RAisl/uCfdq4qtKfDGKhmh7lX3BORfCAjLm3QAJT7wDdps7TrY75b2OOUH2JSE"
    "IILN091ToTqgPgCgjzRN6fbKKDGjvB2aMy3R1HT2yxuj3cvS8VeK5AMvZ71pU6mGvADGYt"
    "j/CNCo6LEU7lrQC3Asyb1x90fBkI8Y+/DuLzt+cfNL7BIql5c331ayq+BvqrN9cX3cGE/R"
    "xM6PLlGw5K98Rqtc2N38uO7Tab5Y/cJ//f4t6SoOqGByoU4qwwrFpV9qsCK5mK1QytblT4"
    "Qj3YKcUoCcpUXMOF3mcFinyq2lpdFsA4ioiMFmgMQyfgRlf47fmIaoftdlfCtsOdLA+XOo"
    "+nAY+nJUbpArMicwTFlYZojFnt/HslC5n0Ex655CVcWaKNBNap9khZB+BYAi7gbml98/XB"
    "+uVRt8pyhMq1E/omE8IKtgsb6aEzS203S21IELcQ8ExWoSiKDioSxJcaFtr9Ua0rJEYVN0"
    "iM8hdIJIbI7BB+RslCpBs4TGJ6f2F3caEBkdAxNvbfrPeOTCIiZjf8jhR6jJn6StcxiiWV"
    "a6VEazuRiRbSWkjngcXbdHwu43OaQsWhsEWnI06hXl8//juSPhov0EQNG4lCNXqyyIHcYe"
    "uf2Cd2KZGrXNIxia/boxOIeJf/mKIbeibQrT4uDhK36DlUKZ/6AXrmEvnKW/0J8SjW/cRc"
    "SHieRDyIHwD+TwWdswXi4JxCLyoMV+pxrXzgKMSRpETo7Ln1fh/r3K79VJOXfUPNOu9rV3"
    "ccl7u7yfiZpl1ktJoysjZ5verFIWZze6Vh4SK2m4ndkkXsffw2FK1faVXl0pW8TbUXLUGn"
    "7Ge1fHCmSQmP3FNXGe7XzFMDAGtCfPlQvDBE/KFoadqqjY69aIdZaTd7Ybch13ApO2BmzL"
    "NaFkZ/jV1ZBY6sCdIZpW7lrPG3F12c/USEhp6aghBmCPWmXgd2DbDJl5Cq4NsQ6qyWfeuh"
    "VeTROYmoO+sVuN1JTaXXjVcy3/O5y8Fu24HwZGa11x9u+Dw4/J1FYe5Z+Su/pmKjYW3CMY"
    "OXygDhRNxCdI/q3v9edf17zh/jTBaGF7+/v74qccZWKhsoe9SV6F/kU/EjHr2vABfAgJbL"
    "s7A3E677OstUTiPdim7gYt+L2bf/AHqCK0s="
)
