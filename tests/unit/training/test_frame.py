"""Frames are checked against the signature when they are read."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from components.train.frame import InvalidFrameError, read_frame
from tests.examples.training import example


@pytest.fixture
def table() -> pd.DataFrame:
    return example.frame(example.VALIDATION_MONTHS, 50, 0)


def test_features_come_in_the_signatures_order_whatever_the_files(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    table[table.columns[::-1]].to_parquet(tmp_path / "frame.parquet")
    frame = read_frame(tmp_path / "frame.parquet", example.SIGNATURE)
    np.testing.assert_array_equal(frame.features[:, 2], table["kilometres"])


@pytest.mark.parametrize("column", ["hour", "late", "event_timestamp"])
def test_a_missing_column_is_named(table: pd.DataFrame, tmp_path: Path, column: str) -> None:
    table.drop(columns=column).to_parquet(tmp_path / "frame.parquet")
    with pytest.raises(InvalidFrameError, match=f"lacks the columns {column}"):
        read_frame(tmp_path / "frame.parquet", example.SIGNATURE)


def test_a_frame_without_rows_is_refused(table: pd.DataFrame, tmp_path: Path) -> None:
    table.head(0).to_parquet(tmp_path / "frame.parquet")
    with pytest.raises(InvalidFrameError, match="no rows"):
        read_frame(tmp_path / "frame.parquet", example.SIGNATURE)


def test_a_label_that_is_neither_0_nor_1_is_refused(table: pd.DataFrame, tmp_path: Path) -> None:
    table.loc[3, "late"] = 2
    table.to_parquet(tmp_path / "frame.parquet")
    with pytest.raises(InvalidFrameError, match="late is 2 in 1 rows"):
        read_frame(tmp_path / "frame.parquet", example.SIGNATURE)


def test_instants_without_a_time_zone_are_refused(table: pd.DataFrame, tmp_path: Path) -> None:
    table["event_timestamp"] = table["event_timestamp"].dt.tz_localize(None)
    table.to_parquet(tmp_path / "frame.parquet")
    with pytest.raises(InvalidFrameError, match="no time zone"):
        read_frame(tmp_path / "frame.parquet", example.SIGNATURE)
