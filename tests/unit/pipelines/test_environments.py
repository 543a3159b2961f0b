"""An image stands for a local environment, and a step sees that environment alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from serving.local.environments import EnvironmentMissingError, environment_of, variables
from serving.local.places import ROOT


@pytest.mark.parametrize(
    "image",
    [
        "ontime-training",
        "localhost/ontime-training:dev",
        "registry.example:5000/team/ontime-training@sha256:0af1",
    ],
)
def test_the_environment_is_read_from_the_images_name_whatever_its_registry(image: str) -> None:
    assert environment_of(image) == ROOT / ".venvs" / "training"


@pytest.mark.parametrize("image", ["python:3.12", "localhost/ontime-unheard:dev", "notontime-training"])
def test_an_image_that_no_environment_stands_for_is_refused(image: str) -> None:
    with pytest.raises(EnvironmentMissingError):
        environment_of(image)


def test_python3_is_the_environments_and_a_foreign_python_path_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/foreign")
    environment = environment_of("ontime-features")
    program = "import sys; print(sys.prefix); print('/foreign' in sys.path)"
    ran = subprocess.run(
        ["python3", "-c", program],
        env=variables(environment, {}, tmp_path),
        check=True,
        capture_output=True,
        text=True,
    )
    assert ran.stdout.split() == [str(environment), "False"]
    assert str(environment) != sys.prefix
