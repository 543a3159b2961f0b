"""The step's work: build the tables, hold them against a rebuild from earlier knowledge, write the set."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pandas as pd
import pyarrow as pa

from components.build_features.feature_set import Manifest
from components.build_features.feature_store import FeatureStore
from components.build_features.own_outcome import refuse_own_outcomes
from components.build_features.tables import feature_tables
from components.build_features.writer import write_files
from feature_repo.guards import (
    LeakError,
    refuse_rows_after,
    refuse_rows_known_too_early,
    refuse_rows_lost,
    refuse_values_from_later,
    up_to,
)
from feature_repo.history import EVENT_TIMESTAMP, labelled_requests
from feature_repo.known import known_at
from feature_repo.references import reference_lists
from feature_repo.views import VIEWS

# From a midnight this leads to a quarter past noon two days before, which a day's traffic straddles.
CHECKED_BEFORE = timedelta(days=1, hours=11, minutes=45)


def build_set(store: FeatureStore, typed: Mapping[str, pd.DataFrame], as_of: datetime) -> Manifest:
    """Build the set of `as_of` from the typed tables as they are known then, and write it to the store.

    Raises:
        feature_repo.guards.LeakError: a table knows more than it may.
        components.build_features.comparison.FeatureSetExistsError: the set exists with other contents.
    """
    tables = feature_tables(typed, as_of)
    for name, table in tables.items():
        refuse_rows_after(name, table, as_of)
    requests = labelled_requests(typed, as_of)
    # Where the data end long before `as_of`, the instant of the check goes with them.
    latest = min(as_of, requests[EVENT_TIMESTAMP].max())
    refuse_later_knowledge(tables, typed, latest - CHECKED_BEFORE)
    refuse_own_outcomes(tables, typed, requests)
    references = reference_lists(typed)
    return store.write(
        as_of, lambda draft, location: write_files(draft, location, tables, requests, references, as_of)
    )


def refuse_later_knowledge(
    tables: Mapping[str, pa.Table], typed: Mapping[str, pd.DataFrame], instant: datetime
) -> None:
    """Raise LeakError unless the tables, cut to `instant`, are those that were built then."""
    rebuilt = feature_tables(known_at(typed, instant), instant)
    for name, table in tables.items():
        if not up_to(table, instant).equals(rebuilt[name]):
            keys = VIEWS[name].keys
            refuse_rows_known_too_early(name, keys, table, rebuilt[name], instant)
            refuse_rows_lost(name, keys, table, rebuilt[name], instant)
            refuse_values_from_later(name, keys, table, rebuilt[name], instant)
            raise LeakError(f"{name}: up to {instant.isoformat()} it is not the table that was built then")
