"""Every bad request gets the code of its fault, over either transport, with row and field named."""

import json
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from seldon_core.proto.prediction_pb2 import DefaultData, SeldonMessage, Tensor

from tests.contract.serving.conftest import MAXIMUM_BYTES, MAXIMUM_ROWS
from tests.examples.serving.node_processes import JSON, NodeProcess
from tests.examples.serving.served_model import FEATURES, ROW

type Nodes = dict[str, NodeProcess]

INVALID, EXHAUSTED = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED


def rows(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"jsonData": {"rows": [{**ROW, **change} for change in changes]}}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in ROW.items() if key != name}


NAMES, CELLS = list(ROW), list(ROW.values())
FAULTS = {
    "unknown field": (rows({}, {"gate": 1}), "row 1: the field 'gate' is unknown"),
    "missing field": ({"jsonData": {"rows": [without("dest")]}}, "row 0: the field 'dest' is missing"),
    "wrong type": (rows({}, {"carrier": 5}), "row 1: the field 'carrier' must be a string, not 5"),
    "text for a number": (rows({"flight": "1545"}), "row 0: the field 'flight' must be a number"),
    "truth for a number": (rows({"flight": True}), "row 0: the field 'flight' must be a number, not true"),
    "fraction": (rows({"flight": 1.5}), "row 0: the field 'flight' must be an integer, not 1.5"),
    "too small": (rows({"distance_miles": 9}), "row 0: the field 'distance_miles' must be at least 10"),
    "too large": (rows({"distance_miles": 12001}), "row 0: the field 'distance_miles' must be at most 12000"),
    "naive time": (
        rows({"scheduled_departure": "2013-10-01T05:15:00"}),
        "row 0: the field 'scheduled_departure' must have an offset",
    ),
    "no time": (
        rows({"scheduled_departure": "noon"}),
        "row 0: the field 'scheduled_departure' must be an ISO",
    ),
    "a time before time": (
        rows({"scheduled_departure": "0001-01-01T00:00:00+14:00"}),
        "row 0: the field 'scheduled_departure' must lie between",
    ),
    "unknown code": (
        rows({}, {}, {"origin": "XXX"}),
        "row 2: the field 'origin' is 'XXX', which is not in the list 'airports'",
    ),
    "null": (rows({"carrier": None}), "row 0: the field 'carrier' must be a string, not null"),
    "unknown column": (
        {"data": {"names": [*NAMES, "gate"], "ndarray": [[*CELLS, 1]]}},
        "data.names: the field 'gate' is unknown",
    ),
    "missing column": (
        {"data": {"names": NAMES[1:], "ndarray": [CELLS[1:]]}},
        "data.names: the field 'carrier' is missing",
    ),
    "column twice": (
        {"data": {"names": [*NAMES, "dest"], "ndarray": [[*CELLS, "IAH"]]}},
        "data.names: a field is named twice",
    ),
    "no names": ({"data": {"ndarray": [CELLS]}}, "data.names: the field 'carrier' is missing"),
    "ragged rows": (
        {"data": {"names": NAMES, "ndarray": [CELLS, CELLS[1:]]}},
        "row 1 is not as long as row 0",
    ),
    "short rows": ({"data": {"names": NAMES, "ndarray": [CELLS[1:]]}}, "row 0 does not have one value"),
    "a list in a cell": (
        {"data": {"names": NAMES, "ndarray": [[["UA"], *CELLS[1:]]]}},
        "row 0: the field 'carrier' must be a string",
    ),
    "no object": ({"jsonData": {"rows": [ROW, 5]}}, "row 1 is no object"),
    "another entry": ({"jsonData": {"rows": [ROW], "as_of": 1}}, "jsonData has the unknown entry 'as_of'"),
}
NO_DATA = {
    "empty message": {},
    "no rows": {"jsonData": {"rows": []}},
    "no rows in an array": {"data": {"names": NAMES, "ndarray": []}},
    "no payload": {"data": {"names": NAMES}},
    "no list of rows": {"jsonData": {"rows": ROW}},
    "a text": {"strData": "UA 1545"},
    "bytes": {"binData": "aGVsbG8="},
    "only meta": {"meta": {"puid": "one"}},
    "a shape that does not fit": {"data": {"names": NAMES, "tensor": {"shape": [2, 8], "values": [1.0]}}},
    "a shape that is none": {"data": {"names": NAMES, "tensor": {"shape": [-1, 8], "values": [1.0] * 8}}},
}


def code_of(node: NodeProcess, message: SeldonMessage | bytes, procedure: str | None = None) -> Any:
    with pytest.raises(grpc.RpcError) as raised:
        node.call(message, procedure)
    return raised.value.code(), raised.value.details()


@pytest.mark.parametrize("case", FAULTS)
def test_rest_names_row_and_field_at_fault(nodes: Nodes, case: str) -> None:
    message, info = FAULTS[case]
    answer = nodes["features"].post(message)
    assert answer.status == 422
    assert answer.info.startswith(info)


@pytest.mark.parametrize("case", FAULTS)
def test_grpc_names_row_and_field_at_fault(nodes: Nodes, case: str) -> None:
    message, info = FAULTS[case]
    code, details = code_of(nodes["features"], json_format.ParseDict(message, SeldonMessage()))
    assert code == INVALID
    assert details.partition(", not")[0].startswith(info.partition(", not")[0])


@pytest.mark.parametrize("case", NO_DATA)
def test_rest_wants_data(nodes: Nodes, case: str) -> None:
    assert nodes["features"].post(NO_DATA[case]).status == 400


