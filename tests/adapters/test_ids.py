from uuid import UUID

import pytest

from adapters.ids import new_id, parsed_id

ONE = "019f2d6a-52c1-7d3e-8f04-5a6b7c8d9e0f"


def test_new_ids_are_uuid7_and_sort_by_age() -> None:
    made = [new_id() for _ in range(1000)]
    assert {UUID(one).version for one in made} == {7}
    assert sorted(made) == made
    assert len(set(made)) == 1000


def test_an_id_is_taken_in_upper_case_and_kept_in_lower() -> None:
    one = new_id()
    assert parsed_id(one.upper()) == one


@pytest.mark.parametrize(
    "text", ["", "x", "{" + "0" * 34 + "}", "urn:uuid:" + ONE, ONE[:-1], ONE + "\0"]
)
def test_what_is_no_uuid_is_no_id(text: str) -> None:
    assert parsed_id(text) is None
