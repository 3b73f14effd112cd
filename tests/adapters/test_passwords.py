import asyncio

import pytest

from adapters.passwords import Overloaded, Passwords, common_passwords


def quick(**changes: int) -> Passwords:
    return Passwords(**{"memory_kib": 32, "passes": 1, **changes})


async def test_the_right_password_is_told_from_a_wrong_one() -> None:
    passwords = quick()
    stored = await passwords.hash("correct horse")
    assert stored.startswith("$argon2id$")
    assert await passwords.verify(stored, "correct horse")
    assert not await passwords.verify(stored, "correct house")


async def test_without_an_account_the_same_work_is_done_and_the_answer_is_no(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passwords, worked = quick(), []
    check = passwords._matches
    monkeypatch.setattr(passwords, "_matches", lambda *given: worked.append(given) or check(*given))
    assert not await passwords.verify(None, "there is no such account")
    assert len(worked) == 1


async def test_a_damaged_hash_matches_nothing() -> None:
    assert not await quick().verify("not a hash", "correct horse")


async def test_a_hash_made_with_weaker_parameters_is_outdated() -> None:
    stored = await quick().hash("correct horse")
    assert quick(passes=2).outdated(stored)
    assert not quick().outdated(stored)


async def test_too_many_at_once_are_refused() -> None:
    passwords = quick()
    results = await asyncio.gather(
        *(passwords.hash("correct horse") for _ in range(100)), return_exceptions=True
    )
    assert sum(isinstance(result, str) for result in results) == 64
    assert sum(isinstance(result, Overloaded) for result in results) == 36


def test_the_commonest_passwords_are_known() -> None:
    assert "password1" in common_passwords()
    assert "correct horse battery" not in common_passwords()
