"""Which window a row falls into, and when a window is closed."""

from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.detectors.windows import WindowShape, split
from serving.monitor.windows import bounds, is_closed

# Hypothesis wants bounds without a zone.
BEGINNING, END = datetime(1990, 1, 1), datetime(2037, 1, 1)  # noqa: DTZ001


@given(
    instant=st.datetimes(BEGINNING, END, timezones=st.just(UTC)),
    hours=st.sampled_from([1, 4, 6, 24]),
    timezone=st.sampled_from(["America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"]),
)
def test_a_row_falls_into_the_window_that_the_detectors_have(
    instant: datetime, hours: int, timezone: str
) -> None:
    shape = WindowShape(hours, 1, timezone)
    (window,) = split(pd.DatetimeIndex([instant]), shape)
    assert bounds(instant.timestamp(), shape).start == window.start.timestamp()


@pytest.mark.parametrize(("day", "hours"), [("2013-03-10", 23), ("2013-07-01", 24), ("2013-11-03", 25)])
def test_a_day_is_as_long_as_its_clocks_have_it(day: str, hours: int) -> None:
    noon = pd.Timestamp(day, tz="America/New_York") + pd.Timedelta(hours=12)
    found = bounds(noon.timestamp(), WindowShape(24, 1, "America/New_York"))
    assert found.end - found.start == hours * 3600


def closed(end: int, first_later: float | None, last_stored: float) -> bool:
    return is_closed(end, first_later, last_stored, now=1000, grace=30)


def test_a_later_row_closes_a_window_after_the_grace() -> None:
    assert closed(5000, first_later=970, last_stored=999)
    assert not closed(5000, first_later=971, last_stored=900)


def test_the_clock_closes_a_window_that_is_over_and_silent() -> None:
    assert closed(900, first_later=None, last_stored=970)


def test_a_replay_of_the_past_is_not_closed_by_the_clock_while_rows_come() -> None:
    assert not closed(900, first_later=None, last_stored=971)


def test_a_window_that_lasts_is_open_however_silent_it_is() -> None:
    assert not closed(1001, first_later=None, last_stored=0)
