"""Feedback over gRPC, which no executor logs, reaches the monitor in the executor's form."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import grpc
import pytest
from seldon_core.proto.prediction_pb2 import Feedback

from serving.detectors.windows import WindowShape
from serving.monitor.events import Expected, read_event
from serving.monitor.records import FeedbackRecord
from tests.examples.serving.node_processes import NodeProcess, own
from tests.examples.serving.served_model import SIGNATURE, ServedModel, write_served_model

PROCEDURE = "/seldon.protos.Model/SendFeedback"
DEPLOYMENT, NAMESPACE = "departures", "ontime"


@dataclass
class Sink:
    """Stands where the monitor does; answers `status`, and keeps what it is sent."""

    status: int = 200
    events: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture(scope="module")
def sink() -> Sink:
    return Sink()


@pytest.fixture(scope="module")
def address(sink: Sink) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sink.events.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(sink.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    return write_served_model(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def node(
    served: ServedModel, address: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NodeProcess]:
    environment = served.environment(monitor_url=address, deployment=DEPLOYMENT, namespace=NAMESPACE)
    with own("model", environment, tmp_path_factory.mktemp("node")) as started:
        started.wait_until_ready()
        yield started


@pytest.fixture(autouse=True)
def _answering(sink: Sink) -> None:
    sink.status = 200
    sink.events.clear()


def feedback() -> Feedback:
    message = Feedback()
    message.response.meta.puid = "the prediction"
    for truth in (1, 0):
        message.truth.data.ndarray.values.add().list_value.values.add().number_value = truth
    return message


def test_the_monitor_takes_the_event(served: ServedModel, node: NodeProcess, sink: Sink) -> None:
    node.call(feedback().SerializeToString(), PROCEDURE, metadata=[("seldon-puid", "the feedback")])
    shape = WindowShape(hours=24, minimum_rows=1, timezone=SIGNATURE.timezone)
    expected = Expected(DEPLOYMENT, NAMESPACE, "model", served.content_hash, SIGNATURE, shape)
    [(headers, body)] = sink.events
    record = read_event(headers, body, expected, datetime.now(UTC))
    assert isinstance(record, FeedbackRecord)
    assert (record.prediction_id, record.actuals) == ("the prediction", b"\1\0")
    assert record.request_id == "the feedback"


def test_feedback_without_an_id_gets_one(node: NodeProcess, sink: Sink) -> None:
    node.call(feedback().SerializeToString(), PROCEDURE)
    assert sink.events[0][0]["ce-requestid"]


def test_feedback_over_rest_is_left_to_the_executor(node: NodeProcess, sink: Sink) -> None:
    assert node.post({"truth": {"data": {"ndarray": [[1]]}}}, "/send-feedback").status == 200
    assert sink.events == []


@pytest.mark.parametrize(
    ("status", "code"), [(400, grpc.StatusCode.INVALID_ARGUMENT), (503, grpc.StatusCode.UNAVAILABLE)]
)
def test_what_the_monitor_refuses_is_not_acknowledged(
    node: NodeProcess, sink: Sink, status: int, code: grpc.StatusCode
) -> None:
    sink.status = status
    with pytest.raises(grpc.RpcError) as raised:
        node.call(feedback().SerializeToString(), PROCEDURE)
    assert raised.value.code() == code


def test_a_monitor_that_is_away_is_unavailable(served: ServedModel, tmp_path: Path) -> None:
    environment = served.environment(
        monitor_url="http://127.0.0.1:9", deployment=DEPLOYMENT, namespace=NAMESPACE
    )
    with own("model", environment, tmp_path) as node:
        node.wait_until_ready()
        with pytest.raises(grpc.RpcError) as raised:
            node.call(feedback().SerializeToString(), PROCEDURE)
    assert raised.value.code() == grpc.StatusCode.UNAVAILABLE
