"""What files need: the files, their versions, what refers to them, and what is under way."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    """The new tables and columns, the same on both engines."""
    return """
ALTER TABLE "users" ADD COLUMN "avatar" VARCHAR(64);
ALTER TABLE "channels" ADD COLUMN "link_number" BIGINT NOT NULL DEFAULT 0;
CREATE INDEX "idx_users_avatar_7db6ec" ON "users" ("avatar");
CREATE TABLE "loose_blobs" (
    "sha256" VARCHAR(64) NOT NULL PRIMARY KEY
);
CREATE TABLE "files" (
    "id" VARCHAR(36) NOT NULL PRIMARY KEY,
    "channel_id" VARCHAR(36) NOT NULL,
    "uploader_id" VARCHAR(36) NOT NULL,
    "current_id" VARCHAR(36) NOT NULL,
    "created_at" VARCHAR(24) NOT NULL
);
CREATE INDEX "idx_files_channel_0c79cc" ON "files" ("channel_id", "created_at", "id");
CREATE INDEX "idx_files_uploade_180b3e" ON "files" ("uploader_id", "id");
CREATE TABLE "file_versions" (
    "id" VARCHAR(36) NOT NULL PRIMARY KEY,
    "file_id" VARCHAR(36) NOT NULL,
    "number" INT NOT NULL,
    "parents" TEXT NOT NULL,
    "author_id" VARCHAR(36) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "content_type" VARCHAR(100) NOT NULL,
    "size" BIGINT NOT NULL,
    "sha256" VARCHAR(64) NOT NULL,
    "status" VARCHAR(11) NOT NULL,
    "width" INT,
    "height" INT,
    "thumbnail" VARCHAR(64),
    "created_at" VARCHAR(24) NOT NULL,
    "digest" VARCHAR(32) NOT NULL,
    CONSTRAINT "uid_file_versio_file_id_3c558c" UNIQUE ("file_id", "number")
);
CREATE INDEX "idx_file_versio_sha256_1e7831" ON "file_versions" ("sha256");
CREATE INDEX "idx_file_versio_thumbna_94173a" ON "file_versions" ("thumbnail");
CREATE INDEX "idx_file_versio_author__aa7598" ON "file_versions" ("author_id", "size");
CREATE INDEX "idx_file_versio_status_c22563" ON "file_versions" ("status", "id");
CREATE TABLE "message_files" (
    "id" VARCHAR(36) NOT NULL PRIMARY KEY,
    "message_id" VARCHAR(36) NOT NULL,
    "file_id" VARCHAR(36) NOT NULL,
    "place" INT NOT NULL,
    CONSTRAINT "uid_message_fil_message_88693b" UNIQUE ("message_id", "file_id")
);
CREATE INDEX "idx_message_fil_file_id_ff5467" ON "message_files" ("file_id");
CREATE TABLE "uploads" (
    "id" VARCHAR(36) NOT NULL PRIMARY KEY,
    "user_id" VARCHAR(36) NOT NULL,
    "size" BIGINT NOT NULL,
    "about" TEXT NOT NULL,
    "file_id" VARCHAR(36),
    "expires_at" VARCHAR(24) NOT NULL
);
CREATE INDEX "idx_uploads_user_id_5f0659" ON "uploads" ("user_id", "file_id");
CREATE INDEX "idx_uploads_expires_efc0fa" ON "uploads" ("expires_at");
"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    """A copy was put into the backups before."""
    raise NotImplementedError("put the copy back that was made before the upgrade")


MODELS_STATE = (
    "eJztXVtz2ziy/isov2S2SuuK70nmyUlld7PlJKcm3kvVzJQMkZCEMUVwCcgazZ7574sGLy"
    "LFiwGZlCgM3myiG6Q+gt2NvuG/Jwvmk4Cf/oOT+OQd+u9JiBdE/lG6PkInOIo2V+GCwJNA"
    "ES4lhbqCJ1zE2BPy4hQHnMhLPuFeTCNBWQiktyiStCx8xRH2PLYMxSl6mLMFeUCUIzEnSM"
    "71RGL5JxaIChTQJ8IRC0coXAYBmjIYonCFnMItfebJe9Jw1svsy5D+Z0nGgs2I5AZ4fvxZ"
    "XqahT34lPPs3ehxPKQn8EnrUhwnU9bFYR+rahzmO/6Io4cknY48Fy0W4oY7WYs7CnFz+ML"
    "g6IyGJsSB+AVZ43BT+7FLyrPKCiJckf0h/c8EnU7wM4OUAd/IEm2sn4/GXr/fjbx/vx+OT"
    "yovLOApop5c8FsJLp6Hg6vcv8K/jgIQzMZf/Xlz/ntxng0NCBTf85+0PH/52+8N3F9d/gh"
    "syuXKS9fQlHTlXQ7+rKbDAySQK9Q3MsPbU3wZgF3m6gTy7sMF8s/73D/q5DujnzaCfJ6BX"
    "QR4/kvUuQGd81q3v86srDawlVSPYaqyMtk95FOD12HRZb/NZuLTfvNaA+83rRrRhqAw2Jz"
    "j25vUL+578KuqhLnNZAXQLsPcf/30PMy84/09QBPS7z7f/Vlgv1unI3dcvf83ICy/gw93X"
    "91vAkwWmgcnyzhl2gjuVEUNBe1uMXGqJkcsWMXK5vbIVXqYSu8TUCdCDktY9wByzwEhKZ/"
    "RWCI0yvm810H3biO3bbWQjzPmKxf54jvncBOIKo40SowfDgxOxjIzRLnPZJjOudUTGdbPE"
    "uK4IjAQvuTc1U39bbBYuaS3h3CKbK0hPcBgS3xzqbT6H9fNYg5fFBOOM3kJs+xDNXkwAjj"
    "EWJiCXuSy0OLpfx1xgseRjIbd+RtK5zGbfqj57rbP1llSNWKuxMtiCLsj4NxYaSY4Sk31A"
    "d29wCCaiMSdSGNQs6WYfxxabDUjv28eRQChIVMX9PZ19CluRT9m2cJc/pS+p/bqv9T2DJ/"
    "jz2/Pzi4ub89cX12+uLm9urt68fiNp1eNWh25aXtX7T3/99GULfbiwbWbLx/DHU+wJFhvq"
    "zTpeG9Z/38oTP2GBYxOkNxw94XvsO0eIL04fC6EvuDDB3uMKx3KFbo+wc9ZEWx1anC+2r+"
    "AQzxRu8Avh+dMg8G1E79kjCU9qAsT52KgtSIwjOhZAph0pVtRJqJbL3cKE+Wu0wD5RYVqM"
    "opjNYrw4RZ8ER9RPIrySlk0RlVc44VxOVRck7m5iFx8+hvjw2AzrAktfW6bjR3yDsGmY0o"
    "UnTcKTHouM0M0ZLIS34/jCVN6ZxFGcmtS6CG+xWSeTu9+AOudVj/b3UAzEpU/Fx1DE61oT"
    "cTPabiQCnZ59+E1abmIu0U6MsxXmyGchQZM1iulsrsw1jCDaOkIszfiTr8MjccgRDrMEwV"
    "fSoMNTItZVQ7GXOzxvMf54In83/Ei1lhcTSSQpilflF/Fzo12ZslQ+tDaHw4anG2/DYaXZ"
    "Ht0NzXanmaxzMq5VxpV8DPlnoA1uzmEhwN0neyZOL7MtU5HHOkdO91smvpz8QjxhCHKZy8"
    "H8LMzeHAL5gSHMZS773L7d44x9PyacGwmMDYt9CF/qJABcNsf/L6sp4URgGtQg3By+K7BY"
    "ofb2HbtbYM9kQafkVkBtcRzjjjFO3gdsclKzS90Mjto2qQGQjSeSTjuUAcRIMLSaU2+OQp"
    "ZsKxdY7iTJlMTvoOAsLUqTW8cJWwqgnhD0SCKhdpdzufsMGBew4wQWIveZdbGNHu/0gmAH"
    "n+Pzq2sjYyfncA62Bgfb9uZzIJ+Y/IC8x7rPKxlo/bQmQKL5VX2VCzkv91xRrlY7LOY5wT"
    "GaxmyBMKx/Ele/E0PempX/YzFMpB6b+PDfzy7+5+J/Q1bn3Zv/hdVvgHKZywGts591cRTr"
    "4ygfEu9Dnf7Mhlo1aOq90LZMJbJPUhFiuHKKbpGckMh1AGaiVI0xWyEu8JqPEFlILuKPEG"
    "dZ+4QsOyYk0FNBik0f4Zl8SXV2aW/30QmoPMr/gDbAXIwjxqn6/c0xFKeb96Kbs9eiC3RG"
    "b6EMawtAZVjfNEJ9c9CcnEH74rpPyREsokauoZzBPnTPr3TglVQttU5H3pLh5KQnpPft8I"
    "wwNUrdzuhtq/i9udCRxRfNwvii2tBlRriRzb7hsFDXdR+yzrY4E6NeF2UuG4F2O9Bj2oGW"
    "A35qe2QIdJnLQnPDla0fV9m62nDvkpG4xeiKIHcrgiw7PMzfQJHVvYPd3sGCwCoeq1zg6i"
    "toxH+bzRr4z88uby7fXFxf5qjnV9rArgIbLeOZVHa7iJcKqzXo7lvA0PBxNwFfZnT46+M/"
    "kEjFZyWg+JxGJzXBisLoqC1escjptEMWEJ99xVEUYI8gGiKM0qBHXdyhnbg2sF9OAM2iwd"
    "uB/VICQIFF1WqUp/iFUegnVVSmpVldDOJwMYiD5QgPe0fbvevAJWL0DrFrRdpXqXAqwc28"
    "MSUmCzHu3htToyj1LcoaZmdV7mbVxwTvtq/aYnT4vwD/WW1fvGfRn9V3xnPYm2C/mwSqsO"
    "70DobmJT7IWwiZoFPqqXQxo8KyCuMeMwFu7+5O9qJ5z/R6cba04hxQxuNHaPlQ40H4mLWC"
    "aPEdcC7nHBNJaVA0AHmI8t+kfUM6x6bFA0xG/O/VaVF5rQwMcBIKVRwDIynbK47YKkTUry"
    "8x6O1OOkmPGTrJBiqxQp3H4blPq3+PQ/m96MJd5rJwN9FDXQLzjTLIMnorwN139pjrd2Jf"
    "LcIdm/1NmrR1yjkbatXPAZuN5xmVlmqO2eqd0nqZFY1m9ImECILRI4RDXw3Cs4BOVUc1gp"
    "ydYA4KMqDTmprYDuftuN1n40aiVsgfcS+mF4Z8m3UpvBkTuZPRWyh5znT051mz/jyr6M/d"
    "NsGH8b9ZsQEejtiX1z9K+Vi7LysOt4p/AiQG+zJFD12X0ZzJ55R7HT5Ka77gXI1EgMNfUA"
    "sGvha0mqs+zikrXJYPIQV7TBo2ZN3f4gUqYSjf1xA0xIG79blKtI0Fq1XR01LQU6nncVuD"
    "/lohDrFTn1VOBNdD7g/fEtEqnPGiPg+5zeTY8LiA1hHa83+h6qEqhry63mrBTyWFpgFf0y"
    "x7GQUM+8SHvkp52uVIJWFyJJ92ncVHOEpiHTFBOK7x4HQ8t07wpCzAywVsWZJn+gyZNnWx"
    "lX1JM5fNeXA1srX2tTM6y2wOah0LdBnHJDS1jMpcDmhX3OxCWqnN88/EMmgyibLhZy2jcW"
    "Zi6Ls44ZhgkqSDwAyn6F9Jhytl0yRH0EHvSWjXOiFoGT6GkPQB1ss7oILrXNAgQJ40iepd"
    "nN3forZIRgGQCJfskJKKEZX2cFXGkphLqhDTID3MZCm/k0wNcPobSS4nxyg7a2oY1lThHe"
    "tiXWCxUBT2cHheQ5L13o7qOTS+XdcE4zgLOumm/RRYrFiye8/8KYpybTd0kckK2N0xm/uz"
    "SPtoVSLvKGDDpIAysf+3+CzE++y1Xr55W8J5tcsfGH0VnNvc0BmHTYpvz2UVhz+H4dCw93"
    "zU6WYDow1wzmEhwGdnOoLjrFlunG0DvKK+nFnfXs7pLQpddWYtzwmcY2qA5obBwVmFc+Pj"
    "MPj+S0z2RbDdadJH5aZ1bWt7bls7ED/456ScrCk1oDg80inBNMgUuFV+6SSUv6mKVEeNcS"
    "RYXROn5xlqfdTblXaJa7Lqpy6NOIezK40cmuTp3JnkPPu9Q6w6zhmY1jm9Te6NF5nWA1GV"
    "n8InKmq1ZDrSqiCpotFVjSFS9Kp7RSm1DbF4hFZUroylgGYBIxiFshRO4qe6Ew5fNtVLU+"
    "Q8CUSLOlXDJsZ7Sm+fSu3oKIQBZsQNelfaX/KQO4LCZWnZsf0nv0Y0JtwQ6DKXA1oDaJh+"
    "yUlN1KC5OXyBxXliq55YQzhfBOVOy/VYeuzH5Ik9GkvbMpd95oNVKbGfSSga0mGzoVG7Cz"
    "DMm+3p1QlBo6WR3IZATX28Tv6DO/tJg/bUn1NfB2TAq+ETbG7uXt8EflTOdnW+QucrHJho"
    "sqgC+o8GtOuQ33/1s8tV3QfMu7QOf2Fi+9DsxT9akXkaMa63IpOhZ6xIRaRpRaqaJp6ag4"
    "hj6p+ih6wz0oNq6PeQLKgHKPtOu/3lvZzk7CGXNwDXOAl9XjU1+7iBxmFDeXOnqkEq5qq9"
    "+DYdVE2V/yuLq9KEzl51pemHF41Ox9sAs+uuvMcaK5eKt6cT5F1Uqedgx4GaXv5htwduW3"
    "Z43GMSBWtp9xvaJFts9oVRujdKSpsk/QqM4s7KofwsysnCbDjQvP2ArBKjNeHWPcuT5OAg"
    "08SMIpN9q7yH/BcJmKEkKbDYh3D3csQnATFfyGUu+3C2Krngni0mXMCRlDWO4c3gqM01LD"
    "IyTefw/Zwg6pcPXVvNGVfHwEAH/5nKeuYsKSkKGYqJiNdoAi+JQxMs+O1Vn3CH83Z8kIxz"
    "13burnUel749Li4xvbeFPRDh/x7XZpXB5VaBP8G62WS3UqRCoQuastgj79QxmiCMMYLMCC"
    "SlsDpCk3Fxih7gEj+dwALyx3ILQoMHKaEjggUIZw6Burri0x7u4MT/EL6SNvE/hFwcCwEv"
    "HbPN67zAbe6wjMNC/Xql1WLrqqXF1lW1xVYqiMxKkkpMFiLdQ94eCHojSZEx2Ge/dO+GcZ"
    "E5+70En5f1BdbqequpuFjqF1cri+0VR5xKFD2SFAykG4rvc8OOYG9eMutqTMLdJ9LIAWuq"
    "SXAmoUvgGqAgcnnwRwgxiE1Tw7DI40Aenl04bHidYXhUQA/EMPw/WutBhMutZmFE9T2IWS"
    "hHBW0oR3P5ZGgZgcNvU2QKNh548FJ1XmcU7jyPebMd+fPCfA0XShqbk/yHUy3pbEZnM/bQ"
    "bY3u4OoqMTmY9WE2U7klJgthtkrj/kCSsrU6tZuPtereOKUyKeVLo2kB5gL51Ed4kjanQ2"
    "TBfqHgRoF/Un30DmEfzn6lQnWCEIw9Nmdt9DC/QWMJ+ae6Q01BX4HE9Z49vKoejoU0KOHm"
    "3DtHCHEicgwAzhkshLf7EwjMzB9n97TaPSXzMiac1BUVfFvgIGiuDtuw2dQ8+eL85jqvI4"
    "B/2ioHvn2+vbsbVEeIO8ol4v9i8ZYnojLaak0Gim68koTaHh0gBsMNo2geY566ZOaYl44P"
    "iFgsZ67z5BjzvyCfK7mD0XYq57DOyrvUyoK5bMmCucyyYJoNPT5nK6PEo5zBQhne2dF+Ax"
    "E6P6jPsk7gpCOtwib5qA07Gb7iicBQQgImlYuBxRzJZbMMfBTA7rF4cklzX8OdZtLYjKay"
    "qqHT4eYAunJsxG1K92W4u03pwXdMzlHvuvPYBHNR5BsAvcXmoHaZ7MPIZHfNpvbXbMol1u"
    "zJ3eUOiy4B/FYD37eN8L7dRlfaZn5gnBNQ5rKvQKN7/ZchZiYuylz24dy9tAiZMPITZvT2"
    "YduZiTEYp5XHIEHwAxxzV+u6KoyP2h1YCeUYTszT9pcD8QhN1mgq3wGJI/kqxCjxQkmFE/"
    "ocshYZVLpALiPUs0CyBJumpwbKd+XLyT3B6s4h7Hr2F/jaCw9g8iFtsVnnxuoqQDrsauqq"
    "BDt2x+FgpNc0Jnx+zx5JQ9ZYYfwZ6aUo5bctSbWlV8qFFJfKtE67sUOKlyrN44RzdQpqIn"
    "NoEKBAUvBtqVQnvTqc/afwp/CTQB4O0YRAQpqP6BQSyyhPZZ2a6BVHD5CoBge8+Q/oOxjC"
    "IV/BnZlAAePiTxCdVLw/hZ5EG01jtkgeQMrOU3QbrhED6Qh3QQsi2ZNRsWIowrGghKM5C/"
    "zifZ10PVLpmr4/QwFb5nIyViP5Gce1ySktofqcw8LtejcLeyBK7FvyNdTpr2yoVXWlX5O2"
    "0uJ0Fv5Z2b3K2vXJE/Wk4P4Y+vIFgE5IuhwmiiFmqzrVtNMcrvXQMMSKM5YPnIEs5YCZMC"
    "9z2edVOb+60nFZXV01+6xgrAx1bsiaIF1icppTIyPZhWz25IRVS5MTEhpCvc3nwD7yE+gP"
    "pw97iEN6LDIKLeQM9mnBDoKQA9nS/CMKGK7NvU9HWjc0S0VjUsNJOZoQ2HkkrMQH/1d2hO"
    "L3ahMyWcN2BM5LVJ4zP8ZTkXj6JTM8ZEP5ZmdT67RaKNnfQdJXAc5VLMgVlxfr9kjDElvd"
    "b5I4/a1GJ7Sd7pJx2FSDteeTXVRdehX15kS3nMGKNb3vTLdMvhuIkQKLfcZPD5XIAzbhj3"
    "6vNBBD85bE1JvXGZrpSKuhiTc0z9mZzWB37NVuVHG1H36Ngku/8uHaa4l2Oz+7vLl8c3F9"
    "mSu1/EqbLsv0VrN99kTiLGai+80XWGz84PtwrsJHZYBwSm4hup1VsZZ8qiwUtSGCv3/7+q"
    "XBobph2ULZp55A/4+gmv0I0W4BF8Bot8u2TbCROs5XzGI1i5rg/aGV2e//A+K3vWE="
)
