from pathlib import Path

import pytest

from serving.artifact import InvalidModelDirectoryError, ModelDirectory, check
from serving.fetch import FetchError, FetchSettings, fetch
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


def test_a_link_in_a_model_is_refused(model: ModelDirectory, tmp_path: Path) -> None:
    (model.path / "model_card.md").unlink()
    (model.path / "model_card.md").symlink_to("/etc/hostname")
    with pytest.raises(InvalidModelDirectoryError, match=r"model_card\.md is neither a plain file"):
        fetch(settings(model, tmp_path / "pod"))


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("/nowhere", "there is no model directory at /nowhere"),
        ("az://container/model", "az://container/model cannot be opened: .*Account must be specified"),
    ],
)
def test_a_location_that_cannot_be_read_is_refused_with_the_reason(
    location: str, reason: str, model: ModelDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(FetchError, match=f"^{reason}"):
        fetch(settings(model, tmp_path / "pod", location))


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        (
            "minio://bucket/model",
            "needs the address of its store in ONTIME_FETCH_ENDPOINT",
        ),
        ("s3:///model", "a directory in an object store is given as"),
        ("gopher://bucket/model", "a location at gopher:// is not known"),
    ],
)
def test_a_location_of_no_known_form_is_refused_before_anything_is_read(
    location: str, reason: str, model: ModelDirectory, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=reason):
        settings(model, tmp_path / "pod", location)
