"""Everything that comes from elsewhere is pinned, by digest where there is one, to what versions.toml has."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
PLATFORM = ROOT / "infra" / "kubernetes"
VERSIONS = tomllib.loads((ROOT / "infra" / "versions.toml").read_text(encoding="utf-8"))

DIGEST = r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}"
REMOTE = re.compile(r"https://github\.com/\S+")


def documents() -> list[tuple[Path, Any]]:
    return [
        (path, document)
        for path in sorted(PLATFORM.rglob("*.yaml"))
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    ]


def images(value: Any) -> list[str]:
    """Every image of a document, at whatever depth."""
    if isinstance(value, list):
        return [image for item in value for image in images(item)]
    if not isinstance(value, dict):
        return []
    own = [value["image"]] if isinstance(value.get("image"), str) else []
    return own + [image for item in value.values() for image in images(item)]


def test_every_image_has_a_tag_and_a_digest_and_is_that_of_the_versions() -> None:
    found = [image for _, document in documents() for image in images(document)]
    assert sorted(found) == sorted([VERSIONS["images"]["redis"], VERSIONS["images"]["postgresql"]])
    assert all(re.fullmatch(DIGEST, image) for image in found)
    assert re.fullmatch(DIGEST, VERSIONS["platform"]["kind_node"])


@pytest.mark.parametrize("directory", ["infra/images", "tests/cluster/images"])
def test_a_build_file_stands_by_default_on_the_python_of_the_versions(directory: str) -> None:
    written = (ROOT / directory / "Dockerfile").read_text(encoding="utf-8")
    defaults = re.findall(r"^ARG PYTHON_IMAGE=(.*)$", written, re.MULTILINE)
    assert defaults == [VERSIONS["images"]["python"]]


def test_every_remote_kustomization_is_that_of_the_versions() -> None:
    version = VERSIONS["platform"]["kubeflow_pipelines"]
    found = [
        resource
        for path, document in documents()
        if path.name == "kustomization.yaml"
        for resource in document.get("resources", [])
        if "://" in resource
    ]
    assert found == [
        f"https://github.com/kubeflow/pipelines/manifests/kustomize/env/platform-agnostic?ref={version}"
    ]


def test_no_other_file_names_a_repository_without_a_version() -> None:
    named = [
        reference
        for path in sorted(PLATFORM.rglob("*"))
        if path.is_file()
        for reference in REMOTE.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(named) == 2
    assert [reference for reference in named if "?ref=" not in reference] == []
