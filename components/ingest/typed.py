"""Raw tables to typed ones: instants in UTC, names that say units, nonsense set to missing and counted."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pandas as pd

from components.ingest.arrival import MISSING_ZONES, scheduled_arrivals
from feature_repo.relations import check_relations
from feature_repo.tables import HIGHEST_WIND_MPH, TYPED, check_table

WEATHER_DELAY = pd.Timedelta(hours=1)
"""An observation is published an hour after its stamp."""

REGISTERED_AT = datetime(2013, 1, 1, 5, tzinfo=UTC)
"""The aircraft register carries no dates; it counts as known from the first midnight of the data."""


def typed_tables(raw: Mapping[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], dict[str, int]]:
    """The typed tables with everything that ever became known, and how many cells were set to missing.

    The second is keyed by `table.column`. It counts wind speeds that no wind has: the packaged weather
    has one of 1,048 mph, an instrument's fault, which must not reach the features.

    Raises:
        BrokenTableError: a typed table breaks its contract, or a relation to another.
    """
    airports = _airports(raw["airports"])
    zones = dict(zip(airports["code"], airports["timezone"], strict=True))
    impossible = raw["weather"]["wind_speed"] > HIGHEST_WIND_MPH
    tables = {
        "airlines": raw["airlines"].rename(columns={"carrier": "code"}),
        "airports": airports,
        "flights": _flights(raw["flights"], zones),
        "planes": _planes(raw["planes"]),
        "weather": _weather(raw["weather"], impossible),
    }
    checked = {name: check_table(name, table, TYPED) for name, table in tables.items()}
    check_relations(checked)
    return checked, {"weather.wind_speed_mph": int(impossible.sum())}


def _airports(raw: pd.DataFrame) -> pd.DataFrame:
    packaged = raw.rename(columns={"faa": "code", "tzone": "timezone"})[["code", "name", "timezone"]]
    lacking = {code: zone for code, zone in MISSING_ZONES.items() if code not in set(packaged["code"])}
    added = pd.DataFrame({"code": list(lacking), "name": list(lacking), "timezone": list(lacking.values())})
    return pd.concat([packaged, added], ignore_index=True)


def _flights(raw: pd.DataFrame, zones: Mapping[str, str]) -> pd.DataFrame:
    departure = raw["time_hour"] + pd.to_timedelta(raw["minute"].astype("int64"), unit="min")
    arrival = scheduled_arrivals(departure, raw["sched_arr_time"], raw["dest"], zones)
    return pd.DataFrame(
        {
            # The packaged order breaks ties, so that results do not depend on how a query is run.
            "flight_id": range(len(raw)),
            **{name: raw[name] for name in ("carrier", "flight", "origin", "dest", "tailnum")},
            "scheduled_departure": departure,
            "scheduled_arrival": arrival,
            "distance_miles": raw["distance"],
            "departed_at": _delayed(departure, raw["dep_delay"]),
            "departure_delay_minutes": raw["dep_delay"],
            "arrived_at": _delayed(arrival, raw["arr_delay"]),
            "arrival_delay_minutes": raw["arr_delay"],
            "cancelled": raw["dep_time"].isna().astype("boolean"),
        }
    )


def _delayed(scheduled: pd.Series, minutes: pd.Series) -> pd.Series:
    return scheduled + pd.to_timedelta(minutes.astype("float64"), unit="min")


def _planes(raw: pd.DataFrame) -> pd.DataFrame:
    columns = raw.rename(columns={"year": "manufactured_year"})[
        ["tailnum", "manufactured_year", "engines", "seats"]
    ]
    return columns.assign(known_at=pd.Timestamp(REGISTERED_AT))


def _weather(raw: pd.DataFrame, impossible: pd.Series) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "origin": raw["origin"],
            "observed_at": raw["time_hour"],
            "known_at": raw["time_hour"] + WEATHER_DELAY,
            "temperature_fahrenheit": raw["temp"],
            "dew_point_fahrenheit": raw["dewp"],
            "humidity_percent": raw["humid"],
            "wind_speed_mph": raw["wind_speed"].mask(impossible),
            "precipitation_inches": raw["precip"],
            "pressure_millibars": raw["pressure"],
            "visibility_miles": raw["visib"],
        }
    )
