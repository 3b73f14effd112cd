"""An event loop in which time passes only when there is nothing left to do."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")


class Deadlock(AssertionError):
    """Everybody waits for somebody else, and nothing is due."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs what is ready in its order, leaps to the next timer; has neither files nor threads."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Leap(self._leap)
        self._elapsed = 0.0

    def time(self) -> float:
        """In seconds since the loop was made."""
        return self._elapsed

    def run_in_executor(self, *_: object) -> NoReturn:
        """Raises RuntimeError: what a thread does cannot be repeated."""
        raise RuntimeError("a thread has no place here")

    def _leap(self, seconds: float) -> None:
        self._elapsed += seconds

    def _process_events(self, event_list: object) -> None:
        """There are none: nothing comes from outside."""

    def _write_to_self(self) -> None:
        """Wakes nobody: there is no other thread to be woken from."""


class _Leap:
    """In the place of a selector: does not wait for the time to pass, but lets it."""

    def __init__(self, leap: Callable[[float], None]) -> None:
        self._leap = leap

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise Deadlock("nobody can go on")
        if timeout > 0:
            self._leap(timeout)
        return []


def run(main: Coroutine[Any, Any, T]) -> T:
    """What the coroutine returns, in no time at all."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
