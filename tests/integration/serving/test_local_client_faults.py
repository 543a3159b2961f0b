"""Whatever stands in the executor's place tells a client of the client's faults, and goes on.

`ONTIME_SELDON_EXECUTOR=/path/to/executor` has the same asked of the real one.
"""

import base64
import gzip
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
import requests
from seldon_core.proto import prediction_pb2

from tests.examples.serving.executor_transcripts import (
    EXECUTOR,
    GRPC,
    REST,
    SUMMER,
    Ports,
    Sink,
    engine_command,
    header,
    program,
    wait_until,
    wait_until_accepted,
)

ROOT = Path(__file__).parents[3]
PLAIN = b'{"data":{"ndarray":[[1]]}}'
SENT_HEADERS = b"POST /api/v1.0/predictions HTTP/1.1\r\nHost: here\r\n"


@dataclass(frozen=True)
class Engine:
    """What stands in the executor's place in front of one node, which keeps what it is sent."""

    node: Sink
    ports: Ports
    directory: Path

    @property
    def log(self) -> str:
        (path,) = self.directory.glob("*.log")
        return path.read_text()

    def post(self, body: bytes, encoding: str) -> requests.Response:
        self.node.events.clear()
        headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
        url = f"http://127.0.0.1:{self.ports[REST]}/api/v1.0/predictions"
        return requests.post(url, data=body, headers=headers, timeout=20)

    def send(self, *lines: bytes) -> bytes:
        """The first of what is answered to bytes that need not be HTTP; nothing more is sent."""
        with socket.create_connection(("127.0.0.1", self.ports[REST]), timeout=20) as connection:
            connection.sendall(b"".join(lines))
            connection.shutdown(socket.SHUT_WR)
            return connection.recv(1024)

    def call(self, method: str, message: bytes) -> grpc.RpcError:
        with grpc.insecure_channel(f"127.0.0.1:{self.ports[GRPC]}") as channel:
            with pytest.raises(grpc.RpcError) as refused:
                channel.unary_unary(f"/seldon.protos.Seldon/{method}")(message, timeout=20)
            return refused.value


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    ports, directory = Ports(), tmp_path_factory.mktemp("engine")
    node = {"service_host": "127.0.0.1", "service_port": ports[SUMMER[0]]}
    endpoint = node | {"httpPort": ports[SUMMER[0]], "grpcPort": ports[SUMMER[1]]}
    graph = {"name": "summer", "type": "MODEL", "endpoint": endpoint}
    encoded = base64.b64encode(json.dumps({"name": "default", "graph": graph}).encode()).decode()
    variables = {"ENGINE_PREDICTOR": encoded, "PYTHONPATH": str(ROOT)}
    with Sink(ports[SUMMER[0]]) as sink, program(engine_command(ports), variables, directory):
        wait_until(f"http://127.0.0.1:{ports[REST]}/ready")
        wait_until_accepted(ports[GRPC])
        yield Engine(sink, ports, directory)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_body_that_is_not_in_the_encoding_that_it_claims_is_the_nodes_to_judge(
    engine: Engine, encoding: str
) -> None:
    assert engine.post(PLAIN, encoding).status_code == 200
    (seen,) = engine.node.events
    assert seen["body"] == PLAIN
    assert header(seen, "Content-Encoding") == encoding


def test_a_body_goes_to_a_node_as_it_came_and_is_unpacked_nowhere(engine: Engine) -> None:
    packed = gzip.compress(PLAIN)
    assert engine.post(packed, "gzip").status_code == 200
    (seen,) = engine.node.events
    assert seen["body"] == packed


@pytest.mark.parametrize("method", ["Predict", "SendFeedback", "ModelMetadata", "GraphMetadata"])
def test_what_is_no_protobuf_is_refused_as_unreadable(engine: Engine, method: str) -> None:
    refused = engine.call(method, b"\xff\xff\xff")
    assert refused.code() is grpc.StatusCode.INTERNAL
    assert refused.details().startswith("grpc: error unmarshalling request: ")


@pytest.mark.skipif(EXECUTOR is not None, reason="the real executor reads messages as deep as that")
def test_a_message_that_is_too_deep_to_be_read_is_refused_as_unreadable(engine: Engine) -> None:
    message = prediction_pb2.SeldonMessage()
    value = message.data.ndarray.values.add()
    for _ in range(80):
        value = value.list_value.values.add()
    refused = engine.call("Predict", message.SerializeToString())
    assert refused.code() is grpc.StatusCode.INTERNAL


@pytest.mark.parametrize(
    "line",
    [b"no HTTP\r\n\r\n", SENT_HEADERS + b"no header\r\n\r\n", SENT_HEADERS + b"Content-Length: -1\r\n\r\n"],
)
def test_what_is_no_http_is_a_bad_request(engine: Engine, line: bytes) -> None:
    assert b" 400 Bad Request\r\n" in engine.send(line)


@pytest.mark.skipif(EXECUTOR is not None, reason="the real executor logs otherwise")
def test_no_fault_of_a_client_leaves_a_traceback(engine: Engine) -> None:
    engine.post(PLAIN, "gzip")
    engine.call("Predict", b"\xff\xff\xff")
    engine.send(b"no HTTP\r\n\r\n")
    engine.send(SENT_HEADERS, b"Content-Length: 50\r\n\r\n{")
    assert engine.post(PLAIN, "identity").status_code == 200
    assert "Traceback" not in engine.log
