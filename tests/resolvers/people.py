"""People for tests that need no server."""

from models.writer import Transaction
from resolvers import accounts, sessions
from resolvers.house import Caller, House
from resolvers.rights import Role


async def somebody(house: House, name: str, role: Role = Role.MEMBER) -> Caller:
    """Somebody with an account, signed in."""

    async def unit(transaction: Transaction) -> Caller:
        user = await accounts.add(transaction, house, name, None, None, None, role)
        return (await sessions.begin(transaction, house, user, None)).caller

    return await house.write(unit)
