"""Splits are whole months of local time, the latest ones tested."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from components.retrieve_features.splits import month_splits, months_of

TIMES = pd.Series(pd.date_range("2013-01-01T05:00Z", "2013-12-31T23:00Z", freq="6h"))
MIDNIGHT = datetime(2013, 10, 1, 4, tzinfo=UTC)


def months(as_of: datetime, validation: int = 1, test: int = 1) -> list[tuple[str, str]]:
    splits = month_splits(TIMES, as_of, "America/New_York", validation, test)
    return [(str(part[0]), str(part[-1])) for _, part in splits.items()]


def test_a_month_counts_once_it_is_over_in_local_time() -> None:
    assert months(MIDNIGHT) == [("2013-01", "2013-07"), ("2013-08", "2013-08"), ("2013-09", "2013-09")]
    assert months(MIDNIGHT.replace(hour=3))[-1] == ("2013-08", "2013-08")


def test_months_are_held_out_from_the_end() -> None:
    as_of = datetime(2014, 1, 2, 5, tzinfo=UTC)
    assert months(as_of, 1, 3) == [("2013-01", "2013-08"), ("2013-09", "2013-09"), ("2013-10", "2013-12")]


def test_an_evening_in_new_york_belongs_to_the_month_that_ends_there() -> None:
    evening = pd.Series([pd.Timestamp("2013-10-01T03:30Z")])
    assert str(months_of(evening, "America/New_York")[0]) == "2013-09"


@pytest.mark.parametrize(
    ("validation", "test", "reason"), [(0, 1, "validation_months"), (1, -1, "test_months")]
)
def test_a_split_without_months_is_refused_by_name(validation: int, test: int, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        months(MIDNIGHT, validation, test)


def test_as_few_months_as_the_detectors_need_are_enough() -> None:
    assert months(MIDNIGHT, 3, 3)[0] == ("2013-01", "2013-03")


@pytest.mark.parametrize(("validation", "test", "left"), [(3, 4, 2), (4, 5, 0), (12, 12, 0)])
def test_too_few_months_are_refused_with_their_number(validation: int, test: int, left: int) -> None:
    with pytest.raises(ValueError, match=rf"9 whole months .* {left} are left to train on, and 3 are needed"):
        months(MIDNIGHT, validation, test)
