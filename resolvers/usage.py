"""Usage: when API tokens were used last, noted from time to time and not at every use."""

from adapters.clock import Clock, Instant
from models import sessions
from models.database import Database
from models.writer import Transaction


class Usage:
    """What has been used on this node, and is not written down yet."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used: dict[str, Instant] = {}

    def used(self, session_id: str) -> None:
        """An API token has been used."""
        self._used[session_id] = self._clock.now()

    async def write_down(self, database: Database) -> int:
        """Notes when tokens were used last; returns how many. Raises NotWritten."""
        used, self._used = self._used, {}
        if not used:
            return 0

        async def unit(transaction: Transaction) -> None:
            await sessions.seen(transaction.db, ((at, token_id) for token_id, at in used.items()))

        try:
            await database.write(unit)
        except BaseException:
            self._used = {**used, **self._used}
            raise
        return len(used)