@pytest.mark.parametrize("case", NO_DATA)
def test_grpc_wants_data(nodes: Nodes, case: str) -> None:
    message = json_format.ParseDict(NO_DATA[case], SeldonMessage())
    assert code_of(nodes["features"], message)[0] == INVALID


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"5",
        b'{"jsonData": {"rows": [NaN]}}',
        b'{"jsonData": {"rows": [Infinity]}}',
        b'{"data": {"tensor": {"shape": [1, 1], "values": [1e999]}}}',
        b'{"data": 5}',
        b'{"data": {"names": [1], "ndarray": [[1]]}}',
        b'{"strData": "\\ud800"}',
        b'{"strData": "\xff"}',
        b'{"binData": "?"}',
        b"[" * 100_000,
        b'{"jsonData": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    ],
)
def test_what_is_no_message_is_a_bad_request(nodes: Nodes, body: bytes) -> None:
    answer = nodes["features"].post(body)
    assert answer.status == 400
    assert answer.document["status"]["reason"] == "NO_DATA"


def test_a_broken_protobuf_message_is_an_invalid_argument(nodes: Nodes) -> None:
    assert code_of(nodes["features"], b"\xff\xff\xff")[0] == INVALID


@pytest.mark.parametrize("number", [10**30, 2**53 + 1, 10**400])
def test_huge_integers_are_refused(nodes: Nodes, number: int) -> None:
    answer = nodes["features"].post(rows({"flight": number}))
    assert answer.status == 422
    assert answer.info.startswith("row 0: the field 'flight' must be at most 9999, it is ")


@pytest.mark.parametrize("number", ["1e400", "-1e400"])
def test_a_number_that_overflows_is_the_fault_of_its_field(nodes: Nodes, number: str) -> None:
    body = json.dumps(rows({}, {"flight": "NUMBER"})).replace('"NUMBER"', number).encode()
    answer = nodes["features"].post(body)
    assert answer.status == 422
    assert answer.info.startswith("row 1: the field 'flight' must be a finite number")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_grpc_refuses_what_is_no_number(nodes: Nodes, number: float) -> None:
    message = json_format.ParseDict(rows({"flight": 1}), SeldonMessage())
    row = message.jsonData.struct_value.fields["rows"].list_value.values[0].struct_value
    row.fields["flight"].number_value = number
    code, details = code_of(nodes["features"], message)
    assert code == INVALID
    assert details.startswith("row 0: the field 'flight' must be a finite number")


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_another_content_type_is_unsupported(nodes: Nodes, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert nodes["features"].post(rows({}), headers=headers).status == 415


def test_a_content_type_may_have_a_parameter(nodes: Nodes) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert nodes["features"].post(rows({}), headers=headers).status == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_another_method_is_not_allowed(nodes: Nodes, method: str) -> None:
    answer = nodes["features"].request(method, "/transform-input", rows({}), JSON)
    assert answer.status == 405
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/nowhere", "/predict", "/route", "/aggregate"])
def test_a_path_that_the_node_does_not_have_is_not_found(nodes: Nodes, path: str) -> None:
    assert nodes["features"].post(rows({}), path).status == 404


@pytest.mark.parametrize("procedure", ["Model/Predict", "Router/Route", "Combiner/Aggregate"])
def test_a_procedure_that_the_node_does_not_have_is_unimplemented(nodes: Nodes, procedure: str) -> None:
    code, _ = code_of(nodes["features"], SeldonMessage(), f"/seldon.protos.{procedure}")
    assert code == grpc.StatusCode.UNIMPLEMENTED


def test_more_rows_than_the_limit_are_too_large(nodes: Nodes) -> None:
    node, message = nodes["features"], rows(*[{}] * (MAXIMUM_ROWS + 1))
    assert node.post(message).status == 413
    assert code_of(node, json_format.ParseDict(message, SeldonMessage()))[0] == EXHAUSTED


def test_as_many_rows_as_the_limit_are_answered(nodes: Nodes) -> None:
    answer = nodes["features"].post(rows(*[{}] * MAXIMUM_ROWS))
    assert len(answer.document["meta"]["tags"]["row_id"]) == MAXIMUM_ROWS


@pytest.mark.parametrize("times", [1, 3, 10])
def test_more_bytes_than_the_limit_are_too_large(nodes: Nodes, times: int) -> None:
    message = {"strData": "x" * MAXIMUM_BYTES * times}
    assert nodes["features"].post(message).status == 413
    assert code_of(nodes["features"], json_format.ParseDict(message, SeldonMessage()))[0] == EXHAUSTED


def test_feedback_is_read_as_deep_as_protobuf_reads_json(nodes: Nodes) -> None:
    nested = b"[" * 90 + b"]" * 90
    body = b'{"truth": {"data": {"ndarray": %s}}}' % nested
    assert nodes["model"].post(body, "/send-feedback").status == 200


@pytest.mark.parametrize("name", ["outliers", "model"])
def test_the_inner_nodes_refuse_other_rows(nodes: Nodes, name: str) -> None:
    width = len(FEATURES)
    assert nodes[name].post({"data": {"ndarray": [[1.0] * (width - 1)]}}).status == 422
    assert nodes[name].post({"data": {"ndarray": [["1"] * width]}}).status == 422
    assert nodes[name].post({"data": {"ndarray": [[1e39] * width]}}).status == 422
    assert nodes[name].post({"data": {"ndarray": [[10**400] * width]}}).status in {400, 422}
    assert nodes[name].post({"data": {"ndarray": [[1.0] * width] * (MAXIMUM_ROWS + 1)}}).status == 413
    infinite = SeldonMessage(data=DefaultData(tensor=Tensor(shape=[1, width], values=[float("inf")] * width)))
    assert code_of(nodes[name], infinite)[0] == INVALID
