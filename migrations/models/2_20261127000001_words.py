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
    "eJztXV9T2zoW/yqavLR3JpeBQIB2n6DTvZcdSncKu3tn2k5QbCVRcaRcSyFl7/a7r45sJ7"
    "ZjGwtsMKoemMHSObL9k3L+S/6rN+c+CcTOvwQJe2/RXz2G50T9k2nvox5eLDat0CDxONCE"
    "S0WhW/BYyBB7UjVOcCCIavKJ8EK6kJQzID1BC0XL2SuBsOfxJZM76HrG5+QaUYHkjCA11i"
    "0J1b9YIipRQG+JQJz1EVsGAZpw6KLQQnbglj731D0pm7Yy+pLRP5dkJPmUKG6A5/NX1UyZ"
    "T74TkVwubkYTSgI/gx71YQDdPpJ3C932bobDv2tKePLxyOPBcs421Is7OeNsTa5eDFqnhJ"
    "EQS+KnYIXHjeFPmqJnVQ0yXJL1Q/qbBp9M8DKAyQHu6Ak2bb3R6OLj1ejy/dVo1NuauIQj"
    "hXbc5HEGk06ZFPr95/j7KCBsKmfqcv/wR3SfDQ4RFdzw3yef3v1+8un1/uEvcEOuVk60ni"
    "7inoHu+qGHwBJHg2jUNzDD2tP/G4Cd5mkG8qRhg/lm/T896IM6oA/KQR9EoG+DPLohdw8B"
    "OuGzbn0PhsMaWCuqUrB1XxZtn4pFgO9Gpss6z2fh0j7erQH38W4p2tCVBVsQHHqz4oV9Rb"
    "7LYqizXFYAXQHs1fs/rmDkuRB/BmlAX384+UNjPb+Le84/XvyWkKcm4N35x9Mc8GSOaWCy"
    "vNcMD4I7lhFdQTsvRg5qiZGDCjFykF/ZGi9TiZ1hagToTknrFmAOeWAkpRN6K4RGFt83Nd"
    "B9U4rtmzyyCyzEiof+aIbFzATiLUYbJUYLhocgcrkwRjvLZZvMOKwjMg7LJcbhlsCI8FK+"
    "qZn6y7FZuKRrCecK2byF9BgzRnxzqPN8Duv7sYYoiwnGCb2F2LYhmr2QABwjLE1AznJZaH"
    "E0v46FxHIpRlK5fkbSOctm36re263jeiuqUqx1XxZsSedk9F/OjCRHhsk+oJsxOCAsPblJ"
    "RUyhYYy9mxVWdvFWDx/wMtrtrvlgnm/BDE81cPCG8Pxx7uA04N5NryCpEHX0q7IKYyCpmV"
    "b4yMgm9L+iYoYYl0hyNCM4RJOQzxFWLTMSbicNDHkLUgKfdaBzFMXw9WMrmauuvrpcQedy"
    "BSMzrFMsFqrPpiBPmdyb1W9icGe4HNA1gHYGYYsGYUe0p5pH5YgGRfoz6arUoF5EVDs1r5"
    "C9VYoQQ8sOOkFqQKLWAWTDlWoM+QopM/dO9BGZKy7i95HgSSpdIOpDkp0RyK8rsekjPFWT"
    "VJSkb+0+96frP/du1BXQBljI0YILqt//q9PNz6ubk2mpC3RCb6EMO6qB9VEp1Ed5TWGaRn"
    "5U+rjTrlXz2WPJF9Qzcl4TBvvQHQzrwKuoKuJeLzw93+u1hPRTJ+cXmIZmGbeI3rbsz9F+"
    "HVm8Xy6M97eLe6ZEGNnsGw4LdV3ztWqJizM2qnvIctkItPNAX5IHmhEZkXtkCHSWy0Jzw6"
    "UwX1YKUzvcbDkfkwLT4pROz1iJNZdjzMGt3qAtmbHbFthTeIJf3wwG+/tHg939w+PhwdHR"
    "8Hj3WNHqx93uqnIKT89+O7vIWXXQUID/OuBhPgNpVjcHD5uDOYFVPNJbU7anoBT/PJs18A"
    "/2Do4OjvcPD9aor1uqwI6A7UiU9oOeHDGji15BoDbV26+K1c7XdLXDtZCbeiXQIsAeQZQh"
    "jOKAb1HMtZq4MKkZE8RZmSQTlk9qZpKfKRZFlh/iG6dQV5UWJJlRXfz1+eKv2Zmqbc1nuC"
    "y05pt3m1wSunWIXUl+WyX5sQQ380QzTBZi3LwnWqAo6xvrBczW2ItPbK6HBPsPcllzjA7/"
    "R+D/sF/BFuuD5qBrUZpnmQXGJZ1QT5drCBPBv8X4hJm4k/PztpJxuaRynZxyeUq5Q+VG73"
    "0qewUurG7vVzuvQqgxR0RRGlTsQhGQukR8otzReIyozmeFBYLBiP83fWwHZ6kOQZhEMxwd"
    "6BGzKdeWrxiifnF9b2t3qlNxlKATWfCRGeRc3qdyC8pd3uy81IU7y2WhOdtCUTD3jco3En"
    "orwH3q0g0z38w5ZSWruFOFwOd8+ruyZ4uUc9JVqZ8DPh3NEqpaqjnkq7da6yUmNJrSW8IQ"
    "ZIL6CDNfd8KzgE7VZ2aBnB1jAQoyoJOC07kaHLfhc7lKvYhCIf9A9+15dWsD+ZYqXQozYy"
    "J3EnoLJc9eHf25V64/97b058M84OcJAFnh/XZH7Kv290o+Fvpl6e5K8U+AxMAv0/Q76Ez5"
    "Plw9p/J1RD/ecAEbnCMBDv/BRgwItKDVTMlwaNWs0KweQgn2kJQ4ZM3f4hEqoSu/ry5oiC"
    "eJLbltIHUs2Frl9BXV9FvF9M41aClfoyQqN03qpnnsqyBsodz4uQoUfjKcxXL8jXjSEOcs"
    "l8O5GOeO2JVn7JZKUmRSxj2V1iTVNHWr1BjS9DoHBIdqrOvOEA/7aEXVQllKiLr3oXdzRH"
    "dBDdujhqoTqM8Ki+xOBU8BURGy190mcimmty9s39CGng5Wqv0EAsptpHIbqboCdPNmOvm+"
    "oCERhkBnuRzQNYCG4ZeCFBSLlG9xSLFYVKrzyIB7pmzYBM5HQdnFyrPGgAzJLb8xlrZZLv"
    "vMB6vSpR8Ii9Eo2I7DkphtVTkTW5es3e/iXPI5gYqFvnJDIDgd3kVXcGc/2moT14xs+zSG"
    "vIXbdLIFKeXbdIq38+g1qutUXT2Sq0fqomiyKJT4swHt9jq1DjFeKpCMcw9pJgdzDZgfsg"
    "nkkfs/umYv/mzVFx8ixVpsRUZd91iRmqimFfkfqDkXsTmIBKb+DrpOSgyudWXcdbSg1EVI"
    "4rK5dVGEGp0JdQMIjRPmi21Ts40b1Ng2nj1hM2OQypnepJOng33j7lzOrhilzlZyitwmmN"
    "1ehCfci+AOO3yiww5d6qjljMYzlYj+tD6A872eH/eQLII7Zdwb2iQ5NvtyJc0bJRlPqC7O"
    "WffJoXwvytHCLDl7r/osiQyjNTnVJ5Yn0TZ70+qLNJN9q7yFIhcFmKEkSbHYh3DzcsSdx2"
    "x9BcEVn4+FhG9MFkR/N539qvivTMhqRoCvZgS+bZQ5omQ140Jvmob9blNd2px8ColxFBIZ"
    "3qExTJJAVCJ49+3Ab4PjNrzt2oVrGw/XuohLCxGXjgilU1xY0gTNlYJojOuWMp2onzrssk"
    "ATHnrkrT4MCYQE1scHIyUd9EFIXMgddA1NYif9rfRrJTkWBMM32tQfYQV7f1u5gxNLXRdL"
    "XSgEsRDwzEmJoig6WRWmSTgslPvDWl8rH1Z8rXy4/bXyWBCZ7YfJMFmIdAtFYyDojSRFwu"
    "CcqvvDAy5jZL/3+k9aaChCc6WhuKD1DcXMIZrKiZypJ0PLBdh1m0J2MPTAUKv4LsWDxzHf"
    "0Kteb3MOeapsurzGqDsV2RYaL67m6NlVbfyLMLNoMkwO5vowm6ncDJOFMFulcT+RqDS2SO"
    "2u+yp1bxhTmZQLx0ETODsT+dRHeBwfgIHInH+jEE2Bi1gfvUXY92FXmdS7zSTnN+VB4xbG"
    "N9i8pv7Vd9gqGnZxHLdFrYOyzO2ceoEQRxLGAOA1g4XwHtbRxofl2vhw+0w8d9hgS6WoIR"
    "GkqITpco6DoLwWdcNm02nA+4Ojw3XVElxU1Sldfjg5P+/UJrNPZKLmZXbFb0iJ8Zjqv8eA"
    "1JTKvlKktcM4MRfSXDrgEm/8AktPnz8glPLWB67p/WOSBgGCY3dFH43v0ETNEAkXaqJkUX"
    "CnwdG/sC/sTCIPMzQmYJcqQ3MC9iUV8VFveqBXAl3rrxUDxTV6DV2YiRXcmUsUcCF/AetU"
    "835hHhw0Pwn5PHoAZc3uoBN2hzhYqHAXZdwq9qhXrjha4FBSIvSpxen7PjYPmXpVE7GZY7"
    "POom1KLZVbtPH8mR53meFqS229fE8ipbVwWKi0KgIgaw4LzYJmFnZHlNhl9Gso0l9JV6Xq"
    "in9NtZWWoFP2q1If8EEvRpBPbqmnBPd75qsJAJ0Q1VpGiiHkqyLV9KAxXKFJN8RKtwtN7B"
    "bkGi4lB8yEeZbLwkT9cFjHzxsOyx096MtCvTZkTZDOMDnNWSNS4UoinihyoZemIIQZQp3n"
    "c2C/8MNun08fWpV1PCEh9Wa9ArM77qm0uvGG5j6buxzsrn2IL15Z3bWHW/4OX/yhY5OffI"
    "rFRsHahmEGPyoDhGNyC9Hdq1VnvVdRZ723XWet7igL3Yt/XH68KDHGNiw5lH3qSfQ/FFDx"
    "EpMcFeACGDBy+YE9+bN5+vpAEjkN9Sh6gNPnVmY//g+4gh1j"
)
