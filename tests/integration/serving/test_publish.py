import fcntl
import shutil
from pathlib import Path

import pytest
import yaml

from components.publish.directory import UnreadableManifestError, publish_to_directory
from serving.artifact import ModelDirectory, check, read
from serving.deployment.checks import InvalidDeploymentError
from tests.examples.serving.model_parts import local_settings, write_model
from tests.examples.serving.publishing import publication, publish_killed

# The forked processes touch files only; the threads that NumPy brought up play no part in them.
forking = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[ModelDirectory]:
    directory = tmp_path_factory.mktemp("models")
    return [write_model(directory / name, network=name.encode()) for name in ("first", "second", "third")]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "published" / "parcels"


def published(directory: Path) -> tuple[str, Path]:
    """The hash that the manifest names, and where it says the model is."""
    annotations = yaml.safe_load((directory / "seldondeployment.yaml").read_text())["metadata"]["annotations"]
    return annotations["ontime/model-hash"], Path(annotations["ontime/model-location"])


def kept(directory: Path) -> set[str]:
    return {path.name for path in (directory / "models").iterdir()}


def publish_in_turn(models: list[ModelDirectory], directory: Path) -> None:
    for model in models:
        publish_to_directory(model, local_settings(), directory)


def test_the_manifest_names_a_complete_model_beside_it(models: list[ModelDirectory], directory: Path) -> None:
    publish_to_directory(models[0], local_settings(), directory)
    content_hash, location = published(directory)
    assert location == directory / "models" / content_hash
    assert read(location, content_hash).signature == models[0].signature


def test_publishing_again_changes_nothing(models: list[ModelDirectory], directory: Path) -> None:
    publish_in_turn(models[:2], directory)
    before = (directory / "seldondeployment.yaml").read_bytes(), kept(directory)
    place = (directory / "models" / models[1].content_hash).stat().st_ino
    publish_to_directory(models[1], local_settings(), directory)
    assert ((directory / "seldondeployment.yaml").read_bytes(), kept(directory)) == before
    assert (directory / "models" / models[1].content_hash).stat().st_ino == place


def test_the_model_before_is_kept_and_older_ones_go(models: list[ModelDirectory], directory: Path) -> None:
    publish_in_turn(models, directory)
    assert kept(directory) == {models[1].content_hash, models[2].content_hash}
    assert published(directory)[0] == models[2].content_hash


def test_publishing_the_model_before_rolls_back(models: list[ModelDirectory], directory: Path) -> None:
    publish_in_turn(models[:2], directory)
    before = read(directory / "models" / models[0].content_hash)
    publish_to_directory(before, local_settings(), directory)
    assert published(directory)[0] == models[0].content_hash
    assert kept(directory) == {models[0].content_hash, models[1].content_hash}


def test_a_torn_model_in_the_place_is_mended(models: list[ModelDirectory], directory: Path) -> None:
    publish_to_directory(models[0], local_settings(), directory)
    (directory / "models" / models[0].content_hash / "model.onnx").write_bytes(b"torn")
    publish_to_directory(models[0], local_settings(), directory)
    content_hash, location = published(directory)
    assert check(location, content_hash) == models[0].content_hash


@forking
def test_killed_at_any_file_operation_one_complete_model_stays_published(
    models: list[ModelDirectory], tmp_path: Path
) -> None:
    first, second = models[:2]
    operation, killed = 0, True
    while killed:
        operation += 1
        directory = tmp_path / str(operation)
        publish_to_directory(first, local_settings(), directory)
        killed = publish_killed(second.path, directory, operation)
        content_hash, location = published(directory)
        check(location, content_hash)
        check(directory / "models" / first.content_hash, first.content_hash)
        assert content_hash in {first.content_hash, second.content_hash}
        publish_to_directory(second, local_settings(), directory)
        assert published(directory)[0] == second.content_hash
        assert kept(directory) == {first.content_hash, second.content_hash}
    assert operation > len(list(second.path.rglob("*")))


def test_a_model_that_changed_after_its_check_is_not_published(
    models: list[ModelDirectory], directory: Path, tmp_path: Path
) -> None:
    publish_to_directory(models[0], local_settings(), directory)
    changing = read(Path(shutil.copytree(models[1].path, tmp_path / "changing")))
    (changing.path / "registry.pb").write_bytes(b"other code")
    with pytest.raises(ValueError, match="not the expected"):
        publish_to_directory(changing, local_settings(), directory)
    assert published(directory)[0] == models[0].content_hash
    assert kept(directory) == {models[0].content_hash}


def test_a_manifest_that_a_cluster_would_misread_changes_nothing(
    models: list[ModelDirectory], directory: Path
) -> None:
    with pytest.raises(InvalidDeploymentError, match="ontime-serving:latest"):
        publish_to_directory(models[0], local_settings(serving_image="ontime-serving:latest"), directory)
    assert not directory.exists()


@pytest.mark.parametrize("content", ["a: [", "kind: SeldonDeployment", "metadata: {annotations: null}", ""])
def test_a_manifest_of_somebody_else_is_not_replaced(
    content: str, models: list[ModelDirectory], directory: Path
) -> None:
    directory.mkdir(parents=True)
    (directory / "seldondeployment.yaml").write_text(content)
    with pytest.raises(UnreadableManifestError, match="names no model; mend it or take it away"):
        publish_to_directory(models[0], local_settings(), directory)
    assert (directory / "seldondeployment.yaml").read_text() == content


@forking
def test_two_publications_wait_for_each_other(models: list[ModelDirectory], directory: Path) -> None:
    directory.mkdir(parents=True)
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = publication(models[0].path, directory, 0)
        waiting.start()
        waiting.join(timeout=0.5)
        assert waiting.is_alive()
        assert not (directory / "models").exists()
        # The fork holds the same open file, so closing it here would not let go of the lock.
        fcntl.flock(lock, fcntl.LOCK_UN)
    waiting.join(60)
    assert waiting.exitcode == 0
    assert published(directory)[0] == models[0].content_hash
