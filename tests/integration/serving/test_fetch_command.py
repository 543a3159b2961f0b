"""The init container's command, from a directory and from an object store that speaks S3."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

from serving.artifact import ModelDirectory, check
from tests.examples.object_store import ObjectStore, object_store
from tests.examples.serving.model_parts import write_model

ROOT = Path(__file__).parents[3]
ARTIFACT = "v2/artifacts/training/a-run/validate/a-task/model"


def run(
    credentials: Mapping[str, str] = MappingProxyType({}), /, **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **credentials}
    environment |= {f"ONTIME_FETCH_{name.upper()}": value for name, value in variables.items()}
    command = [sys.executable, "-m", "serving.fetch"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("objects") / "store") as started:
        yield started


@dataclass(frozen=True)
class Stored:
    """A model that a step's launcher has put into a bucket."""

    store: ObjectStore
    model: ModelDirectory
    bucket: str
    target: Path

    @property
    def files(self) -> Path:
        return self.store.directory / self.bucket / ARTIFACT

    def fetch(self, scheme: str = "minio", path: str = ARTIFACT, **changes: str) -> str:
        """What the command says, the address of the store left out."""
        credentials = self.store.credentials | {
            name: changes.pop(name) for name in list(changes) if name.isupper()
        }
        variables = {
            "location": f"{scheme}://{self.bucket}/{path}",
            "content_hash": self.model.content_hash,
            "directory": str(self.target),
            "endpoint": self.store.endpoint,
        }
        outcome = run(credentials, **(variables | changes))
        assert outcome.returncode == (0 if outcome.stderr.startswith("fetched") else 1)
        return outcome.stderr.replace(self.bucket, "mlpipeline")


@pytest.fixture
def stored(running: ObjectStore, tmp_path: Path) -> Stored:
    stored = Stored(running, write_model(tmp_path / "source"), running.bucket(), tmp_path / "pod")
    shutil.copytree(stored.model.path, stored.files)
    return stored


def test_the_command_fetches_and_may_run_again(tmp_path: Path) -> None:
    model = write_model(tmp_path / "source")
    pod = tmp_path / "pod"
    variables = {"location": str(model.path), "content_hash": model.content_hash, "directory": str(pod)}
    assert [run(**variables).returncode for _ in range(2)] == [0, 0]
    assert check(pod, model.content_hash) == model.content_hash


def test_a_missing_model_is_one_sentence_and_a_failure(tmp_path: Path) -> None:
    outcome = run(location="/nowhere", content_hash="0" * 64, directory=str(tmp_path / "pod"))
    assert outcome.returncode == 1
    assert outcome.stderr == (
        "The model directory was not fetched: there is no model directory at /nowhere\n"
    )


def test_missing_settings_are_named(tmp_path: Path) -> None:
    outcome = run(location="/nowhere", directory=str(tmp_path / "pod"))
    assert outcome.returncode == 1
    assert outcome.stderr == (
        "The settings of the fetch are wrong: ONTIME_FETCH_CONTENT_HASH: Field required\n"
    )


@pytest.mark.parametrize("scheme", ["minio", "s3"])
def test_an_artifact_of_kubeflow_is_fetched_from_its_store(scheme: str, stored: Stored) -> None:
    assert stored.fetch(scheme) == f"fetched {scheme}://mlpipeline/{ARTIFACT} to {stored.target}\n"
    assert check(stored.target, stored.model.content_hash) == stored.model.content_hash


def test_the_address_may_come_from_the_customary_variables(stored: Stored) -> None:
    outcome = run(
        stored.store.credentials | {"AWS_ENDPOINT_URL": stored.store.endpoint},
        location=f"s3://{stored.bucket}/{ARTIFACT}",
        content_hash=stored.model.content_hash,
        directory=str(stored.target),
    )
    assert outcome.returncode == 0, outcome.stderr


def test_a_prefix_without_a_file_is_no_model(stored: Stored) -> None:
    assert stored.fetch(path="v2/artifacts/other") == (
        "The model directory was not fetched: there is no model directory at "
        "minio://mlpipeline/v2/artifacts/other\n"
    )


def test_a_torn_upload_is_refused_and_leaves_nothing(stored: Stored) -> None:
    (stored.files / "signature.json").unlink()
    assert "lacks signature.json" in stored.fetch()
    assert not stored.target.exists()


def test_a_file_that_was_cut_is_refused(stored: Stored) -> None:
    card = stored.files / "model_card.md"
    card.write_bytes(card.read_bytes()[:-1])
    assert f"not the expected {stored.model.content_hash}" in stored.fetch()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "botched"}, "(SignatureDoesNotMatch)"),
        ({"AWS_ACCESS_KEY_ID": "nobody"}, "No user exists with the provided access key ID"),
        ({"location": "minio://missing/model"}, "(NoSuchBucket)"),
        ({"endpoint": "http://127.0.0.1:9"}, "http://127.0.0.1:9/"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_store_that_cannot_be_read_is_one_sentence(
    changes: dict[str, str], reason: str, stored: Stored
) -> None:
    said = stored.fetch(**changes)
    assert said.startswith("The model directory was not fetched: minio://")
    assert reason in said
    assert said.count("\n") == 1
    assert "botched" not in said
