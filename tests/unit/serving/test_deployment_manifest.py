import base64
import json
from typing import Any

import pytest
import yaml

from serving.deployment.graph import NODES
from serving.deployment.manifest import manifest, to_yaml
from serving.deployment.settings import DeploymentSettings, Ports, Timing
from tests.examples.serving.model_parts import cluster_settings, local_settings, published_model

LOCATION = "minio://models/parcels/aa"


def predictor(settings: DeploymentSettings) -> dict[str, Any]:
    document = manifest(published_model(LOCATION), settings)
    [only] = document["spec"]["predictors"]
    return only


def pod(settings: DeploymentSettings) -> dict[str, Any]:
    [only] = predictor(settings)["componentSpecs"]
    return only["spec"]


def all_containers(settings: DeploymentSettings) -> dict[str, dict[str, Any]]:
    specification = pod(settings)
    return {
        container["name"]: container
        for container in [*specification["initContainers"], *specification["containers"]]
    }


def variables(container: dict[str, Any]) -> dict[str, Any]:
    return {item["name"]: item.get("value", item.get("valueFrom")) for item in container["env"]}


def test_the_graph_runs_from_features_over_outliers_to_the_logged_model() -> None:
    graph = predictor(local_settings())["graph"]
    [outliers] = graph["children"]
    [model] = outliers["children"]
    assert [graph["name"], outliers["name"], model["name"]] == ["features", "outliers", "model"]
    assert model["logger"] == {"mode": "all", "url": "http://localhost:8080"}
    assert "logger" not in graph
    assert "logger" not in outliers


def test_the_executor_reads_the_same_graph_with_endpoints() -> None:
    settings = local_settings()
    encoded = variables(all_containers(settings)["seldon-container-engine"])["ENGINE_PREDICTOR"]
    engine = json.loads(base64.b64decode(encoded))
    endpoints = []

    def without_endpoints(node: dict[str, Any]) -> dict[str, Any]:
        endpoints.append(node.pop("endpoint"))
        for child in node.get("children", []):
            without_endpoints(child)
        return node

    assert engine["name"] == "default"
    assert without_endpoints(engine["graph"]) == predictor(settings)["graph"]
    assert endpoints == [
        {"service_host": "localhost", "service_port": http, "httpPort": http, "grpcPort": grpc}
        for http, grpc in [(9000, 9500), (9001, 9501), (9002, 9502)]
    ]


def test_every_node_listens_where_the_executor_calls_it() -> None:
    containers = all_containers(local_settings())
    for position, node in enumerate(NODES):
        declared = {port["name"]: port["containerPort"] for port in containers[node.name]["ports"]}
        told = variables(containers[node.name])
        assert declared == {"http": 9000 + position, "grpc": 9500 + position, "metrics": 6000 + position}
        assert told["ONTIME_NODE_HTTP_PORT"] == str(declared["http"])
        assert told["ONTIME_NODE_GRPC_PORT"] == str(declared["grpc"])
        assert told["ONTIME_NODE_METRICS_PORT"] == str(declared["metrics"])


def test_our_executor_is_found_by_its_service() -> None:
    [component] = predictor(local_settings())["componentSpecs"]
    assert component["metadata"]["labels"]["seldon-app"] == "parcels-default"


@pytest.mark.parametrize("engine", ["own", "operator"])
def test_pods_are_known_to_be_part_of_ontime(engine: str) -> None:
    [component] = predictor(cluster_settings(engine=engine))["componentSpecs"]
    labels = {key: value for key, value in component["metadata"]["labels"].items() if "/" in key}
    assert labels == {
        "app.kubernetes.io/name": "ontime",
        "app.kubernetes.io/instance": "parcels",
        "app.kubernetes.io/part-of": "ontime",
        "app.kubernetes.io/component": "serving",
    }


def test_the_operator_adds_its_executor_where_it_is_chosen() -> None:
    settings = local_settings(engine="operator")
    document = manifest(published_model(), settings)
    [only] = document["spec"]["predictors"]
    assert "seldon-container-engine" not in all_containers(settings)
    assert "seldon-app" not in only["componentSpecs"][0]["metadata"]["labels"]
    assert only["svcOrchSpec"]["resources"]["limits"] == {"cpu": "1", "memory": "512Mi"}
    assert document["spec"]["annotations"]["seldon.io/executor-logger-queue-size"] == "10000"


