"""Past and coming flights as the requests that clients would have sent, with the truth where it is known."""

from collections.abc import Mapping
from datetime import datetime

import pandas as pd

from feature_repo.request import FIELDS, LABEL, LATE_MINUTES, LEAD

ROW_ID = "flight_id"
EVENT_TIMESTAMP = "event_timestamp"
LABEL_KNOWN_AT = "label_known_at"


def labelled_requests(typed: Mapping[str, pd.DataFrame], as_of: datetime) -> pd.DataFrame:
    """Every scheduled flight as a request, in the order of its prediction.

    Returns:
        [flights, row id + request fields + event_timestamp + label + label_known_at]: `event_timestamp` is
        the instant of the prediction; the label is 0 or 1, and `label_known_at` the instant at which it
        became known; both are null where it is not known at `as_of`.
    """
    flights = typed["flights"]
    elapsed = flights["scheduled_arrival"] - flights["scheduled_departure"]
    known = flights["arrived_at"] <= as_of
    late = flights["arrival_delay_minutes"].ge(LATE_MINUTES).astype("Int8").where(known)
    requests = flights.assign(scheduled_elapsed_minutes=(elapsed.dt.total_seconds() / 60).astype("Int64"))
    requests[EVENT_TIMESTAMP] = flights["scheduled_departure"] - LEAD
    requests[LABEL] = late
    requests[LABEL_KNOWN_AT] = flights["arrived_at"].where(known)
    columns = [ROW_ID, *(field.name for field in FIELDS), EVENT_TIMESTAMP, LABEL, LABEL_KNOWN_AT]
    return requests[columns].sort_values([EVENT_TIMESTAMP, ROW_ID], ignore_index=True)
