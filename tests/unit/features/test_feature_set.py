"""Where sets of feature tables lie."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from components.build_features.bucket import BucketStore
from components.build_features.directory import DirectoryStore
from components.build_features.feature_store import feature_store
from components.ingest.ingestion import resolve_as_of
from components.settings import Settings
from serving.object_store import ObjectStoreError

OCTOBER = datetime(2013, 10, 1, 4, tzinfo=UTC)


def settings(uri: str, **given: str) -> Settings:
    return Settings.model_validate({"feature_store_uri": uri, "online_store": "redis://store", **given})


def test_a_set_is_named_by_its_instant(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    assert store.location(OCTOBER) == str(tmp_path / "2013-10-01T040000Z")
    assert store.set_of(OCTOBER).as_of == OCTOBER


def test_a_file_uri_is_a_directory(tmp_path: Path) -> None:
    assert feature_store(settings(f"file://{tmp_path}")) == DirectoryStore(tmp_path)


@pytest.mark.parametrize("uri", ["s3://ontime/features", "minio://ontime/features", "gs://ontime/features"])
def test_a_url_is_a_bucket(uri: str) -> None:
    store = feature_store(settings(uri, object_store_endpoint="http://store:9000"))
    assert isinstance(store, BucketStore)
    assert store.location(OCTOBER) == f"{uri}/2013-10-01T040000Z"


def test_a_bucket_of_azure_needs_its_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(ObjectStoreError, match=r"^az://ontime/features cannot be opened: .*Account must be"):
        feature_store(settings("az://ontime/features"))
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "ontime")
    assert isinstance(feature_store(settings("az://ontime/features")), BucketStore)


def test_the_newest_set_is_the_one_of_the_latest_instant(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    for month in (9, 10, 4):
        directory = store.set_of(OCTOBER.replace(month=month)).directory
        directory.mkdir()
        (directory / "manifest.json").touch()
    with store.reading(None) as newest:
        assert newest.as_of == OCTOBER


def test_an_empty_store_says_what_to_run(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError, match="run the features pipeline"),
        DirectoryStore(tmp_path).reading(None),
    ):
        pass


def test_a_set_that_was_never_built_is_named(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    with pytest.raises(FileNotFoundError, match="as of 2013-10-01T04:00:00"), store.reading(OCTOBER):
        pass


def test_an_empty_parameter_is_now_in_whole_seconds() -> None:
    assert resolve_as_of("", OCTOBER.replace(microsecond=5)) == OCTOBER


def test_the_future_is_refused() -> None:
    with pytest.raises(ValueError, match="lies ahead"):
        resolve_as_of("2013-10-02", OCTOBER)