def test_one_init_container_fetches_for_all_and_the_others_only_read() -> None:
    writable = {
        name: not mount.get("readOnly", False)
        for name, container in all_containers(local_settings()).items()
        for mount in container["volumeMounts"]
        if mount["name"] == "model-directory"
    }
    assert writable == {
        "fetch": True,
        "monitor": False,
        "features": False,
        "outliers": False,
        "model": False,
    }


def test_every_program_is_told_which_model_it_serves() -> None:
    containers = all_containers(cluster_settings())
    fetched = variables(containers["fetch"])
    assert fetched["ONTIME_FETCH_LOCATION"] == LOCATION
    assert fetched["ONTIME_FETCH_CONTENT_HASH"] == "a" * 64
    for name, prefix in [
        ("monitor", "MONITOR"),
        ("features", "NODE"),
        ("outliers", "NODE"),
        ("model", "NODE"),
    ]:
        told = variables(containers[name])
        assert told[f"ONTIME_{prefix}_MODEL_DIRECTORY"] == fetched["ONTIME_FETCH_DIRECTORY"]
        assert told[f"ONTIME_{prefix}_MODEL_HASH"] == "a" * 64


def test_the_monitor_is_a_side_car_that_starts_after_the_fetch() -> None:
    initial = pod(local_settings())["initContainers"]
    assert [(item["name"], item.get("restartPolicy")) for item in initial] == [
        ("fetch", None),
        ("monitor", "Always"),
    ]


def test_trouble_of_the_monitor_takes_no_pod_out_of_service() -> None:
    assert "readinessProbe" not in all_containers(local_settings())["monitor"]


