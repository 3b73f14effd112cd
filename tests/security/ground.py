"""What attacks are made of, and the ground on which they are tried."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from server.opening import add_admin
from server.serving import Running
from tests.cast import Client, Person, sign_in, sign_up
from tests.stage import PASSWORD


@dataclass
class Ground:
    """A server, and people on it who know nothing of each other yet."""

    server: Running
    http: httpx.AsyncClient

    @property
    def url(self) -> str:
        """Where the server is, whatever it calls itself."""
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def nobody(self) -> Client:
        """Somebody who is not signed in."""
        return Client(self.url, self.http)

    async def person(self, name: str) -> Person:
        """Somebody new, of this name."""
        return await sign_up(self.url, self.http, name)

    async def admin(self) -> Person:
        """The admin."""
        await add_admin(self.server.house, "root", PASSWORD)
        return await sign_in(self.url, self.http, "root")


Attempt = Callable[[Ground], Awaitable[bool]]
TakeOut = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Attack:
    """Something that a stranger, a member or a page of another site would like to do."""

    name: str
    over: str
    protection: str
    attempt: Attempt
    """Whether it succeeded."""
    take_out: TakeOut
    """Takes the protection out of the server that is about to start."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    unprotected: Mapping[str, Any] = field(default_factory=dict)
    """Settings with which there is no such protection."""


ATTACKS: dict[str, Attack] = {}


def attack(
    over: str,
    protection: str,
    *take_out: TakeOut,
    settings: Mapping[str, Any] | None = None,
    unprotected: Mapping[str, Any] | None = None,
) -> Callable[[Attempt], Attempt]:
    """Makes an attack of a function whose docstring is its name."""

    def made(attempt: Attempt) -> Attempt:
        assert attempt.__doc__
        name = attempt.__name__
        assert name not in ATTACKS

        def all_out(patch: pytest.MonkeyPatch) -> None:
            for each in take_out:
                each(patch)

        ATTACKS[name] = Attack(
            attempt.__doc__.rstrip("."),
            over,
            protection,
            attempt,
            all_out,
            settings or {},
            unprotected or {},
        )
        return attempt

    return made


def replaced(target: str, value: object) -> TakeOut:
    """Puts something else in the place of what protects."""
    return lambda patch: patch.setattr(target, value)


def returning(target: str, value: object) -> TakeOut:
    """Has a function always return this."""
    return replaced(target, lambda *_, **__: value)


def doing_nothing(target: str) -> TakeOut:
    """Has an asynchronous function do nothing."""

    async def nothing(*_: object, **__: object) -> None:
        """Nothing."""

    return replaced(target, nothing)


def code_of(answer: Any) -> str | None:
    """The code of the first error of an answer."""
    return answer["errors"][0]["extensions"]["code"] if answer.get("errors") else None


def succeeded(answer: Any) -> bool:
    """Whether an answer has data and no errors."""
    return "errors" not in answer and answer.get("data") is not None


def printed() -> str:
    """The table in Markdown, as it stands in docs/security.md."""
    rows = [
        f"| {each.name} | {each.over} | {each.protection} | `{name}` |"
        for name, each in sorted(ATTACKS.items(), key=lambda item: (item[1].over, item[1].name))
    ]
    return "\n".join(("| attack | over | protection | test |", "| --- | --- | --- | --- |", *rows))
