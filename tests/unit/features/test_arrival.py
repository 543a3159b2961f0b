"""When a flight is to arrive, from the destination's clock."""

import pandas as pd
import pytest

from components.ingest.arrival import scheduled_arrivals
from feature_repo.tables import BrokenTableError

ZONES = {
    "IAH": "America/Chicago",
    "HNL": "Pacific/Honolulu",
    "BQN": "America/Puerto_Rico",
    "BOS": "America/New_York",
}


def arrival(departure: str, clock: int, destination: str) -> pd.Timestamp:
    departures = pd.Series([pd.Timestamp(departure)]).astype("datetime64[us, UTC]")
    return scheduled_arrivals(departures, pd.Series([clock]), pd.Series([destination]), ZONES)[0]


@pytest.mark.parametrize(
    ("departure", "clock", "destination", "expected"),
    [
        pytest.param("2013-01-01T10:15Z", 819, "IAH", "2013-01-01T14:19Z", id="an hour behind New York"),
        pytest.param("2013-01-01T14:00Z", 1443, "HNL", "2013-01-02T00:43Z", id="five hours behind"),
        pytest.param("2013-01-02T04:59Z", 437, "BQN", "2013-01-02T08:37Z", id="past midnight, an hour ahead"),
        pytest.param("2013-07-02T03:59Z", 350, "BQN", "2013-07-02T07:50Z", id="no summer time there"),
        pytest.param("2013-03-01T03:50Z", 2400, "BOS", "2013-03-01T05:00Z", id="midnight written as 2400"),
        pytest.param("2013-11-03T04:30Z", 130, "BOS", "2013-11-03T05:30Z", id="a time shown twice"),
    ],
)
def test_an_arrival_is_the_next_showing_of_the_local_time(
    departure: str, clock: int, destination: str, expected: str
) -> None:
    assert arrival(departure, clock, destination) == pd.Timestamp(expected)


def test_a_destination_without_a_time_zone_is_named() -> None:
    with pytest.raises(BrokenTableError, match=r"column dest: 1 rows .* for example 'XXX'"):
        arrival("2013-01-01T10:15Z", 819, "XXX")
