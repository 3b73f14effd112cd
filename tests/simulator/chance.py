"""Everything that is left to chance, from one seed."""

import asyncio
from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """The same questions in the same order get the same answers."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self.happens = lambda share: self._random.random() < share
        self.between = self._random.uniform
        self.number = self._random.randint
        # Some worlds are brisk, in others everything takes its time.
        self._calm = self.between(0.3, 0.9)
        self._longest = self.pick((0.01, 0.05, 0.3))

    def settle(self) -> None:
        """From now on hardly anything takes any time."""
        self._calm = 0.99

    def pick(self, choices: Sequence[T]) -> T:
        """One of them."""
        return self._random.choice(choices)

    def some(self, choices: Sequence[T], most: int) -> list[T]:
        """Some of them, each once."""
        return self._random.sample(choices, self.number(0, min(most, len(choices))))

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """All of them, in any order."""
        return self._random.sample(things, len(things))

    def weighted(self, weights: Mapping[T, float]) -> T:
        """One of the keys, each as often as its value says."""
        return self._random.choices(list(weights), list(weights.values()))[0]

    def uuid(self, number: int) -> str:
        """A UUIDv7 for the thing of this number, which can be read in its first digits."""
        return f"{number:08x}-0000-7000-8000-{self._random.getrandbits(48):012x}"

    async def pause(self) -> None:
        """Lets others go first: for no turn, or a few, or a while."""
        if self.happens(self._calm):
            return
        if self.happens(0.7):
            for _ in range(self.number(1, 4)):
                await asyncio.sleep(0)
        else:
            await asyncio.sleep(self.between(0, self._longest))
