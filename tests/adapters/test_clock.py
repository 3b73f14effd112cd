from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.clock import Clock, instant, moment

MOMENTS = st.datetimes(
    timezones=st.timezones(),
    min_value=datetime(1900, 1, 2),  # noqa: DTZ001 - Hypothesis adds the zone
)


@given(MOMENTS, MOMENTS)
def test_instants_sort_as_the_moments_do(one: datetime, other: datetime) -> None:
    if abs(one - other) >= timedelta(milliseconds=1):
        assert (instant(one) < instant(other)) == (one < other)


@given(MOMENTS)
def test_an_instant_names_its_moment_to_the_millisecond(when: datetime) -> None:
    assert len(instant(when)) == 24
    assert timedelta() <= when - moment(instant(when)) < timedelta(milliseconds=1)


def test_an_instant_is_in_utc() -> None:
    in_madrid = datetime(2026, 7, 1, 18, 30, tzinfo=timezone(timedelta(hours=2)))
    assert instant(in_madrid) == "2026-07-01T16:30:00.000Z"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        instant(datetime(2026, 7, 1))  # noqa: DTZ001 - that is the point


def test_a_clock_tells_the_time_of_its_source() -> None:
    clock = Clock(lambda: datetime(2026, 1, 31, 18, 4, 5, 123456, tzinfo=UTC))
    assert clock.now() == "2026-01-31T18:04:05.123Z"
    assert clock.after(timedelta(days=1)) == "2026-02-01T18:04:05.123Z"
