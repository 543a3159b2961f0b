"""Feedback reaches the monitor in the executor's form over gRPC, where none logs it, and holds up nothing."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest
from google.protobuf import json_format
from seldon_core.proto.prediction_pb2 import DefaultData, Feedback, SeldonMessage

from serving.detectors.windows import WindowShape
from serving.monitor.events import Expected, read_event
from serving.monitor.records import FeedbackRecord
from serving.monitor.settings import MonitorSettings
from serving.node.calls import FEEDBACK_THREADS
from serving.node.feedback import SECONDS
from serving.node.rpc import THREADS
from tests.examples.http_server import Request, http_server
from tests.examples.serving.node_processes import NodeProcess, own
from tests.examples.serving.served_model import FEATURES, SIGNATURE, ServedModel, write_served_model

PROCEDURE = "/seldon.protos.Model/SendFeedback"
DEPLOYMENT, NAMESPACE = "departures", "ontime"
ROWS = [[1.0] * len(FEATURES)]


@dataclass
class FakeMonitor:
    """Keeps what it is sent, and answers `status` and `body` unless it hangs."""

    status: int = 200
    body: bytes = b""
    events: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    taken: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    answers: threading.Event = field(default_factory=threading.Event)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        self.events.append((headers, body))
        self.taken.release()
        self.answers.wait()
        return self.status

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It answers nothing in the block, and all of it at the end."""
        self.answers.clear()
        try:
            yield
        finally:
            self.answers.set()


@pytest.fixture(scope="module")
def sink() -> FakeMonitor:
    return FakeMonitor()


@pytest.fixture(scope="module")
def address(sink: FakeMonitor) -> Iterator[str]:
    def answered(request: Request) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        request.send_response(sink.take({name.lower(): text for name, text in request.headers.items()}, body))
        request.end_headers()
        request.wfile.write(sink.body)

    with http_server(POST=answered) as taken:
        yield f"http://{taken}"


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
def _answering(sink: FakeMonitor) -> None:
    sink.status, sink.body, sink.taken = 200, b"", threading.Semaphore(0)
    sink.events.clear()
    sink.answers.set()


def feedback() -> Feedback:
    message = Feedback()
    message.response.meta.puid = "the prediction"
    for truth in (1, 0):
        message.truth.data.ndarray.values.add().list_value.values.add().number_value = truth
    return message


def test_the_monitor_takes_the_event(served: ServedModel, node: NodeProcess, sink: FakeMonitor) -> None:
    node.call(feedback().SerializeToString(), PROCEDURE, metadata=[("seldon-puid", "the feedback")])
    shape = WindowShape(hours=24, minimum_rows=1, timezone=SIGNATURE.timezone)
    expected = Expected(DEPLOYMENT, NAMESPACE, "model", served.content_hash, SIGNATURE, shape)
    [(headers, body)] = sink.events
    record = read_event(headers, body, expected, datetime.now(UTC))
    assert isinstance(record, FeedbackRecord)
    assert (record.prediction_id, record.actuals) == ("the prediction", b"\1\0")
    assert record.request_id == "the feedback"


def test_feedback_without_an_id_gets_one(node: NodeProcess, sink: FakeMonitor) -> None:
    node.call(feedback().SerializeToString(), PROCEDURE)
    assert sink.events[0][0]["ce-requestid"]


def test_feedback_over_rest_is_left_to_the_executor(node: NodeProcess, sink: FakeMonitor) -> None:
    assert node.post({"truth": {"data": {"ndarray": [[1]]}}}, "/send-feedback").status == 200
    assert sink.events == []


@pytest.mark.parametrize(
    ("status", "code"), [(400, grpc.StatusCode.INVALID_ARGUMENT), (503, grpc.StatusCode.UNAVAILABLE)]
)
def test_what_the_monitor_refuses_is_not_acknowledged(
    node: NodeProcess, sink: FakeMonitor, status: int, code: grpc.StatusCode
) -> None:
    sink.status = status
    with pytest.raises(grpc.RpcError) as raised:
        node.call(feedback().SerializeToString(), PROCEDURE)
    assert raised.value.code() == code


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b'{"refused": "actuals", "message": "no truth"}', "no truth"), (b"<html>", "<html>")],
    ids=["the monitor", "another"],
)
def test_why_feedback_is_refused_is_told_as_text(
    node: NodeProcess, sink: FakeMonitor, body: bytes, reason: str
) -> None:
    sink.status, sink.body = 422, body
    with pytest.raises(grpc.RpcError) as raised:
        node.call(feedback().SerializeToString(), PROCEDURE)
    assert raised.value.details() == f"the monitor refuses the feedback: {reason}"


def test_what_the_monitor_refuses_is_counted(node: NodeProcess, sink: FakeMonitor) -> None:
    sink.status = 400
    with pytest.raises(grpc.RpcError):
        node.call(feedback().SerializeToString(), PROCEDURE)
    labels = 'code="422",method="send_feedback",node="model",transport="grpc"'
    assert f"ontime_node_request_seconds_count{{{labels}}}" in node.metrics()


def feedback_at_once(node: NodeProcess, number: int) -> list[grpc.Future]:
    call = node.channel.unary_unary(PROCEDURE)
    return [call.future(feedback().SerializeToString()) for _ in range(number)]


def test_feedback_that_waits_for_the_monitor_holds_up_no_prediction(
    node: NodeProcess, sink: FakeMonitor
) -> None:
    with sink.hanging():
        waiting = feedback_at_once(node, THREADS + FEEDBACK_THREADS)
        sink.taken.acquire()
        node.call(SeldonMessage(data=json_format.ParseDict({"ndarray": ROWS}, DefaultData())))
        assert not any(one.done() for one in waiting)
    for one in waiting:
        one.result()


def test_feedback_at_once_has_a_connection_each(node: NodeProcess, sink: FakeMonitor) -> None:
    with sink.hanging():
        waiting = feedback_at_once(node, FEEDBACK_THREADS)
        for _ in waiting:
            sink.taken.acquire()
    for one in waiting:
        one.result()
    assert "pool is full" not in node.log.read_text()


def test_the_node_waits_longer_than_the_monitor_does_for_its_store() -> None:
    assert MonitorSettings.model_fields["store_timeout_seconds"].default < SECONDS


def test_reading_large_feedback_over_rest_holds_up_no_other_request(node: NodeProcess) -> None:
    large = json.dumps({"truth": {"data": {"ndarray": [[1]] * 300_000}}}).encode()
    with closing(replace(node, _connection=None)) as another, ThreadPoolExecutor(1) as threads:
        answer = threads.submit(another.post, large, "/send-feedback")
        meanwhile = 0
        while not answer.done():
            assert node.request("GET", "/health/ping").status == 200
            assert node.post({"data": {"ndarray": ROWS}}).status == 200
            meanwhile += 1
        assert answer.result().status == 200
        # Hundreds, while it is read; did they wait for it, one or two before that and after it.
        assert meanwhile >= 5


def test_a_monitor_that_is_away_is_unavailable(served: ServedModel, tmp_path: Path) -> None:
    environment = served.environment(
        monitor_url="http://127.0.0.1:9", deployment=DEPLOYMENT, namespace=NAMESPACE
    )
    with own("model", environment, tmp_path) as node:
        node.wait_until_ready()
        with pytest.raises(grpc.RpcError) as raised:
            node.call(feedback().SerializeToString(), PROCEDURE)
    assert raised.value.code() == grpc.StatusCode.UNAVAILABLE
