"""What `make images` would run: the script, with a fake docker that only writes down what it would build."""

import os
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "infra" / "images" / "build.sh"
PYTHON = tomllib.loads((ROOT / "infra" / "versions.toml").read_text(encoding="utf-8"))["images"]["python"]
# The sources need not be a checkout here.
FAKE = """#!/bin/sh
case "$(basename "$0") $1" in
    "docker build") echo "$*" >> "$FAKE_LOG"; exit "$FAKE_BUILD" ;;
    "docker image") echo 911000000 ;;
    "git describe") echo 4f0c2a7 ;;
esac
"""

Build = Callable[..., tuple[subprocess.CompletedProcess[str], list[str]]]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Runs the script for one image; `fails` is how the engine ends its build."""

    def built(fails: int = 0, **variables: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
        for tool in (tmp_path / "docker", tmp_path / "git"):
            tool.write_text(FAKE, encoding="utf-8")
            tool.chmod(0o755)
        log = tmp_path / "log"
        environment = {
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "BUILD_ENGINE": "docker",
            "IMAGES": "features",
            "FAKE_LOG": str(log),
            "FAKE_BUILD": str(fails),
        }
        process = subprocess.run(
            [SCRIPT], env=environment | variables, capture_output=True, text=True, check=False
        )
        return process, log.read_text(encoding="utf-8").splitlines()

    return built


def test_the_images_stand_on_the_python_of_the_versions(build: Build) -> None:
    _, [called] = build()
    assert f"--build-arg PYTHON_IMAGE={PYTHON} " in called


def test_the_images_stand_on_what_is_named(build: Build) -> None:
    _, [called] = build(PYTHON_IMAGE="mirror.example/python:3.12")
    assert "--build-arg PYTHON_IMAGE=mirror.example/python:3.12 " in called


def test_an_image_is_told_its_revision(build: Build) -> None:
    _, [called] = build()
    assert "--build-arg REVISION=4f0c2a7 " in called


def test_the_size_is_said_once_it_is_built(build: Build) -> None:
    process, _ = build()
    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout.splitlines()[-1].split() == ["localhost/ontime-features:dev", "911.00MB"]


def test_a_build_that_fails_says_where_its_base_comes_from(build: Build) -> None:
    process, _ = build(fails=125)
    assert process.returncode == 1
    assert process.stderr.splitlines() == [
        f"Not built. The images stand on {PYTHON}; PYTHON_IMAGE names another, see docs/images.md."
    ]
