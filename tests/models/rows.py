"""Units of work that put rows into the tables, for the tests of storage."""

from adapters.ids import new_id
from models import messages
from models.channels import Channel, Membership
from models.database import Database
from models.events import Event, EventKind
from models.messages import MessageRow
from models.writer import Transaction

AT = "2026-01-01T00:00:00.000Z"
ADA = "00000000-0000-7000-8000-00000000000a"


async def add_channel(transaction: Transaction) -> str:
    """A channel with one member, Ada."""
    channel_id = new_id()
    await Channel.create(
        id=channel_id, kind="PUBLIC", name="lobby", digest="", created_by=ADA, created_at=AT
    )
    await Membership.create(
        id=new_id(), channel_id=channel_id, user_id=ADA, role="OWNER", joined_at=AT
    )
    transaction.append(Event(EventKind.MEMBER_ADDED, AT, ADA, channel_id, ADA))
    return channel_id


async def send(database: Database, channel_id: str, body: str = "hola") -> Event:
    """Ada says something."""
    row = MessageRow(new_id(), channel_id, ADA, body, AT, 0, 0, "")

    async def unit(transaction: Transaction) -> Event:
        assert await messages.insert(transaction.db, row)
        return transaction.append(Event(EventKind.MESSAGE_ADDED, AT, ADA, channel_id, row.id))

    return await database.write(unit)
