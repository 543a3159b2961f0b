"""What a program sends over REST and gRPC, and how it reads what comes back, against servers that note it."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, override

import grpc
import pytest
from google.protobuf import json_format
from seldon_core.proto.prediction_pb2 import SeldonMessage
from seldon_core.proto.prediction_pb2_grpc import SeldonServicer, add_SeldonServicer_to_server

from serving.client.seldon import Grpc, RefusedError, Rest, Transport
from tests.examples.http_server import Request, http_server

FIELDS = {"weight": 2.5, "code": None, "collected_at": "2013-10-01T13:00:00+00:00"}
ANSWER = {
    "data": {"names": ["probability"], "ndarray": [[0.25]]},
    "meta": {
        "tags": {
            "model_version": "a" * 64,
            "outlier": [True],
            "outlier_score": [60.5],
            "missing_features": [3],
            "row_id": ["r-0"],
        }
    },
}


class Noted:
    """What came, and what is answered to it."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, Any]]] = []
        self.peers: list[str] = []
        self.answer: dict[str, Any] | str = ANSWER
        self.status = 200


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture
def rest(noted: Noted) -> Iterator[str]:
    def answered(request: Request) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        noted.requests.append((request.path, request.headers.get("Seldon-Puid", ""), json.loads(body)))
        noted.peers.append(str(request.client_address))
        document = noted.answer
        text = document if isinstance(document, str) else json.dumps(document)
        request.answer(noted.status, text.encode())

    with http_server(POST=answered) as address:
        yield f"http://{address}"


@pytest.fixture
def rpc(noted: Noted) -> Iterator[str]:
    class Servicer(SeldonServicer):
        @override
        def Predict(self, request: Any, context: Any) -> SeldonMessage:
            puid = dict(context.invocation_metadata())["seldon-puid"]
            noted.requests.append(("Predict", puid, json_format.MessageToDict(request)))
            noted.peers.append(context.peer())
            if noted.status != 200:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "row 0: the field 'weight' is odd")
            return json_format.ParseDict(noted.answer, SeldonMessage())

        @override
        def SendFeedback(self, request: Any, _: Any) -> SeldonMessage:
            noted.requests.append(("SendFeedback", "", json_format.MessageToDict(request)))
            return SeldonMessage()

    server = grpc.server(ThreadPoolExecutor(1))
    add_SeldonServicer_to_server(Servicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


@pytest.fixture(params=["REST", "gRPC"])
def transport(request: pytest.FixtureRequest, rest: str, rpc: str) -> Transport:
    return Rest(rest) if request.param == "REST" else Grpc(rpc)


@pytest.mark.parametrize("kind", ["REST", "gRPC"])
def test_every_client_connects_for_itself(kind: str, rest: str, rpc: str, noted: Noted) -> None:
    first, second = (Rest(rest) if kind == "REST" else Grpc(rpc) for _ in range(2))
    for client in (first, second):
        client.predict(FIELDS, "puid-1")
    one, other = noted.peers
    assert one != other


def test_a_row_is_sent_with_its_names_under_our_id(transport: Transport, noted: Noted) -> None:
    transport.predict(FIELDS, "puid-1")
    ((_, puid, document),) = noted.requests
    assert puid == "puid-1"
    assert document == {"data": {"names": list(FIELDS), "ndarray": [list(FIELDS.values())]}}


def test_an_answer_is_read_with_its_tags(transport: Transport) -> None:
    answer = transport.predict(FIELDS, "puid-1")
    assert (answer.probability, answer.outlier, answer.outlier_score, answer.missing) == (
        0.25,
        True,
        60.5,
        3,
    )
    assert answer.milliseconds > 0


def test_an_answer_may_be_a_tensor(transport: Transport, noted: Noted) -> None:
    noted.answer = {**ANSWER, "data": {"tensor": {"shape": [1, 1], "values": [0.5]}}}
    assert transport.predict(FIELDS, "puid-1").probability == 0.5


def test_feedback_names_the_prediction(transport: Transport, noted: Noted) -> None:
    transport.tell("puid-1", 1)
    ((_, _, document),) = noted.requests
    assert document["response"]["meta"]["puid"] == "puid-1"
    assert document["truth"]["data"]["ndarray"] == [[1]]


def test_a_refusal_is_told_with_its_reason(transport: Transport, noted: Noted) -> None:
    noted.status, noted.answer = 422, {"info": "row 0: the field 'weight' is odd"}
    with pytest.raises(RefusedError, match="the field 'weight' is odd"):
        transport.predict(FIELDS, "puid-1")


def test_an_answer_without_its_tags_is_none(transport: Transport, noted: Noted) -> None:
    noted.answer = {"data": ANSWER["data"], "meta": {"tags": {}}}
    with pytest.raises(RefusedError, match="no answer to one row"):
        transport.predict(FIELDS, "puid-1")


@pytest.mark.parametrize("answer", [{**ANSWER, "data": {"ndarray": []}}, "[]"])
def test_an_answer_of_another_shape_is_none(rest: str, noted: Noted, answer: dict[str, Any] | str) -> None:
    noted.answer = answer
    with pytest.raises(RefusedError, match="no answer to one row"):
        Rest(rest).predict(FIELDS, "puid-1")


def test_a_page_in_the_place_of_an_answer_is_none(rest: str, noted: Noted) -> None:
    noted.answer = "<html>Log in to Your Account</html>"
    with pytest.raises(RefusedError, match="no answer in JSON: <html>Log in to Your Account"):
        Rest(rest).predict(FIELDS, "puid-1")


@pytest.mark.parametrize("transport", [Rest("http://127.0.0.1:1"), Grpc("127.0.0.1:1")])
def test_nobody_there_is_told(transport: Transport) -> None:
    with pytest.raises(RefusedError):
        transport.predict(FIELDS, "puid-1")
