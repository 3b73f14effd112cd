"""Members, where several things happen to them at once."""

import asyncio

from models import channels as rows
from resolvers import channels, members
from resolvers.house import House
from resolvers.rights import ChannelKind
from tests.resolvers.people import somebody


async def test_who_joins_in_the_moment_in_which_the_owner_leaves_is_not_the_senior(
    house: House,
) -> None:
    ada, ben, cem = [await somebody(house, name) for name in ("ada", "ben", "cem")]
    people = [ben.user_id]
    lobby = await channels.create(ada, ChannelKind.PUBLIC, name="lobby", member_ids=people)
    # Both are written in one transaction, in this order.
    await asyncio.gather(members.join(cem, lobby.id), members.leave(ada, lobby.id))
    listed = await rows.page_of_members(house.db, lobby.id, (-1, ""), 10)
    assert [(row.user_id, row.role) for row in listed] == [
        (ben.user_id, "OWNER"),
        (cem.user_id, "MEMBER"),
    ]
