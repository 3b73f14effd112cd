"""Many things at once, in one channel and about one person in it: where most could go wrong."""

from tests.simulator.actions import Action, Desk
from tests.simulator.surroundings import Surroundings

Burst = list[tuple[str, Action]]
"""Who does what, in this order."""


class Bursts:
    """Makes them up from what there is."""

    def __init__(self, around: Surroundings, desks: dict[str, Desk], root_id: str) -> None:
        self._model = around.model
        self._chance = around.chance
        self._desks = desks
        self._root_id = root_id

    def any(self) -> Burst:
        """Somebody loses a right while others talk; nothing if there is nobody to lose it."""
        state = self._model.state
        crowded = [each for each, members in state.members.items() if len(members) > 1]
        if not crowded:
            return []
        there = self._chance.pick(crowded)
        owner, *others = state.members[there]
        victim = self._chance.pick(others)
        talk = [(owner, self._desks[owner].send(there)) for _ in range(self._chance.number(2, 5))]
        burst = [*talk, *self._loss(victim, owner, there), *self._loss(victim, owner, there)]
        return self._chance.shuffled(burst)

    def _loss(self, victim: str, owner: str, there: str) -> Burst:
        """How a right is lost, or comes back."""
        root, own, theirs = self._desks[self._root_id], self._desks[victim], self._desks[owner]
        return self._chance.pick(
            (
                [(self._root_id, root.ban(victim))],
                [(self._root_id, root.unban(victim))],
                [(owner, theirs.remove(victim, there))],
                [(owner, theirs.add([victim], there))],
                [(victim, own.leave(there))],
                [(victim, own.sign_out())],
                [],
            )
        )
