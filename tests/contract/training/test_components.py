"""The components under KFP's own executor, as their images run them: from source, on artifacts."""

import ast
import importlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from serving.artifact import content_hash
from tests.examples.training.run import Run

REPOSITORY = Path(__file__).parents[3]


Places = dict[str, Path]


def _function(name: str) -> Callable[..., object]:
    """The component's function from its source, without the decorator that only compiling knows."""
    path = REPOSITORY / "components" / name / "component.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    (function,) = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    function.decorator_list = []
    # What KFP puts before the source of a component.
    namespace: dict[str, Any] = {"dsl": importlib.import_module("kfp.dsl"), "NamedTuple": NamedTuple}
    exec(compile(ast.Module([function], []), str(path), "exec"), namespace)
    return namespace[name]


def _artifacts(kinds: dict[str, str], places: dict[str, Path]) -> dict[str, object]:
    return {
        name: {
            "artifacts": [
                {
                    "name": name,
                    "uri": str(places[name]),
                    "type": {"schemaTitle": f"system.{kind}"},
                    "metadata": {},
                }
            ]
        }
        for name, kind in kinds.items()
    }


@dataclass(frozen=True)
class Step:
    """What a component wrote of its artifacts and its result."""

    output: dict[str, Any]

    def metadata(self, name: str) -> dict[str, Any]:
        """What the component logged on one of its output artifacts."""
        return self.output["artifacts"][name]["artifacts"][0]["metadata"]


@dataclass(frozen=True)
class Executor:
    """Runs components on artifacts at some places, as a launcher asks for it."""

    places: Places

    def run(self, name: str, parameters: dict[str, object]) -> Step:
        """Run one component."""
        message = self.places["outputs"] / f"{name}.json"
        request = {
            "inputs": {
                "artifacts": _artifacts(INPUTS[name], self.places),
                "parameterValues": parameters,
            },
            "outputs": {
                "artifacts": _artifacts(OUTPUTS[name], self.places),
                "parameters": {"promoted": {"outputFile": str(self.places["outputs"] / f"{name}-result")}},
                "outputFile": str(message),
            },
        }
        executor = importlib.import_module("kfp.dsl.executor").Executor
        executor(executor_input=request, function_to_execute=_function(name)).execute()
        return Step(json.loads(message.read_text()))


TRAIN_INPUTS = {"train_frame": "Dataset", "validation_frame": "Dataset", "contract": "Artifact"}
INPUTS = {
    "train": TRAIN_INPUTS,
    "validate": {**TRAIN_INPUTS, "test_frame": "Dataset", "network": "Model", "detectors": "Artifact"},
}
OUTPUTS = {
    "train": {"network": "Model", "loss_curves": "HTML", "metrics": "Metrics"},
    "validate": {
        "model": "Model",
        "decision": "Artifact",
        "metrics": "Metrics",
        "curve": "ClassificationMetrics",
        "confusion": "ClassificationMetrics",
        "report": "HTML",
        "card": "Markdown",
    },
}
TRAIN = {"epochs": 2, "batch_size": 256, "learning_rate": 0.01, "seed": 0, "device": "cpu"}
VALIDATE = {
    "as_of": "2020-09-01T04:00:00+00:00",
    "deployment_name": "p",
    "namespace": "n",
    "target": "local",
    "seed": 0,
}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """Where each artifact is."""
    directory = tmp_path_factory.mktemp("components")
    Run(directory).write_inputs()
    (directory / "outputs").mkdir()
    return {
        "train_frame": directory / "train.parquet",
        "validation_frame": directory / "validation.parquet",
        "test_frame": directory / "test.parquet",
        "contract": directory / "contract",
        "detectors": directory / "detectors",
        "outputs": directory / "outputs",
        **{name: directory / "outputs" / name for outputs in OUTPUTS.values() for name in outputs},
    }


@pytest.fixture(scope="module")
def executor(places: Places) -> Iterator[Executor]:
    """The executor with the part of kfp that an image has, without what compiling needs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("_KFP_RUNTIME", "true")
        patch.setenv("ONTIME_ONLINE_STORE", f"sqlite:///{places['outputs']}/online.db")
        for name in ("FEATURE_STORE_URI", "PUBLISH_URI"):
            patch.setenv(f"ONTIME_{name}", str(places["outputs"]))
        yield Executor(places)


@pytest.fixture(scope="module")
def trained(executor: Executor) -> Step:
    """The training step."""
    return executor.run("train", TRAIN)


@pytest.fixture(scope="module")
def validated(executor: Executor, trained: Step) -> Step:
    """The validation step after it."""
    assert trained.output["artifacts"]["network"]
    return executor.run("validate", VALIDATE)


def test_training_logs_the_figures_of_the_kept_epoch(trained: Step) -> None:
    figures = trained.metadata("metrics")
    assert figures["validation_auc"] > 0.6


@pytest.mark.usefixtures("trained")
def test_training_writes_network_and_curves(places: Places) -> None:
    assert sorted(path.name for path in places["network"].iterdir()) == ["model.onnx", "signature.json"]
    assert places["loss_curves"].read_text().startswith("<!DOCTYPE html>")


def test_a_wrong_parameter_fails_the_step_by_its_name(executor: Executor) -> None:
    with pytest.raises(ValueError, match="epochs"):
        executor.run("train", {**TRAIN, "epochs": 0})


def test_validation_returns_what_it_decided(validated: Step, places: Places) -> None:
    decision = json.loads(places["decision"].read_text())
    assert validated.output["parameterValues"]["promoted"] is decision["promoted"]


@pytest.mark.usefixtures("validated")
def test_every_check_has_name_value_limit_and_verdict(places: Places) -> None:
    checks = json.loads(places["decision"].read_text())["checks"]
    assert checks
    assert all({"name", "value", "rule", "limit", "passed"} <= set(check) for check in checks)


@pytest.mark.parametrize("name", ["test_auc", "baseline_auc", "test_brier_skill"])
def test_validation_logs_a_metric(validated: Step, name: str) -> None:
    assert isinstance(validated.metadata("metrics")[name], float)


def test_the_logged_curve_is_valid_json(validated: Step) -> None:
    points = validated.metadata("curve")["confidenceMetrics"]
    assert 2 < len(points) <= 200
    json.dumps(points, allow_nan=False)


def test_the_logged_confusion_counts_every_test_row(validated: Step) -> None:
    matrix = validated.metadata("confusion")["confusionMatrix"]
    assert sum(sum(row["row"]) for row in matrix["rows"]) == 6000


@pytest.mark.usefixtures("validated")
def test_report_and_card_are_written(places: Places) -> None:
    assert places["report"].read_text().startswith("<!DOCTYPE html>")
    assert places["card"].read_text().startswith("# Model card")


def test_the_model_names_its_content_hash(validated: Step, places: Places) -> None:
    assert validated.metadata("model")["content_hash"] == content_hash(places["model"])
