"""One run: two nodes over one file, everybody who is connected to them, and what they all do."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from tortoise.exceptions import OperationalError

from models.sqlite import connect
from resolvers import moderation
from resolvers.errors import Banned, ChatError, Unavailable
from tests.simulator.actions import Action, Desk
from tests.simulator.bursts import Bursts
from tests.simulator.bus import Wire
from tests.simulator.clocks import WallClock
from tests.simulator.devices import Device
from tests.simulator.engine import Disk
from tests.simulator.mishaps import Mishaps
from tests.simulator.nodes import Lost, Node
from tests.simulator.oracle import Violation
from tests.simulator.surroundings import Surroundings
from tests.simulator.witness import Witness

NODES = ("east", "west")
_SETTLED = 4.0
"""In seconds: twice as long as a node goes without a look at the log."""
_TRIES = 5


class World:
    """Everything there is."""

    def __init__(self, around: Surroundings, path: Path, people: dict[str, str]) -> None:
        self._around = around
        self._chance = chance = around.chance
        self._witness = Witness(around)
        self._wire = Wire(chance)
        around.troubled = chance.happens(0.25)
        self._disk = Disk(path, chance, self._witness, 0.005 if around.troubled else 0.0)
        self._nodes = [self._node(name) for name in NODES]
        self._mishaps = Mishaps(around, self._nodes, self._wire, self._spawn)
        self._desks = {u: Desk(around, u, people["root"]) for u in people.values()}
        self._bursts = Bursts(around, self._desks, people["root"])
        self._devices = [
            Device(f"{name}/{each}", user_id, around, self.any_node)
            for name, user_id in people.items()
            for each in range(chance.number(1, 2))
        ]
        self._acknowledged: dict[str, int] = {}
        self._busy: dict[asyncio.Task[None], None] = {}

    async def run(self, steps: int) -> None:
        """From the first start of the nodes to the last check, or to the first failure."""
        main = asyncio.create_task(self._around.watch(self._run(steps)))
        failed = asyncio.create_task(self._around.failed.wait())
        await asyncio.wait([main, failed], return_when=asyncio.FIRST_COMPLETED)
        tasks = [main, failed, *self._busy]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for node in self._nodes:
            node.died = lambda _: None
            node.crash()
            await node.bury()

    def any_node(self) -> Node:
        """One that is up. Raises Lost."""
        up = [node for node in self._nodes if node.up]
        if not up:
            raise Lost
        return self._chance.pick(up)

    async def _run(self, steps: int) -> None:
        self._look()
        for node in self._nodes:
            await self._mishaps.start(node)
        living = [self._spawn(device.live()) for device in self._devices]
        for _ in range(steps):
            if not self._mishaps.befall():
                await self._act()
            await self._gap()
        while doing := [task for task in self._busy if task not in living]:
            await asyncio.wait(doing)
        await self._settle()

    async def _settle(self) -> None:
        """Lets everything come to rest, and sees whether everybody has got what is theirs."""
        self._around.note("settles")
        self._around.settling = True
        self._chance.settle()
        self._disk.fails = 0.0
        for node in self._nodes:
            node.crash_after_commit(crashes=False)
        for device in self._devices:
            device.stay()
        await asyncio.sleep(_SETTLED)
        for device in self._devices:
            device.check_connection()
        self._wire.mend()
        await self._unban_all()
        self._around.reopened.set()
        await asyncio.sleep(_SETTLED)
        for device in self._devices:
            await device.check_all()
        self._check_messages()

    async def _unban_all(self) -> None:
        root = self._devices[0]
        for user_id, (_, until) in self._around.model.state.people.items():
            if until:
                await root.badge.insist(
                    self.any_node, lambda caller, who=user_id: moderation.unban(caller, who)
                )

    async def _act(self) -> None:
        """Has somebody do something, or several a few things to one of them at once."""
        burst = self._bursts.any() if self._chance.happens(0.1) else []
        for user_id, action in burst:
            own = [device for device in self._devices if device.badge.user_id == user_id]
            self._spawn(self._do(self._chance.pick(own), action))
            await self._chance.pause()
        if not burst:
            device = self._chance.pick(self._devices)
            self._spawn(self._do(device, self._desks[device.badge.user_id].act()))

    async def _gap(self) -> None:
        how = self._chance.weighted({"none": 50, "pause": 30, "while": 20, "long": 1})
        if how == "pause":
            await self._chance.pause()
        elif how != "none":
            await asyncio.sleep(self._chance.between(0, 8 if how == "long" else 0.6))

    async def _do(self, device: Device, action: Action) -> None:
        """Has somebody do something; what is sent is sent again until it is answered."""
        for _ in range(_TRIES if action.message_id else 1):
            try:
                await self._try(device, action)
            except (Lost, Unavailable, OperationalError):
                self._around.note("unanswered", by=device.name, action=action.name)
                await asyncio.sleep(self._chance.between(0, 1))
            except Banned as error:
                device.badge.shut_out(error)
                return
            except ChatError as error:
                told = {"action": action.name, "why": error.code}
                self._around.note("refused", by=device.name, **told)
                return
            else:
                return

    async def _try(self, device: Device, action: Action) -> None:
        patience = self._chance.between(0, 0.1) if self._chance.happens(0.1) else None
        node = self.any_node()
        self._around.note(action.name, by=device.name, at=node.name, about=action.about)
        answer = await device.badge.ask(node, action.work, patience)
        if action.message_id:
            self._acknowledged[action.message_id] = answer.row.position

    def _check_messages(self) -> None:
        """Raises Violation if what was acknowledged is not there, once."""
        said = [fact for fact in self._around.model.log if fact.kind == "MessageAdded"]
        placed = {fact.subject_id: fact.position for fact in said}
        if len(placed) < len(said):
            raise Violation("TWICE: a message was added a second time")
        for message_id, position in self._acknowledged.items():
            if placed.get(message_id) != position:
                raise Violation(f"LOST: {message_id} is not at {position}, as was acknowledged")

    def _node(self, name: str) -> Node:
        clock = WallClock(self._chance.between(-5, 5))
        return Node(name, self._disk, self._wire, clock, self._around.fail)

    def _look(self) -> None:
        """Tells the model how the run begins."""
        file = connect(self._disk.path, writes=False)
        self._witness(file)()
        file.close()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(self._around.watch(work))
        self._busy[task] = None
        task.add_done_callback(lambda done: self._busy.pop(done, None))
        return task
