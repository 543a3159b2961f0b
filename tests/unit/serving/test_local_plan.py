"""What a local cluster reads from a published manifest, and what it adds as the operator would."""

import base64
import json
from pathlib import Path

import pytest

from serving.deployment.manifest import manifest, to_yaml
from serving.local.operator import completed
from serving.local.orchestrator.graph import read_predictor
from serving.local.plan import PodPlan, Probe, Role, UnrunnableManifestError, pod_plan, read_manifest
from tests.examples.serving.model_parts import cluster_settings, local_settings, published_model

EXECUTOR = "seldon-container-engine"


def planned(**changes: object) -> PodPlan:
    return pod_plan(to_yaml(manifest(published_model(), local_settings(**changes))))


def test_the_containers_keep_their_order_and_their_roles() -> None:
    assert [(container.name, container.role) for container in planned().containers] == [
        ("fetch", Role.INIT),
        ("monitor", Role.SIDE_CAR),
        ("features", Role.MAIN),
        ("outliers", Role.MAIN),
        ("model", Role.MAIN),
        (EXECUTOR, Role.MAIN),
    ]


def test_a_container_has_what_the_manifest_says_of_it() -> None:
    features = planned().container("features")
    assert features is not None
    assert features.command == ("python", "-m", "serving.node", "features")
    assert features.variables["ONTIME_NODE_HTTP_PORT"] == "9000"
    assert features.ports == {"http": 9000, "grpc": 9500, "metrics": 6000}
    assert features.startup == Probe(9000, "/health/status", 120)
    assert features.before_end == ("sleep", "13")
    assert features.mounts == {"/tmp": "scratch", "/srv/ontime": "model-directory"}


def test_what_only_a_cluster_has_is_refused() -> None:
    text = to_yaml(manifest(published_model("s3://models/aa"), cluster_settings()))
    with pytest.raises(UnrunnableManifestError, match="Secret"):
        pod_plan(text)


@pytest.mark.parametrize("text", ["", "a: [", "kind: SeldonDeployment", "- 1"])
def test_what_is_no_manifest_is_refused(text: str) -> None:
    with pytest.raises(UnrunnableManifestError):
        pod_plan(text)


@pytest.mark.parametrize("key", ["metadata", "spec"])
def test_a_manifest_that_lacks_a_part_is_refused(key: str) -> None:
    document = manifest(published_model(), local_settings())
    with pytest.raises(UnrunnableManifestError, match=key):
        pod_plan(to_yaml({name: part for name, part in document.items() if name != key}))


def test_a_node_whose_container_has_no_ports_is_refused() -> None:
    document = manifest(published_model(), local_settings())
    for container in document["spec"]["predictors"][0]["componentSpecs"][0]["spec"]["containers"]:
        del container["ports"]
    with pytest.raises(UnrunnableManifestError, match="http"):
        completed(pod_plan(to_yaml(document)))


def test_a_manifest_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnrunnableManifestError, match="nothing is published"):
        read_manifest(tmp_path / "seldondeployment.yaml")


def test_a_node_is_told_what_the_operator_would_tell_it() -> None:
    outliers = completed(planned()).container("outliers")
    assert outliers is not None
    assert outliers.variables["PREDICTIVE_UNIT_ID"] == "outliers"
    assert outliers.variables["PREDICTIVE_UNIT_HTTP_SERVICE_PORT"] == "9001"
    assert outliers.variables["SELDON_DEPLOYMENT_ID"] == "parcels"


def test_only_nodes_are_told_so() -> None:
    monitor = completed(planned()).container("monitor")
    assert monitor is not None
    assert not any(name.startswith("PREDICTIVE_UNIT") for name in monitor.variables)


def test_the_executor_of_the_manifest_stays_as_it_is() -> None:
    assert completed(planned()).container(EXECUTOR) == planned().container(EXECUTOR)


def test_where_the_operator_would_add_its_executor_one_with_the_same_graph_is_added() -> None:
    def graph(plan: PodPlan) -> str:
        executor = plan.container(EXECUTOR)
        assert executor is not None
        return executor.variables["ENGINE_PREDICTOR"]

    own, operators = completed(planned()), completed(planned(engine="operator"))
    assert planned(engine="operator").container(EXECUTOR) is None
    assert read_predictor(graph(operators)) == read_predictor(graph(own))
    assert json.loads(base64.b64decode(graph(operators)))["name"] == "default"


def test_the_operators_executor_is_told_what_ours_is_but_for_the_delay_of_its_end() -> None:
    own, operators = planned().container(EXECUTOR), completed(planned(engine="operator")).container(EXECUTOR)
    assert own is not None
    assert operators is not None
    assert own.command == (*operators.command, "--shutdown_delay", "8s")
    assert operators.ports == own.ports
