"""What is uploaded names its images by their content, and is named by its own."""

from pathlib import Path

import pytest
import yaml

from pipelines.submission.packages import Package, read_package
from pipelines.submission.tasks import Tasks, read_text

PLATFORM = "---\nplatforms: {kubernetes: {deploymentSpec: {executors: {}}}}\n"
DIGEST = "@sha256:" + "a" * 64


def by_digest(image: str) -> str:
    return image.partition(":")[0] + DIGEST


@pytest.fixture
def package(compiled: Path) -> Package:
    text = compiled.read_text(encoding="utf-8").replace(
        "device: {parameterType: STRING, defaultValue: auto}",
        'serving_image: {parameterType: STRING, defaultValue: "registry.example/team/ontime-serving:1"}',
    )
    compiled.write_text(text + PLATFORM, encoding="utf-8")
    return read_package(compiled, by_digest)


def test_every_step_runs_from_an_image_by_digest(package: Package) -> None:
    executors = next(iter(yaml.safe_load_all(package.text)))["deploymentSpec"]["executors"]
    assert {executor["container"]["image"] for executor in executors.values()} == {
        f"registry.example/team/ontime-{environment}{DIGEST}" for environment in ("training", "serving")
    }


def test_what_is_published_is_served_from_the_same_content(package: Package) -> None:
    parameters = next(iter(yaml.safe_load_all(package.text)))["root"]["inputDefinitions"]["parameters"]
    assert parameters["serving_image"]["defaultValue"] == f"registry.example/team/ontime-serving{DIGEST}"


@pytest.mark.usefixtures("package")
def test_a_registry_is_asked_once_for_an_image(compiled: Path) -> None:
    asked: list[str] = []

    def resolve(image: str) -> str:
        asked.append(image)
        return image

    read_package(compiled, resolve)
    assert len(asked) == len(set(asked)) == 2


def test_what_kubernetes_reads_is_uploaded_too(package: Package) -> None:
    assert [list(document) for document in yaml.safe_load_all(package.text)][1] == ["platforms"]


def test_the_same_content_has_the_same_version(compiled: Path, package: Package) -> None:
    assert read_package(compiled, by_digest).version == package.version


def test_another_image_behind_a_tag_is_another_version(compiled: Path, package: Package) -> None:
    assert read_package(compiled, lambda image: image).version != package.version


def test_the_gate_is_the_condition_on_a_promotion(package: Package) -> None:
    assert read_text(package.text) == Tasks(steps=("judge", "hand-over"), gates=frozenset({"condition-1"}))
