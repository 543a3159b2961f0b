"""Faults as they happen to this data, planted to measure what the detectors find.

Each is a pure function of a frame (the columns that the retrieval writes). A row fault spoils every row
that it returns, and leaves out the rows that cannot carry it; a window fault spoils what a fault upstream
would, and leaves the other rows as they are.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from feature_repo.history import EVENT_TIMESTAMP

RowFault = Callable[[pd.DataFrame], pd.DataFrame]
WindowFault = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]

TEMPERATURE = "weather__temperature_fahrenheit"
DEW_POINT = "weather__dew_point_fahrenheit"
WIND = "weather__wind_speed_mph"
PRESSURE = "weather__pressure_millibars"
SEATS = "planes__seats"
HOUR, WEEKDAY = "departure_hour", "departure_weekday"
ELAPSED = "elapsed_minutes"
ROUTE_PREFIX = "routes__"
ROUTE_MEMORY = pd.Timedelta(days=14)

DEGREES_OVER = 20
"""How far the dew point is put above the temperature, in degrees Fahrenheit. Air holds no dew point above
its temperature at all; a few degrees above it are within what two sensors may disagree."""
SHARE_OF_ROWS = 0.2
SHARE_MISSING = 0.05
HOURS_LATE = 6
RELABELLED, AS = "UA", "DL"


def temperature_of_200_degrees(frame: pd.DataFrame) -> pd.DataFrame:
    """A thermometer that reports 200 °F."""
    return frame.assign(**{TEMPERATURE: np.float32(200)})


def wind_of_1048_miles_per_hour(frame: pd.DataFrame) -> pd.DataFrame:
    """The wind that one station reported for an hour of February 2013."""
    return frame.assign(**{WIND: np.float32(1048.36)})


def seats_of_5000(frame: pd.DataFrame) -> pd.DataFrame:
    """An aircraft of 5000 seats."""
    return frame.assign(**{SEATS: np.float32(5000)})


def pressure_of_zero(frame: pd.DataFrame) -> pd.DataFrame:
    """A barometer that reports 0."""
    return frame.assign(**{PRESSURE: np.float32(0)})


def dew_point_over_temperature(frame: pd.DataFrame) -> pd.DataFrame:
    """A dew point that is 20 °F above the temperature, where a temperature is known."""
    known = frame[frame[TEMPERATURE].notna()]
    return known.assign(**{DEW_POINT: known[TEMPERATURE] + DEGREES_OVER})


def celsius_for_fahrenheit(frame: pd.DataFrame) -> pd.DataFrame:
    """A thermometer that reports Celsius; the dew point beside it stays in Fahrenheit.

    Where both were converted no single row could tell: 13 and 5 degrees are a sound winter's day in
    Fahrenheit, and saturated air stays saturated.
    """
    known = frame[frame[TEMPERATURE].notna() & frame[DEW_POINT].notna()]
    return known.assign(**{TEMPERATURE: (known[TEMPERATURE] - 32) / np.float32(1.8)})


def seats_zeroed(frame: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """A fifth of the rows have 0 seats, where seats are known."""
    return _where(frame, SEATS, 0, _chosen(frame, SHARE_OF_ROWS, generator))


def schedule_six_hours_late(frame: pd.DataFrame, _generator: np.random.Generator) -> pd.DataFrame:
    """Every scheduled departure is read six hours late, with the weekday that follows from that.

    The rows stay in the window in which they were asked for.
    """
    hours = frame[HOUR] + HOURS_LATE
    weekday = (frame[WEEKDAY] + (hours >= 24)) % 7
    return frame.assign(**{HOUR: hours % 24, WEEKDAY: weekday.astype(np.float32)})


def carrier_relabelled(frame: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """A fifth of United's flights come as Delta's.

    The carrier is part of a route's key, so these rows get what is known of Delta's arrivals on the route:
    the last value of one of its own rows within the life of a route, and none where it does not fly.
    """
    relabelled = (frame["carrier"] == RELABELLED) & _chosen(frame, SHARE_OF_ROWS, generator)
    donors = frame[frame["carrier"] == AS]
    columns = [column for column in frame.columns if column.startswith(ROUTE_PREFIX)]
    keys = ["origin", "dest"]
    looked_up = pd.merge_asof(
        frame.loc[relabelled, [*keys, EVENT_TIMESTAMP]],
        donors[[*keys, EVENT_TIMESTAMP, *columns]],
        on=EVENT_TIMESTAMP,
        by=keys,
        tolerance=ROUTE_MEMORY,
    )
    spoiled = frame.copy()
    spoiled.loc[relabelled, columns] = looked_up[columns].to_numpy(np.float32)
    spoiled.loc[relabelled, "carrier"] = AS
    spoiled.loc[relabelled, "carrier_code"] = donors["carrier_code"].iloc[0]
    return spoiled


def elapsed_minutes_missing(frame: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """A twentieth of the rows come without their scheduled minutes."""
    return _where(frame, ELAPSED, np.nan, _chosen(frame, SHARE_MISSING, generator))


def celsius_reported(frame: pd.DataFrame, _generator: np.random.Generator) -> pd.DataFrame:
    """Every thermometer reports Celsius (see `celsius_for_fahrenheit`)."""
    return frame.assign(**{TEMPERATURE: (frame[TEMPERATURE] - 32) / np.float32(1.8)})


def pressure_zeroed(frame: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """A fifth of the rows have a pressure of 0, also where none was reported."""
    spoiled = frame[PRESSURE].mask(_chosen(frame, SHARE_OF_ROWS, generator), np.float32(0))
    return frame.assign(**{PRESSURE: spoiled})


ROW_FAULTS: Mapping[str, RowFault] = MappingProxyType(
    {
        fault.__name__: fault
        for fault in (
            temperature_of_200_degrees,
            wind_of_1048_miles_per_hour,
            seats_of_5000,
            pressure_of_zero,
            dew_point_over_temperature,
            celsius_for_fahrenheit,
        )
    }
)
"""By name: what the outlier detector must find in a single row."""

WINDOW_FAULTS: Mapping[str, WindowFault] = MappingProxyType(
    {
        fault.__name__: fault
        for fault in (
            seats_zeroed,
            schedule_six_hours_late,
            carrier_relabelled,
            elapsed_minutes_missing,
            celsius_reported,
            pressure_zeroed,
        )
    }
)
"""By name: what the drift detector must find in a window."""


def _chosen(frame: pd.DataFrame, share: float, generator: np.random.Generator) -> pd.Series:
    return pd.Series(generator.random(len(frame)) < share, index=frame.index)


def _where(frame: pd.DataFrame, column: str, value: float, chosen: pd.Series) -> pd.DataFrame:
    """`frame` with `value` in the chosen rows of a column, where something is known there."""
    spoiled = frame[column].mask(chosen & frame[column].notna(), np.float32(value))
    return frame.assign(**{column: spoiled})
