"""What calls need: the calls, who is in them, and the signals between peers."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    """The new tables and columns, the same on both engines."""
    return """
ALTER TABLE "log_head" ADD COLUMN "signals" BIGINT NOT NULL DEFAULT 0;
CREATE TABLE "signals" (
    "number" BIGINT NOT NULL PRIMARY KEY,
    "id" VARCHAR(36) NOT NULL UNIQUE,
    "kind" VARCHAR(9) NOT NULL,
    "from_user" VARCHAR(36) NOT NULL,
    "from_peer" VARCHAR(36) NOT NULL,
    "to_user" VARCHAR(36) NOT NULL,
    "to_peer" VARCHAR(36),
    "call_id" VARCHAR(36),
    "payload" TEXT NOT NULL,
    "size" INT NOT NULL,
    "created_at" VARCHAR(24) NOT NULL,
    "expires_at" VARCHAR(24) NOT NULL
);
CREATE INDEX "idx_signals_to_user_e11995" ON "signals" ("to_user", "number");
CREATE INDEX "idx_signals_to_user_c194b6" ON "signals" ("to_user", "from_user", "size");
CREATE INDEX "idx_signals_expires_446a88" ON "signals" ("expires_at");
CREATE TABLE "calls" (
    "id" VARCHAR(36) NOT NULL PRIMARY KEY,
    "channel_id" VARCHAR(36) NOT NULL UNIQUE,
    "started_by" VARCHAR(36) NOT NULL,
    "started_at" VARCHAR(24) NOT NULL,
    "rings_until" VARCHAR(24)
);
CREATE TABLE "call_participants" (
    "peer" VARCHAR(36) NOT NULL PRIMARY KEY,
    "call_id" VARCHAR(36) NOT NULL,
    "user_id" VARCHAR(36) NOT NULL,
    "joined_at" VARCHAR(24) NOT NULL,
    "muted" SMALLINT NOT NULL,
    "camera" SMALLINT NOT NULL,
    "screen" SMALLINT NOT NULL,
    "node" VARCHAR(32) NOT NULL,
    "good_until" VARCHAR(24) NOT NULL
);
CREATE INDEX "idx_call_partic_call_id_053e91" ON "call_participants" ("call_id");
CREATE INDEX "idx_call_partic_user_id_905ae6" ON "call_participants" ("user_id");
"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    """A copy was put into the backups before."""
    raise NotImplementedError("put the copy back that was made before the upgrade")


MODELS_STATE = (
    "eJztXVlz2zi2/isov6SnSuOK9yxPTiozk1tOMtXJLFXdXTJEQhLaFMEhIKvVM/3fLw64iB"
    "QXAzIpUQieEhHngPRH8ODs+O/Jgvkk4Kf/4CQ+eYP+exLiBZH/KV0foRMcRZurcEHgSaAI"
    "l5JCXcETLmLsCXlxigNO5CWfcC+mkaAsBNJbFElaFr7gCHseW4biFN3P2YLcI8qRmBMk53"
    "oksfwvFogKFNBHwhELRyhcBgGaMhiicIWcwi195sl70nDWy+zLkP5nScaCzYjkBnh++kVe"
    "pqFPfiM8+xk9jKeUBH4JPerDBOr6WKwjde39HMd/UZTw5JOxx4LlItxQR2sxZ2FOLv8wuD"
    "ojIYmxIH4BVnjcFP7sUvKs8oKIlyR/SH9zwSdTvAzg5QB38gSbayfj8ecv38ZfP3wbj08q"
    "Ly7jKKCdXvJYCC+dhoKrv3+BfxsHJJyJufx5cf1Hcp8NDgkV3PCftz++/9vtjz9cXP8Jbs"
    "jkyknW0+d05FwN/aGmwAInkyjUNzDD2lP/NwC7yNMN5NmFDeab9b9/0M91QD9vBv08Ab0K"
    "8viBrHcBOuOzbn2fX11pYC2pGsFWY2W0fcqjAK/Hpst6m8/Cpf3qpQbcr142og1DZbA5wb"
    "E3r1/Y38hvoh7qMpcVQLcA++3Dv7/BzAvO/xMUAf3h0+2/FdaLdTpy9+XzXzPywgt4f/fl"
    "3RbwZIFpYLK8c4ad4E5lxFDQ3hYjl1pi5LJFjFxur2yFl6nELjF1AvSgpHUPMMcsMJLSGb"
    "0VQqOM72sNdF83Yvt6G9kIc75isT+eYz43gbjCaKPE6EHx4EQsI2O0y1y2yYxrHZFx3Swx"
    "risCI8FL2qZm298Wm4VLWks4t8jmCtITHIbEN4d6m89h/TTW4GUxwTijtxDbPkSzFxOAY4"
    "yFCchlLgs1ju7XMRdYLPlYSNPPSDqX2exb1WcvdUxvSdWItRorgy3ogox/Z6GR5Cgx2Qd0"
    "9wqHYCIacyKFQc2SbvZxbLHZgPS+fRwJhIJEVdzf0dnHsBX5lG0Ld/mn9CW1X/a1vmfwBH"
    "9+fX5+cXFz/vLi+tXV5c3N1auXryStetzq0E3Lq3r38a8fP2+hDxe21Wz5GP54ij3BYsN9"
    "s47XhvXf9+aJH7HAsQnSG46e8D12yxHii9OHQugLLkyw97DCsVyh2yPsnDXRVocW54vtKz"
    "jEM4Ub/IXw/GkQ+Dai39gDCU9qAsT52KgtSIwjOhZAph0pVtRJqJZLa2HC/DVaYJ+oMC1G"
    "UcxmMV6coo+CI+onEV5Jy6aIyiuccC6nqgsSdzexiw8fQ3x4bIZ1gaUvk+n4Ed8gbBqmdO"
    "FJk/CkxyIjdHMGC+HtOL4wlXcmcRSnKrUuwlts1snk7g1Q57zqUf8eioK49Kn4EIp4Xasi"
    "bkbblUSg09MPv0rNTcwl2olytsIc+SwkaLJGMZ3NlbqGEURbR4ilGX/ydXgkDjnCYZYg+E"
    "IqdHhKxLqqKPZyh6c1xp9O5N8Nf6Ray4uJJJIUxavyi/ilUa9MWSofWpvDYcPTjbfhsNJs"
    "j+6GZr3TTNY5Gdcq40o+hvwz0AY357AQ4O6TPROnl5nJVOSxzpHTvcnEl5NfiScMQS5zOZ"
    "ifhNmbQyA/MIS5zGWf27d7nLHvx4RzI4GxYbEP4UudBIDL5vj/ZTUlnAhMgxqEm8N3BRYr"
    "tr19x+4W2DNZ0Cm5FVBbHMe4Y4yTdwGbnNRYqZvBUZuRGgDZeCLptEMZQIwEQ6s59eYoZI"
    "lZucDSkiRTEr+BgrO0KE2ajhO2FEA9IeiBREJZl3NpfQaMC7A4gYVIO7MuttHjnZ4R7OBz"
    "fH51baTs5BzOwdbgYNs2PgfyickPyHuo+7ySgdZPawIkml/VF7mQ83LPFeVqtcNinhMco2"
    "nMFgjD+idx9Tsx5K1Z+T8Vw0TqsYkPv35x8T8X/xvydt69+l9Y/QYol7kc0Dr2rIujWB9H"
    "eY+DoG7zVNdb905PUmgrpECcq4FL+RZjtMLrtyrBJWYrNGNEboxzEkKXBBL6vE7X3G0Slz"
    "MzDLnSvGcezG/2PcBeKjWIQTBPjCp0y1wWivP+gDZMAi5xWQh097E5uDk3r7fbYrPPIWyV"
    "hvJ3+VlQj0Y4FHWKSnH4SX1lHG2oDTpISUWDhggrBeQtZOyqKxwugntL6SUYHFhQK1TfJs"
    "p8imfoLTC5yQeR0btN1Fx3gVVlqLhsWFy+79O76TA9KjYh/CujobG6UmJy2oqGtrJYAhQV"
    "iL8upDxoTJXLmfZXl9d/rtzF+c11nh0HP9ry4b5+ur27q9bbefLfGJvCueFyeG5n/seE1O"
    "S5teO54XJ4bpWpSA3URJ5m9BaK0u5zBmeM7dBnpcxlIdBW2X3vE//eSZ1zOh0atdp7CZG+"
    "i5qFjyTmGK6colskJyRyHYB59iLxL3OB13yEyEJyEX+EOMsa+2Z1myGBbr9S/fQRnsmXVO"
    "vF7us+Oqn+D/IX0AaYi3HEOFV/f3N2v/OAn+zDisxeiy7QGb2FMqxtq82wvmmE+uag1aKD"
    "dgp2XywqWESNkhZzBvvQPb/SgVdStXThOvJmwScnPSG971TcCFMz92lKb1svypsLHVl80S"
    "yML6qtxmeEG7mZNhwW7nXdG0ZZ8o1ZjLfMZSPQLjfqmCzQcimKMo8MgS5zWahuuIaqx9VQ"
    "VRncu9TKbzG69ny7tecrOzzM30CR1b2D3d7BgsAqHqsuFdVX0BwC22KzBv7zs8uby1cX15"
    "c56vmVNrCrwEbLeCY3u13ES4XVGnT3LWBo+LCbgC8zOvz18R9IpOKTElB8TqOTmmBFYXTU"
    "Fq9Y5HTaIQvIc3nBURRgj6TpZUnQoy7u0E5cW3JWTrHOsmq2S85KpWkFll+gi1B5ijRppL"
    "iZlmZ1MQiXhT8wa+B7SWizCmJ3SFZfTSxdruBevDE1G6W+RlnD7LTK3bT6mODd7KotRof/"
    "M/Cf1Z7Y8iT6s/ozWxz2JtjvJoEqrDu9g6F5iQ/yFkIm6JR6Kl3MqOVZhXGPmQC3d3cne9"
    "l5z/ROiWo5JGpAGY8foBlxjQfhQ9akuMV3wLmcc0wkpUE7G8hDlD+TxsLpHJvmwzAZ8d/K"
    "C2TTxQkGOAmFatsEIynbC47YKkTUr29+09uddJIeM3QSAyrRQp3H4alPq3+PQ/m96MJd5r"
    "LQmuihYw7zjTLIMnorwN139pjrxG1fLcIdm/1NqrR1m3M21Lo/B2w2nmdUWltzzFZv1K6X"
    "2JAczegjCRHEokcIh34yJh8FtlQxpxyBmJ1gDvtjQKc1ZejdTdtxS51GM6JWxB/xGQHPDP"
    "g276TwZkykTkZvodw509k9z5p3z7PK7rmbCXwY75t15i+nsxDXdaJuw77A5Jw/RxdOlzuq"
    "vP5B7ku11nBxuHXTJUBiYA0rejiFEc2ZfE5pYfJRWmkH52wn+yb8DyrwwMOV9JqDq4oVLs"
    "uHkBtqTBrM4O5v8ZwuMQORa0PYmQ98eo+r/9vYDVp1VC1lVJUqKmeQ9Xc00hBP7rHKdePO"
    "lPnuj0iyCme8qM/+blM5NjwujHiE+vxfqHqoiiKvrrdq8FNJoanA1xyeuYwChn3iwzkLeb"
    "LrSKW+ciSfdp1FpThKIkwxQTiucZx1PLdOyKoswMtlg1lqbfoM2W7qIlr7kmYuh/bg28jW"
    "2tfOoy2zOah1NNBlHJPQVDMqczmgXUm5CySmOs8/E82gSSXKhp/UjMaZiqHv4uRCroIkCQ"
    "dmOEX/SvqKKZ1mISVjchYVHN82IWgZPoSQagPayxuggutc0CBAHqtrdN3PLWpLkxQAiXDJ"
    "Di2vKFHpmW5KWRJzSRViGqSHmy/ld5JtA5z+TpLL8PBL7rSpYWhThXesi3WBxUJR2P2e05"
    "Ta3miLHyKlffCB+WLrqDgLOukmWxVYrFiye8+3KopybTd0kckK2HuXFPtspDhscHtpECPv"
    "KMBgUkCZ6P9bfBbiffZSL8u/Lc2/2lsRlL4Kzu1ZJb/vuZ7ICi90CfSDn8t8aNh7OZm5dP"
    "RYasBoA5xzWAjw2ZmO4Dhrlhtn2wCvqC9n1teXc3qLQledactzQmdzk1ZQGwYHZxXOjY/D"
    "4PsvMdkXwe5exDo37b46f7pmwd03Cx6IH/xTUsTXlBpQHB7pFL4aZArcKr90Esrf1KLGZA"
    "rlMILVtc56mqHWR71d35i4Jqt+6tKIczi7gtShSZ7OnUnOs987xKrPn4FqndPb5N54lmo9"
    "kK3yY/hIRe0umY60bpBU0ehujSFS9KpnSCm1DbF4hFZUroylgBYNIxiFshRO4kcS12yaz5"
    "rquSlyHhym17ydeoZn83mdns03pC21owMoBpgRN2irtL/kIXfwh8vSssP8J79FNCbcEOgy"
    "lwNa51xqOf2Sk5qoQXNL/gKL88RWPbGGcD4Lyp2W67GcbBCTR/ZgLG3LXPapD1alxH4ioW"
    "hIh82GRu0uwDBvcahXJwTtrUbSDIGa+nid/II7+0lb/NSfU18HZMCr4RNsbqlf33p/VM52"
    "db5C5yscmGiyqAL6ewPanUvQf/Wzy1XdB8y7NGx/ZmL70PTF763IPI0Y12uRydATWqQi0t"
    "QiVU0TT9VBxDH1T9F91hnpXjVSvE8W1D2UfaddFvNeTnL2kMsbgGuchD6vqpp93EDjiKe8"
    "uVNVIRVz1dR9mw6qpsq/yuKqNKHTV11p+uFFo9vjbYDZ9bTeY42VS8XrJWzqokp7D3YcqO"
    "nld2seOLPs8LjHJArWUu831Em22OwLo3SvlJSMJP0KjKJl5VB+EuVkYTYcI99+LFmJ0Zpw"
    "657lSXJck2liRpHJvlXeQ/6LBMxQkhRY7EO4eznik4CYL+Qyl304W5Vc8I0tJlzAQaA1ju"
    "HN4KjNNSwyMk3n8Lc5QdQvH3W3mjOuTt+BDv4zlfXMWVJSFDIUExGv0QReEocmWPC3V33C"
    "Hc7b8QE+zl3bubvWeVz69ri4xPTeFvZAhP87XJtVBpdbBf4E62aT3UqRCoUuaMpij7xRh5"
    "eCMMYIMiOQlMLq4FLGxSm6h0v8dAILyB9LE4QG91JCRwQLEM4cAnV1xac93MGJ/yF8JW3i"
    "fwi5OBYCXjrcnNd5gdvcYRmHhfvrlVaLrauWFltX1RZbqSAyK0kqMVmIdA95eyDojSRFxm"
    "Cf/tK9G8ZF5uz3Enxa1hdYq+utquJiqV9crTS2FxxxKlH0SFIwkBoUb3PFjmBvXlLralTC"
    "3SfSyAFrqklwKqFL4BqgIHJ58EcIMYhNU8WwyONAHp5eOGx4nWJ4VEAPRDH8O631IMLlVr"
    "UwovoexCyUo4I2lKO5fDK0jMDhtykyBR0PPHjpdl6nFO48j3mzHfnnhfkaLpQ0Nif5D6da"
    "0umMTmfsodsa3cHVVWJyMOvDbLbllpgshNmqHfdHkpSt1W27+Vjr3hunVCalfGk0LcBcIJ"
    "/6CE/S5nSILNivFNwo8CPdj94g7MPZr1SoThCCsYfmrI0e5jdoLCH/q+5QU9BXIHG9Zw+/"
    "VQ9HQxqUcHPunSOEOBE5BgDnDBbC2/0JBGbqj9N7WvWeknoZE07qigq+LnAQNFeHbdhsap"
    "58cX5zndcRwI+2yoGvn27v7gbVEeKOcon4v1i85YmojLZqk4GiG68kobZHB4hBccMomseY"
    "py6ZOeal4wMiFsuZ6zw5xvzPyOdK7mBkTuUc1ml5l1pZMJctWTCXWRZMs6LH52xllHiUM1"
    "gowzs72m8gQudH9VnWCZx0pFXYJB+1YSfDFzwRGEpIwKRyMbCYI7lsloGPArAeiyeXNPc1"
    "3GkmDWM0lVUNnQ43B9CVYyPOKN2X4u6M0oNbTM5R77rz2ARzUeQbAL3F5qB2mezDyGR3za"
    "b212zKJdbsyd3lDosuAfxaA9/XjfC+3kZX6mZ+YJwTUOayr0Cj+/0vQ8xMXJS57MO5e2kR"
    "MmHkJ8zo7cO2MxVjME4rj0GC4Hs45q7WdVUYH7U7sBLKMZyYp+0vB+IRmqzRVL4DEkfyVY"
    "hR4oWSG07oc8haZFDpArmMUM8CyRJsmp4aKN+VLyf3BKs7h7Dr2Z/hay88gMmHtMVmnRur"
    "qwDpsKupqxLs2B2Hg5Fe05jw+Tf2QBqyxgrjT0gvRSm/bUmqLb1SLqS4VKZ12o0dUrxUaR"
    "4nnKtTUBOZQ4MABZKCb0ulOunV4ew/hz+HHwXycIgmBBLSfESnkFhGeSrr1EQvOLqHRDU4"
    "4M2/Rz/AEA75Cu7MBAoYF3+C6KTi/Tn0JNpoGrNF8gBSdp6i23CNGEhHuAtaEMmejIoVQx"
    "GOBSUczVngF+/rpOuRStf0/RkK2DKXk7Eayc84rk1OaQnV5xwWmuvdLOyBbGJfk6+hbv/K"
    "hlq3rvRr0t60OJ2Ff1Z6r9J2ffJIPSm4P4S+fAGwJyRdDpONIWaruq1ppzlc66FhiBWnLB"
    "84A1nKATNhXuayz6tyfnWl47K6umr2WcFYGepckTVBusTkdk6NjGQXstmTE1YtTU5IaAj1"
    "Np8D+8hPoD/cfthDHNJjkVFoIWewbxfsIAg5FJNGmgc4OKmzaJKRdoNG0WjaM1+k+cEFiZ"
    "Le2CGZMUExDI7AOIF+Byu8RoIpSyQiJOYJJahUVcvm2bPpNFQQDDQMtVyzE73h8MTCZfCp"
    "5T84/Z0kFAXx0pwee4CTdgZmNO3xYIxmU8pZrCd92E8P8s8yATajt1Dp6ThnpSRztD3oRS"
    "YLMe5+ASvEYOcwhjljcjDrnMbFjNdygcVBrAex6TousNinvvdQGYID47KQDYtDWCeutg4Y"
    "rkG4Ob+7wGKFmNh3ircyZyp4N5omGblN1fXnZ5c3l68uri9ziyS/0maIVE/jc75X5w48fq"
    "AH4rT6R6Tkeo3TKh0ZtTmtlorGpPEY5WhCIFyesBIfkrZ4Wo/9VnmYJmuIoeM47fPux3gq"
    "kvRUyQwP2dBzrLOpddxZpaBxkDQD1fZWOTdJh3rNsQX2rVIl6/WaNq+rjarNno8jVs0UTb"
    "T3nMGKNb1v3T2T7wZipMDiDFKN9nlO0bRe0bwlMfXmdYpmOtKqaOINzVN6ZjPYHadiNm5x"
    "tR9+zQaXfuXD1dc6Mdyb9bNHEmeJvrrffIHFxg++j4xA+KgMEE7JLUS3s9ZrJWcUC0VtXu"
    "v/ff3yucETtWHZQtmnnkD/Q9CC8QjRbgEXwGjXy7ZVMACHcTGL1SxqgneH3sz++H91vVp6"
)
