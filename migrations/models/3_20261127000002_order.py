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
    "eJztXVtz2zYW/isYvaSdUT22LF+SPjmZbJsdJ9lJvNvOtB0ZIiEJNUWwBGRF281/XxyQlE"
        "iKpAmZlCgED56xAByQ/Aie+wH+7s2ZSzx+8m9Owt4r9HfPx3Mi/8m091EPB8GmFRoEHntq"
        "4EKOUC14zEWIHSEbJ9jjRDa5hDshDQRlPgy9QYEcy/wXHGHHYQtfnKD7GZuTe0Q5EjOC5F"
        "yPJJT/YoGoQB59JBwxv4/8heehCYMuCi3kBC7pMkdek/rTVmZf+PSvBRkJNiWSGuD57Q/Z"
        "TH2XfCE8+Rk8jCaUeG4GPerCBKp9JFaBanszw+E/1Ei48/HIYd5i7m9GBysxY/56uHwwaJ"
        "0Sn4RYEDcFK9xuDH/SFN2rbBDhgqxv0t00uGSCFx68HKCO7mDT1huNPny8G31+ezca9bZe"
        "XEKRQjtucpgPL536gqvnn+MvI4/4UzGTP88vv0bX2eAQjYIL/ufm05ufbz59d375PVyQyZ"
        "UTracPcc9AdX1VU2CBo0kU6huYYe2p/zXATtM0A3nSsMF8s/73D/qgDuiDctAHEejbII8e"
        "yGoXoBM649b34OKiBtZyVCnYqi+Ltkt54OHVSHdZ5+kMXNrXpzXgvj4tRRu6smBzgkNnVr"
        "yw78gXUQx1lsoIoCuAvXv76x3MPOf8Ly8N6Hfvb35VWM9Xcc/txw8/JcNTL+DN7cfXOeDJ"
        "HFNPZ3mvCXaCO+YRXUE7z0aGtdjIsIKNDPMrW+Gly7EzRI0A3Slu3QLMIfO0uHQy3gimkc"
        "X3ZQ10X5Zi+zKPbIA5X7LQHc0wn+lAvEVoIsdoQfHgRCwCbbSzVKbxjMs6LOOynGNcbjGM"
        "CC9pm+qJvxyZgUu6FnOu4M1bSI+x7xNXH+o8ncX6aazBy6KDcTLeQGzbYM1OSACOERY6IG"
        "epDNQ4ml/HXGCx4CMhTT8t7pwlM29Vn53WMb3lqFKsVV8WbEHnZPRf5mtxjgyReUA3r3AI"
        "JoIRJ5IZFCzpch9HjswEpPft44ggFCTYxv01nb7zK5GPyXK4y0dpi2uftrW+p3AHP7wcDM"
        "7Prwan55fXF8Orq4vr02s5Vt3udtdVxat6/e6ndx9y6ENDXs2Wt+GOJtgRLNSUm0W0Jqz/"
        "NoQnBMAmD6nYDDSMsfOwxNIC3+phA1Y2drtrPpjnW7CPpwo4eEK4/zhKeRPQO/ZA/F5BBH"
        "Pd16+KYuKAjgQMqx3KVKOjWCKX6uyYuSs0xy5RcUSMgpBNQzw/Qe8ER9SNQpByLJsgKls4"
        "4VxOVRTFbG5iG8A8hgDmSA/rFElbOv3xI75BWDeOZuNnOvEzhwVa6K4JDIS3YQf4RF6ZhE"
        "EY63x1Ec6RGceTm7eQrHflG1AQFy4Vb30RrgpVxE1vtZII4+rph5+l5iZmEu1IOVtijlzm"
        "EzReoZBOZ0pdwwjCgX3E4pQ0+TocEvocYT/JYHshFTo8IWK1rSi2coWnNcbfevK54SHVWp"
        "6P5aA/SrXIeMDWZ1Vl/25omjF+D8u79mj9lmuZepzNcrRKjpYWHZtPoTa4awoDAW4+9zDy"
        "wegZSGmalvw2JhlIfDH+kzhCE+QslYX5SZidGcSVPU2Ys1TmeSGbxxm7bkg412IYGxLzEB"
        "7WiUcPy8PRw+0MZSIw9QoQLo8mpUiMEHv7DiXNsaOzoOPhRkDdhvXfEaP0tcech16BPRp1"
        "9KtM0TEMqRmr+CitwnVp1JLyGfKZQIKhGcEhmoRsLu1BBvbetpWpSVtgP/6W9lir2yYu/P"
        "rDhiJsKKLLvKZ53SS1+jVQzlJZoOso29ala7xL901kGhXJz6SrUoLGplXteL9E9lEKQgwt"
        "J+gGyQmJXAdQLSxFY8iWiAu84n1E5pKKuH3EWVJqnATqfQL1x5JtughP5UsqCv+3dp06vt"
        "0H+QvGepiLUcA4Vc9f7uC1snkvsjl5LXWBTsYbyMOqvOMJ1lelUF8dND2g046C5rMDBAuo"
        "lt26JjAP3cFFHXjlqIq6gCMvX+71WkJ6396YANOCmGZVRSItimcefXXc1XkdXnxezozPtz"
        "c/mBKupbNvKAyUdc3H0xITZ6xVF56lMhFoa4EekwWajUYo80gT6CyVgeqGLfE8rhJPZXDv"
        "ki6VI7QFQ7sVDGUdHvpvIE1q38Fu72BOYBWPVFri9isoxT9PZgz8g7Ph1fD6/HK4Rn3dUg"
        "X2NrDBIpxKYbcLe9kiNQbdPSzujnjK36sPhM9o0Ctwlqd6+1X+8vl6XG2XOcQHX3AUeNgh"
        "iPoIo9jpXuT3rh5cGFjOZkcl0ch8YDkTgE6RyGH5Kf5kFPb+SDPzzKzWB344H/jBEui6bV"
        "E1b7raRIDWIbbbxrVVNRdzcD1vQIbIQIyb9wYUCMr6OmUBsdUqdzOZQoJ30+tzhBb/Z+A/"
        "LdzD6En0p8W7GFnsdbDfjQNtke70DrrmpTzIW/CZoBPqqHQlraqLLcI9RqJvbm97e5G8Z/"
        "X2TavYNq1DGXdvofq5wIPwNqmKrvAdcC7nHBE5UiNpHfLg5M+okjmeY1PtDJMR90d1sgcU"
        "Pq87OPEFmuHozI+Y7AVHbOkj6hanuLd2pTpJdwk6kQEVaaHW4/DUp9W+xyH7XmoX32SoDL"
        "QmWsiLZ65WBlMy3ghw9529ZDcDMC8X/pZNf5YqbZFwTroq5bPHpqNZMqqWaA7Z8pWSeokW"
        "jab0kfgIgqF9hH1XdcK9gExVx2oBnx1jDgLSo5OCA7wanLfhne9KDYlCJn/EG5U8M+RYLk"
        "vhzejwnWS8gZznrI78PCuXn2db8nM3I/gw/jcjDODusH3Z/lbyx0K7LN1dyf4JDNGwy9R4"
        "2IAUzZi8T2nr8H5ccwR7oEcMHP6DWiTwtaDlTG1pGpNCs7wJydhDUmKQNX+JZ4iErnxfXZ"
        "AQB97KylZCbTTYWhUlFQUlW/Uk1jRob5+wLm5jZZQTwW6w9M3vF2YUznhenAdbpXJsaGxA"
        "6wj1+Xf+IxWkV6DKxz2VWjxVY+omZ/pIjVfhN9jPZ51uiVjYR0sql89CQLSjD72b09MLUj"
        "efNVWdAEmWSWeLpBwJREWoRHXryIN4vHnhkoZqCTuYoNk1trWn0kJbw2lrOM0wj8iXgIaE"
        "awKdpbJA1wAapl9wUpCnU15dlSIxSKlsrLZKE85nQdnFpL/GgAzJI3vQ5rZZKvPUB6PC1O"
        "+JH6NRUIXmJ77yqjQyf50tWO8IDsgUUcdfQORgFf2CK7tRhVmcq1N8uIYGbWF1WjYRqLw6"
        "rbiKrV/jeA2bB9ag3mfzwA6vcNsSP1viZwjEeCFB0o75pIkszHWOd9z/CVNd0xe/NS/5+0"
        "iwFmuRUdcTWqQaVFOL/CVzDi/H1D1B90lqx73KSLyPFpT8EZI4XXGdjCJn93l06BMivsu3"
        "Vc02LlBjt4Ts5r4ZhVTMVH1Ufhxsl5D9lWVXdrfgjuirVo2yMt4kmG15yB7LQ+wWrHvagt"
        "VGlVoOdhwoa/ebNQ+sWXZ43EMSeCup92vqJDky88IozSslGSOpLs5Zy8qi/CTK0cIs2RG0"
        "eoePDKEx4dY985No5wPdxIw0kXmrvIX8FwmYJidJkZiHcPN8xO4Sb3xywR2bj7mAPbUKHM"
        "Obzn6Va1gkw2o6h+9mBE5cy+was5wxrurYoQRxqrKekwPafIZCIsIVGsNL4ogKBM++7RNu"
        "cN6GK+Gtu7Zxd631uLTtcbGJ6a0t7I4w/9e4MKsMmisZ/hjXzSa7kSwVCl3QhIUOeaX2AQ"
        "NmjNXG5UhyYbUHGOPiBN1DEz8ZwwJyR9IEod695NABwXBCp/wjfkHZeytXsOy/C19JFfvv"
        "Qi6OgYBn9gnlRV7gKndYQmGgfL04rbNvgBxVCrHqy4XoIkakV5KUITIQ6Rby9oDRa3GKhM"
        "A8/aV5N4yNzJnvJXi/KC6wVu2VquJ8Ub+4OjnMhlOJYu44mx/Xih3Bziyj1hWohLtP9IwT"
        "c6xKaBO4OsiIbB78EUIMbFNXMUzTWJC7pxd2G16rGB4V0B1RDP9FCz2I0FypFga0vgcxc7"
        "AA5Wgm7wwtAnD4bYpMQccDD17FUYk7z6O/2Y58vM3RWKmSxvIk/+5US1qd0eqMzcva+IvQ"
        "02gyRBbm+jDridwMkYEwGyVxP5GobK1I7K77KmVvGI/SKeWLo2lwngByqYvwON6cDpE5+5"
        "OCGwV+xPLoFcKuCzs+CLUThGDsoTxro4X5NTaWkP+qK1Sff2zPFTq8qO6OhtQp5mbdO0cI"
        "ccRyNABeExgI72Ud8XxZLp4vtzcOtzuyt1QcFhJOiooKPs+x55VXh23ITDoy5XxwdbmuI4"
        "AfVZUDn9/f3N52akeIW8ol4r+wMOeJ2Oqt1CY9NW60lANre3RgMChuGAWzEPPYJQMnQm4S"
        "d0MSsFAUHXSyA/1zTjFRV9Ayp9YUxml5w1pZMMOKLJhhkgVTrujxGVtqJR6tCQzk4We1ED"
        "+rQPzstEun4X5Sn2URw4l7KplN9FFr7mT4gkcMQzEJmFQuBhZyJJfNwnORB9ajMkGf3Ndw"
        "p5lqGKMxryrZ6ZALLBbqmbOxEWuU7ktxt0bpwS0m66i3u/OYBHOa5WsAnSOzUNtM9m5kst"
        "vNpva32ZRNrNmTu2ujedc2RdcUBgL8sga+L0vhfZlHV+pmrqedE5ClMq9Ao3n5lyCmxy6y"
        "VObh3Dy38JnQ8hMm483DtjEVozNOK4dBguAbOOau0HWV6u9XO7CikSM4Ma+2vxwG99F4hS"
        "byHZAwkK9C9CMvlBQ4Phz07SMGlS6Qywj1LJAswSbxqYHyXblycjgZt8ib3vDsz/C1p25A"
        "50PKkRnnxmoqQNrtauptDnbsjsPOcK9JSPjsjj2QkqyxVP8T3EuNlN+2HFqbe8VUSFGpTO"
        "t4N3ZI8VKleZxwrk5BjXgO9TzkyRE8z5WKuFeDs//u/+6/E8jBPhoTSEhzEZ1AYhnlMa9T"
        "E73g6B4S1eCAN/cefQdd2OdLuDITyGNcfA/RSUX7u+9ItNEkZPPoBiTvPEE3/gox4I5wFT"
        "QnkjzqFUuGAhwKSjiaMc9NX9dy1yPlrvH70z37O0NleWyN5GccFianVITq1xQGmuvNLOyO"
        "CLHP0ddQJL+SrkrRFX9NtYUWp1P/B6X3Km3XJY/UkYz7re/KFwAyIdrlMBIMIVsWiaad5r"
        "BbD3WDrVhl+cAZyJIP6DHzLJV5XpXBxUUdl9XFRbnPCvqyUK8VWR2kM0RWctbISLYhmz05"
        "YdXS5IT4mlDn6SzYR34C/eHkYQtxSIcFWqGFNYF5UrCBIGRHTJobElJn1iuwaOKeSoMGb8"
        "Y8Zc6UI92wsVFaAFKo+hbUfsQrr7umRlT4MTgbXg2vzy+H6+qPdUtVCUhyUES5afFIwsSU"
        "rfupp0hMlFlt6LzwUWkgHA83EN3Gigsyqi7zRaHl9s/PHz+U6LkbkhzKLnUE+h+CIqMjRL"
        "sCXAADZi5PDMvngPXVKWtiGqpZ1ASvDy3Mvv4fY0LnlA=="
)
