"""Publishing from a pod, with the rights that infra/kubernetes gives to the pipelines' service account."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from kubernetes import client

from components.images import image
from serving.artifact import ModelDirectory
from serving.deployment.model import champion_hash
from tests.examples.cluster.namespace import Ended, Namespace
from tests.examples.cluster.platform import PLATFORM
from tests.examples.cluster.publishing_place import (
    DEPLOYMENT,
    SECURITY,
    STORE_PORT,
    TIMING,
    TINY,
    Place,
    executor_image,
    location,
    publishing_place,
)
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


def run(place: Place, name: str, model: ModelDirectory) -> Ended:
    core: Any = client.CoreV1Api(place.connection.client)
    core.create_namespaced_service_account(place.namespace, {"metadata": {"name": name}})
    command = ["python", "/scripts/publish_in_pod.py", location(model), model.content_hash]
    command += [place.namespace, DEPLOYMENT, image("serving"), executor_image()]
    own = {"resources": dict.fromkeys(place.settings().resources.model_dump(), TINY), "timing": TIMING}
    environment = {
        "ONTIME_FEATURE_STORE_URI": "/nowhere",
        "ONTIME_ONLINE_STORE": "sqlite:////nowhere",
        "ONTIME_OBJECT_STORE_ENDPOINT": f"http://store.{place.namespace}:{STORE_PORT}",
        "ONTIME_PUBLISH_DEPLOYMENT": json.dumps(own),
        "ONTIME_PUBLISH_TIMEOUT": "300",
    }
    container = {
        "name": "main",
        "image": image("serving"),
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "env": [{"name": key, "value": value} for key, value in environment.items()],
        "envFrom": [{"secretRef": {"name": "ontime-object-store"}}],
        "securityContext": SECURITY,
        "volumeMounts": [
            {"name": "scripts", "mountPath": "/scripts"},
            {"name": "scratch", "mountPath": "/tmp"},
        ],
    }
    specification = {
        "serviceAccountName": name,
        "restartPolicy": "Never",
        "enableServiceLinks": False,
        "containers": [container],
        "volumes": [
            {"name": "scripts", "configMap": {"name": "scripts"}},
            {"name": "scratch", "emptyDir": {}},
        ],
    }
    pod = {"metadata": {"name": f"publish-as-{name}"}, "spec": specification}
    return Namespace(place.connection.client, place.namespace).run(pod)


def give_rights(place: Place, account: str) -> None:
    """The role of the base, in this namespace alone."""
    [role] = [
        document
        for document in yaml.safe_load_all((PLATFORM / "base" / "publisher.yaml").read_text())
        if document["kind"] == "ClusterRole"
    ]
    api: Any = client.RbacAuthorizationV1Api(place.connection.client)
    api.create_namespaced_role(
        place.namespace, {"metadata": {"name": "ontime-publisher"}, "rules": role["rules"]}
    )
    subject = {"kind": "ServiceAccount", "name": account, "namespace": place.namespace}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "ontime-publisher"}
    api.create_namespaced_role_binding(
        place.namespace,
        {"metadata": {"name": "ontime-publisher"}, "roleRef": reference, "subjects": [subject]},
    )


def test_a_pod_publishes_with_its_service_account(place: Place, model: ModelDirectory) -> None:
    give_rights(place, ACCOUNT)
    ended = run(place, ACCOUNT, model)
    assert ended.code == 0, ended.output
    assert champion_hash(place.deployed()) == model.content_hash
    assert f"published {model.content_hash} as {place.namespace}/{DEPLOYMENT}" in ended.output


def test_a_pod_without_rights_is_told_what_it_may_not(place: Place, model: ModelDirectory) -> None:
    ended = run(place, "stranger", model)
    assert ended.code != 0
    assert f"system:serviceaccount:{place.namespace}:stranger" in ended.output
    assert "status 403" in ended.output
