"""What is known at an instant, cell by cell of the typed tables.

- The schedule (who flies when, where, with which aircraft) is known ahead.
- `departed_at` and the departure delay are known when the flight departs, `arrived_at` and the
  arrival delay when it arrives. Neither is rounded: the cell is known at that very instant.
- `cancelled` is false from the departure on. The data do not say when a cancellation was announced,
  so it counts as known at the scheduled arrival, when nobody can still expect the flight.
- A row of `weather` or `planes` is known from its `known_at` on.
"""

from collections.abc import Mapping
from datetime import datetime

import pandas as pd

OUTCOMES = (
    "departed_at",
    "departure_delay_minutes",
    "arrived_at",
    "arrival_delay_minutes",
    "cancelled",
)


def known_at(tables: Mapping[str, pd.DataFrame], as_of: datetime) -> dict[str, pd.DataFrame]:
    """The typed tables as they stood at `as_of`; what was unknown then is null or absent."""
    known = dict(tables)
    known["flights"] = _known_flights(tables["flights"], pd.Timestamp(as_of))
    for name in ("weather", "planes"):
        known[name] = tables[name][tables[name]["known_at"] <= as_of].reset_index(drop=True)
    return known


def without_outcome(tables: Mapping[str, pd.DataFrame], row: int) -> dict[str, pd.DataFrame]:
    """The typed tables as if what became of the flight `row` had never become known."""
    own = tables["flights"]["flight_id"] == row
    unknown = {name: tables["flights"][name].mask(own) for name in OUTCOMES}
    return {**tables, "flights": tables["flights"].assign(**unknown)}


def _known_flights(flights: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    departed = flights["departed_at"] <= as_of
    arrived = flights["arrived_at"] <= as_of
    settled = departed | (flights["scheduled_arrival"] <= as_of)
    return flights.assign(
        departed_at=flights["departed_at"].where(departed),
        departure_delay_minutes=flights["departure_delay_minutes"].where(departed),
        arrived_at=flights["arrived_at"].where(arrived),
        arrival_delay_minutes=flights["arrival_delay_minutes"].where(arrived),
        cancelled=flights["cancelled"].where(settled & (flights["cancelled"] | departed)),
    )
