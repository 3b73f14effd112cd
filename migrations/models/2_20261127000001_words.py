"""Makes findable what was said before there was a search."""

from tortoise import BaseDBAsyncClient

from models import search

RUN_IN_TRANSACTION = True

_PAGE = 1_000
_SAID = """SELECT position, channel_id, author_id, body FROM messages
    WHERE position > {after} ORDER BY position LIMIT {page}"""
_SQLITE = "INSERT INTO message_search (rowid, words, about) VALUES (?, ?, ?)"
_POSTGRES = """INSERT INTO message_search (position, channel_id, author_id, words)
    VALUES ($1, $2, $3, CAST(CAST($4 AS TEXT) AS tsvector))"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Goes through all messages, page by page."""
    on_sqlite = db.capabilities.dialect == "sqlite"
    after = 0
    while rows := await db.execute_query_dict(_SAID.format(after=after, page=_PAGE)):
        said = [tuple(row.values()) for row in rows]
        made = [search.indexed_on_sqlite(row) if on_sqlite else search.indexed_on_postgres(row) for row in said]
        await db.execute_many(_SQLITE if on_sqlite else _POSTGRES, made)
        after = said[-1][0]
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:
    """A copy was put into the backups before."""
    raise NotImplementedError("put the copy back that was made before the upgrade")


