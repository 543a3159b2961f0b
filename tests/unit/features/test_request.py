"""What follows from a request alone."""

import math

import pandas as pd
import pytest

from feature_repo.request import FIELDS, derive

REFERENCES = {"airlines": ["AA", "UA"], "airports": ["EWR", "IAH", "JFK"]}


def request(**changes: object) -> pd.DataFrame:
    fields = {
        "carrier": "UA",
        "flight": 1545,
        "origin": "EWR",
        "dest": "IAH",
        "tailnum": None,
        "scheduled_departure": pd.Timestamp("2013-01-01T10:15Z"),
        "scheduled_elapsed_minutes": 244,
        "distance_miles": 1400,
    }
    return pd.DataFrame([fields | changes])


def test_codes_become_their_places_in_the_reference_lists() -> None:
    derived = derive(request(), REFERENCES).iloc[0]
    assert (derived.carrier_code, derived.origin_code, derived.dest_code) == (1, 0, 1)


def test_a_code_that_is_in_no_list_is_missing() -> None:
    assert math.isnan(derive(request(carrier="ZZ"), REFERENCES).carrier_code[0])


@pytest.mark.parametrize(
    ("departure", "hour"),
    [("2013-01-01T10:15Z", 5.25), ("2013-07-01T10:15Z", 6.25), ("2013-01-01T04:30Z", 23.5)],
)
def test_hours_are_new_yorks_in_winter_and_in_summer(departure: str, hour: float) -> None:
    row = request(scheduled_departure=pd.Timestamp(departure))
    assert derive(row, REFERENCES).departure_hour[0] == hour


def test_the_weekday_and_the_year_are_new_yorks() -> None:
    row = request(scheduled_departure=pd.Timestamp("2013-01-01T04:30Z"))
    derived = derive(row, REFERENCES).iloc[0]
    assert (derived.departure_weekday, derived.departure_year) == (0, 2012)


def test_everything_is_float32_and_keeps_the_index() -> None:
    rows = pd.concat([request(), request(dest="JFK")])
    derived = derive(rows.set_axis([7, 3]), REFERENCES)
    assert set(map(str, derived.dtypes)) == {"float32"}
    assert list(derived.index) == [7, 3]


def test_a_negative_distance_is_below_what_the_contract_allows() -> None:
    distance = next(field for field in FIELDS if field.name == "distance_miles")
    assert distance.minimum is not None
    assert distance.minimum > 0