@pytest.mark.parametrize("settings", [local_settings(), cluster_settings()], ids=["local", "cluster"])
def test_every_container_is_restricted(settings: DeploymentSettings) -> None:
    restricted = {
        "runAsNonRoot": True,
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    contexts = {name: item["securityContext"] for name, item in all_containers(settings).items()}
    assert contexts == dict.fromkeys(contexts, restricted)
    assert pod(settings)["securityContext"]["runAsUser"] != 0


def test_every_container_may_write_to_tmp_and_has_limits() -> None:
    for container in all_containers(local_settings()).values():
        assert {"name": "scratch", "mountPath": "/tmp"} in container["volumeMounts"]
        assert set(container["resources"]) == {"requests", "limits"}


def test_every_mount_has_its_volume_but_the_one_that_the_operator_adds() -> None:
    mounted = {
        mount["name"]
        for container in all_containers(local_settings()).values()
        for mount in container["volumeMounts"]
    }
    volumes = {volume["name"] for volume in pod(local_settings())["volumes"]}
    assert mounted - volumes == {"seldon-podinfo"}
    assert volumes <= mounted


def test_no_volume_grows_without_end() -> None:
    limits = {volume["name"]: volume["emptyDir"]["sizeLimit"] for volume in pod(local_settings())["volumes"]}
    assert limits == {"model-directory": "1Gi", "monitor-spool": "2Gi", "scratch": "512Mi"}


@pytest.mark.parametrize("service_account", [None, "ontime-serving"])
def test_no_container_gets_a_token_for_kubernetes(service_account: str | None) -> None:
    specification = pod(cluster_settings(service_account=service_account))
    assert specification["automountServiceAccountToken"] is False
    assert specification.get("serviceAccountName") == service_account


@pytest.mark.parametrize(
    ("location", "changes", "asks"),
    [
        ("az://models/aa", {"service_account": "ontime-serving"}, True),
        ("az://models/aa", {}, False),
        ("gs://models/aa", {"service_account": "ontime-serving"}, False),
    ],
)
def test_a_pod_with_an_account_of_its_own_asks_azure_for_its_identity(
    location: str, changes: dict[str, object], asks: bool
) -> None:
    document = manifest(published_model(location), cluster_settings(**changes))
    [component] = document["spec"]["predictors"][0]["componentSpecs"]
    assert ("azure.workload.identity/use" in component["metadata"]["labels"]) is asks


def test_nodes_outlive_what_the_executor_still_accepts() -> None:
    timing = Timing(shutdown_delay=6, request=7)
    containers = all_containers(local_settings(timing=timing))
    for node in NODES:
        assert containers[node.name]["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", "13"]
    arguments = containers["seldon-container-engine"]["args"]
    assert arguments[arguments.index("--shutdown_delay") + 1] == "6s"


def test_nodes_are_ready_when_they_have_loaded() -> None:
    containers = all_containers(local_settings())
    for position, node in enumerate(NODES):
        for probe in ("startupProbe", "readinessProbe"):
            assert containers[node.name][probe]["httpGet"] == {
                "path": "/health/status",
                "port": 9000 + position,
            }


def test_only_who_reads_features_knows_the_online_store() -> None:
    containers = all_containers(cluster_settings())
    knowing = {
        name: variables(container)["ONTIME_NODE_ONLINE_STORE"]
        for name, container in containers.items()
        if "ONTIME_NODE_ONLINE_STORE" in variables(container)
    }
    assert knowing == {"features": {"secretKeyRef": {"name": "ontime-serving", "key": "online-store"}}}


def test_only_the_leaf_passes_feedback_to_the_monitor() -> None:
    containers = all_containers(local_settings())
    knowing = [name for name, item in containers.items() if "ONTIME_NODE_MONITOR_URL" in variables(item)]
    assert knowing == ["model"]
    assert variables(containers["model"])["ONTIME_NODE_MONITOR_URL"] == "http://localhost:8080"


def test_only_the_fetch_may_read_the_model_store() -> None:
    containers = all_containers(cluster_settings())
    assert [name for name, item in containers.items() if "envFrom" in item] == ["fetch"]
    assert variables(containers["fetch"])["ONTIME_FETCH_ENDPOINT"] == "http://minio:9000"


def test_deployment_and_pods_name_the_model() -> None:
    document = manifest(published_model(LOCATION), local_settings())
    [only] = document["spec"]["predictors"]
    named = {
        "ontime/model-hash": "a" * 64,
        "ontime/model-location": LOCATION,
        "ontime/feature-service": "parcel_delay_v1",
        "ontime/trained-to": "2013-08-31T23:00:00+00:00",
    }
    assert document["metadata"]["annotations"] == named
    assert only["annotations"] == {
        **named,
        "seldon.io/rest-timeout": "5000",
        "seldon.io/grpc-timeout": "5000",
    }


def test_the_manifest_is_the_same_text_every_time() -> None:
    documents = [manifest(published_model(), local_settings()) for _ in range(2)]
    first, second = map(to_yaml, documents)
    assert first == second
    assert yaml.safe_load(first) == documents[0]


def test_a_pod_gets_the_time_that_it_needs_to_end() -> None:
    with pytest.raises(ValueError, match="a pod needs 33 s to end, termination_grace is 20"):
        Timing(termination_grace=20)


def test_nodes_that_answer_slowly_need_longer_to_end() -> None:
    with pytest.raises(ValueError, match="a pod needs 58 s to end, termination_grace is 45"):
        Timing(request=30)


def test_a_roll_out_may_take_longer_than_the_starts_of_the_side_car_and_of_a_node() -> None:
    with pytest.raises(ValueError, match="progress_deadline must be longer than twice start"):
        Timing(start=100, progress_deadline=200)


@pytest.mark.parametrize(
    "changes",
    [
        {"engine": "none"},
        {"strategy": "hope"},
        {"mesh": "linkerd"},
        {"traffic": 0},
        {"traffic": 100},
        {"replicas": 0},
        {"replicas": "2"},
        {"autoscaling": {"min": 2, "max": 1}},
        {"volumes": {"scratch": "some"}},
        {"colour": "red"},
    ],
    ids=str,
)
def test_settings_of_no_known_name_type_or_value_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        local_settings(**changes)


def test_ports_are_settings() -> None:
    containers = all_containers(local_settings(ports=Ports(rest=18000, monitor=18080, node_http=19000)))
    arguments = containers["seldon-container-engine"]["args"]
    assert arguments[arguments.index("--http_port") + 1] == "18000"
    assert variables(containers["monitor"])["ONTIME_MONITOR_PORT"] == "18080"
    assert variables(containers["model"])["ONTIME_NODE_HTTP_PORT"] == "19002"
