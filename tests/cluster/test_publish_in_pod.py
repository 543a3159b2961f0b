"""The compiled step that publishes, in a pod, with the rights that infra/kubernetes gives to its account."""

import json
from collections.abc import Iterator

import pytest

from components.images import image
from serving.artifact import ModelDirectory
from serving.deployment.model import champion_hash
from tests.examples.cluster.compiled_steps import Step, read_steps
from tests.examples.cluster.hardened import hardened
from tests.examples.cluster.namespace import Ended, Namespace
from tests.examples.cluster.publisher import give_publisher_rights
from tests.examples.cluster.publishing_place import (
    DEPLOYMENT,
    STORE_PORT,
    TIMING,
    TINY,
    Place,
    executor_image,
    location,
    publishing_place,
)
from tests.examples.cluster.step_pods import MOUNT, VOLUME, StepPods, step_pods
from tests.examples.serving.published_example import make_example

ACCOUNT = "pipeline-runner"


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with publishing_place() as made:
        yield made


@pytest.fixture(scope="module")
def model(place: Place, tmp_path_factory: pytest.TempPathFactory) -> ModelDirectory:
    directory = tmp_path_factory.mktemp("example")
    made = make_example(directory / "made").version(directory / "model")
    place.upload(made)
    return made


@pytest.fixture(scope="module")
def pods(place: Place, model: ModelDirectory) -> StepPods:
    """With the model where Kubeflow's launcher would have put it."""
    own = {"resources": dict.fromkeys(place.settings().resources.model_dump(), TINY), "timing": TIMING}
    settings = {
        "ONTIME_FEATURE_STORE_URI": "/nowhere",
        "ONTIME_OBJECT_STORE_ENDPOINT": endpoint(place),
        "ONTIME_PUBLISH_DEPLOYMENT": json.dumps(own),
        "ONTIME_PUBLISH_TIMEOUT": "300",
    }
    made = step_pods(Namespace(place.connection.client, place.namespace), settings, secrets=None)
    launched = made.namespace.run(launcher(place, model))
    assert launched.code == 0, launched.output
    artifact = {"name": "model", "type": {"schemaTitle": "system.Model"}, "uri": location(model)}
    made.outputs["validate"] = {"artifacts": {"model": {"artifacts": [{**artifact, "metadata": {}}]}}}
    return made


def endpoint(place: Place) -> str:
    return f"http://store.{place.namespace}:{STORE_PORT}"


def launcher(place: Place, model: ModelDirectory) -> dict[str, object]:
    """A pod that brings the model from its store to the volume of the steps' artifacts."""
    fetched = {
        "ONTIME_FETCH_LOCATION": location(model),
        "ONTIME_FETCH_ENDPOINT": endpoint(place),
        "ONTIME_FETCH_CONTENT_HASH": model.content_hash,
        "ONTIME_FETCH_DIRECTORY": location(model).replace("minio://", f"{MOUNT}/"),
    }
    variables: list[dict[str, object]] = [{"name": name, "value": value} for name, value in fetched.items()]
    variables += [
        {"name": key, "valueFrom": {"secretKeyRef": {"name": "ontime-object-store", "key": key}}}
        for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    ]
    command = ["python", "-m", "serving.fetch"]
    return hardened("launcher", image("serving"), command, env=variables, volumes=[(VOLUME, MOUNT)])


@pytest.fixture(scope="module")
def step(place: Place) -> Step:
    """As a run with these parameters has it."""
    arguments = {
        "target": "cluster",
        "namespace": place.namespace,
        "deployment_name": DEPLOYMENT,
        "serving_image": image("serving"),
        "executor_image": executor_image(),
    }
    return next(step for step in read_steps("training", arguments) if step.name == "publish")


def run(pods: StepPods, step: Step, account: str) -> Ended:
    return pods.run(step, f"publish-as-{account}", account)


def test_a_pod_publishes_with_its_service_account(
    place: Place, model: ModelDirectory, pods: StepPods, step: Step
) -> None:
    give_publisher_rights(pods.namespace, ACCOUNT)
    ended = run(pods, step, ACCOUNT)
    assert ended.code == 0, ended.output
    assert champion_hash(place.deployed()) == model.content_hash
    assert f"published {model.content_hash} as {place.namespace}/{DEPLOYMENT}" in ended.output


def test_a_pod_without_rights_is_told_what_it_may_not(place: Place, pods: StepPods, step: Step) -> None:
    pods.namespace.core.create_namespaced_service_account(place.namespace, {"metadata": {"name": "stranger"}})
    ended = run(pods, step, "stranger")
    assert ended.code != 0
    assert f"system:serviceaccount:{place.namespace}:stranger" in ended.output
    assert "status 403" in ended.output
