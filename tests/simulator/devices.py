"""Devices: each follows something, loses it now and then, and goes on where it was."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tortoise.exceptions import OperationalError

from resolvers import events, messages
from resolvers.errors import Banned, CursorExpired, NotFound, Unauthenticated, Unavailable
from resolvers.events import EventPage
from resolvers.following import Delivery
from resolvers.house import Caller
from resolvers.messages import Window
from tests.simulator import courses
from tests.simulator.badges import Badge
from tests.simulator.connections import Connection
from tests.simulator.courses import Course, check_sent, position_in
from tests.simulator.ids import short
from tests.simulator.nodes import Lost, Node
from tests.simulator.oracle import Violation
from tests.simulator.replicas import Replica
from tests.simulator.surroundings import Surroundings

HABITS = {"events": 5, "messages": 3, "pages": 2}
"""What a device does all day, and how common that is."""


class Device:
    """One of a user's programs."""

    course: Course | None = None
    replica: Replica | None = None
    connection: Connection | None = None

    def __init__(
        self, name: str, user_id: str, around: Surroundings, node: Callable[[], Node]
    ) -> None:
        """`node` gives one that is up, or raises Lost."""
        self.name = name
        self.badge = Badge(around.model, user_id)
        self._around = around
        self._chance = around.chance
        self._node = node
        self._habit = self._chance.weighted(HABITS)
        self._patience: asyncio.Timeout | None = None

    async def live(self) -> None:
        """Comes and goes for ever. Raises Violation."""
        while True:
            await self._rest()
            try:
                await self._turn(self._node())
            except Lost:
                self._around.note("lost", by=self.name)
            except (Unavailable, OperationalError) as error:
                self._around.note("trouble", by=self.name, why=type(error).__name__)
            except Banned as error:
                self._around.note("banned", by=self.name)
                self.badge.shut_out(error)

    def stay(self) -> None:
        """Does not leave any more of its own accord."""
        if self._patience and not self._patience.expired():
            self._patience.reschedule(None)

    def check_connection(self) -> None:
        """Raises Violation if the device was left waiting, or should have been cut off."""
        if self.connection and self.connection.open:
            self.connection.check()
            if self.course and self.connection.follows:
                self.course.complete()

    async def check_all(self) -> None:
        """Raises Violation if anything is missing now that everybody is connected again."""
        if self.course is None:
            if self._readable():
                raise Violation(f"NOWHERE: {self.name} did not get to follow anything")
            return
        self.course.complete()
        if self.replica:
            fresh = self._new_replica()
            await fresh.load(lambda work: self.badge.insist(self._node, work))
            self.replica.compare(fresh)

    async def _rest(self) -> None:
        if self._around.settling:
            await asyncio.sleep(0.8 if self._habit == "pages" else 0.2)
            await self._around.reopened.wait()
        else:
            await asyncio.sleep(self._chance.between(0, 1.5))

    async def _turn(self, node: Node) -> None:
        token = await self.badge.present(node)
        began = self._around.model.now
        try:
            if self.course is None:
                self.course = await self._begun()
            if self._habit == "pages":
                await self._read_on(node, self.course)
            else:
                await self._follow(node, self.course, token)
        except Unauthenticated:
            await self.badge.renew(node, token)
        except CursorExpired:
            self._expire()
        except NotFound:
            self._leave_channel(began)

    async def _begun(self) -> Course:
        """A new course: behind what was loaded, or as it comes without a cursor."""
        self.replica = None
        if self._habit == "messages":
            return await self._begun_in_channel()
        course = Course(self._around.model, self._whose())
        how = self._chance.weighted({"afresh": 2, "load": 3})
        if how == "load":
            replica = self._new_replica()
            await replica.load(self._ask)
            course.begin_at(replica.head)
            self.replica = replica
        self._around.note("begins", by=self.name, how=how)
        return course

    async def _begun_in_channel(self) -> Course:
        readable = self._readable()
        if not readable:
            raise Lost
        course = Course(self._around.model, self._whose(), self._chance.pick(readable))
        if self._chance.happens(0.5):
            channel_id = course.channel_id or ""
            page = await self._ask(lambda caller: messages.page(caller, channel_id, Window(last=5)))
            if page.cursors:
                course.begin_at(page.cursors[-1])
        self._around.note("begins", by=self.name, channel=short(course.channel_id))
        return course

    async def _follow(self, node: Node, course: Course, token: str) -> None:
        connection = Connection(self._around, node, course)
        self._around.note("connects", by=self.name, to=node.name, at=course.cursor)
        self.connection = connection
        connection.begin(self.badge.user_id, self.badge.session_id, token)
        for_ever = self._around.settling
        try:
            async with asyncio.timeout(
                None if for_ever else self._chance.between(0, 8)
            ) as self._patience:
                await self._take_all(connection, course)
        except TimeoutError:
            self._around.note("leaves", by=self.name)
        finally:
            self._patience = self.connection = None
            connection.cut()

    async def _take_all(self, connection: Connection, course: Course) -> None:
        await self._catch_up()
        while True:
            delivery = await connection.wire.get()
            if isinstance(delivery, BaseException):
                self._around.note("ends", by=self.name, why=connection.closed or repr(delivery))
                raise delivery
            if not self._around.settling:
                await self._chance.pause()
            await self._take(delivery, course)

    async def _take(self, delivery: Delivery[Any], course: Course) -> None:
        row = delivery.item
        self._around.note("gets", by=self.name, position=row.position, live=delivery.live)
        course.received(row.position, delivery.cursor)
        if self.replica:
            self.replica.apply(row)
            await self._catch_up()

    async def _catch_up(self) -> None:
        """Fetches what the events told to fetch."""
        if self.replica:
            await self.replica.fetch(self._ask)

    async def _read_on(self, node: Node, course: Course) -> None:
        size, more = self._chance.number(1, 20), True
        while more:
            given = await self.badge.ask(node, lambda caller: self._page(caller, course, size))
            self._around.note("pages", by=self.name, rows=len(given.rows), next=given.next)
            if course.cursor is None:
                # From the oldest that was kept, which may have been forgotten in between.
                forgotten = self._around.model.state.forgotten
                course.begin(min(forgotten, position_in(given.next)))
            for row in given.rows:
                if row.position > course.begun:
                    course.received(row.position, node.house.feed.cursor(row.position))
                    if self.replica:
                        self.replica.apply(row)
            course.page(given.next)
            await self._catch_up()
            more = given.more

    async def _page(self, caller: Caller, course: Course, size: int) -> EventPage:
        page = await events.page(caller, course.cursor, size)
        for row in page.rows:
            check_sent(self._around.model, caller, row)
        return page

    def _expire(self) -> None:
        self._around.note("expired", by=self.name)
        if self.course:
            self.course.expired()
        self.course = None

    def _leave_channel(self, began: int) -> None:
        course = self.course
        self._around.note("not found", by=self.name)
        if course is None or course.channel_id is None:
            return
        states = self._around.model.states[began:]
        if all(state.reads(self.badge.user_id, course.channel_id) for state in states):
            raise Violation(f"NOT FOUND: {course} may be read")
        if self._chance.happens(0.5) and not self._around.settling:
            self.course = None

    async def _ask(self, work: Callable[[Caller], Awaitable[Any]]) -> Any:
        return await self.badge.ask(self._node(), work)

    def _readable(self) -> list[str]:
        state = self._around.model.state
        return [each for each in state.channels if state.reads(self.badge.user_id, each)]

    def _new_replica(self) -> Replica:
        return Replica(self.badge.user_id, self._around.model)

    def _whose(self) -> courses.Device:
        return courses.Device(self.name, self.badge.user_id)
