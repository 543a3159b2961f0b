"""The step's work: retrieve every labelled row of the months that are over, and split it by time."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from components.build_features.feature_set import FeatureSet
from components.build_features.offline import offline_store
from components.retrieve_features.retrieval import retrieve
from components.retrieve_features.splits import month_splits, months_of
from feature_repo.guards import refuse_overlapping_splits, refuse_telling_features
from feature_repo.history import EVENT_TIMESTAMP
from feature_repo.request import LABEL, TIME_FIELD, TIMEZONE
from feature_repo.services import FEATURES
from serving.staging import staged_file


def references(source: FeatureSet) -> dict[str, list[str]]:
    """The reference lists of a set."""
    lists: dict[str, list[str]] = json.loads(source.references.read_text(encoding="utf-8"))
    return lists


def split_frames(source: FeatureSet, validation_months: int, test_months: int) -> dict[str, pd.DataFrame]:
    """The frames `train`, `validation` and `test`, each in the order of time.

    Rows whose label was not known at the set's instant are left out; see `retrieve` for the columns.

    Raises:
        ValueError: the months do not suffice.
        feature_repo.guards.LeakError: the splits overlap, or a feature tells the label.
    """
    requests = pd.read_parquet(source.entities)
    months = months_of(requests[TIME_FIELD], TIMEZONE)
    splits = month_splits(requests[TIME_FIELD], source.as_of, TIMEZONE, validation_months, test_months)
    labelled = requests[LABEL].notna()
    with TemporaryDirectory() as scratch:
        store = offline_store(source, Path(scratch))
        frames = {}
        for name, chosen in splits.items():
            rows = labelled & months.isin(chosen)
            part, part_months = requests[rows].reset_index(drop=True), months[rows]
            frames[name] = retrieve(store, part, references(source), part_months)
    refuse_overlapping_splits(frames, EVENT_TIMESTAMP)
    refuse_telling_features(frames["train"], [feature.name for feature in FEATURES], LABEL)
    return frames


def write_frame(frame: pd.DataFrame, path: Path) -> dict[str, str | int]:
    """Write one frame as Parquet; returns its first and last instant and its rows."""
    with staged_file(path) as partial:
        frame.to_parquet(partial, index=False)
    start, end = frame[EVENT_TIMESTAMP].min(), frame[EVENT_TIMESTAMP].max()
    return {"start": start.isoformat(), "end": end.isoformat(), "rows": len(frame)}