MODELS_STATE = (
    "eJztXV9T2zoW/yqavLR3JpeBQIB2n6DTvbc7tN0p7O6daTtBiZVExZFyLYWUvdvvvjqynV"
    "iJbSywiVH1wAyWzpHtn5TzX/JfnRkPSCj2/iVI1HmN/uowPCPqH6O9izp4Pl+3QoPEw1AT"
    "LhSFbsFDISM8kqpxjENBVFNAxCiic0k5A9IzNFe0nL0QCI9GfMHkHrqe8hm5RlQgOSVIjX"
    "VLIvUvlohKFNJbIhBnXcQWYYjGHLootJA9uGXAR+qelE0aGX3B6J8LMpB8QhQ3wPP5q2qm"
    "LCDfiUgv5zeDMSVhYKBHAxhAtw/k3Vy3vZni6O+aEp58OBjxcDFja+r5nZxytiJXLwatE8"
    "JIhCUJMrDC4ybwp03xs6oGGS3I6iGDdUNAxngRwuQAd/wE67bOYPDh49Xg8u3VYNDZmriU"
    "I4N20jTiDCadMin0+8/w90FI2ERO1eXh8Y/4PmscYiq44b/PPr35/ezTy8PjX+CGXK2ceD"
    "19SHp6uuuHHgJLHA+iUV/DDGtP/28BdpanHsjThjXm6/X/9KD3qoDeKwa9F4O+DfLghtw9"
    "BOiUz7n13ev3K2CtqArB1n0m2gEV8xDfDWyX9Safg0v7dL8C3Kf7hWhDlwm2IDgaTfMX9h"
    "X5LvOhNrmcALoE2Ku3f1zByDMh/gyzgL58f/aHxnp2l/RcfPzwW0qemYA3Fx/PN4AnM0xD"
    "m+W9YngQ3ImMaAvam2LkqJIYOSoRI0ebK1vjZSuxDaZagG6VtG4A5oiHVlI6pXdCaJj4vq"
    "qA7qtCbF9tIjvHQix5FAymWExtIN5idFFiNGB4CCIXc2u0TS7XZMZxFZFxXCwxjrcERoyX"
    "8k3t1N8Gm4NLupJwLpHNW0gPMWMksId6k89jfT/WEGWxwTildxDbJkTzKCIAxwBLG5BNLg"
    "ctjvrXsZBYLsRAKtfPSjqbbO6t6oP9Kq63oirEWveZYEs6I4P/cmYlOQwm94Cux+CAsPT4"
    "JhMxhYYhHt0ssbKLt3p4jxfRbnfNerPNFszwRAMHbwjPn+QOzkM+uunkJBXijm5ZVmEIJB"
    "XTCh8ZWYf+l1RMEeMSSY6mBEdoHPEZwqplSqLtpIElb05K4LMOdA7iGL5+bCVz1dVXnyto"
    "Xa5gYId1hsVB9VkX5BmTe736bQxug8sDXQFobxA2aBC2RHuqeVSOaJinP9OuUg06iokqp+"
    "YVsrdKEWJo2UNnSA1I1DqAbLhSjRFfImXm3okuIjPFRYIuEjxNpQtEA0iyMwL5dSU2A4Qn"
    "apLykvSN3ef+dP3nzo26AtoQCzmYc0H1+3/1unm3ujmdlqpAp/QOyrCTClifFEJ9sqkpbN"
    "PIj0oft9q1qj97LPmcjqyc15TBPXR7/SrwKqqSuNczT893Og0h/dTJ+TmmkV3GLaZ3Lftz"
    "clhFFh8WC+PD7eKeCRFWNvuaw0FdV3+tWuriDK3qHkwuF4H2Huhz8kANkRG7R5ZAm1wOmh"
    "s+hfm8Upja4WaL2ZDkmBbndPKOFVhzG4wbcKs3aEpm7DcF9gSe4NdXvd7h4Ulv//D4tH90"
    "ctI/3T9VtPpxt7vKnMLzd7+9+7Bh1UFDDv6rgIf9DGRZ/Rw8bA5mBFbxQG9N2Z6CQvw32Z"
    "yBv3dwdHJ0enh8tEJ91VIGdgxsS6K07/XkiCmdd3ICtZneblmsdraiqxyuhdzUC4HmIR4R"
    "RBnCKAn45sVcy4lzk5oJQZKVSTNhm0lNI/mZYVFkm0N84xTqqrKCxBjVx193F381Z6qyNW"
    "9wOWjN1+82+SR04xD7kvymSvITCW7niRpMDmJcvyeaoyirG+s5zM7Yi09srkcEBw9yWTcY"
    "Pf6PwP9hv4It1gfNQduiNDuZBcYlHdORLtcQNoJ/i/EJM3FnFxdNJeM2C6Mr1UWXlEW3qO"
    "LobUBlJ8eL1e3dcv9VCDXmgChKi6JdqANSl4iPlUeajBGX+iyxQDAYCf6mT+7gLNMhCJNo"
    "iuMzPRI25d3yJUM0yC/xbexOVYqOUnRiIz62hLzX+1SeQbHXa85LVbhNLgct2gbqgnlgVc"
    "GR0jsB7lNXb9i5Z94vK1jFraoFvuCT35VJm6ec065S/RzyyWCaUlVSzRFfvtZaL7Wi0YTe"
    "EoYgGdRFmAW6E54FdKo+Ngvk7BALUJAhHecc0FXjuDUfzVXoSOQK+Qd6cLvVrTWkXMp0Kc"
    "yMjdxJ6R2UPAdV9OdBsf482NKfD3OCdxMDcsIBbo/YV+1vlXzM9cuy3aXinwCJhV+m6ffQ"
    "O+X7cPWcytcR3WTPBexxjgU4/Ad7MSDWgpZTJcOhVbNCs3oIJdgjUuCQ1X+LR6iEtvy+2q"
    "AhniS85HeCVLFgK1XUlxTUb9XTe9egoZSNkqjcNq+b5XGviLCBiuNd1Sj8ZDiLxfAbGUlL"
    "nE0uj3M+zi2xK9+xWypJnkmZ9JRak1TTVC1UY0jT6zQQnKuxKj1DPOqiJVULZSEh6t6F3v"
    "Up3TllbI8aqkqg3hQW5maFkQKiJGSvu23kUkLvXti+pj09LSxW+wkElN9L5fdStQXo+s10"
    "8n1OIyIsgTa5PNAVgIbhF4Lk1IsU73LIsDhUrfPIgLtROWwD56OgbGPxWW1ARuSW31hLW5"
    "PLPfPBqXTpe8ISNHJ25LA0ZltWzsRWVWv3uziXfEagYqGr3BAITkd38RXcOYh32yQ1I9s+"
    "jSVv7k4dsyCleKdO/o4evUZ1qaqvR/L1SG0UTQ6FEn82oP12p8YhxgsFknXuIcvkYa4A80"
    "P2gTxyC0jb7MWfrfrifaxY863IuOseK1ITVbQi/wM15yIxB5HANNhD12mJwbWujLuOF5S6"
    "iEhSNrcqilCjM6FuAKFxwgKxbWo2cYMKO8fNQzYNg1RO9T6dTTrYOm5emeLKn9rZEnvVm1"
    "Fex7sEs9+m8ITbFPxRiE90FKLPKjWc7NhR9ehP6x54t2z3uEdkHt4pu9/SJtlgcy+NUr9R"
    "YjhJVXE2PSuP8r0oxwuz4GS+8pMmDEZn0q1PLE/iHfi2hRlZJvdWeQP1LwowS0mSYXEP4f"
    "rliD+t2fnigis+GwoJX6DMCQyvO7tloWGZklUMDl9NCXz5yDi9ZDnlQu+nhq1wE131nH4o"
    "iXEUERndoSFMkkBUInj37ZhwjePWvCPbh2trD9f6iEvTERdfmO76zplznFtVBs2lAn+Iq1"
    "aTnSmRChtd0JhHI/Jan0cFwhjrQ5yRksL6LCou5B66hiaxl/1i/bWS0HOC4Ut56o+wnO3X"
    "jdzBi/82/ErKxH8banEcBNw4r1LkRYHLwmEph4P6tV/pm/H9km/G97e/GZ8IIrstSQaTg0"
    "g3ULcHgt5KUqQM7tkv9YdhfGbO/SjBP2muoQjNpYbinFY3FI1zTJWzPlVPhhZzsOvWewnA"
    "0ANDreTrIA8ex35PtXq99Wnwmcr14lqu9hTFO2i8+Nqunava5BdhZ9EYTB7m6jDbqVyDyU"
    "GYndK4n0hcnZyndld9pbo3SqhsKraToAkcX4oCGiA8TM4gQWTGv1GIpsBFoo9eIxwEsLFP"
    "6g1/kvOb4uB8A+Nb7B9U/+o7lH/yyx9jvntV3R4LqVXCze9me4YQxyLHAuAVg4PwHldRz8"
    "fF6vl4+5xCfwBkQzXAEREkr3bscobDsLgIeM3m0gnNh72T41W5GFyUFYhdvj+7uGjVxr9P"
    "ZKzmZXrFb0iBNZnpv8ei1JTK4FKkleM6CRfSXDoCk2zGA9NPnwkhlPLWh+DpPX2ShiGCo5"
    "BFFw3v0FjNEInmaqJkXrSnxtG/sC/snUQjzNCQgKGqLM8xGJxUJMfv6YFeCHStPyINFNfo"
    "JXRhJpZwZy5RyIX8BcxVzfuFjeDw/3HEZ/EDKPN2D52xO8TBZIW7KGtXsce9csnRHEeSEq"
    "FPks7e97GJycyr2ojNDTbnLNq61FKxRZvMn+0RpAZXU2rr+XsSGa2Fo1ylVRIRWXE4aBbU"
    "s7BbosQu419Dnv5Ku0pVV/Jrqqy0BJ2wX5X6gI+sMYICcktHSnC/ZYGaANAJcZFrrBgivs"
    "xTTQ8aw1eetEOstLvyxG1BruFScsBOmJtcDmbu+/0qfl6/X+zoQZ8J9cqQtUHaYPKas0Kk"
    "wtdIPFHkQi9NQQizhHqTz4P9zA8g3p0+dCoNeUYiOpp2cszupKfU6sZrmvts7mKw2/ZxxG"
    "RltdcebvjbiMnHp21+8hkWFwVrE4YZ/KgsEE7IHUT3oFLh9UFJ4fXBduG1uqPMdS/+cfnx"
    "Q4ExtmbZQDmgI4n+h0IqnmOSowRcAANGLj4pafNQpK4+CUZOIj2KHuB818rsx/8BpzGfAg"
    "=="
)
