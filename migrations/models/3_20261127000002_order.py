"""What order in the house needs: the audit log, reports, mutes, API tokens, second factors."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

_ONLY_ADDED_TO = {
    "sqlite": """
CREATE TRIGGER "audit_is_not_changed" BEFORE UPDATE ON "audit"
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER "audit_is_not_deleted" BEFORE DELETE ON "audit"
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
""",
    "postgres": """
CREATE FUNCTION "audit_is_only_added_to"() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN RAISE EXCEPTION ''the audit log is only added to''; END';
CREATE TRIGGER "audit_is_kept" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit"
FOR EACH STATEMENT EXECUTE FUNCTION "audit_is_only_added_to"();
""",
}
"""Against mistakes of our own: who owns the database can take these away, but not the chain."""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """The new tables and columns; only what keeps the audit log differs between the engines."""
    return f"""
ALTER TABLE "users" ADD COLUMN "totp_secret" TEXT;
ALTER TABLE "users" ADD COLUMN "totp_step" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "users" ADD COLUMN "second_factor_at" VARCHAR(24);
ALTER TABLE "sessions" ADD COLUMN "scope" VARCHAR(9);
ALTER TABLE "channels" ADD COLUMN "purged_number" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "memberships" ADD COLUMN "read_gone" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "events" ADD COLUMN "amount" BIGINT;
CREATE TABLE "api_tokens" (
    "id" VARCHAR(36) NOT NULL PRIMARY KEY,
    "user_id" VARCHAR(36) NOT NULL,
    "name" VARCHAR(80) NOT NULL,
    "scope" VARCHAR(9) NOT NULL,
    "fingerprint" VARCHAR(64) NOT NULL UNIQUE,
    "created_at" VARCHAR(24) NOT NULL
);
CREATE INDEX "idx_api_tokens_user_id_26a191" ON "api_tokens" ("user_id");
CREATE TABLE "audit" (
    "number" BIGINT NOT NULL PRIMARY KEY,
    "at" VARCHAR(24) NOT NULL,
    "action" VARCHAR(32) NOT NULL,
    "actor_id" VARCHAR(36),
    "subject_id" VARCHAR(36),
    "channel_id" VARCHAR(36),
    "address" VARCHAR(45),
    "details" TEXT NOT NULL,
    "mac" VARCHAR(64) NOT NULL
);
CREATE INDEX "idx_audit_actor_i_60affe" ON "audit" ("actor_id");
CREATE INDEX "idx_audit_subject_697801" ON "audit" ("subject_id");
CREATE INDEX "idx_audit_action_8e604e" ON "audit" ("action", "number");
CREATE INDEX "idx_audit_action_e8ba73" ON "audit" ("action", "at");
CREATE TABLE "mutes" (
    "id" VARCHAR(36) NOT NULL PRIMARY KEY,
    "channel_id" VARCHAR(36) NOT NULL,
    "user_id" VARCHAR(36) NOT NULL,
    "muted_by" VARCHAR(36) NOT NULL,
    "until" VARCHAR(24) NOT NULL,
    "created_at" VARCHAR(24) NOT NULL,
    CONSTRAINT "uid_mutes_channel_5e7dec" UNIQUE ("channel_id", "user_id")
);
CREATE TABLE "listed_words" (
    "phrase" VARCHAR(400) NOT NULL PRIMARY KEY,
    "shown" VARCHAR(100) NOT NULL
);
CREATE TABLE "reports" (
    "id" VARCHAR(36) NOT NULL PRIMARY KEY,
    "message_id" VARCHAR(36) NOT NULL,
    "channel_id" VARCHAR(36) NOT NULL,
    "author_id" VARCHAR(36) NOT NULL,
    "reporter_id" VARCHAR(36) NOT NULL,
    "reason" VARCHAR(500) NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" VARCHAR(24) NOT NULL,
    "status" VARCHAR(9) NOT NULL,
    "handled_by" VARCHAR(36),
    "handled_at" VARCHAR(24),
    "note" VARCHAR(500),
    CONSTRAINT "uid_reports_message_d3ad22" UNIQUE ("message_id", "reporter_id")
);
CREATE INDEX "idx_reports_status_5370fb" ON "reports" ("status", "created_at", "id");
CREATE TABLE "recovery_codes" (
    "fingerprint" VARCHAR(64) NOT NULL PRIMARY KEY,
    "user_id" VARCHAR(36) NOT NULL
);
CREATE INDEX "idx_recovery_co_user_id_d439e4" ON "recovery_codes" ("user_id");
{_ONLY_ADDED_TO[db.capabilities.dialect]}"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    """A copy was put into the backups before."""
    raise NotImplementedError("put the copy back that was made before the upgrade")


MODELS_STATE = (
    "eJztXVtz2zYW/isYvaSdUT22LN/SJyfjbbPjJDuJd9uZtiNDJCShpgiWgKxou/nviwOSEk"
    "mRNCGTMoXgwTMWgAOSH8FzP8DfvTlziceP/s1J2HuN/u75eE7kP5n2PurhINi0QoPAY08N"
    "XMgRqgWPuQixI2TjBHucyCaXcCekgaDMh6HXKJBjmf+KI+w4bOGLI3Q/Y3NyjyhHYkaQnO"
    "uRhPJfLBAVyKOPhCPm95G/8Dw0YdBFoYUcwSVd5shrUn/ayuwLn/61ICPBpkRSAzy//SGb"
    "qe+SL4QnP4OH0YQSz82gR12YQLWPxCpQbW9nOPyHGgl3Ph45zFvM/c3oYCVmzF8Plw8GrV"
    "PikxAL4qZghduN4U+aonuVDSJckPVNupsGl0zwwoOXA9TRHWzaeqPRh493o883d6NRb+vF"
    "JRQptOMmh/nw0qkvuHr+Of4y8og/FTP58/T8a3SdDQ7RKLjgf64/vf35+tN3p+ffwwWZXD"
    "nRevoQ9wxU11c1BRY4mkShvoEZ1p76XwPsNE0zkCcNG8w363//oA/qgD4oB30Qgb4N8uiB"
    "rHYBOqEzbn0Pzs5qYC1HlYKt+rJou5QHHl6NdJd1ns7ApX15XAPuy+NStKErCzYnOHRmxQ"
    "v7jnwRxVBnqYwAugLYu5tf72DmOed/eWlAv3t//avCer6Ke24/fvgpGZ56AW9vP77JAU/m"
    "mHo6y3tNsBPcMY/oCtp5NjKsxUaGFWxkmF/ZCi9djp0hagToTnHrFmAOmafFpZPxRjCNLL"
    "5XNdC9KsX2Ko9sgDlfstAdzTCf6UC8RWgix2hB8eBELAJttLNUpvGM8zos47ycY5xvMYwI"
    "L2mb6om/HJmBS7oWc67gzVtIj7HvE1cf6jydxfpprMHLooNxMt5AbNtgzU5IAI4RFjogZ6"
    "kM1DiaX8dcYLHgIyFNPy3unCUzb1WfHNcxveWoUqxVXxZsQedk9F/ma3GODJF5QDevcAgm"
    "ghEnkhkULOlyH0eOzASk9+3jiCAUJNjG/Q2dvvMrkY/JcrjLR2mLax+3tb6ncAc/XA0Gp6"
    "cXg+PT88uz4cXF2eXxpRyrbne766LiVb1599O7Dzn0oSGvZsvbcEcT7AgWasrNIloT1n8b"
    "whMCYJOHVGwGGsbYeVhiaYFv9bABKxu73TUfzPMt2MdTBRw8Idx/HKW8DugdeyB+ryCCue"
    "7rV0UxcUBHAobVDmWq0VEskUt1dszcFZpjl6g4IkZByKYhnh+hd4Ij6kYhSDmWTRCVLZxw"
    "LqcqimI2N7ENYB5CAHOkh3WKpC2d/vAR3yCsG0ez8TOd+JnDAi101wQGwtuwA3wir0zCII"
    "x1vroI58iM48nNW0jWu/INKIgLl4obX4SrQhVx01utJMK4evrhZ6m5iZlEO1LOlpgjl/kE"
    "jVcopNOZUtcwgnBgH7E4JU2+DoeEPkfYTzLYXkmFDk+IWG0riq1c4WmN8beefG54SLWW52"
    "M5SI5It8ov4o9SvTIm2frQqiziDU0z5vDLcrM92sPleqcer7M8rpLHpYXJ5jOoDe6awkCA"
    "m89GjLwyeiZTmqYlT45JJhNfjP8kjtAEOUtlYX4SZmcGkWZPE+YslXl+yeZxxq4bEs61GM"
    "aGxDyEh3Ui1MPyAPVwO2eZCEy9AoTL40spEiPE3r6DS3Ps6CzoeLgRULfhD+iImfrGY85D"
    "r8BCjTr6VcbpGIbUjF58lHbiulhqSfkM+UwgwdCM4BBNQjaXFiIDC3Db7tSkLbAof0v7sN"
    "VtExd+/WGDEzY40WVe07xuklr9GihnqSzQdZRt6+Q13sn7NjKNiuRn0lUpQWPTqnYGgET2"
    "UQpCDC1H6BrJCYlcB1A/LEVjyJaIC7zifUTmkoq4fcRZUnychO59AhXJkm26CE/lSypKCG"
    "jtOnW8vQ/yF4z1MBejgHGqnr/cwWtl815kc/Ja6gKdjDeQh1V5xxOsL0qhvnjRhIFOOwqa"
    "zxcQLKBaduuawDx0B2d14JWjKioFDryguddrCel9e2MCTAtimlU1irQonnnw9XIXp3V48W"
    "k5Mz7d3g5hSriWzr6hMFDWNR9PS0ycsValeJbKRKCtBXpIFmg2GqHMI02gs1QGqhu26POw"
    "ij6Vwb1LulSO0JYQ7VZClHV46L+BNKl9B7u9gzmBVTxSiYrbr6AU/zyZMfAPToYXw8vT8+"
    "Ea9XVLFdjbwAaLcCqF3S7sZYvUGHT3sLg74il/rz4QPqNBr8BZnurtV/nL5+txtV3mEB98"
    "xVHgYYcg6iOMYqd7kd+7enBhYDmbHZVEI/OB5UwAOkWiEpmzU/zJKOwGkmbmmVmtD/zlfO"
    "AvlkDXbYuqedPVJgK0DrHdSK6tOrqYg+t5AzJEBmLcvDegQFDW1ykLiK1WuZvJFBK8m16f"
    "I7T4PwP/aeGuRk+iPy3e18hir4P9bhxoi3Snd9A1L+WLvAWfCTqhjkpX0qq62CLcYyT6+v"
    "a2txfJe1JvJ7WKjdQ6lHF3A/XQBR6Em6ROusJ3wLmcc0TkSI2kdciDkz+j2uZ4jk39M0xG"
    "3B/VWR9QCr3u4MQXaIajU0BislccsaWPqFuc4t7aleok3SXoRAZUpIVaj8NTn1b7Hofse6"
    "ldfJOhMtCaaCEvnrlaGUzJeCPA3Xf2kt0MwLxc+Fs2/VmqtEXCOemqlM8em45myahaojlk"
    "y9dK6iVaNJrSR+IjCIb2EfZd1Qn3AjJVHbQFfHaMOQhIj04KjvRqcN6G98IrNSQKmfwBb1"
    "TyzJBjuSyFN6PDd5LxBnKekzry86Rcfp5syc/djOCX8b8ZYQB3h+3L9hvJHwvtsnR3Jfsn"
    "METDLlPjYUtSNGPyPqWtw/txzRHsih4xcPgPapHA14KWM7XJaUwKzfImJGMPSYlB1vwlni"
    "ESuvJ9dUFCvPBWVrYSaqPB1qooqSgo2aonsaZBe/uEdXEbK6OcCHaDpW9+vzCjcMbz4jzY"
    "KpVjQ2MDWgeoz7/zH6kgvQJVPu6p1OKpGlM3OdNHarwKv8F+Put0S8TCPlpSuXwWAqIdfe"
    "jdnKdekLr5rKnqBEiyTDpbJOVIICpCJapbRx7E480LlzRUS9jBBM2usa09lRbaGk5bw2mG"
    "eUS+BDQkXBPoLJUFugbQMP2Ck4I8nfLqqhSJQUplY7VVmnA+C8ouJv01BmRIHtmDNrfNUp"
    "mnPhgVpn5P/BiNgio0f32iREUamb/OFqx3KAdkiqgDMSBysIp+wZXdqMIsztUpPm5Dg7aw"
    "Oi2bCFRenVZcxdbfHLhh88BsHlgHWZNBLtxvDWhb4te++3YhQdKO+aSJLMx1Dnzc/wlTXd"
    "MXvzUv+ftIsBZrkVHXE1qkGlRTi/wlczIvx9Q9QvdJase9yki8jxaU/BGSOF1xnYwiZ/d5"
    "dOgTIr7Lt1XNNi5QY7eE7Oa+GYVUzFR9VH4cbJeQ/ZVlV3a34I7oq1aNsjLeJJhtecgey0"
    "PsFqx72oLVRpVaDna8UNbuN2seWLPs5XEPSeCtpN6vqZPkyMwLozSvlGSMpLo4Zy0ri/KT"
    "KEcLs2RH0OodPjKExoRb98xPop0PdBMz0kTmrfIW8l8kYJqcJEViHsLN8xG7S7zxyQV3bD"
    "7mAvbUKnAMbzr7Va5hkQyr6Ry+mxE4cS2za8xyxriqY4cSxKnKek4OaPMZCokIV2gML4kj"
    "KhA8+7ZPuMF5G66Et+7axt211uPStsfFJqa3trA7wvzf4MKsMmiuZPhjXDeb7FqyVCh0QR"
    "MWOuS12gcMmDFWG5cjyYXVHmCMiyN0D038aAwLyB1JE4R695JDBwTDCZ3yj/gFZe+tXMGy"
    "/y58JVXsvwu5OAYCntknlBd5gavcYQmFgfL17LjOvgFyVCnEqi8XoosYkV5JUobIQKRbyN"
    "sDRq/FKRIC8/SX5t0wNjJnvpfg/aK4wFq1V6qK80X94urkMBtOJYq542x+XCt2BDuzjFpX"
    "oBLuPtEzTsyxKqFN4OogI7J58AcIMbBNXcUwTWNB7p5e2G14rWJ4UEB3RDH8Fy30IEJzpV"
    "oY0PoexMzBApSjmbwztAjA4bcpMgUdDzx4FUcl7jyP/mY78vE2R2OlShrLk/y7Uy1pdUar"
    "MzYva+MvQk+jyRBZmOvDrCdyM0QGwmyUxP1EorK1IrG77quUvWE8SqeUL46mwXkCyKUuwu"
    "N4czpE5uxPCm4U+BHLo9cIuy7s+CDUThCCsYfyrI0W5tfYWEL+q65Qff6xPVfo5UV1dzSk"
    "TjE36945QIgjlqMB8JrAQHjP64jn83LxfL69cbjdkb2l4rCQcFJUVPB5jj2vvDpsQ2bSkS"
    "mng4vzdR0B/KiqHPj8/vr2tlM7QtxSLhH/hYU5T8RWb6U26alxo6UcWNujA4NBccMomIWY"
    "xy4ZOBFyk7gbkoCFouigkx3on3OKibqCljm1pjBOyxvWyoIZVmTBDJMsmHJFj8/YUivxaE"
    "1gIA8/qYX4SQXiJ8ddOg33k/osixhO3FPJbKKPWnMnw1c8YhiKScCkcjGwkCO5bBaeizyw"
    "HpUJ+uS+hjvNVMMYjXlVyU6HXGCxUM+cjY1Yo3Rfirs1Sl/cYrKOers7j0kwp1m+BtA5Mg"
    "u1zWTvRia73Wxqf5tN2cSaPbm7Npp3bVN0TWEgwFc18L0qhfcqj67UzVxPOycgS2VegUbz"
    "8i9BTI9dZKnMw7l5buEzoeUnTMabh21jKkZnnFYOgwTBt3DMXaHrKtXfr3ZgRSNHcGJebX"
    "85DO6j8QpN5DsgYSBfhehHXigpcHw46NtHDCpdIJcR6lkgWYJN4lMD5bty5eRwMm6RN73h"
    "2Z/ha0/dgM6HlCMzzo3VVIC029XU2xzs0B2HneFek5Dw2R17ICVZY6n+J7iXGim/bTm0Nv"
    "eKqZCiUpnW8W7skOKlSvM44VydghrxHOp5yJMjeJ4rFXGvBmf/3f/dfyeQg300JpCQ5iI6"
    "gcQyymNepyZ6xdE9JKrBAW/uPfoOurDPl3BlJpDHuPgeopOK9nffkWijScjm0Q1I3nmErv"
    "0VYsAd4SpoTiR51CuWDAU4FJRwNGOem76u5a4Hyl3j96d79neGyvLYGsnPOCxMTqkI1a8p"
    "DDTXm1nYHRFin6OvoUh+JV2Voiv+mmoLLU6n/g9K71XarkseqSMZ943vyhcAMiHa5TASDC"
    "FbFommneawWw91g61YZfmFM5AlH9Bj5lkq87wqg7OzOi6rs7NynxX0ZaFeK7I6SGeIrOSs"
    "kZFsQzZ7csKqpckJ8TWhztNZsA/8BPqXk4ctxCEdFmiFFtYE5knBBoKQHTFprklInVmvwK"
    "KJeyoNGrwZ85Q5U450w8ZGaQFIoepbUPsRr7zumhpR4cfgZHgxvDw9H66rP9YtVSUgyUER"
    "5abFIwkTU7bup54iMVFmtaHzwkelgXA83EB0GysuyKi6zBeFlts/P3/8UKLnbkhyKLvUEe"
    "h/CIqMDhDtCnABDJi5PDEsnwPWV6esiWmoZlETvHlpYfb1/0WY7L8="
)
