"""The same classes answer the same under our server and under `seldon-core-microservice`.

Left out is where the stock wrapper is wrong: NaN in JSON, and what a client did wrong over gRPC.
"""

from typing import Any

import pytest
from google.protobuf import json_format
from seldon_core.proto.prediction_pb2 import SeldonMessage

from tests.examples.serving.node_processes import CLASSES, NodeProcess
from tests.examples.serving.served_model import FEATURES, ROW, training_rows

type Nodes = dict[str, NodeProcess]

# Of each prediction its own.
VARYING = "row_id"
NUMERIC_ROWS = training_rows(2).astype(float).tolist()
VALUES = [value for row in NUMERIC_ROWS for value in row]
META = {"puid": "one", "tags": {"source": "a client"}, "requestPath": {"before": "image:1"}}
CLIENT_ROWS: list[dict[str, Any]] = [ROW, {**ROW, "origin": "JFK"}]
MESSAGES: dict[str, dict[str, dict[str, Any]]] = {
    "features": {
        "objects": {"jsonData": {"rows": CLIENT_ROWS}},
        "rows": {"data": {"names": list(ROW), "ndarray": [list(row.values()) for row in CLIENT_ROWS]}},
        "with meta": {"jsonData": {"rows": CLIENT_ROWS}, "meta": META},
    },
    "outliers": {
        "rows": {"data": {"names": FEATURES, "ndarray": NUMERIC_ROWS}},
        "tensor": {"data": {"names": FEATURES, "tensor": {"shape": [2, len(FEATURES)], "values": VALUES}}},
        "with meta": {"data": {"ndarray": NUMERIC_ROWS}, "meta": META},
    },
    "model": {
        "rows": {"data": {"names": FEATURES, "ndarray": NUMERIC_ROWS}},
        "tensor": {"data": {"names": FEATURES, "tensor": {"shape": [2, len(FEATURES)], "values": VALUES}}},
        "with meta": {"data": {"ndarray": NUMERIC_ROWS}, "meta": META},
    },
}
CASES = [(name, case) for name, cases in MESSAGES.items() for case in cases]
REFUSED = [
    ("features", {"jsonData": {"rows": [{**ROW, "origin": "XXX"}]}}, 422),
    ("features", {"jsonData": {"rows": [{**ROW, "scheduled_departure": "2013-10-01T10:00:00"}]}}, 422),
    ("features", {"strData": "rows"}, 400),
    ("features", {"jsonData": {"rows": [ROW] * 51}}, 413),
    ("model", {"data": {"ndarray": [[1.0, 2.0]]}}, 422),
    ("outliers", {"data": {"names": FEATURES[::-1], "ndarray": NUMERIC_ROWS}}, 422),
]


def comparable(document: dict[str, Any]) -> dict[str, Any]:
    document.get("meta", {}).get("tags", {}).pop(VARYING, None)
    return document


@pytest.mark.parametrize(("name", "case"), CASES)
def test_rest_answers_are_equal(nodes: Nodes, stock_nodes: Nodes, name: str, case: str) -> None:
    ours, theirs = (where[name].post(MESSAGES[name][case]) for where in (nodes, stock_nodes))
    assert (ours.status, comparable(ours.document)) == (theirs.status, comparable(theirs.document))
    assert ours.status == 200


@pytest.mark.parametrize(("name", "case"), CASES)
def test_grpc_answers_are_equal(nodes: Nodes, stock_nodes: Nodes, name: str, case: str) -> None:
    message = json_format.ParseDict(MESSAGES[name][case], SeldonMessage())
    ours, theirs = (json_format.MessageToDict(where[name].call(message)) for where in (nodes, stock_nodes))
    assert comparable(ours) == comparable(theirs)


@pytest.mark.parametrize(("name", "message", "status"), REFUSED)
def test_rest_refusals_are_equal(
    nodes: Nodes, stock_nodes: Nodes, name: str, message: dict[str, Any], status: int
) -> None:
    ours, theirs = (where[name].post(message) for where in (nodes, stock_nodes))
    assert (ours.status, ours.document) == (theirs.status, theirs.document)
    assert ours.status == status


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("path", ["/health/status", "/health/ping", "/metadata"])
def test_what_is_said_of_a_node_is_equal(nodes: Nodes, stock_nodes: Nodes, name: str, path: str) -> None:
    ours, theirs = (where[name].request("GET", path) for where in (nodes, stock_nodes))
    assert ours.status == theirs.status == 200
    if path == "/health/ping":
        assert ours.body == theirs.body
    else:
        assert ours.document == theirs.document


def test_feedback_is_answered_equally(nodes: Nodes, stock_nodes: Nodes) -> None:
    feedback = {"response": {"meta": {"puid": "one"}}, "truth": {"data": {"ndarray": [[1.0]]}}}
    ours, theirs = (where["model"].post(feedback, "/send-feedback") for where in (nodes, stock_nodes))
    assert (ours.status, ours.document) == (theirs.status, theirs.document)
