"""The life of a node: closed until it is loaded, and nothing lost when it ends."""

import os
import select
import signal
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from seldon_core.proto.prediction_pb2 import SeldonMessage

from serving.local.ports import free_ports
from tests.examples.serving.gated_node import GATES
from tests.examples.serving.node_processes import REPOSITORY, NodeProcess, own, running

MESSAGE = {"data": {"ndarray": [[1.0, 2.0]]}}
SCRIPT = REPOSITORY / "tests" / "examples" / "serving" / "gated_node.py"


class Gate:
    """Lets the component through, once a call."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self._path = path

    @contextmanager
    def reached(self) -> Iterator[None]:
        """The component stands at the gate in the block, and is let through at its end."""
        # Opening to write returns when the component has opened to read.
        with self._path.open("w"):
            yield

    def open(self) -> None:
        with self.reached():
            pass


@contextmanager
def gated(directory: Path, **changes: object) -> Iterator[tuple[NodeProcess, Gate, Gate]]:
    gates = directory / "gates"
    gates.mkdir()
    load, predict = Gate(gates / "load"), Gate(gates / "predict")
    ports = free_ports(3)
    settings = dict(zip(("http_port", "grpc_port", "metrics_port"), ports, strict=True))
    values = {
        "model_directory": directory,
        "model_hash": "0" * 64,
        "host": "127.0.0.1",
        **settings,
        **changes,
    }
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        GATES: str(gates),
        **{f"ONTIME_NODE_{name.upper()}": str(value) for name, value in values.items()},
    }
    with running("model", [sys.executable, str(SCRIPT)], environment, directory, ports) as node:
        yield node, load, predict


def test_no_port_is_open_before_the_component_is_loaded(tmp_path: Path) -> None:
    with gated(tmp_path) as (node, load, _):
        with load.reached():
            for port in (node.http_port, node.grpc_port, node.metrics_port):
                with pytest.raises(ConnectionRefusedError):
                    socket.create_connection(("127.0.0.1", port))
        node.wait_until_ready()


def ask(node: NodeProcess, transport: str) -> Any:
    """The rows of the answer."""
    if transport == "rest":
        return node.post(MESSAGE).document["data"]["ndarray"]
    message = json_format.ParseDict(MESSAGE, SeldonMessage())
    return json_format.MessageToDict(node.call(message))["data"]["ndarray"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("transport", ["rest", "grpc"])
def test_a_request_under_way_is_answered_before_the_end(tmp_path: Path, transport: str, number: int) -> None:
    with gated(tmp_path) as (node, load, predict), ThreadPoolExecutor() as threads:
        load.open()
        node.wait_until_ready()
        answer = threads.submit(ask, node, transport)
        with predict.reached():
            node.process.send_signal(number)
            while is_open(node.http_port):
                select.select([], [], [], 0.05)
        assert answer.result() == [[3.0]]
        assert node.process.wait(timeout=30) == 0


def is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_request_that_never_ends_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with gated(tmp_path, drain_seconds=1) as (node, load, predict), ThreadPoolExecutor() as threads:
        load.open()
        node.wait_until_ready()
        waiting = threads.submit(ask, node, "grpc")
        with predict.reached():
            node.process.send_signal(signal.SIGTERM)
            with pytest.raises(grpc.RpcError):
                waiting.result()
            assert node.process.wait(timeout=30) == 0


def test_a_waiting_component_holds_up_no_other_request(tmp_path: Path) -> None:
    with gated(tmp_path) as (node, load, predict), ThreadPoolExecutor() as threads:
        load.open()
        node.wait_until_ready()
        waiting = threads.submit(ask, node, "grpc")
        with predict.reached():
            assert node.request("GET", "/health/status").status == 200
        assert waiting.result() == [[3.0]]


def test_metrics_count_requests_by_their_status_and_show_the_components_own(tmp_path: Path) -> None:
    with gated(tmp_path) as (node, load, predict), ThreadPoolExecutor() as threads:
        load.open()
        node.wait_until_ready()
        answer = threads.submit(node.post, MESSAGE)
        predict.open()
        assert answer.result().document["meta"]["metrics"][0]["key"] == "sums_total"
        node.post({})
        text = node.metrics()
    labels = 'method="predict",node="gated",transport="rest"'
    assert f'ontime_node_request_seconds_count{{code="200",{labels}}} 1.0' in text
    assert f'ontime_node_request_seconds_count{{code="400",{labels}}} 1.0' in text
    assert 'sums_total{kind="small",method="predict"} 1.0' in text
    assert "process_resident_memory_bytes" in text


@pytest.mark.parametrize("taken", ["http_port", "grpc_port", "metrics_port"])
def test_a_port_that_is_taken_ends_the_node(tmp_path: Path, taken: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        changes: dict[str, Any] = {taken: held.getsockname()[1]}
        with gated(tmp_path, **changes) as (node, load, _):
            load.open()
            assert node.process.wait(timeout=60) != 0


def test_wrong_settings_are_one_message(tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(REPOSITORY), "PATH": os.environ["PATH"]}
    with own("model", environment, tmp_path) as node:
        assert node.process.wait(timeout=60) == 2
        text = node.log.read_text()
    assert "The settings of the node are wrong" in text
    assert "Traceback" not in text


def said_by_a_node_without_a_model(directory: Path, level: str) -> str:
    environment = {
        "PYTHONPATH": str(REPOSITORY),
        "PATH": os.environ["PATH"],
        "ONTIME_NODE_MODEL_DIRECTORY": str(directory / "nothing"),
        "ONTIME_NODE_MODEL_HASH": "0" * 64,
        "ONTIME_NODE_LOG_LEVEL": level,
    }
    with own("model", environment, directory) as node:
        assert node.process.wait(timeout=60) == 1
        return node.log.read_text()


def test_a_component_that_is_not_loaded_is_one_line_with_its_reason(tmp_path: Path) -> None:
    said = said_by_a_node_without_a_model(tmp_path, "INFO")
    assert f"The node model does not start: InvalidModelDirectoryError: {tmp_path / 'nothing'}" in said
    assert said.count("\n") == 1


def test_where_a_component_failed_to_load_is_told_to_who_asks(tmp_path: Path) -> None:
    assert "Traceback" in said_by_a_node_without_a_model(tmp_path, "DEBUG")
