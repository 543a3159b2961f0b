"""The contracts of the raw tables, as they are packaged, and of the typed ones that features are built from.

Every typed cell has an instant from which it is known (see `known.py`); all instants are UTC.
"""

from collections.abc import Mapping

import pandas as pd
from pandera.errors import SchemaErrors
from pandera.pandas import Check, Column, DataFrameSchema

INSTANT = "datetime64[us, UTC]"


class BrokenTableError(ValueError):
    """A table breaks its contract; the message names table, column, row count and an example."""


def _text(*, nullable: bool = False, unique: bool = False, pattern: str | None = None) -> Column:
    checks = [] if pattern is None else [Check.str_matches(pattern)]
    return Column("string", checks, nullable=nullable, unique=unique)


def _whole(low: int, high: int, *, nullable: bool = False) -> Column:
    return Column("Int64", Check.in_range(low, high), nullable=nullable)


def _real(low: float, high: float, *, nullable: bool = True) -> Column:
    return Column("float64", Check.in_range(low, high), nullable=nullable)


def _instant(*, nullable: bool = False) -> Column:
    return Column(INSTANT, nullable=nullable)


def _contract(columns: dict[str, Column], *, unique: list[str] | None = None) -> DataFrameSchema:
    return DataFrameSchema(columns, strict=True, coerce=True, ordered=False, unique=unique)


AIRPORT = r"^[A-Z0-9]{3}$"
CARRIER = r"^[A-Z0-9]{2}$"

RAW: Mapping[str, DataFrameSchema] = {
    "airlines": _contract({"carrier": _text(pattern=CARRIER, unique=True), "name": _text()}),
    "airports": _contract(
        {
            "faa": _text(pattern=AIRPORT, unique=True),
            "name": _text(),
            "lat": _real(-90, 90, nullable=False),
            "lon": _real(-180, 180, nullable=False),
            "alt": _real(-1500, 30000),
            "tz": _real(-12, 14),
            "dst": _text(nullable=True),
            "tzone": _text(nullable=True),
        }
    ),
    "flights": _contract(
        {
            "year": _whole(1987, 2100),
            "month": _whole(1, 12),
            "day": _whole(1, 31),
            "dep_time": _whole(0, 2400, nullable=True),
            "sched_dep_time": _whole(0, 2359),
            "dep_delay": _whole(-180, 3000, nullable=True),
            "arr_time": _whole(0, 2400, nullable=True),
            "sched_arr_time": _whole(0, 2400),
            "arr_delay": _whole(-300, 3000, nullable=True),
            "carrier": _text(pattern=CARRIER),
            "flight": _whole(1, 9999),
            "tailnum": _text(nullable=True),
            "origin": _text(pattern=AIRPORT),
            "dest": _text(pattern=AIRPORT),
            "air_time": _whole(1, 1500, nullable=True),
            "distance": _whole(1, 12000),
            "hour": _whole(0, 23),
            "minute": _whole(0, 59),
            "time_hour": _instant(),
        },
        unique=["carrier", "flight", "origin", "dest", "time_hour", "minute"],
    ),
    "planes": _contract(
        {
            "tailnum": _text(unique=True),
            "year": _whole(1903, 2100, nullable=True),
            "type": _text(),
            "manufacturer": _text(),
            "model": _text(),
            "engines": _whole(1, 8),
            "seats": _whole(1, 900),
            "speed": _real(0, 2000),
            "engine": _text(),
        }
    ),
    "weather": _contract(
        {
            "origin": _text(pattern=AIRPORT),
            "year": _whole(1987, 2100),
            "month": _whole(1, 12),
            "day": _whole(1, 31),
            "hour": _whole(0, 23),
            "temp": _real(-80, 140),
            "dewp": _real(-80, 100),
            "humid": _real(0, 100),
            "wind_dir": _real(0, 360),
            # No upper bound: a sensor's nonsense is one missing reading, not a broken file (see typed).
            "wind_speed": _real(0, float("inf")),
            "wind_gust": _real(0, float("inf")),
            "precip": _real(0, 20),
            "pressure": _real(850, 1100),
            "visib": _real(0, 100),
            "time_hour": _instant(),
        },
        unique=["origin", "time_hour"],
    ),
}

HIGHEST_WIND_MPH = 253.0
"""No surface wind above 253 mph was ever measured (World Meteorological Organization, Barrow Island 1996)."""

TYPED: Mapping[str, DataFrameSchema] = {
    "airlines": _contract({"code": _text(pattern=CARRIER, unique=True), "name": _text()}),
    "airports": _contract(
        {"code": _text(pattern=AIRPORT, unique=True), "name": _text(), "timezone": _text(nullable=True)}
    ),
    "flights": _contract(
        {
            "flight_id": Column("int64", Check.ge(0), unique=True),
            "carrier": _text(pattern=CARRIER),
            "flight": _whole(1, 9999),
            "origin": _text(pattern=AIRPORT),
            "dest": _text(pattern=AIRPORT),
            "tailnum": _text(nullable=True),
            "scheduled_departure": _instant(),
            "scheduled_arrival": _instant(),
            "distance_miles": _whole(1, 12000),
            "departed_at": _instant(nullable=True),
            "departure_delay_minutes": _whole(-180, 3000, nullable=True),
            "arrived_at": _instant(nullable=True),
            "arrival_delay_minutes": _whole(-300, 3000, nullable=True),
            "cancelled": Column("boolean", nullable=True),
        }
    ),
    "planes": _contract(
        {
            "tailnum": _text(unique=True),
            "known_at": _instant(),
            "manufactured_year": _whole(1903, 2100, nullable=True),
            "engines": _whole(1, 8),
            "seats": _whole(1, 900),
        }
    ),
    "weather": _contract(
        {
            "origin": _text(pattern=AIRPORT),
            "observed_at": _instant(),
            "known_at": _instant(),
            "temperature_fahrenheit": _real(-80, 140),
            "dew_point_fahrenheit": _real(-80, 100),
            "humidity_percent": _real(0, 100),
            "wind_speed_mph": _real(0, HIGHEST_WIND_MPH),
            "precipitation_inches": _real(0, 20),
            "pressure_millibars": _real(850, 1100),
            "visibility_miles": _real(0, 100),
        },
        unique=["origin", "observed_at"],
    ),
}


def check_table(name: str, table: pd.DataFrame, contracts: Mapping[str, DataFrameSchema]) -> pd.DataFrame:
    """`table` with the types of its contract, its columns in the contract's order.

    Raises:
        BrokenTableError: every column at fault is named, with how many rows and an example.
    """
    contract = contracts[name]
    try:
        return contract.validate(table, lazy=True)[list(contract.columns)]
    except SchemaErrors as error:
        raise BrokenTableError(_explain(name, error.failure_cases)) from error


def _explain(name: str, failures: pd.DataFrame) -> str:
    """One line a failed check, the table's own lines after those of its columns."""
    lines = []
    for (column, check), cases in failures.groupby(["column", "check"], dropna=False, sort=False):
        rows = cases["index"].dropna()
        if rows.empty:
            lines.append(f"table {name}: {check}: {cases['failure_case'].iloc[0]}")
        else:
            example = f"'{cases['failure_case'].iloc[0]}' in row {int(rows.iloc[0])}"
            lines.append(
                f"table {name}, column {column}: {rows.nunique()} rows break {check}, for example {example}"
            )
    return "\n".join(lines)
