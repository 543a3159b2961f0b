"""Windows are stretches of local time, and know their slot of the week."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from serving.detectors.windows import WindowShape, months, split, usual_shape

NEW_YORK = "America/New_York"


def hourly(start: str, end: str | pd.Timestamp) -> pd.DatetimeIndex:
    return pd.date_range(start, end, freq="h", tz=NEW_YORK, inclusive="left").tz_convert("UTC")


def test_a_day_begins_at_local_midnight() -> None:
    windows = split(hourly("2013-07-01", "2013-07-03"), WindowShape(24, 0, NEW_YORK))
    assert [window.start for window in windows] == [
        datetime(2013, 7, 1, 4, tzinfo=UTC),
        datetime(2013, 7, 2, 4, tzinfo=UTC),
    ]


def test_every_row_is_in_one_window() -> None:
    times = hourly("2013-01-01", "2013-12-31")
    members = np.concatenate([w.members for w in split(times, WindowShape(6, 0, NEW_YORK))])
    np.testing.assert_array_equal(np.sort(members), np.arange(len(times)))


@pytest.mark.parametrize(("day", "hours"), [("2013-03-10", 23), ("2013-11-03", 25)])
def test_the_days_on_which_clocks_change_are_days(day: str, hours: int) -> None:
    end = pd.Timestamp(day) + pd.Timedelta(days=1)
    (window,) = split(hourly(day, end), WindowShape(24, 0, NEW_YORK))
    assert len(window.members) == hours


@pytest.mark.parametrize(("hours", "slots"), [(24, 7), (6, 28), (1, 168)])
def test_a_week_has_as_many_slots_as_windows(hours: int, slots: int) -> None:
    windows = split(hourly("2013-07-01", "2013-07-15"), WindowShape(hours, 0, NEW_YORK))
    assert [window.slot for window in windows] == 2 * list(range(slots))


def test_rows_may_come_in_any_order() -> None:
    times = hourly("2013-07-01", "2013-07-03")[::-1]
    first, _ = split(times, WindowShape(24, 0, NEW_YORK))
    assert (times[first.members].tz_convert(NEW_YORK).day == 1).all()


def test_a_month_is_counted_locally() -> None:
    evening = pd.DatetimeIndex([datetime(2013, 8, 1, 3, tzinfo=UTC), datetime(2013, 8, 1, 5, tzinfo=UTC)])
    july, august = months(evening, NEW_YORK)
    assert august - july == 1


def test_half_of_the_usual_rows_are_enough() -> None:
    assert usual_shape(hourly("2013-07-01", "2013-07-08"), 24, NEW_YORK).minimum_rows == 12


@pytest.mark.parametrize("hours", [0, 5, 48])
def test_windows_that_do_not_divide_a_day_are_refused(hours: int) -> None:
    with pytest.raises(ValueError, match="do not divide"):
        WindowShape(hours, 0, NEW_YORK)
