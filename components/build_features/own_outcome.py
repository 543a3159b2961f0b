"""Rebuilds the tables without what became of a request: that may not change what it is served."""

from collections.abc import Mapping, Sequence

import pandas as pd
import pyarrow as pa

from components.build_features.tables import feature_tables
from feature_repo.guards import refuse_own_outcome
from feature_repo.history import EVENT_TIMESTAMP, ROW_ID
from feature_repo.known import without_outcome
from feature_repo.request import LABEL
from feature_repo.views import VIEWS

CHECKED_REQUESTS = 2
"""Each costs a rebuild of all tables, about two seconds for a year."""


def checked_requests(requests: pd.DataFrame) -> list[pd.Series]:
    """Positive requests, evenly spread over time: only an outcome that is unusual shows in a mean."""
    positive = requests[requests[LABEL] == 1]
    step = max(1, len(positive) // (CHECKED_REQUESTS + 1))
    return [row for _, row in positive.iloc[step::step].head(CHECKED_REQUESTS).iterrows()]


def refuse_own_outcomes(
    tables: Mapping[str, pa.Table], typed: Mapping[str, pd.DataFrame], requests: pd.DataFrame
) -> None:
    """Raise LeakError if what a table serves to a request depends on what became of that request.

    Args:
        tables: the feature tables by view.
        typed: the typed tables that they were built from.
        requests: [n, row id + request fields + event_timestamp + label].
    """
    latest = requests[EVENT_TIMESTAMP].max()
    for request in checked_requests(requests):
        rebuilt = feature_tables(without_outcome(typed, int(request[ROW_ID])), latest)
        for name, table in tables.items():
            keys = VIEWS[name].keys
            served, without = (served_values(each, keys, request) for each in (table, rebuilt[name]))
            refuse_own_outcome(name, served, without)


def served_values(table: pa.Table, keys: Sequence[str], request: pd.Series) -> pd.DataFrame:
    """What a table tells a request at its prediction, `[1, features]`: missing without a row of its keys."""
    rows = table.to_pandas()
    mine = (rows[list(keys)] == request[list(keys)].to_numpy()).all(axis="columns")
    due = rows[mine & (rows[EVENT_TIMESTAMP] <= request[EVENT_TIMESTAMP])]
    latest = due.sort_values(EVENT_TIMESTAMP).tail(1).drop(columns=[*keys, EVENT_TIMESTAMP])
    return latest.reset_index(drop=True).reindex([0])
