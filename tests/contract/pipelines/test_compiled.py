"""The compiled pipelines are the goldens, and hold what the goldens must hold.

After a wanted change: `pytest tests/contract/pipelines --snapshot-update`, and review the difference.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from pipelines.compilation import PIPELINES
from pipelines.submission.tasks import read_text

ROOT = Path(__file__).parents[3]
FIRST_STEPS = {"features": "ingest", "training": "retrieve-features"}

type Compiled = dict[str, Any]


class YamlFile(SingleFileSnapshotExtension):
    """A golden as the YAML file that it is."""

    file_extension = "yaml"
    _write_mode = WriteMode.TEXT


def first_document(text: str) -> Compiled:
    """The pipeline; what follows it is what Kubernetes alone reads."""
    document: Compiled = next(iter(yaml.safe_load_all(text)))
    return document


@pytest.fixture(scope="session")
def compiled_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `python -m pipelines compile` writes where nothing names other images."""
    directory = tmp_path_factory.mktemp("compiled")
    variables = {name: value for name, value in os.environ.items() if not name.startswith("ONTIME_")}
    command = [sys.executable, "-m", "pipelines", "compile", "--output", str(directory)]
    subprocess.run(command, cwd=ROOT, env=variables, check=True, capture_output=True)
    return directory


@pytest.fixture(params=PIPELINES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def text(compiled_files: Path, name: str) -> str:
    return (compiled_files / f"{name}.yaml").read_text(encoding="utf-8")


@pytest.fixture
def compiled(text: str) -> Compiled:
    return first_document(text)


def test_the_compiled_pipeline_is_the_golden(text: str, snapshot: SnapshotAssertion) -> None:
    assert text == snapshot(extension_class=YamlFile)


def test_every_step_runs_in_an_image_of_ours(compiled: Compiled) -> None:
    executors = compiled["deploymentSpec"]["executors"].values()
    images = {executor["container"]["image"] for executor in executors}
    assert images <= {
        f"localhost/ontime-{environment}:dev" for environment in ("features", "training", "serving")
    }


def test_nothing_is_installed_when_a_step_runs(compiled: Compiled) -> None:
    executors = compiled["deploymentSpec"]["executors"].values()
    commands = [" ".join(executor["container"]["command"]) for executor in executors]
    assert [command for command in commands if "pip install" in command or "ensurepip" in command] == []


def test_the_first_step_is_never_cached(compiled: Compiled, name: str) -> None:
    first = compiled["root"]["dag"]["tasks"][FIRST_STEPS[name]]
    assert "dependentTasks" not in first
    assert "enableCache" not in first["cachingOptions"]


def test_every_parameter_has_a_default_and_a_description(compiled: Compiled) -> None:
    parameters = compiled["root"]["inputDefinitions"]["parameters"]
    incomplete = [
        name
        for name, parameter in parameters.items()
        if "defaultValue" not in parameter or not parameter.get("description")
    ]
    assert incomplete == []


def test_publishing_waits_for_the_gate(compiled_files: Path) -> None:
    training = first_document((compiled_files / "training.yaml").read_text(encoding="utf-8"))
    tasks = training["root"]["dag"]["tasks"]
    (guarded,) = (task for task in tasks.values() if "triggerPolicy" in task)
    assert guarded["triggerPolicy"]["condition"].endswith("['pipelinechannel--validate-promoted'] == true")
    inside = training["components"][guarded["componentRef"]["name"]]["dag"]["tasks"]
    assert list(inside) == ["publish"]


def test_a_run_tells_its_steps_and_its_gate_by_the_names_of_its_tasks(compiled_files: Path) -> None:
    tasks = read_text((compiled_files / "training.yaml").read_text(encoding="utf-8"))
    assert tasks.steps == ("retrieve-features", "train", "fit-detectors", "validate", "publish")
    assert len(tasks.gates) == 1


def test_every_step_has_a_time_out_on_a_cluster(compiled_files: Path, name: str, compiled: Compiled) -> None:
    documents = list(yaml.safe_load_all((compiled_files / f"{name}.yaml").read_text(encoding="utf-8")))
    platform = documents[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    timed = {step for step, configuration in platform.items() if int(configuration["activeDeadlineSeconds"])}
    assert timed == set(compiled["deploymentSpec"]["executors"])
