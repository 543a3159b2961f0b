"""The pod of a published manifest, unchanged, where the restricted Pod Security Standard is enforced.

The fake operator makes the pod of it, and the local orchestrator takes the executor's place.
"""

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from kubernetes import client, watch

from components.publish.cluster.answers import example_row
from components.publish.cluster.forwarding import forwarded
from serving.artifact import ModelDirectory
from serving.client.seldon import Grpc, Rest, Transport
from serving.replay.monitor import WatchedDeployment
from tests.examples.cluster.namespace import Namespace
from tests.examples.cluster.publishing_place import TIMING, Place, publishing_place
from tests.examples.serving.published_example import make_example

CONTAINERS = ("monitor", "features", "outliers", "model", "seldon-container-engine")
METRICS = {
    "8000": "/prometheus",
    "6000": "/metrics",
    "6001": "/metrics",
    "6002": "/metrics",
    "8080": "/metrics",
}
SECONDS = 30


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelDirectory:
    example = make_example(tmp_path_factory.mktemp("example") / "made")
    return example.version(tmp_path_factory.mktemp("version") / "model")


@pytest.fixture(scope="module")
def place(model: ModelDirectory) -> Iterator[Place]:
    with publishing_place() as made:
        made.upload(model)
        made.fill_online_store(model)
        made.publish(model)
        yield made


@pytest.fixture(scope="module")
def pod(place: Place) -> str:
    (name,) = place.pods()
    return name


def execute(place: Place, pod: str, container: str, *command: str) -> str:
    namespace = Namespace(place.connection.client, place.namespace)
    ended = namespace.execute(pod, *command, container=container)
    assert ended.code == 0, ended.output
    return ended.output


def core(place: Place) -> Any:
    # Its types say of everything that it may not be there.
    return client.CoreV1Api(place.connection.client)


def described(place: Place, pod: str) -> Any:
    return core(place).read_namespaced_pod(pod, place.namespace)


def predict(place: Place, pod: str, model: ModelDirectory, name: str, day: str = "2013-06-01") -> str:
    """The version that answers."""
    port = {"REST": 8000, "gRPC": 5001}[name]
    # The example's own instant is one that the monitor does not believe in.
    row = {**example_row(model.signature), model.signature.time_field: f"{day}T12:00:00-04:00"}
    with forwarded(place.connection, place.namespace, pod, port) as near:
        transport: Transport = (
            Rest(f"http://127.0.0.1:{near}") if name == "REST" else Grpc(f"127.0.0.1:{near}")
        )
        return transport.predict(row, str(uuid.uuid4())).model_version


def test_it_lives_where_only_restricted_pods_may(place: Place, pod: str) -> None:
    namespace = core(place).read_namespace(place.namespace)
    assert namespace.metadata.labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert described(place, pod).status.phase == "Running"


def test_every_container_started_once_and_stays(place: Place, pod: str) -> None:
    status = described(place, pod).status
    containers = {item.name: item for item in [*status.init_container_statuses, *status.container_statuses]}
    assert containers.keys() == {"fetch", *CONTAINERS}
    assert {name: item.restart_count for name, item in containers.items()} == dict.fromkeys(containers, 0)
    assert all(item.ready for item in containers.values())
    assert containers["fetch"].state.terminated.exit_code == 0


@pytest.mark.parametrize("name", ["REST", "gRPC"])
def test_it_predicts(place: Place, pod: str, model: ModelDirectory, name: str) -> None:
    assert predict(place, pod, model, name) == model.content_hash


def test_its_monitor_counts_what_is_predicted(place: Place, pod: str, model: ModelDirectory) -> None:
    # Nobody else asks about this day: what others asked may still be on its way to the monitor.
    day = "2013-03-05"

    def rows(status: dict[str, Any]) -> int:
        return sum(window["rows"] for window in status["windows"] if window["from"].startswith(day))

    for name in ("REST", "gRPC"):
        predict(place, pod, model, name, day)
    with forwarded(place.connection, place.namespace, pod, 8080) as near:
        monitor = WatchedDeployment(f"http://127.0.0.1:{near}")
        status = monitor.await_status(lambda status: rows(status) >= 2, SECONDS)
    assert rows(status) == 2
    assert status["model_version"] == model.content_hash


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_container_cannot_write_to_its_root_file_system(place: Place, pod: str, container: str) -> None:
    mounts = [line.split() for line in execute(place, pod, container, "cat", "/proc/mounts").splitlines()]
    (options,) = [fields[3] for fields in mounts if fields[1] == "/"]
    assert options.split(",")[0] == "ro"


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_container_has_no_rights_and_can_get_none(place: Place, pod: str, container: str) -> None:
    lines = execute(place, pod, container, "cat", "/proc/1/status").splitlines()
    status = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    assert status["Uid"] == status["Gid"] == ["8888"] * 4
    assert {int(status[f"Cap{kind}"][0], 16) for kind in ("Prm", "Eff", "Bnd", "Amb")} == {0}
    assert (status["NoNewPrivs"], status["Seccomp"]) == (["1"], ["2"])


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_container_cannot_reach_the_api_server(place: Place, pod: str, container: str) -> None:
    assert execute(place, pod, container, "sh", "-c", "ls /var/run/secrets 2> /dev/null || true") == ""


def test_nothing_wanted_to_write_where_it_may_not(place: Place, pod: str) -> None:
    logs = {
        name: core(place).read_namespaced_pod_log(pod, place.namespace, container=name) for name in CONTAINERS
    }
    assert [name for name, log in logs.items() if "Read-only" in log or "cannot cache" in log] == []


def test_its_executor_reads_the_annotations(place: Place, pod: str) -> None:
    path = "/etc/podinfo/annotations"
    assert 'seldon.io/rest-timeout="5000"' in execute(place, pod, "seldon-container-engine", "cat", path)


@pytest.mark.parametrize("port", METRICS)
def test_it_can_be_measured(place: Place, pod: str, port: str) -> None:
    with forwarded(place.connection, place.namespace, pod, int(port)) as near:
        answer = requests.get(f"http://127.0.0.1:{near}{METRICS[port]}", timeout=SECONDS)
    assert answer.status_code == 200
    assert "# TYPE" in answer.text


def test_its_volumes_have_an_end(place: Place, pod: str) -> None:
    volumes = {item.name: item.empty_dir for item in described(place, pod).spec.volumes if item.empty_dir}
    assert {name for name, item in volumes.items() if item.size_limit is None} == set()
    assert "scratch" in volumes


def test_it_ends_by_itself_and_in_time(place: Place, pod: str) -> None:
    """Last: the pod is gone after it, and the operator makes another."""
    api = core(place)
    found = api.list_namespaced_pod(place.namespace, field_selector=f"metadata.name={pod}")
    started = time.monotonic()
    api.delete_namespaced_pod(pod, place.namespace)
    changes = watch.Watch().stream(
        api.list_namespaced_pod,
        place.namespace,
        field_selector=f"metadata.name={pod}",
        resource_version=found.metadata.resource_version,
        timeout_seconds=2 * int(TIMING["termination_grace"]),
    )
    status: Any = None
    for change in changes:
        if change["type"] == "DELETED":
            break
        status = change["object"].status
    ended = [*status.init_container_statuses, *status.container_statuses]
    codes = {item.name: item.state.terminated.exit_code for item in ended if item.state.terminated}
    assert codes == dict.fromkeys(["fetch", *CONTAINERS], 0)
    assert time.monotonic() - started < int(TIMING["termination_grace"])
