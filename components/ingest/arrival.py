"""When a flight is to arrive: the packaged clock times are local to the destination and carry no date."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from feature_repo.tables import BrokenTableError

MISSING_ZONES: Mapping[str, str] = {
    "BQN": "America/Puerto_Rico",
    "PSE": "America/Puerto_Rico",
    "SJU": "America/Puerto_Rico",
    "STT": "America/St_Thomas",
}
"""Destinations that the packaged table of airports lacks."""


def scheduled_arrivals(
    departures: pd.Series, clock: pd.Series, destinations: pd.Series, zones: Mapping[str, str]
) -> pd.Series:
    """The first instant after each departure at which the destination's clocks show the given time.

    Args:
        departures: [n] UTC instants.
        clock: [n] local times as 100 · hour + minute; 2400 is midnight.
        destinations: [n] airport codes.
        zones: the IANA time zone of each airport.

    Returns:
        [n] UTC instants. A time that the clocks show twice, in autumn, is its first showing.

    Raises:
        BrokenTableError: a destination has no time zone.
    """
    zone = destinations.map(zones)
    if zone.isna().any():
        example = destinations[zone.isna()].iloc[0]
        raise BrokenTableError(
            f"table flights, column dest: {int(zone.isna().sum())} rows have a destination without "
            f"a time zone, for example {example!r}"
        )
    arrivals = [
        _local_to_utc(departures[rows], clock[rows], str(name))
        for name, rows in zone.groupby(zone).groups.items()
    ]
    return pd.concat(arrivals).reindex(departures.index)


def _local_to_utc(departures: pd.Series, clock: pd.Series, zone: str) -> pd.Series:
    day = departures.dt.tz_convert(zone).dt.normalize().dt.tz_localize(None)
    minutes = pd.to_timedelta(((clock // 100) * 60 + clock % 100).astype("int64"), unit="min")
    same_day = _localize(day + minutes, zone)
    return same_day.where(same_day > departures, _localize(day + minutes + pd.Timedelta(days=1), zone))


def _localize(local: pd.Series, zone: str) -> pd.Series:
    first_showing = np.ones(len(local), dtype=bool)
    instants = local.dt.tz_localize(zone, ambiguous=first_showing, nonexistent="shift_forward")
    return instants.dt.tz_convert("UTC").astype("datetime64[us, UTC]")
