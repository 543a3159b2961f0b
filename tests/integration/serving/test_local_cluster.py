"""A published manifest runs as processes of this machine, which start and end together."""

import json
import os
import re
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.examples.living_processes import left_of
from tests.examples.serving.local_cluster import (
    DEPLOYMENT,
    MISSING_NODE,
    SILENT_NODE,
    Served,
    publish,
    served,
)

SMALL_NODES = ("monitor", "features", "outliers", "model")
CONTAINERS = ("fetch", *SMALL_NODES, "seldon-container-engine")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    directory = tmp_path_factory.mktemp("cluster")
    content_hash = publish(directory, "first")
    with served(directory, ONTIME_NODE_MODEL_HASH="that of who started it") as cluster:
        yield cluster, content_hash


def none_left(cluster: Served) -> bool:
    """Whether every process of the cluster has ended, or does in a while."""
    return not left_of(cluster.processes()) and not cluster.processes()


def test_the_graph_answers_with_what_every_node_adds(running: tuple[Served, str]) -> None:
    cluster, content_hash = running
    answer = cluster.predict("a", "b").json()
    assert answer["data"] == {"names": ["probability"], "ndarray": [[0.5], [0.5]]}
    assert answer["meta"]["tags"] == dict.fromkeys(("features", "outliers", "model"), content_hash)


def test_a_container_is_told_of_in_one_line_when_it_has_started(running: tuple[Served, str]) -> None:
    lines = running[0].said.splitlines()
    for name in CONTAINERS:
        assert len([line for line in lines if re.match(rf"{name} +(ready|done) +\d+\.\d s ", line)]) == 1


def test_it_says_where_it_answers(running: tuple[Served, str]) -> None:
    cluster, _ = running
    assert f"REST     {cluster.url}\n" in cluster.said
    assert f"gRPC     127.0.0.1:{cluster.grpc_port}\n" in cluster.said
    assert f"monitor  http://127.0.0.1:{cluster.monitor_port}/status\n" in cluster.said


def test_the_side_car_gets_the_events_of_the_leaf(running: tuple[Served, str]) -> None:
    cluster, _ = running
    before = events(cluster)
    cluster.predict("a")
    wait_for_events(cluster, before + Counter(request=1, response=1))


def events(cluster: Served) -> Counter[str]:
    """How many events of each type the side-car has got."""
    status = requests.get(f"http://127.0.0.1:{cluster.monitor_port}/status", timeout=20).json()
    return Counter(event.rpartition(".")[2] for event in status["events"])


def wait_for_events(cluster: Served, wanted: Counter[str]) -> None:
    deadline = time.monotonic() + 30
    while not wanted <= (seen := events(cluster)):
        assert time.monotonic() < deadline, f"{seen}, not {wanted}"
        time.sleep(0.02)


def spool(cluster: Served) -> Path:
    return cluster.directory / "published" / DEPLOYMENT / "monitor-spool"


def variables_of_the_side_car(cluster: Served) -> dict[str, str]:
    return json.loads((spool(cluster) / "here").read_text())


def test_a_mount_is_a_directory_of_this_run(running: tuple[Served, str]) -> None:
    cluster, _ = running
    seen = variables_of_the_side_car(cluster)
    volumes = cluster.directory / "serving" / DEPLOYMENT
    for name in ("ONTIME_MONITOR_MODEL_DIRECTORY", "TMPDIR"):
        assert Path(seen[name]).is_relative_to(volumes)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "killed"])
def test_what_waits_in_the_spool_is_there_for_the_next_run(tmp_path: Path, number: signal.Signals) -> None:
    publish(tmp_path, "first")
    with served(tmp_path) as cluster:
        seen = variables_of_the_side_car(cluster)["ONTIME_MONITOR_SPOOL_DIRECTORY"]
        (Path(seen) / "waiting").touch()
        cluster.end(number)
        assert none_left(cluster)
    with served(tmp_path) as cluster:
        assert variables_of_the_side_car(cluster)["ONTIME_MONITOR_SPOOL_DIRECTORY"] == seen
        assert (Path(seen) / "waiting").exists()


def test_a_container_sees_its_own_settings_alone(running: tuple[Served, str]) -> None:
    settings = {name for name in variables_of_the_side_car(running[0]) if name.startswith("ONTIME_")}
    assert all(name.startswith("ONTIME_MONITOR_") for name in settings)


