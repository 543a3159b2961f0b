"""Where sets of feature tables lie."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from components.build_features.feature_set import existing_set, feature_set, newest_set, store_directory
from components.ingest.ingestion import resolve_as_of

OCTOBER = datetime(2013, 10, 1, 4, tzinfo=UTC)


def test_a_set_is_named_by_its_instant(tmp_path: Path) -> None:
    assert feature_set(str(tmp_path), OCTOBER).directory == tmp_path / "2013-10-01T040000Z"
    assert feature_set(str(tmp_path), OCTOBER).as_of == OCTOBER


def test_a_file_uri_is_a_directory(tmp_path: Path) -> None:
    assert store_directory(f"file://{tmp_path}") == tmp_path


def test_a_store_on_another_machine_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="s3://bucket/features"):
        store_directory("s3://bucket/features")


def test_the_newest_set_is_the_one_of_the_latest_instant(tmp_path: Path) -> None:
    for month in (9, 10, 4):
        directory = feature_set(str(tmp_path), OCTOBER.replace(month=month)).directory
        directory.mkdir()
        (directory / "manifest.json").touch()
    assert newest_set(str(tmp_path)).as_of == OCTOBER


def test_an_empty_store_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="run the features pipeline"):
        newest_set(str(tmp_path))


def test_a_set_that_was_never_built_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="as of 2013-10-01T04:00:00"):
        existing_set(str(tmp_path), OCTOBER)


def test_an_empty_parameter_is_now_in_whole_seconds() -> None:
    assert resolve_as_of("", OCTOBER.replace(microsecond=5)) == OCTOBER


def test_the_future_is_refused() -> None:
    with pytest.raises(ValueError, match="lies ahead"):
        resolve_as_of("2013-10-02", OCTOBER)
