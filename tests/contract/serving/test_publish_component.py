"""The component under KFP's own executor, as a pod runs it: from its source, in this environment."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from serving.artifact import ModelDirectory
from tests.examples.serving.model_parts import write_model

ROOT = Path(__file__).parents[3]
COMPONENT = ROOT / "components" / "publish" / "component.py"
PARAMETERS = {
    "deployment_name": "parcels",
    "namespace": "ontime",
    "target": "local",
    "serving_image": "localhost/ontime-serving:dev",
    "executor_image": "docker.io/seldonio/seldon-core-executor:1.19.0",
    "replicas": 1,
    "engine": "own",
    "strategy": "rolling",
    "traffic": 10,
}


def source() -> str:
    """What KFP embeds in the compiled pipeline: the function without its decorator, behind some imports."""
    text = COMPONENT.read_text(encoding="utf-8")
    [function] = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    function.decorator_list = []
    return "from kfp import dsl\n\n" + ast.unparse(function) + "\n"


def artifact(name: str, kind: str, path: Path) -> dict[str, Any]:
    entry = {"name": name, "uri": str(path), "type": {"schemaTitle": f"system.{kind}"}, "metadata": {}}
    return {name: {"artifacts": [entry]}}


def run(directory: Path, model: ModelDirectory, **parameters: str) -> subprocess.CompletedProcess[str]:
    (directory / "component.py").write_text(source())
    request = {
        "inputs": {
            "artifacts": artifact("model", "Model", model.path),
            "parameterValues": PARAMETERS | parameters,
        },
        "outputs": {
            "artifacts": artifact("manifest", "Artifact", directory / "outputs" / "manifest"),
            "outputFile": str(directory / "outputs" / "message.json"),
        },
    }
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "PYTHONPATH": str(ROOT),
        "_KFP_RUNTIME": "true",
        "ONTIME_FEATURE_STORE_URI": str(directory / "features"),
        "ONTIME_ONLINE_STORE": f"sqlite:///{directory / 'online.db'}",
        "ONTIME_PUBLISH_URI": str(directory / "published"),
    }
    command = [sys.executable, "-m", "kfp.dsl.executor_main"]
    command += ["--component_module_path", str(directory / "component.py")]
    command += ["--executor_input", json.dumps(request), "--function_to_execute", "publish"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def model(tmp_path: Path) -> ModelDirectory:
    return write_model(tmp_path / "validated")


def test_the_step_hands_on_what_it_published(model: ModelDirectory, tmp_path: Path) -> None:
    outcome = run(tmp_path, model)
    assert outcome.returncode == 0, outcome.stderr
    place = tmp_path / "published" / "parcels" / "seldondeployment.yaml"
    message = json.loads((tmp_path / "outputs" / "message.json").read_text())
    [manifest] = message["artifacts"]["manifest"]["artifacts"]
    assert manifest["metadata"] == {"model_hash": model.content_hash, "manifest_path": str(place)}
    assert (tmp_path / "outputs" / "manifest").read_text() == place.read_text()


def test_without_a_cluster_the_step_says_what_it_looked_for(model: ModelDirectory, tmp_path: Path) -> None:
    outcome = run(tmp_path, model, target="cluster")
    assert outcome.returncode != 0
    assert "neither a ServiceAccount in this pod nor a kubeconfig leads to a cluster" in outcome.stderr
    assert not (tmp_path / "outputs" / "manifest").exists()