@pytest.mark.skipif(
    "ONTIME_SELDON_EXECUTOR" in os.environ,
    reason="the real executor finds no annotations, and no time-outs, here",
)
def test_a_node_that_takes_longer_than_the_manifest_gives_it_is_not_waited_for(
    running: tuple[Served, str],
) -> None:
    answer = running[0].predict("too slow")
    assert answer.status_code == 500
    assert "context deadline exceeded" in answer.json()["status"]["info"]


def test_what_cannot_run_leaves_the_one_before_in_place(running: tuple[Served, str]) -> None:
    cluster, content_hash = running
    publish(cluster.directory, "broken", node=MISSING_NODE)
    cluster.wait_until_said("does not run, the one before goes on")
    assert "missing_node.py" in cluster.said
    assert cluster.predict("a").json()["meta"]["tags"]["model"] == content_hash


def test_a_second_cluster_of_the_same_deployment_is_refused(running: tuple[Served, str]) -> None:
    directory = running[0].directory
    place = f"{directory}/serving/{DEPLOYMENT}"
    assert refused(directory) == f"Error: another program serves {DEPLOYMENT} from {place}\n"


def refused(directory: Path) -> str:
    """What a cluster says that is to start nothing."""
    (directory / "second").mkdir(exist_ok=True)
    cluster = Served(
        directory / "second",
        {
            "ONTIME_PUBLISH_URI": str(directory / "published"),
            "ONTIME_LOCAL_DIRECTORY": str(directory / "serving"),
        },
    )
    assert cluster.process.wait(timeout=120) == 2
    return cluster.said


def test_without_a_publication_it_says_what_to_do(tmp_path: Path) -> None:
    said = refused(tmp_path)
    assert said.count("\n") == 1
    assert "nothing is published at" in said
    assert "make demo" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_a_signal_ends_everything_once_what_is_in_hand_is_answered(
    tmp_path: Path, number: signal.Signals
) -> None:
    publish(tmp_path, "first")
    with served(tmp_path) as cluster, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(cluster.predict, "slow")
        # The model has it.
        wait_for_events(cluster, Counter(request=1))
        assert cluster.end(number) == 0
        assert killed(cluster) == []
        assert slow.result().json()["data"]["ndarray"] == [[0.5]]
        assert none_left(cluster)


def killed(cluster: Served) -> list[str]:
    """The containers of small nodes that have not ended of their own accord."""
    logs = (cluster.directory / "serving" / DEPLOYMENT).glob("*/logs/*.log")
    said = {log.stem: log.read_text() for log in logs}
    return [name for name in SMALL_NODES if "ended of its own accord" not in said[name]]


def test_a_signal_before_it_is_ready_leaves_nothing(tmp_path: Path) -> None:
    publish(tmp_path, "first", node=SILENT_NODE)
    cluster = Served(tmp_path, {})
    cluster.wait_until_said("monitor")
    assert cluster.end() == 0
    assert "\nready\n" not in cluster.said
    assert none_left(cluster)


def test_a_public_port_that_somebody_has_is_named_with_its_option(tmp_path: Path) -> None:
    publish(tmp_path, "first")
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        # An option wins over the variable.
        command = (sys.executable, "-m", "serving.local", "--grpc-port", str(port))
        cluster = Served(tmp_path, {}, command=command)
        assert cluster.process.wait(timeout=120) == 2
    assert f"Error: port {port} of 127.0.0.1 cannot be had" in cluster.said
    assert "choose another with --grpc-port or ONTIME_LOCAL_GRPC_PORT" in cluster.said
    assert none_left(cluster)


def test_a_dead_part_takes_everything_with_it_and_is_named(tmp_path: Path) -> None:
    publish(tmp_path, "first")
    with served(tmp_path) as cluster:
        cluster.predict("fatal")
        assert cluster.process.wait(timeout=120) == 1
        assert "Error: model ended with -9" in cluster.said
        assert none_left(cluster)


def test_nothing_is_left_when_the_cluster_itself_is_killed(tmp_path: Path) -> None:
    publish(tmp_path, "first")
    with served(tmp_path) as cluster:
        assert len(cluster.processes()) > len(CONTAINERS)
        cluster.process.kill()
        cluster.process.wait()
        assert none_left(cluster)


def test_nothing_is_left_when_make_is_killed(tmp_path: Path) -> None:
    publish(tmp_path, "first")
    cluster = Served(tmp_path, {}, command=("make", "serve"))
    cluster.wait_until_said("\nready\n")
    cluster.process.kill()
    cluster.process.wait()
    assert none_left(cluster)
