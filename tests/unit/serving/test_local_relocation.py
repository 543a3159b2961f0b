"""A container that moves to other ports and paths is changed where it names them, and nowhere else."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from serving.local.plan import ContainerPlan, Probe, Role
from serving.local.relocation import relocated

PORTS = {9000: 21000, 9500: 21500, 8080: 28080, 8000: 28000, 5001: 25001}
VOLUMES = {"models": Path("/run/pod/models"), "scratch": Path("/run/pod/scratch")}
CONTAINER = ContainerPlan(
    name="node",
    role=Role.MAIN,
    image="localhost/ontime-serving:dev",
    command=("python", "-m", "serving.node", "9000"),
    variables={},
    ports={"http": 9000, "grpc": 9500},
    startup=Probe(9000, "/health/status", 120),
    readiness=Probe(9000, "/health/status", 6),
    mounts={"/srv/ontime": "models", "/tmp": "scratch"},
)


def variable(name: str, value: str) -> str:
    moved = relocated(replace(CONTAINER, variables={name: value}), PORTS, VOLUMES)
    return moved.variables[name]


@pytest.mark.parametrize(
    ("name", "value", "moved"),
    [
        ("ONTIME_NODE_HTTP_PORT", "9000", "21000"),
        ("ONTIME_NODE_MODEL_DIRECTORY", "/srv/ontime/model", "/run/pod/models/model"),
        ("ONTIME_NODE_MODEL_DIRECTORY", "/srv/ontime", "/run/pod/models"),
        ("ONTIME_NODE_MONITOR_URL", "http://localhost:8080", "http://localhost:28080"),
        ("ONTIME_NODE_MONITOR_URL", "http://localhost:8080/events", "http://localhost:28080/events"),
    ],
)
def test_what_names_a_port_or_a_mount_is_changed(name: str, value: str, moved: str) -> None:
    assert variable(name, value) == moved


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ONTIME_NODE_MAXIMUM_ROWS", "9000"),
        ("ONTIME_NODE_HTTP_PORT", "9001"),
        ("ONTIME_NODE_MODEL_DIRECTORY", "/srv/ontime-other/model"),
        ("ONTIME_FETCH_LOCATION", "/tmp/published/models/aa"),
        ("ONTIME_NODE_ONLINE_STORE", "sqlite:////srv/ontime/online.db"),
        ("ONTIME_NODE_MONITOR_URL", "http://monitor.example:8080"),
    ],
)
def test_what_only_looks_alike_stays(name: str, value: str) -> None:
    assert variable(name, value) == value


@pytest.mark.parametrize(
    ("port", "host"),
    [("ONTIME_NODE_HTTP_PORT", "ONTIME_NODE_HOST"), ("ONTIME_MONITOR_PORT", "ONTIME_MONITOR_HOST")],
)
def test_what_listens_does_so_for_this_machine_alone(port: str, host: str) -> None:
    moved = relocated(replace(CONTAINER, variables={port: "9000"}), PORTS, VOLUMES)
    assert moved.variables[host] == "127.0.0.1"


def test_what_does_not_listen_is_told_no_address() -> None:
    moved = relocated(replace(CONTAINER, variables={"ONTIME_FETCH_LOCATION": "x"}), PORTS, VOLUMES)
    assert moved.variables.keys() == {"ONTIME_FETCH_LOCATION"}


def test_the_graph_of_the_executor_names_the_new_ports() -> None:
    endpoint = {"service_host": "localhost", "service_port": 9000, "httpPort": 9000, "grpcPort": 9500}
    leaf = {"name": "model", "logger": {"mode": "all", "url": "http://localhost:8080"}}
    graph: dict[str, Any] = {"graph": {"name": "features", "endpoint": endpoint, "children": [leaf]}}
    encoded = base64.b64encode(json.dumps(graph).encode()).decode()
    moved = json.loads(base64.b64decode(variable("ENGINE_PREDICTOR", encoded)))["graph"]
    assert moved["endpoint"] == endpoint | {"service_port": 21000, "httpPort": 21000, "grpcPort": 21500}
    assert moved["children"] == [
        {"name": "model", "logger": {"mode": "all", "url": "http://localhost:28080"}}
    ]


def test_the_arguments_of_the_executor_name_the_new_ports() -> None:
    command = ("/executor", "--http_port", "8000", "--grpc_port", "5001", "--log_work_buffer_size", "8000")
    moved = relocated(replace(CONTAINER, command=command), PORTS, VOLUMES).command
    assert moved == ("/executor", "--http_port", "28000", "--grpc_port", "25001", *command[5:])


def test_the_ports_and_the_probes_move_along() -> None:
    moved = relocated(CONTAINER, PORTS, VOLUMES)
    assert moved.ports == {"http": 21000, "grpc": 21500}
    assert moved.startup == Probe(21000, "/health/status", 120)
    assert moved.readiness == Probe(21000, "/health/status", 6)
    assert moved.command == CONTAINER.command
