"""`python -m components.retrieve_features.window`: the requests of a stretch of time, to be replayed.

One row a request, with what a replay is measured by: what came true and when that became known, and how
many features the point-in-time join has missing for it.
"""

import argparse
import sys
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from components.build_features.feature_set import FeatureSet
from components.build_features.feature_store import feature_store
from components.build_features.offline import offline_store
from components.retrieve_features.frames import references
from components.retrieve_features.retrieval import REQUEST_COLUMNS, retrieve
from components.retrieve_features.splits import months_of
from components.settings import Settings
from feature_repo.history import EVENT_TIMESTAMP, LABEL_KNOWN_AT
from feature_repo.instants import parse_instant
from feature_repo.request import LABEL, TIME_FIELD, TIMEZONE
from feature_repo.services import FEATURES
from serving.replay.requests import ACTUAL, KNOWN_AT, MISSING, PREDICTED_AT
from serving.staging import staged_file


def window_requests(source: FeatureSet, start: datetime, end: datetime) -> pd.DataFrame:
    """The requests that were predicted from `start` until before `end`, in the order of time.

    Returns:
        [n, request fields + predicted_at + actual + known_at + missing_features]: `actual` is 0 or 1 and
        `known_at` the instant at which it became known, both null where it was not known at the set's.

    Raises:
        ValueError: `end` lies after the set's instant, or there is no request.
    """
    if end > source.as_of:
        raise ValueError(f"the set of {source.as_of.isoformat()} does not reach until {end.isoformat()}")
    history = pd.read_parquet(source.entities)
    within = (history[EVENT_TIMESTAMP] >= start) & (history[EVENT_TIMESTAMP] < end)
    requests = history[within].reset_index(drop=True)
    if requests.empty:
        raise ValueError(f"nothing was predicted from {start.isoformat()} until {end.isoformat()}")
    # The label has no part in the join, which takes rows with one only.
    joinable = requests.assign(**{LABEL: 0})
    with TemporaryDirectory() as scratch:
        store = offline_store(source, Path(scratch))
        months = months_of(requests[TIME_FIELD], TIMEZONE)
        frame = retrieve(store, joinable, references(source), months)
    missing = frame[[feature.name for feature in FEATURES]].isna().sum(axis="columns")
    columns = {EVENT_TIMESTAMP: PREDICTED_AT, LABEL: ACTUAL, LABEL_KNOWN_AT: KNOWN_AT}
    replayed = requests[[*REQUEST_COLUMNS, *columns]].rename(columns=columns)
    return replayed.assign(**{MISSING: missing.to_numpy()})


def main(arguments: list[str]) -> int:
    """Write the requests that the arguments name; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m components.retrieve_features.window")
    parser.add_argument("--as-of", type=parse_instant, required=True, help="the set of feature tables")
    parser.add_argument("--start", type=parse_instant, required=True)
    parser.add_argument("--end", type=parse_instant, required=True)
    parser.add_argument("--output", type=Path, required=True, help="the Parquet file to write")
    given = parser.parse_args(arguments)
    with feature_store(Settings.from_environment()).reading(given.as_of) as source:
        requests = window_requests(source, given.start, given.end)
    with staged_file(given.output) as partial:
        requests.to_parquet(partial, index=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
