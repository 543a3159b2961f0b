"""Planted faults change what they say, where it is there, and nothing else."""

import numpy as np
import pandas as pd
import pytest

from feature_repo import faults
from feature_repo.faults import ROW_FAULTS, WINDOW_FAULTS


@pytest.fixture
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(1)
    count = 4000
    carrier = generator.choice(["UA", "DL", "AA"], count)
    dest = np.where(carrier == "DL", "ATL", generator.choice(["ATL", "ORD"], count))
    columns = {
        "carrier": carrier,
        "origin": "JFK",
        "dest": dest,
        "event_timestamp": pd.date_range("2013-10-01", periods=count, freq="5min", tz="UTC"),
        "carrier_code": pd.Series(carrier).map({"AA": 0, "DL": 1, "UA": 2}).astype(np.float32),
        faults.HOUR: generator.uniform(5, 23.9, count).astype(np.float32),
        faults.WEEKDAY: generator.integers(0, 7, count).astype(np.float32),
        faults.ELAPSED: np.float32(150),
        faults.SEATS: np.where(generator.random(count) < 0.1, np.nan, 150).astype(np.float32),
        faults.TEMPERATURE: np.where(generator.random(count) < 0.1, np.nan, 50).astype(np.float32),
        faults.DEW_POINT: np.float32(41),
        faults.WIND: np.float32(10),
        faults.PRESSURE: np.float32(1015),
        "routes__late_share": pd.Series(carrier).map({"AA": 0.1, "DL": 0.2, "UA": 0.3}).astype(np.float32),
    }
    return pd.DataFrame(columns)


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(2)


@pytest.mark.parametrize("name", ROW_FAULTS)
def test_a_row_fault_leaves_its_input_and_its_types_alone(frame: pd.DataFrame, name: str) -> None:
    before = frame.copy()
    spoiled = ROW_FAULTS[name](frame)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_series_equal(spoiled.dtypes, frame.dtypes)


@pytest.mark.parametrize("name", WINDOW_FAULTS)
def test_a_window_fault_keeps_rows_order_types_and_its_input(
    frame: pd.DataFrame, generator: np.random.Generator, name: str
) -> None:
    before = frame.copy()
    spoiled = WINDOW_FAULTS[name](frame, generator)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_series_equal(spoiled.dtypes, frame.dtypes)
    pd.testing.assert_index_equal(spoiled.index, frame.index)


@pytest.mark.parametrize("name", WINDOW_FAULTS)
def test_the_same_seed_plants_the_same_fault(frame: pd.DataFrame, name: str) -> None:
    once, again = (WINDOW_FAULTS[name](frame, np.random.default_rng(3)) for _ in range(2))
    pd.testing.assert_frame_equal(once, again)


def test_rows_that_cannot_carry_a_fault_are_left_out(frame: pd.DataFrame) -> None:
    assert len(faults.celsius_for_fahrenheit(frame)) == frame[faults.TEMPERATURE].notna().sum()


def test_celsius_spoils_the_temperature_alone(frame: pd.DataFrame) -> None:
    spoiled = faults.celsius_for_fahrenheit(frame)
    assert spoiled[faults.TEMPERATURE].unique() == pytest.approx([10])
    assert spoiled[faults.DEW_POINT].unique() == pytest.approx([41])


def test_a_fifth_of_known_seats_becomes_zero(frame: pd.DataFrame, generator: np.random.Generator) -> None:
    spoiled = faults.seats_zeroed(frame, generator)[faults.SEATS]
    assert (spoiled.isna() == frame[faults.SEATS].isna()).all()
    assert (spoiled == 0).sum() / spoiled.notna().sum() == pytest.approx(0.2, abs=0.02)


def test_six_hours_later_may_be_tomorrow(frame: pd.DataFrame, generator: np.random.Generator) -> None:
    evening: dict[str, list[float]] = {faults.HOUR: [10, 20.5], faults.WEEKDAY: [2, 6]}
    row = frame.iloc[[0, 1]].assign(**evening).astype(dict.fromkeys(evening, np.float32))
    spoiled = faults.schedule_six_hours_late(row, generator)
    assert spoiled[faults.HOUR].tolist() == [16, 2.5]
    assert spoiled[faults.WEEKDAY].tolist() == [2, 0]


def test_a_fifth_of_one_carrier_comes_as_another(frame: pd.DataFrame, generator: np.random.Generator) -> None:
    spoiled = faults.carrier_relabelled(frame, generator)
    changed = spoiled["carrier"] != frame["carrier"]
    assert set(frame["carrier"][changed]) == {"UA"}
    assert set(spoiled["carrier_code"][changed]) == {1}
    assert changed.sum() / (frame["carrier"] == "UA").sum() == pytest.approx(0.2, abs=0.04)


def test_a_relabelled_flight_gets_what_is_known_of_the_other_on_its_route(
    frame: pd.DataFrame, generator: np.random.Generator
) -> None:
    spoiled = faults.carrier_relabelled(frame, generator)
    changed = spoiled[spoiled["carrier"] != frame["carrier"]].iloc[20:]
    known = changed.groupby("dest")["routes__late_share"]
    assert known.unique()["ATL"] == pytest.approx([0.2])
    assert known.count()["ORD"] == 0


def test_a_twentieth_of_the_minutes_is_missing(frame: pd.DataFrame, generator: np.random.Generator) -> None:
    spoiled = faults.elapsed_minutes_missing(frame, generator)
    assert spoiled[faults.ELAPSED].isna().mean() == pytest.approx(0.05, abs=0.01)


def test_a_fifth_of_the_pressures_is_zero(frame: pd.DataFrame, generator: np.random.Generator) -> None:
    spoiled = faults.pressure_zeroed(frame, generator)
    assert (spoiled[faults.PRESSURE] == 0).mean() == pytest.approx(0.2, abs=0.02)
