from pathlib import Path

import fsspec
import pytest

from serving.artifact import InvalidModelDirectoryError, ModelDirectory, check
from serving.fetch import FetchError, FetchSettings, fetch, open_location
from tests.examples.serving.model_parts import write_model


@pytest.fixture
def model(tmp_path: Path) -> ModelDirectory:
    return write_model(tmp_path / "source")


def settings(model: ModelDirectory, directory: Path, location: str | None = None) -> FetchSettings:
    return FetchSettings(
        location=location or str(model.path), content_hash=model.content_hash, directory=directory
    )


@pytest.mark.parametrize("prefix", ["", "file://"])
def test_a_model_is_fetched_from_this_machine(prefix: str, model: ModelDirectory, tmp_path: Path) -> None:
    fetch(settings(model, tmp_path / "pod" / "model", prefix + str(model.path)))
    assert check(tmp_path / "pod" / "model", model.content_hash) == model.content_hash


def test_a_model_is_fetched_from_a_store_of_keys(model: ModelDirectory, tmp_path: Path) -> None:
    store = fsspec.filesystem("memory")
    store.put(f"{model.path}/", "/bucket/model/", recursive=True)
    fetch(settings(model, tmp_path / "pod", "memory://bucket/model"))
    assert check(tmp_path / "pod", model.content_hash) == model.content_hash


def test_a_complete_target_needs_no_location(model: ModelDirectory, tmp_path: Path) -> None:
    fetch(settings(model, tmp_path / "pod"))
    fetch(settings(model, tmp_path / "pod", "/nowhere"))
    assert check(tmp_path / "pod", model.content_hash) == model.content_hash


def test_a_half_filled_target_is_filled(model: ModelDirectory, tmp_path: Path) -> None:
    (tmp_path / "pod").mkdir()
    (tmp_path / "pod" / "model.onnx").write_bytes(b"onnx")
    (tmp_path / ".pod.partial").mkdir()
    fetch(settings(model, tmp_path / "pod"))
    assert check(tmp_path / "pod", model.content_hash) == model.content_hash


def test_a_torn_model_is_refused_and_leaves_nothing(model: ModelDirectory, tmp_path: Path) -> None:
    (model.path / "model_card.md").unlink()
    with pytest.raises(InvalidModelDirectoryError, match=r"lacks model_card\.md"):
        fetch(settings(model, tmp_path / "pod"))
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_another_model_than_the_expected_is_refused(model: ModelDirectory, tmp_path: Path) -> None:
    (model.path / "registry.pb").write_bytes(b"other code")
    with pytest.raises(InvalidModelDirectoryError, match=f"not the expected {model.content_hash}"):
        fetch(settings(model, tmp_path / "pod"))


def test_a_location_with_nothing_is_refused(model: ModelDirectory, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="there is no model directory at /nowhere"):
        fetch(settings(model, tmp_path / "pod", "/nowhere"))


def test_a_key_that_leads_outside_is_refused(model: ModelDirectory, tmp_path: Path) -> None:
    fsspec.filesystem("memory").pipe("/evil/model/../../outside", b"")
    with pytest.raises(FetchError, match="outside the model directory"):
        fetch(settings(model, tmp_path / "pod", "memory://evil/model"))


@pytest.mark.parametrize("scheme", ["s3", "gs", "az"])
def test_a_scheme_whose_package_is_missing_is_named(scheme: str) -> None:
    with pytest.raises(FetchError, match=f"no package for {scheme}:// is installed here"):
        open_location(f"{scheme}://bucket/model", None)


def test_minio_is_read_as_s3_at_its_own_address() -> None:
    with pytest.raises(FetchError, match="no package for s3:// is installed here"):
        open_location("minio://bucket/model", "http://minio:9000")


def test_minio_without_an_address_is_refused() -> None:
    with pytest.raises(FetchError, match="ONTIME_FETCH_ENDPOINT"):
        open_location("minio://bucket/model", None)


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(FetchError, match="Protocol not known: gopher"):
        open_location("gopher://bucket/model", None)
