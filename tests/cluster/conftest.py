"""The cluster that KUBECONFIG names, with the kind SeldonDeployment; a namespace and an example a module."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from kubernetes import client, config, watch
from kubernetes.dynamic import DynamicClient

from serving.artifact import ModelDirectory
from tests.examples.cluster.namespace import Namespace, own_namespace
from tests.examples.cluster.publishing_place import Place
from tests.examples.cluster.real_operator import namespaces_of_the_operator
from tests.examples.serving.published_example import Example, make_example

DEFINITION = Path(__file__).parents[1] / "examples" / "cluster" / "seldondeployment-crd.yaml"


def pytest_sessionstart() -> None:
    """Refuse to look as if there had been a cluster, and to write what another operator writes."""
    if not Path(os.environ.get("KUBECONFIG", "")).is_file():
        raise pytest.UsageError("tests/cluster needs a cluster: KUBECONFIG must name the file of its access.")
    if namespaces := namespaces_of_the_operator(config.new_client_from_config()):
        raise pytest.UsageError(
            f"Seldon's own operator is in namespace {namespaces[0]}, and the fake one of the tests would "
            "write the same SeldonDeployments: KUBECONFIG must name a cluster without it."
        )


@pytest.fixture(scope="session")
def api() -> client.ApiClient:
    return config.new_client_from_config()


@pytest.fixture(scope="session", autouse=True)
def seldon_deployments(api: client.ApiClient) -> None:
    """Make the kind known where the cluster has no Seldon Core."""
    definition = yaml.safe_load(DEFINITION.read_text(encoding="utf-8"))
    name = definition["metadata"]["name"]
    extensions = client.ApiextensionsV1Api(api)
    selector = f"metadata.name={name}"
    if extensions.list_custom_resource_definition(field_selector=selector).items:
        return
    resource = DynamicClient(api).resources.get(api_version=definition["apiVersion"], kind=definition["kind"])
    # Server-side: the definition is larger than what client-side apply keeps in an annotation.
    resource.server_side_apply(body=definition, name=name, field_manager="ontime-tests")
    changes = watch.Watch().stream(
        extensions.list_custom_resource_definition, field_selector=selector, timeout_seconds=30
    )
    for change in changes:
        conditions = change["object"].status.conditions or []
        if any((item.type, item.status) == ("Established", "True") for item in conditions):
            return
    raise RuntimeError(f"{name} was not established")


@pytest.fixture(scope="module")
def namespace(api: client.ApiClient, request: pytest.FixtureRequest) -> Iterator[Namespace]:
    purpose = request.module.__name__.rpartition(".")[2].removeprefix("test_").replace("_", "-")
    with own_namespace(api, purpose) as made:
        yield made


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    return make_example(tmp_path_factory.mktemp("example") / "made")


@pytest.fixture
def second(example: Example, place: Place, tmp_path: Path, request: pytest.FixtureRequest) -> ModelDirectory:
    """A new version for each test, which the store of the module's place has."""
    model = example.version(tmp_path / "model", card=f"# {request.node.name}\n")
    place.upload(model)
    return model
