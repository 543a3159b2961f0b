"""Every step of both pipelines in a real pod, from its image, with the compiled command and settings.

The pods have fewer rights than Kubeflow gives: a root file system that is read-only, and /tmp. Kubeflow's
launcher is not there, so what it hands to a step is made by the test (`step_pods.py`).
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from serving.deployment.model import champion_hash
from tests.examples.cluster.compiled_steps import Step, read_steps
from tests.examples.cluster.namespace import Namespace
from tests.examples.cluster.publisher import apply, give_publisher_rights
from tests.examples.cluster.step_pods import StepPods, step_pods

AS_OF = "2013-10-01"
STEPS = [
    *read_steps("features", {"as_of": AS_OF}),
    *read_steps("training", {"as_of": AS_OF, "test_months": 1, "target": "local"}),
]


def named(name: str) -> Step:
    return next(step for step in STEPS if step.name == name)


@pytest.fixture(scope="module")
def pods(namespace: Namespace) -> StepPods:
    return step_pods(namespace)


def test_no_step_is_left_out() -> None:
    directories = Path(__file__).parents[2].glob("components/*/component.py")
    assert {step.name.replace("-", "_") for step in STEPS} == {path.parent.name for path in directories}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_runs_from_its_image(pods: StepPods, step: Step) -> None:
    before = {output.step for output in step.artifacts.values()}
    if missing := sorted(before - pods.outputs.keys()):
        pytest.fail(f"nothing to run it on: {', '.join(missing)} did not succeed")
    ended = pods.run(step)
    assert ended.code == 0, ended.output


def test_the_gate_promotes_the_model(pods: StepPods) -> None:
    assert pods.outputs["validate"]["parameterValues"]["promoted"] is True


def test_what_is_published_is_the_whole_model(pods: StepPods) -> None:
    models = "/minio/stores/published/ontime/models"
    (name,) = pods.namespace.execute(pods.shelf, "ls", models).output.split()
    code = f"import pathlib, serving.artifact as it; it.check(pathlib.Path('{models}/{name}'), '{name}')"
    ended = pods.namespace.execute(pods.shelf, "python3", "-c", code)
    assert ended.code == 0, ended.output


def test_the_gate_compares_with_what_a_cluster_serves(pods: StepPods) -> None:
    """The deployment is of the model that was published to the directory; nothing has to reconcile it."""
    deployment = yaml.safe_load(pods.read("publish", "manifest"))
    deployment["metadata"]["namespace"] = pods.namespace.name
    apply(pods.namespace, deployment)
    give_publisher_rights(pods.namespace, "pipeline-runner")
    validate = named("validate")
    place = {"target": "cluster", "namespace": pods.namespace.name}
    in_a_cluster = replace(validate, parameters={**validate.parameters, **place})
    ended = pods.run(in_a_cluster, "validate-in-a-cluster", "pipeline-runner")
    assert ended.code == 0, ended.output
    checks = json.loads(pods.read("validate", "decision"))["checks"]
    (remark,) = [check["remark"] for check in checks if "champion" in check["name"]]
    assert remark.startswith(f"champion {champion_hash(deployment)[:12]}; difference +0.0000")


def test_training_has_the_shared_memory_that_its_loaders_need(pods: StepPods) -> None:
    measure = ["df", "--block-size=1M", "--output=size", "/dev/shm"]
    ended = pods.namespace.run(pods.pod(named("train"), measure, name="train-looked-into"))
    assert int(ended.output.split()[-1]) >= 1024
