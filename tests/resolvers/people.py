"""People for tests that need no server."""

from typing import Any

from models.writer import Transaction
from resolvers import accounts, intake, sessions, storing
from resolvers.house import Caller, House
from resolvers.rights import Role


async def somebody(house: House, name: str, role: Role = Role.MEMBER) -> Caller:
    """Somebody with an account, signed in."""

    async def unit(transaction: Transaction) -> Caller:
        user = await accounts.add(transaction, house, name, None, None, None, role)
        return (await sessions.begin(transaction, house, user, None)).caller

    return await house.write(unit)


async def upload(caller: Caller, channel_id: str, content: bytes, **given: Any) -> str:
    """The id of a file with this content, or a new version; `given` is as for `wanted`."""
    draft = await intake.draft(caller.house)
    try:
        await draft.write(content)
        return (await storing.store(caller, draft, storing.wanted(channel_id, "a", **given))).id
    finally:
        await draft.close()
