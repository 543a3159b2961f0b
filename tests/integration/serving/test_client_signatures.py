"""The signature by which a prediction is asked for is read where the model lies."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.artifact import SIGNATURE, ModelDirectory
from serving.client.signatures import UnreadableSignatureError, signature_at
from serving.settings import SettingsError
from tests.examples.object_store import ObjectStore, object_store
from tests.examples.serving.model_parts import write_model


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("objects") / "store") as started:
        yield started


@pytest.fixture
def store(running: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    for name, value in running.credentials.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ONTIME_OBJECT_STORE_ENDPOINT", running.endpoint)
    return running


@pytest.fixture
def model(tmp_path: Path) -> ModelDirectory:
    return write_model(tmp_path / "model")


@pytest.mark.parametrize("prefix", ["", "file://"])
def test_it_is_read_from_a_directory(model: ModelDirectory, prefix: str) -> None:
    assert signature_at(f"{prefix}{model.path}") == model.signature


@pytest.mark.parametrize("scheme", ["minio", "s3"])
def test_it_is_read_from_an_object_store(store: ObjectStore, model: ModelDirectory, scheme: str) -> None:
    bucket = store.bucket()
    shutil.copytree(model.path, store.directory / bucket / "a" / "model")
    assert signature_at(f"{scheme}://{bucket}/a/model") == model.signature


def test_a_directory_without_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSignatureError, match=f"no model with a signature.json at {tmp_path}$"):
        signature_at(str(tmp_path))


def test_a_place_in_an_object_store_without_one_is_named(store: ObjectStore) -> None:
    location = f"s3://{store.bucket()}/nothing"
    with pytest.raises(UnreadableSignatureError, match=f"no model with a signature.json at {location}$"):
        signature_at(location)


def test_a_store_that_refuses_is_told_in_one_sentence(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(UnreadableSignatureError, match=r"cannot be read: .*\(SignatureDoesNotMatch\)$"):
        signature_at(f"s3://{store.bucket()}/model")


def test_an_address_that_is_none_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONTIME_OBJECT_STORE_ENDPOINT", "store:9000")
    with pytest.raises(SettingsError, match="ONTIME_OBJECT_STORE_ENDPOINT: the address of an object store"):
        signature_at("minio://models/a")


def test_a_file_that_is_no_signature_is_named(model: ModelDirectory) -> None:
    (model.path / SIGNATURE).write_text("{}")
    with pytest.raises(UnreadableSignatureError, match=rf"{model.path}/{SIGNATURE} is no signature: "):
        signature_at(str(model.path))
