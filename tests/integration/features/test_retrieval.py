"""All labelled flights get their features, point in time, split by whole months."""

from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pytest

from components.build_features.feature_set import FeatureSet
from components.retrieve_features.contract import signature
from components.retrieve_features.frames import references
from feature_repo.guards import refuse_overlapping_splits, refuse_telling_features
from tests.examples.features.retrieval import Retrieval


@pytest.fixture(scope="module")
def rows(retrieval: Retrieval) -> pd.DataFrame:
    return pd.concat(retrieval.frames.values(), ignore_index=True)


def test_every_labelled_flight_is_retrieved(retrieval: Retrieval) -> None:
    counts = {name: len(frame) for name, frame in retrieval.frames.items()}
    assert counts == {"train": 217_727, "validation": 27_010, "test": 82_609}
    assert sum(counts.values()) == 327_346


def test_the_retrieval_stays_under_four_gigabytes(
    retrieval: Retrieval, record_property: Callable[[str, object], None]
) -> None:
    record_property("seconds", retrieval.seconds)
    record_property("peak_bytes", retrieval.peak_bytes)
    assert retrieval.peak_bytes < 4 * 2**30


def test_a_late_flight_is_one_that_arrives_fifteen_minutes_late(rows: pd.DataFrame) -> None:
    assert rows.late.mean() == pytest.approx(0.245, abs=0.001)


def test_frames_have_the_signatures_columns_in_its_order(retrieval: Retrieval, year: FeatureSet) -> None:
    expected = signature(references(year))
    fields = [field.name for field in expected.request_fields]
    for frame in retrieval.frames.values():
        assert list(frame.columns) == [*fields, "event_timestamp", *expected.feature_names, expected.label]
        assert set(map(str, frame[expected.feature_names].dtypes)) == {"float32"}
        assert str(frame.event_timestamp.dtype) == "datetime64[us, UTC]"


def test_rows_are_in_the_order_of_time(rows: pd.DataFrame) -> None:
    assert rows.event_timestamp.is_monotonic_increasing


def test_an_aircrafts_last_delay_is_the_one_a_plain_join_finds(
    rows: pd.DataFrame, tables: dict[str, pa.Table]
) -> None:
    flown = rows[rows.tailnum.notna()].assign(tailnum=lambda frame: frame.tailnum.astype(object))
    tails = tables["tails"].to_pandas().sort_values("event_timestamp")
    joined = pd.merge_asof(flown, tails, on="event_timestamp", by="tailnum", tolerance=pd.Timedelta(days=2))
    expected = joined.last_arrival_delay_minutes.astype("float32")
    pd.testing.assert_series_equal(
        joined.tails__last_arrival_delay_minutes, expected, check_names=False, check_exact=True
    )


def test_no_honest_feature_is_refused(retrieval: Retrieval, year: FeatureSet) -> None:
    frames = retrieval.frames
    refuse_overlapping_splits(frames, "event_timestamp")
    refuse_telling_features(frames["test"], signature(references(year)).feature_names, "late")
