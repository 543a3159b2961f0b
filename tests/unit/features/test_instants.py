"""How instants are read and written."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feature_repo.instants import parse_instant, stamp, unstamp


def test_a_bare_date_is_midnight_in_new_york_in_winter_and_in_summer() -> None:
    assert parse_instant("2014-01-02") == datetime(2014, 1, 2, 5, tzinfo=UTC)
    assert parse_instant("2013-10-01") == datetime(2013, 10, 1, 4, tzinfo=UTC)


def test_an_instant_keeps_its_offset() -> None:
    assert parse_instant("2013-10-01T08:00:00-04:00") == datetime(2013, 10, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2013-10-01T08:00:00", "no offset"),
        ("2013-13-01", "neither a date nor"),
        ("yesterday", "neither a date nor"),
        ("2013-10-01T08:00:00.5Z", "finer than a second"),
    ],
)
def test_what_is_no_instant_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_instant(text)


@given(st.integers(min_value=0, max_value=2**32))
def test_a_stamp_names_its_instant(seconds: int) -> None:
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert unstamp(stamp(instant)) == instant


@given(st.integers(min_value=0, max_value=2**32), st.integers(min_value=1, max_value=2**20))
def test_stamps_sort_as_their_instants_do(seconds: int, later: int) -> None:
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert stamp(instant) < stamp(instant + timedelta(seconds=later))
