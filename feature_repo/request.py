"""What a client sends to have a flight predicted, and what follows from that alone.

The serving nodes and the offline retrieval use this same module, so it needs only pandas and numpy,
and nothing of Feast or Ibis.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache

import numpy as np
import pandas as pd

from feature_repo.schema import RequestField

TIMEZONE = "America/New_York"
"""Where every flight leaves: months, days, hours and weekdays are counted there."""

LEAD = timedelta(minutes=60)
"""How long before its scheduled departure a flight is predicted."""

LABEL = "late"
LABEL_DESCRIPTION = "the flight arrives 15 minutes or more after its scheduled arrival"
LATE_MINUTES = 15

TIME_FIELD = "scheduled_departure"
UNKNOWN_TAIL = "UNKNOWN"
"""The key that stands for a flight whose aircraft is not yet named."""

AIRLINES = "airlines"
AIRPORTS = "airports"

# The bounds are wide of the data of 2013 (50 to 700 minutes, 17 to 4,983 miles) and refuse nonsense only.
FIELDS = (
    RequestField(name="carrier", type="string", reference=AIRLINES),
    RequestField(name="flight", type="integer", minimum=1, maximum=9999),
    RequestField(name="origin", type="string", reference=AIRPORTS),
    RequestField(name="dest", type="string", reference=AIRPORTS),
    RequestField(name="tailnum", type="string", null_key=UNKNOWN_TAIL),
    RequestField(name=TIME_FIELD, type="instant"),
    RequestField(name="scheduled_elapsed_minutes", type="integer", minimum=15, maximum=1500),
    RequestField(name="distance_miles", type="integer", minimum=10, maximum=12000),
)

SLICES = ("carrier_code", "origin_code")
"""The features by which performance is reported."""


def derive(requests: pd.DataFrame, references: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """The features that the request alone gives.

    Args:
        requests: [n rows, at least the request fields]; `scheduled_departure` is timezone-aware.
        references: the codes of each reference list.

    Returns:
        [n, 8] float32 with the index of `requests`: codes as positions in their lists (NaN where not
        in it), the hour 0 to 24 with its fraction and the weekday 0 to 6 from Monday in New York, the year,
        minutes, miles.
    """
    # An index, since a column of a table takes ten times as long for a single row.
    local = pd.DatetimeIndex(requests[TIME_FIELD]).tz_convert(TIMEZONE)
    columns = {
        "carrier_code": _positions(requests["carrier"], references[AIRLINES]),
        "origin_code": _positions(requests["origin"], references[AIRPORTS]),
        "dest_code": _positions(requests["dest"], references[AIRPORTS]),
        "departure_hour": local.hour + local.minute / 60,
        "departure_weekday": local.dayofweek,
        "departure_year": local.year,
        "elapsed_minutes": requests["scheduled_elapsed_minutes"],
        "distance": requests["distance_miles"],
    }
    arrays = {name: np.asarray(column, dtype=np.float32) for name, column in columns.items()}
    return pd.DataFrame(arrays, index=requests.index)


def _positions(codes: pd.Series, reference: Sequence[str]) -> np.ndarray:
    """The position of each code in its list, NaN where it is in none."""
    positions = _index(tuple(reference)).get_indexer(pd.Index(codes)).astype(np.float32)
    positions[positions < 0] = np.nan
    return positions


@cache
def _index(reference: tuple[str, ...]) -> pd.Index:
    """A list with its hash table, which is made once for all requests."""
    return pd.Index(reference)
