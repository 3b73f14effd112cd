"""Failed sign-ins: counted, and written to the audit log from time to time, a few lines each."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from adapters.clock import Clock, Instant
from models.writer import Transaction
from resolvers import audit
from resolvers.audit import Action
from resolvers.house import House

_ACCOUNTS = 1_000
_ADDRESSES = 10
_LINES = 5
"""Accounts that get a line of their own each time, those with the most failures."""


@dataclass(slots=True)
class Failures:
    """What has failed for one account, or for all that have no count of their own."""

    count: int = 0
    since: str = ""
    until: str = ""
    addresses: dict[str, None] = field(default_factory=dict[str, None])
    """The first few that it came from."""

    def add(self, address: str | None, now: Instant) -> None:
        """Once more."""
        self.count += 1
        self.since, self.until = self.since or now, now
        if address is not None and len(self.addresses) < _ADDRESSES:
            self.addresses[address] = None

    def merge(self, other: "Failures") -> None:
        """Counts another's together with these."""
        self.count += other.count
        self.since = min(filter(None, (self.since, other.since)), default="")
        self.until = max(self.until, other.until)
        for address in other.addresses:
            if len(self.addresses) < _ADDRESSES:
                self.addresses[address] = None


class Attempts:
    """The sign-ins that failed on this node and are not in the log yet."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, Failures] = {}
        self._others = Failures()
        self.total = 0
        """Since this node began."""

    @property
    def unwritten(self) -> int:
        """How many of them are not in the log yet."""
        known = sum(failures.count for failures in self._known.values())
        return known + self._others.count

    def failed(self, user_id: str | None, address: str | None) -> None:
        """Somebody could not sign in; without an id, to an account that there is not."""
        self.total += 1
        counted = self._others
        if user_id is not None and (user_id in self._known or len(self._known) < _ACCOUNTS):
            counted = self._known.setdefault(user_id, Failures())
        counted.add(address, self._clock.now())

    async def write_down(self, house: House) -> int:
        """Writes what has failed to the audit log; returns how often that was."""
        known, others = self._known, self._others
        self._known, self._others = {}, Failures()
        most = sorted(known, key=lambda user_id: -known[user_id].count)
        for user_id in most[_LINES:]:
            others.merge(known[user_id])
        lines = [(user_id, known[user_id]) for user_id in most[:_LINES]]
        counted = [*lines, *([(None, others)] if others.count else [])]
        if not counted:
            return 0

        async def unit(transaction: Transaction) -> None:
            for user_id, failures in counted:
                audit.note_of_nobody(
                    transaction,
                    house,
                    Action.SIGN_INS_FAILED,
                    user_id,
                    next(iter(failures.addresses)) if len(failures.addresses) == 1 else None,
                    count=failures.count,
                    since=failures.since,
                    until=failures.until,
                    addresses=list(failures.addresses),
                )

        try:
            await house.write(unit)
        except BaseException:
            self._take_back(counted)
            raise
        return sum(failures.count for _, failures in counted)

    def _take_back(self, counted: Iterable[tuple[str | None, Failures]]) -> None:
        """They are to be written the next time."""
        for user_id, failures in counted:
            there = self._others if user_id is None else self._known.setdefault(user_id, Failures())
            there.merge(failures)
