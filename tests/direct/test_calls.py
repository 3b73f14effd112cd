"""Calls between programs that are no browsers."""

from direct.api import OPEN

from tests.direct.caller import calling
from tests.direct.conftest import Meet


async def test_aiortc_and_aiortc_hear_and_see_each_other(meet: Meet) -> None:
    ada, ben = await meet()
    channel = (await ada.api.do(OPEN, user=ben.api.user_id))["id"]
    async with calling(ada.api) as adas, calling(ben.api) as bens:
        await adas.join(channel)
        await bens.join(channel)
        for one in (adas, bens):
            samples, size = await one.witness()
            assert samples > 0
            assert size == (640, 480)
