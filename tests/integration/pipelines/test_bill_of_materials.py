"""What `make sbom` writes of the images' packages."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, get_args

import pytest

from components.images import Environment

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    directory = tmp_path_factory.mktemp("sbom")
    subprocess.run(
        [ROOT / "infra" / "images" / "sbom.sh"], env=os.environ | {"SBOM": str(directory)}, check=True
    )
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in directory.iterdir()}


def test_every_image_has_one(bills: dict[str, dict[str, Any]]) -> None:
    assert bills.keys() == {f"ontime-{image}.cdx.json" for image in get_args(Environment)}


@pytest.mark.parametrize("image", get_args(Environment))
def test_it_names_every_package_that_is_installed_in_its_version(
    bills: dict[str, dict[str, Any]], image: str
) -> None:
    uv = str(ROOT / ".venvs" / "uv" / "bin" / "uv")
    command = [uv, "export", "--quiet", "--frozen", "--only-group", image, "--no-hashes", "--no-annotate"]
    exported = subprocess.run([*command, "--no-header"], capture_output=True, text=True, check=True, cwd=ROOT)
    pinned = (line.partition(" ;")[0].split("==") for line in exported.stdout.splitlines())
    installed = {(name.partition("[")[0], version) for name, version in pinned}
    named = {(item["name"], item["version"]) for item in bills[f"ontime-{image}.cdx.json"]["components"]}
    assert named == installed
    assert installed


def test_it_says_by_which_hash_a_package_is_known(bills: dict[str, dict[str, Any]]) -> None:
    (torch,) = [item for item in bills["ontime-training.cdx.json"]["components"] if item["name"] == "torch"]
    assert any(reference["hashes"] for reference in torch["externalReferences"])
